/* See pin.h. Unattended sources give one PIN once: a second question (a key that wants the PIN for
 * every signature) takes the next line of a descriptor, reads a file again, and gets nothing more
 * from a variable. */
#include "pin.h"

#include "files.h"
#include "process.h"
#include "prompt.h"
#include "report.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int take_env(struct pin_source *p, const char *name, struct failure *f)
{
    char *value = getenv(name);
    if (value == NULL || value[0] == '\0') {
        return fail(f, PADES_PIN_REQUIRED, NULL, "the environment has no '%s'", show(name).text);
    }
    size_t n = strlen(value);
    bool fits = n <= SECRET_MAX && secret_open(&p->from_env);
    if (fits) {
        memcpy(p->from_env.bytes, value, n);
        p->from_env.n = n;
    }
    explicit_bzero(value, n);
    unsetenv(name);
    p->kind = PIN_FROM_ENV;
    return fits ? EXIT_DONE
                : fail(f, PADES_PIN_REQUIRED, NULL, "the PIN in '%s' is too long", show(name).text);
}

static int take_fd(struct pin_source *p, int fd, struct failure *f)
{
    if (fcntl(fd, F_GETFD) < 0) {
        return fail_usage(f, NULL, "--pin-fd %d is not open", fd);
    }
    if (fd == STDOUT_FILENO || fd == STDERR_FILENO) {
        return fail_usage(f, NULL, "--pin-fd %d is an output", fd);
    }
    p->kind = PIN_FROM_FD;
    p->fd = fd;
    return EXIT_DONE;
}

static int take_file(struct pin_source *p, const char *path, struct failure *f)
{
    struct stat st;
    if (file_open_private(path, &p->fd, f) != EXIT_DONE) {
        f->exit = EXIT_KEY;
        return f->exit;
    }
    p->kind = PIN_FROM_FD;
    p->owned = true;
    p->is_file = fstat(p->fd, &st) == 0 && S_ISREG(st.st_mode);
    return EXIT_DONE;
}

int pin_source_open(struct app *app, struct pin_source *ret, struct failure *f)
{
    const struct settings *s = &app->settings;
    *ret = (struct pin_source){
        .app = app, .kind = PIN_NONE, .fd = -1, .lock = PTHREAD_MUTEX_INITIALIZER};
    unsigned flags = 0;
    const enum option_id ways[] = {OPT_PIN_FD, OPT_PIN_FILE, OPT_PIN_ENV};
    enum option_id way = OPT_COUNT;
    for (size_t i = 0; i < 3; i++) {
        if (setting_given(s, ways[i]) &&
            (way == OPT_COUNT || s->of[ways[i]].origin.rank > s->of[way].origin.rank)) {
            way = ways[i];
        }
        flags += setting_given(s, ways[i]) && s->of[ways[i]].origin.rank == FROM_FLAG ? 1 : 0;
    }
    if (flags > 1) {
        return fail_usage(f, NULL, "give one of --pin-fd, --pin-file and --pin-env");
    }
    if (way == OPT_PIN_ENV) {
        return take_env(ret, setting_text(s, way), f);
    }
    if (way == OPT_PIN_FD) {
        return take_fd(ret, (int)setting_number(s, way), f);
    }
    if (way == OPT_PIN_FILE) {
        return take_file(ret, setting_text(s, way), f);
    }
    ret->kind = prompt_possible() ? PIN_FROM_TERMINAL : PIN_NONE;
    return EXIT_DONE;
}

void pin_source_close(struct pin_source *p)
{
    secret_close(&p->from_env);
    if (p->owned) {
        close(p->fd);
    }
    p->kind = PIN_NONE;
}

static pades_status no_pin(struct pin_source *p, const char *reason)
{
    fail(&p->why, PADES_PIN_REQUIRED, NULL, "%s", reason);
    return PADES_PIN_REQUIRED;
}

static pades_status give(pades_pin *pin, const struct secret *s)
{
    return pades_pin_set(pin, s->bytes, s->n) == 0 ? PADES_OK : PADES_NO_MEMORY;
}

static pades_status from_env(struct pin_source *p, pades_pin *pin)
{
    if (p->spent) {
        fail(&p->why, PADES_PIN_REQUIRED, "--pin-for-batch keeps it, protected",
             "the key wants its PIN again, and the variable is emptied");
        return PADES_PIN_REQUIRED;
    }
    pades_status status = give(pin, &p->from_env);
    secret_close(&p->from_env);
    p->spent = true;
    return status;
}

static pades_status from_fd(struct pin_source *p, pades_pin *pin)
{
    __attribute__((cleanup(auto_secret))) struct secret line = {0};
    if (!secret_open(&line)) {
        return PADES_NO_MEMORY;
    }
    if (p->is_file && lseek(p->fd, 0, SEEK_SET) != 0) {
        return no_pin(p, "the PIN file cannot be read");
    }
    int got = secret_read_line(&line, p->fd);
    if (got == -1 && p->spent) {
        fail(&p->why, PADES_PIN_REQUIRED,
             "--pin-for-batch keeps it, protected; or give a line for each",
             "the key wants its PIN again, and the descriptor has no more lines");
        return PADES_PIN_REQUIRED;
    }
    if (got != 0) {
        return no_pin(p, got == -1   ? "the source of the PIN is empty"
                         : got == -2 ? "the PIN is too long"
                                     : "the PIN cannot be read");
    }
    p->spent = true;
    return give(pin, &line);
}

