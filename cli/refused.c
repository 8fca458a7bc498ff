/* See refused.h. --refused-pins, else a folder of the state that programs keep between runs. */
#include "refused.h"

#include "report.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef PADES_STATEDIR
#define PADES_STATEDIR "/var/lib"
#endif

static bool is_absolute(const char *path)
{
    return path != NULL && path[0] == '/';
}

/* XDG Base Directory Specification, the state folder and its default; root, which services run as,
 * has no home worth the name */
static int usual_path(char *path, size_t n)
{
    const char *base = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    if (is_absolute(base)) {
        return snprintf(path, n, "%s/pades/refused-pins", base);
    }
    if (geteuid() == 0) {
        return snprintf(path, n, "%s/pades/refused-pins", PADES_STATEDIR);
    }
    return is_absolute(home) ? snprintf(path, n, "%s/.local/state/pades/refused-pins", home) : -1;
}

/* For the user alone; what cannot be made is missed by the folder below it. */
static void make_folders_above(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
}

static void warn(struct app *app, const char *reason)
{
    char text[1400];
    snprintf(text, sizeof text, "%s (--refused-pins DIR names a folder, none needs none)", reason);
    report_warning(app, NULL, text);
}

static bool is_usable(struct app *app, char *path)
{
    pades_error *error = NULL;
    make_folders_above(path);
    bool usable = pades_token_refused_dir_check(path, &error) == PADES_OK;
    if (!usable) {
        warn(app, pades_error_message(error));
    }
    pades_error_free(error);
    return usable;
}

void refused_folder_set(struct app *app, pades_token_opts *opts, bool unattended)
{
    char path[4096];
    const char *named = setting_text(&app->settings, OPT_REFUSED_PINS);
    if (named != NULL && strcmp(named, "none") == 0) {
        return;
    }
    int n =
        named != NULL ? snprintf(path, sizeof path, "%s", named) : usual_path(path, sizeof path);
    bool known = n > 0 && (size_t)n < sizeof path;
    if (unattended && !known) {
        warn(app, "a PIN that is refused cannot be remembered: there is no home folder");
    } else if (known && (!unattended || is_usable(app, path))) {
        pades_token_opts_set_refused_dir(opts, path);
    }
}
