/* pades token list, pades token certs: what is there, without a login. */
#include "key.h"
#include "process.h"
#include "report.h"
#include "token_tell.h"

#include <string.h>
#include <time.h>

static void warn_of_modules(struct app *app, const pades_token_list *list)
{
    const char *failed;
    for (size_t i = 0; (failed = pades_token_list_failed_module(list, i)) != NULL; i++) {
        report_warning(app, NULL, failed);
    }
}

static void add_modules(js *object, const pades_token_list *list)
{
    const pades_module_info *m;
    js *modules = js_list_in(object, "modules");
    for (size_t i = 0; (m = pades_token_list_module(list, i)) != NULL; i++) {
        js *one = js_push_object(modules);
        js_text(one, "name", m->name);
        js_text(one, "file", m->file);
        js_text(one, "product", m->product);
        js_text(one, "failure", m->failure);
        js_text(one, "hint", m->hint);
    }
}

static const char *reader_state(pades_reader_state state)
{
    switch (state) {
    case PADES_READER_EMPTY:
        return "empty";
    case PADES_READER_TOKEN:
        return "token";
    case PADES_READER_UNRECOGNIZED:
        return "not-recognised";
    case PADES_READER_NOT_SET_UP:
        return "not-set-up";
    case PADES_READER_SILENT:
        return "silent";
    }
    return "unknown";
}

static const char *reader_text(pades_reader_state state)
{
    switch (state) {
    case PADES_READER_EMPTY:
        return "no card";
    case PADES_READER_TOKEN:
        return "a token that is not listed";
    case PADES_READER_UNRECOGNIZED:
        return "card not recognised";
    case PADES_READER_NOT_SET_UP:
        return "a token that is not set up";
    case PADES_READER_SILENT:
        return "something that does not answer: is another driver in the way?";
    }
    return "unknown";
}

static void add_readers(js *object, pades_token_list *list)
{
    const pades_reader_info *r;
    js *readers = js_list_in(object, "readers");
    for (size_t i = 0; (r = pades_token_list_reader(list, i)) != NULL; i++) {
        js *one = js_push_object(readers);
        js_text(one, "name", r->name);
        js_text(one, "manufacturer", r->manufacturer);
        js_text(one, "module", r->module);
        js_text(one, "state", reader_state(r->state));
        js_bool(one, "removable", r->removable != 0);
    }
}

/* Another module knows the card, or this line was printed for another module. */
static bool is_told(pades_token_list *list, size_t index)
{
    const pades_reader_info *r = pades_token_list_reader(list, index);
    const pades_reader_info *other;
    for (size_t i = 0; (other = pades_token_list_reader(list, i)) != NULL; i++) {
        bool same = strcmp(other->name, r->name) == 0;
        if (same &&
            (other->state == PADES_READER_TOKEN || (i < index && other->state == r->state))) {
            return true;
        }
    }
    return false;
}

/* Readers in which no module sees a token. */
static void print_readers(pades_token_list *list)
{
    const pades_reader_info *r;
    for (size_t i = 0; (r = pades_token_list_reader(list, i)) != NULL; i++) {
        if (r->removable != 0 && !is_told(list, i)) {
            printf("reader '%s': %s\n", r->name, reader_text(r->state));
        }
    }
}

static int tell_tokens_json(pades_token_list *list, struct failure *f)
{
    const char *failed;
    js *object = js_start();
    js *tokens = js_list_in(object, "tokens");
    for (size_t i = 0; i < pades_token_list_count(list); i++) {
        tell_token_json(js_push_object(tokens), pades_token_list_get(list, i));
    }
    js *modules = js_list_in(object, "failed_modules");
    for (size_t i = 0; (failed = pades_token_list_failed_module(list, i)) != NULL; i++) {
        js_push_text(modules, failed);
    }
    add_modules(object, list);
    add_readers(object, list);
    return report_json(object, f);
}

static int list_tokens(struct app *app, struct failure *f)
{
    pades_error *error = NULL;
    AUTO(pades_token_opts_free) pades_token_opts *opts = NULL;
    AUTO(pades_token_list_free) pades_token_list *list = NULL;
    TRY(app_make_context(app, f));
    TRY(key_token_opts(app, NULL, &opts, f));
    pades_token_opts_set_known_modules(opts, 1);
    process_quiet_begin(setting_on(&app->settings, OPT_VERBOSE));
    pades_status status = pades_token_list_new(app->ctx, opts, &list, &error);
    process_quiet_end();
    TRY(call(f, status, &error));
    warn_of_modules(app, list);
    if (app->json) {
        return tell_tokens_json(list, f);
    }
    for (size_t i = 0; i < pades_token_list_count(list); i++) {
        tell_token_text(pades_token_list_get(list, i));
    }
    print_readers(list);
    if (pades_token_list_count(list) == 0) {
        report_note(app, "pades: no token is seen\nhint: is it inserted, and is its module known "
                         "to p11-kit? --module PATH names one");
    }
    return report_end(f);
}

/* All of them, or with --expiring those that end within its days or have ended. */
static bool is_meant(const struct app *app, const pades_key_info *k)
{
    const struct settings *s = &app->settings;
    return !setting_given(s, OPT_EXPIRING) ||
           pades_cert_not_after(k->cert) <
               (int64_t)time(NULL) + (int64_t)setting_number(s, OPT_EXPIRING) * 86400;
}

static int tell_certs(struct app *app, const pades_key_list *list, size_t *ret_told,
                      struct failure *f)
{
    size_t n = pades_key_list_count(list);
    js *object = app->json ? js_start() : NULL;
    js *certs = app->json ? js_list_in(object, "certs") : NULL;
    for (size_t i = 0; i < n; i++) {
        const pades_key_info *k = pades_key_list_get(list, i);
        if (!is_meant(app, k) || !tell_fits(list, k)) {
            continue;
        }
        ++*ret_told;
        if (app->json) {
            tell_cert_json(js_push_object(certs), k);
        } else {
            tell_cert_text(k);
        }
    }
    if (app->json) {
        return report_json(object, f);
    }
    if (n == 0) {
        report_note(app, "pades: no certificate is seen\nhint: 'pades token list' shows the "
                         "tokens; some show certificates only after login");
    }
    return report_end(f);
}

static int list_certs(struct app *app, size_t *ret_told, struct failure *f)
{
    AUTO(pades_key_list_free) pades_key_list *list = NULL;
    TRY(key_list_open(app, &list, f));
    return tell_certs(app, list, ret_told, f);
}

int cmd_token_list(struct app *app)
{
    struct failure f;
    return list_tokens(app, &f) == EXIT_DONE ? EXIT_DONE : report_failure(app, NULL, &f);
}

int cmd_token_certs(struct app *app)
{
    struct failure f;
    size_t told = 0;
    if (list_certs(app, &told, &f) != EXIT_DONE) {
        return report_failure(app, NULL, &f);
    }
    return setting_given(&app->settings, OPT_EXPIRING) && told > 0 ? EXIT_FOUND : EXIT_DONE;
}
