/* See pin_set.h. */
#include "pin_set.h"

#include "files.h"
#include "pin_ask.h"
#include "refused.h"
#include "report.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int open_line(const struct settings *s, enum option_id fd, enum option_id file,
                     struct line_source *ret, struct failure *f)
{
    if (setting_given(s, fd) && setting_given(s, file)) {
        return fail_usage(f, NULL, "give one of --%s and --%s", option_at(fd)->name,
                          option_at(file)->name);
    }
    if (setting_given(s, fd)) {
        ret->fd = (int)setting_number(s, fd);
        if (fcntl(ret->fd, F_GETFD) < 0 || ret->fd == STDOUT_FILENO || ret->fd == STDERR_FILENO) {
            return fail_usage(f, NULL, "--%s %d is not open, or an output", option_at(fd)->name,
                              ret->fd);
        }
    } else if (setting_given(s, file)) {
        if (file_open_private(setting_text(s, file), &ret->fd, f) != EXIT_DONE) {
            f->exit = EXIT_KEY;
            return f->exit;
        }
        ret->owned = true;
    }
    return EXIT_DONE;
}

int pin_set_open(struct app *app, bool with_user, struct pin_set *ret, struct failure *f)
{
    const struct settings *s = &app->settings;
    const struct pin_source none = {
        .app = app, .kind = PIN_NONE, .fd = -1, .lock = PTHREAD_MUTEX_INITIALIZER};
    *ret = (struct pin_set){
        .app = app, .user = none, .person = none, .fresh = {-1, false}, .puk = {-1, false}};
    if (with_user) {
        TRY(pin_source_open(app, &ret->user, f));
    }
    TRY(open_line(s, OPT_NEW_PIN_FD, OPT_NEW_PIN_FILE, &ret->fresh, f));
    TRY(open_line(s, OPT_PUK_FD, OPT_PUK_FILE, &ret->puk, f));
    TRY(pin_ask_find(&ret->person, f));
    if (ret->person.pinentry[0] != '\0' || ret->person.terminal) {
        ret->person.kind = PIN_FROM_PERSON;
    }
    return EXIT_DONE;
}

static void close_line(struct line_source *line)
{
    if (line->owned) {
        close(line->fd);
    }
    line->owned = false;
}

void pin_set_close(struct pin_set *set)
{
    pin_source_close(&set->user);
    pin_source_close(&set->person);
    close_line(&set->fresh);
    close_line(&set->puk);
}

static pades_status from_line(struct pin_set *set, const struct line_source *source,
                              const char *what, pades_pin *pin)
{
    __attribute__((cleanup(auto_secret))) struct secret line = {0};
    if (!secret_open(&line)) {
        return PADES_NO_MEMORY;
    }
    int got = secret_read_line(&line, source->fd);
    if (got != 0) {
        fail(&set->why, PADES_PIN_REQUIRED, NULL, "the %s %s", what,
             got == -1   ? "is not there: its source is empty"
             : got == -2 ? "is too long"
                         : "cannot be read");
        return PADES_PIN_REQUIRED;
    }
    return pades_pin_set(pin, line.bytes, line.n) == 0 ? PADES_OK : PADES_NO_MEMORY;
}

static pades_status from_source(struct pin_set *set, struct pin_source *source, const char *what,
                                const char *flags, const pades_pin_request *request, pades_pin *pin)
{
    if (source->kind == PIN_NONE) {
        fail(&set->why, PADES_PIN_REQUIRED, flags, "%s is needed, and there is nobody to ask",
             what);
        return PADES_PIN_REQUIRED;
    }
    pades_status status = pin_source_answer(source, request, pin);
    if (status != PADES_OK) {
        (void)pin_source_why(source, &set->why);
    }
    return status;
}

static pades_status on_request(void *user, const pades_pin_request *request, pades_pin *pin)
{
    struct pin_set *set = user;
    switch (request->kind) {
    case PADES_PIN_KIND_USER:
        return from_source(set, &set->user, "the PIN",
                           "give --pin-fd, --pin-file, --pin-env or --pin-credential, or run it in "
                           "a terminal",
                           request, pin);
    case PADES_PIN_KIND_NEW:
        if (set->fresh.fd >= 0) {
            return from_line(set, &set->fresh, "new PIN", pin);
        }
        return from_source(set, &set->person, "a new PIN",
                           "give --new-pin-fd or --new-pin-file, or run it in a terminal", request,
                           pin);
    case PADES_PIN_KIND_PUK:
        break;
    }
    return set->puk.fd >= 0
               ? from_line(set, &set->puk, "PUK", pin)
               : from_source(set, &set->person, "the PUK",
                             "give --puk-fd or --puk-file, or run it in a terminal", request, pin);
}

static void on_pad(void *user, const pades_pin_request *request)
{
    const struct pin_set *set = user;
    const char *label = request->token_label;
    bool unblocks = strstr(request->purpose, "unblock") != NULL;
    switch (request->kind) {
    case PADES_PIN_KIND_USER:
        report_note(set->app, "pades: type the PIN of '%s' on the reader (to %s)", label,
                    request->purpose);
        return;
    case PADES_PIN_KIND_NEW:
        report_note(set->app,
                    unblocks ? "pades: type the new PIN of '%s' on the reader, as often as it asks"
                             : "pades: type on the reader what it asks for: the PIN of '%s' as it "
                               "is, then the new one twice",
                    label);
        return;
    case PADES_PIN_KIND_PUK:
        report_note(set->app,
                    "pades: type on the reader what it asks for: the PUK of '%s', then a new PIN",
                    label);
        return;
    }
}

void pin_set_attach(struct pin_set *set, pades_token_opts *opts)
{
    bool unblocks = set->app->command->bit == ON_PIN_UNBLOCK;
    bool attended = unblocks ? set->puk.fd < 0 : !pin_source_is_unattended(&set->user);
    pades_token_opts_set_pin(opts, on_request, set, attended ? 1 : 0);
    refused_folder_set(set->app, opts, !unblocks && pades_token_opts_is_unattended(opts) != 0);
    pades_token_opts_set_pin_last_try(opts,
                                      setting_on(&set->app->settings, OPT_PIN_LAST_TRY) ? 1 : 0);
    pades_token_opts_set_pad_notice(opts, on_pad, set);
}

int pin_set_failure(struct pin_set *set, struct failure *f)
{
    if (set->why.exit != EXIT_DONE) {
        *f = set->why;
    }
    return f->exit;
}
