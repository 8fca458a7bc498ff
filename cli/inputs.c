/* See inputs.h. Files are told apart by device and inode. */
#include "inputs.h"

#include "options.h"
#include "text.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char hint[] = "name another file";

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool is_named(const struct stat *output, const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && is_same(&st, output);
}

static bool leads_to(int fd, const struct stat *output)
{
    struct stat st;
    return fstat(fd, &st) == 0 && is_same(&st, output);
}

static int spare_descriptors(const struct app *app, const char *path, const struct stat *output,
                             struct failure *f)
{
    static const char *const names[] = {"input", "output", "error"};
    static const enum option_id options[] = {OPT_PASSWORD_FD, OPT_PIN_FD};
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (leads_to(fd, output)) {
            return fail_usage(f, hint, "the output '%s' is standard %s too", show(path).text,
                              names[fd]);
        }
    }
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        if (setting_given(&app->settings, options[i]) &&
            leads_to((int)setting_number(&app->settings, options[i]), output)) {
            return fail_usage(f, hint, "the output '%s' is the file of --%s too", show(path).text,
                              option_at(options[i])->name);
        }
    }
    return EXIT_DONE;
}

static bool names_files(enum option_id id)
{
    const char *argument = option_at(id)->argument;
    return argument != NULL && (strcmp(argument, "FILE") == 0 || strcmp(argument, "PATH") == 0);
}

static bool is_among(enum option_id id, const enum option_id *all, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (all[i] == id) {
            return true;
        }
    }
    return false;
}

static int spare_option(const struct app *app, enum option_id id, const char *path,
                        const struct stat *output, struct failure *f)
{
    const char *item;
    for (size_t i = 0; (item = setting_item(&app->settings, id, i)) != NULL; i++) {
        if (is_named(output, item)) {
            return fail_usage(f, hint, "the output '%s' is the file of --%s too", show(path).text,
                              option_at(id)->name);
        }
    }
    return EXIT_DONE;
}

static int spare_configuration(const struct app *app, const char *path, const struct stat *output,
                               struct failure *f)
{
    for (size_t i = 0; i < app->settings.files_n; i++) {
        if (is_named(output, app->settings.files[i])) {
            return fail_usage(f, hint, "the output '%s' is a configuration file", show(path).text);
        }
    }
    return EXIT_DONE;
}

int inputs_spare(const struct app *app, const char *output, const enum option_id *except, size_t n,
                 struct failure *f)
{
    struct stat st;
    if (stat(output, &st) != 0 || !S_ISREG(st.st_mode)) {
        return EXIT_DONE;
    }
    TRY(spare_descriptors(app, output, &st, f));
    for (enum option_id id = 0; id < OPT_COUNT; id++) {
        if (names_files(id) && !is_among(id, except, n)) {
            TRY(spare_option(app, id, output, &st, f));
        }
    }
    return spare_configuration(app, output, &st, f);
}