static const char *state_text(pades_pin_state state)
{
    switch (state) {
    case PADES_PIN_STATE_OK:
        return NULL;
    case PADES_PIN_STATE_COUNT_LOW:
        return "a wrong PIN was given since the last right one";
    case PADES_PIN_STATE_FINAL_TRY:
        return "LAST TRY: one more wrong PIN locks the token";
    case PADES_PIN_STATE_LOCKED:
        return "the PIN is locked";
    case PADES_PIN_STATE_NOT_SET:
        return "the token has no PIN yet";
    case PADES_PIN_STATE_TO_BE_CHANGED:
        return "the token says that the PIN must be changed";
    }
    return NULL;
}

static size_t add_line(char *to, size_t n, size_t used, const char *name, const char *value)
{
    if (value == NULL || value[0] == '\0' || used >= n) {
        return used;
    }
    int wrote = snprintf(to + used, n - used, "%-13s%s\n", name, value);
    return wrote < 0 || (size_t)wrote >= n - used ? n : used + (size_t)wrote;
}

/* Who asks, for what, with which key: a PIN is typed for one purpose (law 7). */
static void describe(const struct pin_source *p, const pades_pin_request *request, char *to,
                     size_t n)
{
    const char *document = request->document == NULL ? p->document : request->document;
    size_t used = add_line(to, n, 0, "document:", document);
    used = add_line(to, n, used, "certificate:", request->subject);
    used = add_line(to, n, used, "token:", request->token_label);
    used = add_line(to, n, used, "serial:", request->token_serial);
    used = add_line(to, n, used, "attention:", state_text(request->state));
    add_line(to, n, used, "note:",
             request->each_signature != 0 ? "this key wants its PIN for every signature" : NULL);
}

static pades_status from_terminal(struct pin_source *p, const pades_pin_request *request,
                                  pades_pin *pin)
{
    __attribute__((cleanup(auto_secret))) struct secret line = {0};
    char about[4096] = "";
    char label[256];
    if (request->state == PADES_PIN_STATE_FINAL_TRY &&
        !setting_on(&p->app->settings, OPT_PIN_LAST_TRY)) {
        fail(&p->why, PADES_PIN_LAST_TRY,
             "--pin-last-try asks for it; a wrong PIN then locks the token",
             "one try is left for the PIN of '%s'", request->token_label);
        return PADES_PIN_LAST_TRY;
    }
    if (!secret_open(&line)) {
        return PADES_NO_MEMORY;
    }
    describe(p, request, about, sizeof about);
    snprintf(label, sizeof label,
             "pades: PIN to %s: ", request->purpose == NULL ? "sign" : request->purpose);
    pades_status status = prompt_secret(about, label, &line);
    if (status == PADES_OK && line.n == 0) {
        fail(&p->why, PADES_PIN_CANCELLED, NULL, "no PIN was typed");
        return PADES_PIN_CANCELLED;
    }
    return status == PADES_OK ? give(pin, &line) : status;
}

static pades_status answer(struct pin_source *p, const pades_pin_request *request, pades_pin *pin)
{
    switch (p->kind) {
    case PIN_FROM_ENV:
        return from_env(p, pin);
    case PIN_FROM_FD:
        return from_fd(p, pin);
    case PIN_FROM_TERMINAL:
        return from_terminal(p, request, pin);
    case PIN_NONE:
        break;
    }
    return no_pin(p, "a PIN is needed, and there is nobody to ask");
}

static pades_status on_request(void *user, const pades_pin_request *request, pades_pin *pin)
{
    struct pin_source *p = user;
    pthread_mutex_lock(&p->lock);
    pades_status status = answer(p, request, pin);
    pthread_mutex_unlock(&p->lock);
    return status;
}

bool pin_source_why(struct pin_source *p, struct failure *ret)
{
    pthread_mutex_lock(&p->lock);
    *ret = p->why;
    pthread_mutex_unlock(&p->lock);
    return ret->exit != EXIT_DONE;
}

static void on_pad(void *user, const pades_pin_request *request)
{
    struct pin_source *p = user;
    report_note(p->app, "pades: type the PIN of '%s' on the reader (%s)", request->token_label,
                request->purpose == NULL ? "to sign" : request->purpose);
}

void pin_source_attach(struct pin_source *p, pades_token_opts *opts)
{
    const struct settings *s = &p->app->settings;
    if (p->kind != PIN_NONE) {
        pades_token_opts_set_pin(opts, on_request, p, p->kind == PIN_FROM_TERMINAL ? 1 : 0);
    }
    pades_token_opts_set_pin_last_try(opts, setting_on(s, OPT_PIN_LAST_TRY) ? 1 : 0);
    pades_token_opts_set_pin_for_batch(opts, setting_on(s, OPT_PIN_FOR_BATCH) ? 1 : 0);
    pades_token_opts_set_pad_notice(opts, on_pad, p);
}
