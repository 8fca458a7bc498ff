/* A key on a token: choosing it, and signing with every kind. */
#include "token/bench.h"

#include "signer/signer.h"
#include "signer/verify.h"

#include <openssl/err.h>
#include <p11-kit/pkcs11.h>

static pades_ctx *ctx;

static int setup(void **state)
{
    (void)state;
    return pades_ctx_new(&ctx, NULL) == PADES_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    pades_ctx_free(ctx);
    bench_end();
    return 0;
}

/* Opens, signs, verifies. */
static void seal_with(const char *object, pades_scheme scheme, pades_digest alg)
{
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_token_opts) *opts = bench_opts(&pin, 0);
    AUTO(pades_error) *e = NULL;
    AUTO(pades_signer) *s = NULL;
    char uri[128];
    snprintf(uri, sizeof uri, "pkcs11:object=%s", object);
    pades_token_opts_set_uri(opts, uri);
    bench_faults("");
    assert_ok(pades_signer_new_token(ctx, opts, &s, &e), e);
    assert_int_equal(pin.calls, 1);
    assert_string_equal(pin.purpose, "log in to sign");
    verify_signer(s, scheme, alg);
    assert_int_equal(bench_calls("C_Login"), 1);
    assert_int_equal(bench_calls("C_Sign(length)"), 0);
    assert_true(signer_again_without_pin(s));
}

/* clause: RFC8017#9.2, RFC4056#3: OpenSSL verifies what the token made */
static void signer_makes_every_kind_of_signature(void **state)
{
    (void)state;
    bench_store("kinds");
    bench_token("seal", "seal-rsa3072", "seal-p256", "seal-p384", "seal-p521", (char *)NULL);
    for (pades_digest d = PADES_DIGEST_SHA256; d <= PADES_DIGEST_SHA512; d++) {
        seal_with("seal-rsa3072", PADES_SCHEME_RSA_PKCS1, d);
        seal_with("seal-rsa3072", PADES_SCHEME_RSA_PSS, d);
        seal_with("seal-p256", PADES_SCHEME_ECDSA, d);
        seal_with("seal-p384", PADES_SCHEME_ECDSA, d);
        seal_with("seal-p521", PADES_SCHEME_ECDSA, d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signer_makes_every_kind_of_signature),
    };
    return cmocka_run_group_tests_name("signer_token", tests, setup, teardown);
}
