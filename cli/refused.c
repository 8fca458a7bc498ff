/* See refused.h. --refused-pins, else a folder of the state that programs keep between runs. */
#include "refused.h"

#include "report.h"
#include "text.h"

#include <errno.h>
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

/* As the library wants it, which would leave it alone without a word. */
static const char *folder_objection(const char *path)
{
    struct stat st;
    if (lstat(path, &st) != 0) {
        return strerror(errno);
    }
    if (!S_ISDIR(st.st_mode)) {
        return S_ISLNK(st.st_mode) ? "it is a link" : "it is no folder";
    }
    if (st.st_uid != geteuid() || (st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return "others than its owner may use the folder, or it is another's";
    }
    return access(path, W_OK | X_OK) == 0 ? NULL : strerror(errno);
}

/* With the folders above it, for the user alone. NULL, or why there is none. */
static const char *make_folder(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
    return mkdir(path, 0700) == 0 ? NULL
           : errno == EEXIST      ? folder_objection(path)
                                  : strerror(errno);
}

static void warn(struct app *app, const char *path, const char *reason)
{
    char text[1400];
    snprintf(text, sizeof text,
             "a PIN that is refused cannot be remembered%s%s%s: %s (--refused-pins DIR names a "
             "folder, none needs none)",
             path == NULL ? "" : " in '", path == NULL ? "" : show(path).text,
             path == NULL ? "" : "'", reason);
    report_warning(app, NULL, text);
}

void refused_folder_set(struct app *app, pades_token_opts *opts, bool unattended)
{
    char path[4096];
    const char *named = setting_text(&app->settings, OPT_REFUSED_PINS);
    const char *key = setting_text(&app->settings, OPT_KEY);
    bool from_file = key != NULL && strstr(key, "pin-source=") != NULL;
    unattended = unattended || from_file;
    if (named != NULL && strcmp(named, "none") == 0) {
        return;
    }
    int n =
        named != NULL ? snprintf(path, sizeof path, "%s", named) : usual_path(path, sizeof path);
    bool known = n > 0 && (size_t)n < sizeof path;
    if (unattended && !known) {
        warn(app, NULL, "there is no home folder");
        return;
    }
    const char *why = unattended ? make_folder(path) : NULL;
    if (why != NULL) {
        warn(app, path, why);
    } else if (known) {
        pades_token_opts_set_refused_dir(opts, path);
    }
}
