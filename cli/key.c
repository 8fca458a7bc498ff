/* See key.h. Choosing is the library's: exactly one usable key, else it names them. */
#include "key.h"

#include "process.h"
#include "report.h"
#include "text.h"
#include "worker.h"

#include <strings.h>

bool key_is_file(const struct app *app)
{
    const char *key = setting_text(&app->settings, OPT_KEY);
    return key != NULL && strncasecmp(key, "pkcs11:", 7) != 0;
}

int key_token_opts(struct app *app, const struct certs *certs, pades_token_opts **ret,
                   struct failure *f)
{
    pades_error *error = NULL;
    AUTO(pades_token_opts_free) pades_token_opts *opts = NULL;
    const struct settings *s = &app->settings;
    TRY(call(f, pades_token_opts_new(&opts, &error), &error));
    if (setting_given(s, OPT_MODULE)) {
        pades_token_opts_set_module(opts, setting_text(s, OPT_MODULE));
    }
    if (setting_given(s, OPT_KEY) && !key_is_file(app)) {
        pades_token_opts_set_uri(opts, setting_text(s, OPT_KEY));
    }
    if (setting_given(s, OPT_CERT_SUBJECT)) {
        pades_token_opts_set_cert_subject(opts, setting_text(s, OPT_CERT_SUBJECT));
    }
    if (setting_given(s, OPT_CERT_SERIAL)) {
        pades_token_opts_set_cert_serial(opts, setting_text(s, OPT_CERT_SERIAL));
    }
    worker_attach(app, opts);
    for (size_t i = 0; certs != NULL && i < certs->n; i++) {
        pades_token_opts_add_cert(opts, certs->all[i]);
    }
    *ret = opts;
    opts = NULL;
    return EXIT_DONE;
}

/* A key file that is not there is a missing key, not a missing document. */
static int as_key_failure(struct failure *f)
{
    if (f->exit == EXIT_INPUT) {
        f->exit = EXIT_KEY;
    }
    return f->exit;
}

static pades_status open_signer(struct app *app, const pades_token_opts *opts, pades_signer **ret,
                                pades_error **e)
{
    process_quiet_begin(setting_on(&app->settings, OPT_VERBOSE));
    pades_status status =
        key_is_file(app)
            ? pades_signer_new_file(app->ctx, setting_text(&app->settings, OPT_KEY), opts, ret, e)
            : pades_signer_new_token(app->ctx, opts, ret, e);
    process_quiet_end();
    return status;
}

static void on_wait(void *user, const char *token)
{
    if (token == NULL) {
        report_note(user, "pades: waiting for the token to be put in");
    } else {
        report_note(user, "pades: waiting for token '%s' to be put back", token);
    }
}

static void attach_patience(struct app *app, pades_token_opts *opts)
{
    const struct settings *s = &app->settings;
    pades_token_opts_set_sessions(opts, (unsigned)setting_number(s, OPT_SESSIONS));
    pades_token_opts_set_wait(opts, (uint32_t)setting_number(s, OPT_WAIT) * 1000U, on_wait, app);
}

int key_list_opts(struct app *app, pades_token_opts **ret, struct failure *f)
{
    if (key_is_file(app)) {
        return fail_usage(f, NULL, "--key must be a pkcs11: URI here");
    }
    TRY(app_make_context(app, f));
    TRY(key_token_opts(app, NULL, ret, f));
    pades_token_opts_set_known_modules(*ret, 1);
    return EXIT_DONE;
}

int key_list_open(struct app *app, pades_key_list **ret, struct failure *f)
{
    pades_error *error = NULL;
    AUTO(pades_token_opts_free) pades_token_opts *opts = NULL;
    TRY(key_list_opts(app, &opts, f));
    process_quiet_begin(setting_on(&app->settings, OPT_VERBOSE));
    pades_status status = pades_key_list_new(app->ctx, opts, ret, &error);
    process_quiet_end();
    return call(f, status, &error);
}

void key_preload(struct app *app, const struct certs *certs)
{
    struct failure later;
    AUTO(pades_token_opts_free) pades_token_opts *opts = NULL;
    if (!key_is_file(app) && key_token_opts(app, certs, &opts, &later) == EXIT_DONE) {
        process_quiet_begin(setting_on(&app->settings, OPT_VERBOSE)); /* until the key is open */
        pades_token_preload(app->ctx, opts);
    }
}

int key_open(struct app *app, const struct certs *certs, struct pin_source *pin, pades_signer **ret,
             struct failure *f)
{
    return key_open_for(app, certs, pin, NULL, ret, f);
}

int key_open_for(struct app *app, const struct certs *certs, struct pin_source *pin,
                 const char *purpose, pades_signer **ret, struct failure *f)
{
    pades_error *error = NULL;
    AUTO(pades_token_opts_free) pades_token_opts *opts = NULL;
    TRY(key_token_opts(app, certs, &opts, f));
    pin_source_attach(pin, opts);
    attach_patience(app, opts);
    pades_token_opts_set_purpose(opts, purpose);
    if (call(f, open_signer(app, opts, ret, &error), &error) == EXIT_DONE) {
        return EXIT_DONE;
    }
    if (pin->why.exit != EXIT_DONE) {
        *f = pin->why;
    }
    return as_key_failure(f);
}

int key_look(struct app *app, const struct certs *certs, struct key_seen *ret, struct failure *f)
{
    size_t index = 0;
    pades_error *error = NULL;
    AUTO(pades_token_opts_free) pades_token_opts *opts = NULL;
    TRY(key_token_opts(app, certs, &opts, f));
    process_quiet_begin(setting_on(&app->settings, OPT_VERBOSE));
    pades_status status = pades_key_list_new(app->ctx, opts, &ret->list, &error);
    process_quiet_end();
    TRY(call(f, status, &error));
    TRY(call(f, pades_key_list_choose(ret->list, &index, &error), &error));
    return call(f, pades_key_list_get_chain(ret->list, index, &ret->chain, &ret->n, &error),
                &error);
}

void key_seen_clear(struct key_seen *seen)
{
    pades_key_list_free(seen->list);
}
