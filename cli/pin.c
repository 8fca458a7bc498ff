/* See pin.h. Unattended sources give one PIN once: a second question (a key that wants the PIN for
 * every signature) takes the next line of a descriptor, reads a file again, and gets nothing more
 * from a variable. */
#include "pin.h"

#include "files.h"
#include "pin_ask.h"
#include "refused.h"
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

/* systemd makes the folder and the file for the service alone: of the service's user, or of root
 * and then perhaps with an access list, whose mask looks like rights of root's group. */
static bool is_private_credential(const struct stat *st)
{
    mode_t mask = st->st_uid == 0 && st->st_gid == 0 ? S_IRGRP : 0;
    return S_ISREG(st->st_mode) && (st->st_uid == 0 || st->st_uid == geteuid()) &&
           (st->st_mode & (S_IRWXG | S_IRWXO) & ~mask) == 0;
}

static int open_credential(const char *folder, const char *name, int *ret, struct failure *f)
{
    struct stat st;
    int dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int fd =
        dir < 0 ? -1 : openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK);
    int code = errno;
    if (dir >= 0) {
        close(dir);
    }
    if (fd < 0) {
        return fail(f, PADES_PIN_REQUIRED, "LoadCredential= of the service names the credentials",
                    "cannot read the credential '%s': %s", show(name).text, strerror(code));
    }
    if (fstat(fd, &st) != 0 || !is_private_credential(&st)) {
        close(fd);
        return fail(f, PADES_PIN_REQUIRED, "systemd makes it readable by the service alone",
                    "others than its owner may read or write the credential '%s'", show(name).text);
    }
    *ret = fd;
    return EXIT_DONE;
}

static int take_credential(struct pin_source *p, const char *name, struct failure *f)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    if (strchr(name, '/') != NULL || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
        return fail_usage(f, "it is the name that LoadCredential= of the service gives",
                          "--pin-credential must be a name, not a path");
    }
    if (folder == NULL || folder[0] != '/') {
        return fail(f, PADES_PIN_REQUIRED,
                    "systemd sets CREDENTIALS_DIRECTORY for a service with LoadCredential=; "
                    "elsewhere use --pin-file",
                    "there are no credentials here: CREDENTIALS_DIRECTORY is not set");
    }
    TRY(open_credential(folder, name, &p->fd, f));
    p->kind = PIN_FROM_FD;
    p->owned = true;
    p->is_file = true;
    return EXIT_DONE;
}

static const enum option_id unattended[] = {OPT_PIN_FD, OPT_PIN_FILE, OPT_PIN_ENV,
                                            OPT_PIN_CREDENTIAL};
enum { UNATTENDED = sizeof unattended / sizeof unattended[0] };

/* The one that is to be used, OPT_COUNT when a person is to be asked: a flag wins over a file. */
static int choose_way(const struct settings *s, enum option_id *ret, struct failure *f)
{
    enum origin_rank rank = FROM_DEFAULT;
    unsigned flags = 0;
    *ret = OPT_COUNT;
    for (size_t i = 0; i < UNATTENDED; i++) {
        const struct setting *one = &s->of[unattended[i]];
        if (one->n > 0 && (*ret == OPT_COUNT || one->origin.rank > rank)) {
            *ret = unattended[i];
            rank = one->origin.rank;
        }
        flags += one->n > 0 && one->origin.rank == FROM_FLAG ? 1 : 0;
    }
    if (flags > 1) {
        return fail_usage(f, NULL,
                          "give one of --pin-fd, --pin-file, --pin-env and --pin-credential");
    }
    if (pin_ask_is_demanded(s) && rank < s->of[OPT_PINENTRY].origin.rank) {
        *ret = OPT_COUNT;
    }
    return EXIT_DONE;
}

static int take(struct pin_source *p, enum option_id way, struct failure *f)
{
    const struct settings *s = &p->app->settings;
    if (way == OPT_PIN_ENV) {
        return take_env(p, setting_text(s, way), f);
    }
    if (way == OPT_PIN_FD) {
        return take_fd(p, (int)setting_number(s, way), f);
    }
    if (way == OPT_PIN_FILE) {
        return take_file(p, setting_text(s, way), f);
    }
    if (way == OPT_PIN_CREDENTIAL) {
        return take_credential(p, setting_text(s, way), f);
    }
    TRY(pin_ask_find(p, f));
    p->kind = p->pinentry[0] != '\0' || p->terminal ? PIN_FROM_PERSON : PIN_NONE;
    return EXIT_DONE;
}

int pin_source_open(struct app *app, struct pin_source *ret, struct failure *f)
{
    enum option_id way = OPT_COUNT;
    *ret = (struct pin_source){
        .app = app, .kind = PIN_NONE, .fd = -1, .lock = PTHREAD_MUTEX_INITIALIZER};
    TRY(choose_way(&app->settings, &way, f));
    return take(ret, way, f);
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

static pades_status answer(struct pin_source *p, const pades_pin_request *request, pades_pin *pin)
{
    switch (p->kind) {
    case PIN_FROM_ENV:
        return from_env(p, pin);
    case PIN_FROM_FD:
        return from_fd(p, pin);
    case PIN_FROM_PERSON:
        return pin_ask(p, request, pin);
    case PIN_NONE:
        break;
    }
    return no_pin(p, "a PIN is needed, and there is nobody to ask");
}

pades_status pin_source_answer(void *source, const pades_pin_request *request, pades_pin *pin)
{
    struct pin_source *p = source;
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
    report_note(p->app, "pades: type the PIN of '%s' on the reader (%s)%s", request->token_label,
                request->purpose == NULL ? "to sign" : request->purpose,
                request->state == PADES_PIN_STATE_FINAL_TRY   ? "; one try is left"
                : request->state == PADES_PIN_STATE_COUNT_LOW ? "; few tries are left"
                                                              : "");
}

bool pin_source_is_unattended(const struct pin_source *p)
{
    return p->kind == PIN_FROM_FD || p->kind == PIN_FROM_ENV;
}

void pin_source_attach(struct pin_source *p, pades_token_opts *opts)
{
    const struct settings *s = &p->app->settings;
    if (p->kind != PIN_NONE) {
        pades_token_opts_set_pin(opts, pin_source_answer, p, p->kind == PIN_FROM_PERSON ? 1 : 0);
    }
    pades_token_opts_set_pin_last_try(opts, setting_on(s, OPT_PIN_LAST_TRY) ? 1 : 0);
    pades_token_opts_set_pin_for_batch(opts, setting_on(s, OPT_PIN_FOR_BATCH) ? 1 : 0);
    pades_token_opts_set_pad_notice(opts, on_pad, p);
    refused_folder_set(p->app, opts, pades_token_opts_is_unattended(opts) != 0);
}
