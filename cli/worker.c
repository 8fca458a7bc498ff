/* See worker.h. It is looked for beside this program (in a build folder), then in the libexec of
 * the prefix this program stands in, then where it was to be installed to. */
#include "worker.h"

#include "report.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

static const char program[] = "pades-token-worker";

/* The folder this program is in, with a slash; 0 when it is not known. */
static size_t own_folder(char *to, size_t n)
{
    ssize_t got = readlink("/proc/self/exe", to, n - 1);
    if (got <= 0 || (size_t)got >= n - 1) {
        return 0;
    }
    to[got] = '\0';
    char *slash = strrchr(to, '/');
    return slash == NULL ? 0 : (size_t)(slash - to) + 1;
}

static bool find(char *to, size_t n)
{
    const char *const places[] = {"", "../libexec/pades/", "../lib/pades/"};
    size_t folder = own_folder(to, n);
    for (size_t i = 0; folder > 0 && i < sizeof places / sizeof places[0]; i++) {
        int wrote = snprintf(to + folder, n - folder, "%s%s", places[i], program);
        if (wrote > 0 && (size_t)wrote < n - folder && access(to, X_OK) == 0) {
            return true;
        }
    }
    int wrote = snprintf(to, n, "%s", pades_token_worker_path());
    return wrote > 0 && (size_t)wrote < n && access(to, X_OK) == 0;
}

void worker_attach(struct app *app, pades_token_opts *opts)
{
    char path[PATH_MAX];
    const struct settings *s = &app->settings;
    if (setting_on(s, OPT_NO_ISOLATE)) {
        return;
    }
    if (!find(path, sizeof path)) {
        if (setting_on(s, OPT_VERBOSE)) {
            report_note(app, "pades: %s was not found: modules run in this process", program);
        }
        return;
    }
    pades_token_opts_set_worker(opts, path);
    pades_token_opts_set_control(opts, app->control);
    if (setting_given(s, OPT_TIMEOUT)) {
        pades_token_opts_set_answer_timeout(opts, (uint32_t)setting_number(s, OPT_TIMEOUT) * 1000U);
    }
}
