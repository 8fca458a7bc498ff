/* pades token key-test: a random challenge signed with the key and checked with its certificate. */
#include "key.h"
#include "process.h"
#include "report.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>

static pades_digest digest_of(const struct settings *s)
{
    static const pades_digest all[] = {PADES_DIGEST_SHA256, PADES_DIGEST_SHA384,
                                       PADES_DIGEST_SHA512};
    const char *name = setting_text(s, OPT_DIGEST);
    for (size_t i = 0; name != NULL && i < sizeof all / sizeof all[0]; i++) {
        if (strcmp(name, pades_digest_name(all[i])) == 0) {
            return all[i];
        }
    }
    return PADES_DIGEST_DEFAULT;
}

static const char *scheme_name(pades_scheme scheme)
{
    return scheme == PADES_SCHEME_ECDSA     ? "ECDSA"
           : scheme == PADES_SCHEME_RSA_PSS ? "RSA-PSS"
                                            : "RSA PKCS#1 v1.5";
}

static int tell(const struct app *app, const pades_signer *signer, const pades_key_test *test,
                struct failure *f)
{
    const pades_cert *cert = pades_signer_cert(signer);
    if (app->json) {
        js *object = js_start();
        js_text(object, "key", pades_signer_name(signer));
        js_text(object, "subject", pades_cert_subject(cert));
        js_text(object, "serial", pades_cert_serial(cert));
        js_text(object, "key_type", pades_cert_key_type(cert));
        js_text(object, "scheme", scheme_name(test->scheme));
        js_text(object, "digest", pades_digest_name(test->digest));
        js_text(object, "mechanism", test->mechanism);
        js_number(object, "microseconds", (int64_t)test->microseconds);
        js_number(object, "signature_bytes", (int64_t)test->signature_bytes);
        js_bool(object, "verified", true);
        return report_json(object, f);
    }
    printf("the key works: '%s'\n", pades_cert_common_name(cert));
    printf("    %-12s %s, %s with %s%s%s\n", "signature", pades_cert_key_type(cert),
           scheme_name(test->scheme), pades_digest_name(test->digest),
           test->mechanism == NULL ? "" : ", ", test->mechanism == NULL ? "" : test->mechanism);
    printf("    %-12s %" PRIu64 ".%" PRIu64 " ms, %zu bytes, verified with its certificate\n",
           "took", test->microseconds / 1000, test->microseconds / 100 % 10, test->signature_bytes);
    return report_end(f);
}

static int sign_and_check(struct app *app, const struct certs *certs, struct pin_source *pin,
                          struct failure *f)
{
    pades_error *error = NULL;
    AUTO(pades_signer_free) pades_signer *signer = NULL;
    pades_key_test test = {0};
    TRY(key_open_for(app, certs, pin, "test the key", &signer, f));
    process_quiet_begin(setting_on(&app->settings, OPT_VERBOSE));
    pades_status status =
        pades_signer_test(signer, digest_of(&app->settings),
                          setting_on(&app->settings, OPT_PSS) ? 1 : 0, &test, &error);
    process_quiet_end();
    if (call(f, status, &error) != EXIT_DONE) {
        if (pin->why.exit != EXIT_DONE) {
            *f = pin->why;
        }
        return f->exit;
    }
    return tell(app, signer, &test, f);
}

static int key_test(struct app *app, struct failure *f)
{
    struct pin_source pin;
    struct certs certs = {0};
    int exit_code = pin_source_open(app, &pin, f);
    if (exit_code == EXIT_DONE) {
        exit_code = certs_load(app, &certs, f);
    }
    if (exit_code == EXIT_DONE) {
        exit_code = app_make_context(app, f);
    }
    if (exit_code == EXIT_DONE) {
        exit_code = sign_and_check(app, &certs, &pin, f);
    }
    certs_clear(&certs);
    pin_source_close(&pin);
    return exit_code;
}

int cmd_token_key_test(struct app *app)
{
    struct failure f;
    return key_test(app, &f) == EXIT_DONE ? EXIT_DONE : report_failure(app, NULL, &f);
}
