/* The library's context from the settings: anchors, network, cache, logger. */
#include "process.h"
#include "report.h"
#include "text.h"

#include <sys/stat.h>

/* A file of anchors that holds none is a mistake of the settings, not of the signer's certificate.
 */
static int as_settings(struct failure *f, int exit_code)
{
    if (exit_code == EXIT_KEY) {
        f->exit = EXIT_CONFIG;
        f->status = "CONFIG";
        return EXIT_CONFIG;
    }
    return exit_code;
}

static int add_trust(struct app *app, struct failure *f)
{
    pades_error *error = NULL;
    const char *path;
    for (size_t i = 0; (path = setting_item(&app->settings, OPT_TRUST, i)) != NULL; i++) {
        TRY(as_settings(f, call(f, pades_ctx_add_trust_path(app->ctx, path, &error), &error)));
    }
    return EXIT_DONE;
}

static int set_network(struct app *app, struct failure *f)
{
    pades_error *error = NULL;
    const struct settings *s = &app->settings;
    const char *host;
    uint32_t ms = (uint32_t)setting_number(s, OPT_TIMEOUT) * 1000U;
    TRY(call(f, pades_ctx_set_timeout(app->ctx, ms, &error), &error));
    if (setting_given(s, OPT_PROXY)) {
        TRY(call(f, pades_ctx_set_proxy(app->ctx, setting_text(s, OPT_PROXY), &error), &error));
    }
    for (size_t i = 0; (host = setting_item(s, OPT_ALLOW_HOST, i)) != NULL; i++) {
        TRY(call(f, pades_ctx_allow_host(app->ctx, host, &error), &error));
    }
    return EXIT_DONE;
}

/* XDG Base Directory Specification, the cache folder and its default */
static int cache_path(char *path, size_t n, const char *tail)
{
    const char *base = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    if (base != NULL && base[0] == '/') {
        return snprintf(path, n, "%s%s", base, tail);
    }
    return home != NULL && home[0] == '/' ? snprintf(path, n, "%s/.cache%s", home, tail) : -1;
}

/* What a TSA's tokens weigh is worth keeping only where a TSA is asked. */
static int set_cache(struct app *app, struct failure *f)
{
    pades_error *error = NULL;
    char path[4096];
    int n = cache_path(path, sizeof path, "");
    if (!setting_given(&app->settings, OPT_TSA) || n < 0 || (size_t)n >= sizeof path) {
        return EXIT_DONE;
    }
    mkdir(path, 0700);
    n = cache_path(path, sizeof path, "/pades");
    if ((size_t)n >= sizeof path) {
        return EXIT_DONE;
    }
    mkdir(path, 0700); /* one that cannot be made is no reason to stop: nothing is kept then */
    return call(f, pades_ctx_set_cache_dir(app->ctx, path, &error), &error);
}

/* Without TMPDIR the library takes what is usual for large files. */
static int set_temp_dir(struct app *app, struct failure *f)
{
    pades_error *error = NULL;
    const char *dir = getenv("TMPDIR");
    bool named = dir != NULL && dir[0] == '/';
    return named ? call(f, pades_ctx_set_temp_dir(app->ctx, dir, &error), &error) : EXIT_DONE;
}

static int make_control(struct app *app, struct failure *f)
{
    pades_error *error = NULL;
    TRY(call(f, pades_control_new(&app->control, &error), &error));
    process_cancel_with(app->control);
    if (report_wants_progress(app)) {
        pades_control_set_progress(app->control, report_progress, app);
    }
    return EXIT_DONE;
}

int app_make_bare_context(struct app *app, struct failure *f)
{
    pades_error *error = NULL;
    TRY(call(f, pades_ctx_new(&app->ctx, &error), &error));
    if (setting_on(&app->settings, OPT_VERBOSE)) {
        TRY(call(f, pades_ctx_set_logger(app->ctx, report_log, app, &error), &error));
    }
    TRY(set_network(app, f));
    TRY(set_cache(app, f));
    TRY(set_temp_dir(app, f));
    return make_control(app, f);
}

int app_make_context(struct app *app, struct failure *f)
{
    TRY(app_make_bare_context(app, f));
    return add_trust(app, f);
}
