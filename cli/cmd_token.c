/* pades token list, pades token certs: what is there, without a login. What a certificate claims
 * about itself is printed as a claim. */
#include "key.h"
#include "process.h"
#include "report.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

static const char *state_name(pades_pin_state state)
{
    switch (state) {
    case PADES_PIN_STATE_OK:
        return "ok";
    case PADES_PIN_STATE_COUNT_LOW:
        return "count-low";
    case PADES_PIN_STATE_FINAL_TRY:
        return "final-try";
    case PADES_PIN_STATE_LOCKED:
        return "locked";
    case PADES_PIN_STATE_NOT_SET:
        return "not-set";
    case PADES_PIN_STATE_TO_BE_CHANGED:
        return "to-be-changed";
    }
    return "unknown";
}

static const char *qc_type_name(pades_qc_type type)
{
    switch (type) {
    case PADES_QC_NONE:
        return NULL;
    case PADES_QC_ESIGN:
        return "esign";
    case PADES_QC_ESEAL:
        return "eseal";
    case PADES_QC_WEB:
        return "web";
    }
    return NULL;
}

static void line(const char *name, const char *value)
{
    if (value != NULL && value[0] != '\0') {
        printf("    %-12s %s\n", name, value);
    }
}

static void add_token(js *one, const pades_token_info *t)
{
    js_text(one, "label", t->label);
    js_text(one, "serial", t->serial);
    js_text(one, "manufacturer", t->manufacturer);
    js_text(one, "model", t->model);
    js_text(one, "firmware", t->firmware);
    js_text(one, "module", t->module);
    js_number(one, "slot", (int64_t)t->slot);
    js_text(one, "slot_description", t->slot_description);
    js_text(one, "pin_state", state_name(t->pin_state));
    js_bool(one, "pin_pad", t->has_pad != 0);
    js_bool(one, "login_required", t->login_required != 0);
    js_text(one, "uri", t->uri);
}

static void print_token(const pades_token_info *t)
{
    char maker[512];
    snprintf(maker, sizeof maker, "%s %s, firmware %s", t->manufacturer, t->model, t->firmware);
    printf("%s\n", t->label);
    line("serial", t->serial);
    line("made by", maker);
    line("reader", t->slot_description);
    line("PIN", state_name(t->pin_state));
    line("PIN entry", t->has_pad != 0 ? "on the reader" : NULL);
    line("module", t->module);
    line("URI", t->uri);
}

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

static int tell_tokens_json(const pades_token_list *list, struct failure *f)
{
    const char *failed;
    js *object = js_start();
    js *tokens = js_list_in(object, "tokens");
    for (size_t i = 0; i < pades_token_list_count(list); i++) {
        add_token(js_push_object(tokens), pades_token_list_get(list, i));
    }
    js *modules = js_list_in(object, "failed_modules");
    for (size_t i = 0; (failed = pades_token_list_failed_module(list, i)) != NULL; i++) {
        js_push_text(modules, failed);
    }
    add_modules(object, list);
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
        print_token(pades_token_list_get(list, i));
    }
    if (pades_token_list_count(list) == 0) {
        report_note(app, "pades: no token is seen\nhint: is it inserted, and is its module known "
                         "to p11-kit? --module PATH names one");
    }
    return report_end(f);
}

static int64_t days_left(const pades_cert *cert)
{
    return (pades_cert_not_after(cert) - (int64_t)time(NULL)) / 86400;
}

static void add_claims(js *one, const pades_cert *cert)
{
    js *claims = js_object_in(one, "claims");
    js_bool(claims, "qualified", pades_cert_claims_qc_compliance(cert) != 0);
    js_bool(claims, "qscd", pades_cert_claims_qscd(cert) != 0);
    js_text(claims, "type", qc_type_name(pades_cert_qc_type(cert)));
}

static void add_cert(js *one, const pades_key_info *k)
{
    js_text(one, "subject", pades_cert_subject(k->cert));
    js_text(one, "issuer", pades_cert_issuer(k->cert));
    js_text(one, "serial", pades_cert_serial(k->cert));
    js_time(one, "not_before", pades_cert_not_before(k->cert));
    js_time(one, "not_after", pades_cert_not_after(k->cert));
    js_number(one, "days_left", days_left(k->cert));
    js_text(one, "fingerprint", pades_cert_fingerprint(k->cert));
    js_text(one, "key_type", pades_cert_key_type(k->cert));
    js_bool(one, "non_repudiation", pades_cert_has_non_repudiation(k->cert) != 0);
    js_bool(one, "may_sign", pades_cert_may_sign(k->cert) != 0);
    js_bool(one, "ca", pades_cert_is_ca(k->cert) != 0);
    add_claims(one, k->cert);
    js_text(one, "label", k->label);
    js_text(one, "id", k->id);
    js_text(one, "key", k->has_key > 0 ? "seen" : k->has_key < 0 ? "after login" : "none");
    js_bool(one, "usable", k->usable != 0);
    js_text(one, "why_not", k->why_not);
    js_text(one, "uri", k->uri);
    if (k->token != NULL) {
        add_token(js_object_in(one, "token"), k->token);
    }
}

