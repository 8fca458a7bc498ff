/* See password.h. The same care as with a PIN: one line, in locked memory, from a descriptor that
 * is no output or a file that nobody else may read; never an argument, never a variable. */
#include "password.h"

#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int take_line(struct app *app, int fd, struct failure *f)
{
    if (!secret_open(&app->password)) {
        return fail(f, PADES_NO_MEMORY, NULL, "no memory for a password");
    }
    switch (secret_read_line(&app->password, fd)) {
    case 0:
        return EXIT_DONE;
    case -1:
        return fail(f, PADES_DOC_PASSWORD, "leave the option out when the document has none",
                    "the source of the password is empty");
    case -2:
        return fail(f, PADES_DOC_PASSWORD, NULL, "the password is longer than %d bytes",
                    SECRET_MAX);
    default:
        return fail(f, PADES_INPUT_UNREADABLE, NULL, "the password cannot be read");
    }
}

static int read_fd(struct app *app, int fd, struct failure *f)
{
    const struct settings *s = &app->settings;
    if (fcntl(fd, F_GETFD) < 0) {
        return fail_usage(f, NULL, "--password-fd %d is not open", fd);
    }
    if (fd == STDOUT_FILENO || fd == STDERR_FILENO) {
        return fail_usage(f, NULL, "--password-fd %d is an output", fd);
    }
    if (setting_given(s, OPT_PIN_FD) && setting_number(s, OPT_PIN_FD) == fd) {
        return fail_usage(f, "give each a descriptor of its own",
                          "--password-fd and --pin-fd are the same");
    }
    return take_line(app, fd, f);
}

static int read_file(struct app *app, const char *path, struct failure *f)
{
    int fd = -1;
    TRY(file_open_private(path, &fd, f));
    int exit_code = take_line(app, fd, f);
    close(fd);
    return exit_code;
}

/* A flag wins over a configuration file, as everywhere. */
int password_read(struct app *app, struct failure *f)
{
    const struct settings *s = &app->settings;
    bool by_fd = setting_given(s, OPT_PASSWORD_FD), by_file = setting_given(s, OPT_PASSWORD_FILE);
    if (by_fd && by_file && s->of[OPT_PASSWORD_FILE].origin.rank == FROM_FLAG) {
        return fail_usage(f, NULL, "give one of --password-fd and --password-file");
    }
    if (by_fd) {
        return read_fd(app, (int)setting_number(s, OPT_PASSWORD_FD), f);
    }
    return by_file ? read_file(app, setting_text(s, OPT_PASSWORD_FILE), f) : EXIT_DONE;
}

pades_status password_give(const struct app *app, pades_source *source, pades_error **e)
{
    return app->password.n == 0
               ? PADES_OK
               : pades_source_set_password(source, app->password.bytes, app->password.n, e);
}