static void print_validity(const pades_cert *cert)
{
    int64_t left = days_left(cert);
    printf("    %-12s %s to %s", "valid", show_day(pades_cert_not_before(cert)).text,
           show_day(pades_cert_not_after(cert)).text);
    if (pades_cert_not_after(cert) < (int64_t)time(NULL)) {
        printf(" (expired)\n");
    } else {
        printf(" (%" PRId64 " days left)\n", left);
    }
}

static void print_claims(const pades_cert *cert)
{
    char text[128];
    const char *type = qc_type_name(pades_cert_qc_type(cert));
    bool any = pades_cert_claims_qc_compliance(cert) != 0 || pades_cert_claims_qscd(cert) != 0 ||
               type != NULL;
    snprintf(text, sizeof text, "%s%s%s (not checked)",
             pades_cert_claims_qc_compliance(cert) != 0 ? "qualified" : "not qualified",
             pades_cert_claims_qscd(cert) != 0 ? ", key in a qualified device" : "",
             type == NULL                 ? ""
             : strcmp(type, "eseal") == 0 ? ", for seals"
             : strcmp(type, "esign") == 0 ? ", for signatures"
                                          : ", for web sites");
    line("claims", any ? text : NULL);
}

static void print_cert(const pades_key_info *k)
{
    char key[512];
    printf("%s\n", pades_cert_subject(k->cert));
    line("issuer", pades_cert_issuer(k->cert));
    line("serial", pades_cert_serial(k->cert));
    print_validity(k->cert);
    snprintf(key, sizeof key, "%s, '%s', id %s", pades_cert_key_type(k->cert),
             k->label == NULL ? "" : k->label, k->id == NULL || k->id[0] == '\0' ? "none" : k->id);
    line("key", key);
    line("usage", pades_cert_has_non_repudiation(k->cert) != 0 ? "non-repudiation"
                  : pades_cert_may_sign(k->cert) != 0          ? "signing"
                                                               : "not for signing documents");
    print_claims(k->cert);
    line("token", k->token == NULL ? NULL : k->token->label);
    line("URI", k->uri);
    printf("    %-12s %s%s%s\n", "can sign", k->usable != 0 ? "yes" : "no",
           k->why_not == NULL ? "" : ": ", k->why_not == NULL ? "" : k->why_not);
}

static int tell_certs(struct app *app, const pades_key_list *list, struct failure *f)
{
    size_t n = pades_key_list_count(list);
    if (app->json) {
        js *object = js_start();
        js *certs = js_list_in(object, "certs");
        for (size_t i = 0; i < n; i++) {
            add_cert(js_push_object(certs), pades_key_list_get(list, i));
        }
        return report_json(object, f);
    }
    for (size_t i = 0; i < n; i++) {
        print_cert(pades_key_list_get(list, i));
    }
    if (n == 0) {
        report_note(app, "pades: no certificate is seen\nhint: 'pades token list' shows the "
                         "tokens; some show certificates only after login");
    }
    return report_end(f);
}

static int list_certs(struct app *app, struct failure *f)
{
    pades_error *error = NULL;
    AUTO(pades_token_opts_free) pades_token_opts *opts = NULL;
    AUTO(pades_key_list_free) pades_key_list *list = NULL;
    if (key_is_file(app)) {
        return fail_usage(f, NULL, "--key must be a pkcs11: URI here");
    }
    TRY(app_make_context(app, f));
    TRY(key_token_opts(app, NULL, &opts, f));
    pades_token_opts_set_known_modules(opts, 1);
    process_quiet_begin(setting_on(&app->settings, OPT_VERBOSE));
    pades_status status = pades_key_list_new(app->ctx, opts, &list, &error);
    process_quiet_end();
    TRY(call(f, status, &error));
    return tell_certs(app, list, f);
}

int cmd_token_list(struct app *app)
{
    struct failure f;
    return list_tokens(app, &f) == EXIT_DONE ? EXIT_DONE : report_failure(app, NULL, &f);
}

int cmd_token_certs(struct app *app)
{
    struct failure f;
    return list_certs(app, &f) == EXIT_DONE ? EXIT_DONE : report_failure(app, NULL, &f);
}
