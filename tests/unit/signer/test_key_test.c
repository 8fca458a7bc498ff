/* The test of a key: what it tells of a key that works, and of one whose signatures are wrong; and
 * what is asked of a key only when somebody looks at it. */
#include "token/bench.h"

#include "signer/signer.h"

#include <stdio.h>

DEFINE_AUTO(pades_key_list, pades_key_list_free)

static pades_ctx *ctx;

static int setup(void **state)
{
    (void)state;
    bench_store("key-test");
    bench_token("seal", "seal-p256", "seal-p384", "seal-rsa3072", (char *)NULL);
    return pades_ctx_new(&ctx, NULL) == PADES_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    pades_ctx_free(ctx);
    bench_end();
    return 0;
}

static pades_signer *signer(const char *key, bench_pin *pin, const char *faults)
{
    char uri[128];
    AUTO(pades_token_opts) *opts = bench_opts(pin, 1);
    pades_signer *s = NULL;
    pades_error *e = NULL;
    bench_faults(faults);
    snprintf(uri, sizeof uri, "pkcs11:token=seal;object=%s", key);
    pades_token_opts_set_uri(opts, uri);
    pades_token_opts_set_purpose(opts, "test the key");
    assert_ok(pades_signer_new_token(ctx, opts, &s, &e), e);
    return s;
}

static void key_test_tells_how(void **state)
{
    (void)state;
    static const struct {
        const char *key, *mechanism;
        pades_digest wanted, used;
        int pss;
        pades_scheme scheme;
        size_t least, most;
    } cases[] = {
        {"seal-p256", "CKM_ECDSA", PADES_DIGEST_DEFAULT, PADES_DIGEST_SHA256, 0, PADES_SCHEME_ECDSA,
         66, 72},
        {"seal-p384", "CKM_ECDSA", PADES_DIGEST_DEFAULT, PADES_DIGEST_SHA384, 1, PADES_SCHEME_ECDSA,
         98, 104},
        {"seal-rsa3072", "CKM_RSA_PKCS", PADES_DIGEST_SHA512, PADES_DIGEST_SHA512, 0,
         PADES_SCHEME_RSA_PKCS1, 384, 384},
        {"seal-rsa3072", "CKM_RSA_PKCS_PSS", PADES_DIGEST_DEFAULT, PADES_DIGEST_SHA256, 1,
         PADES_SCHEME_RSA_PSS, 384, 384},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        bench_pin pin = {.pin = "1234"};
        AUTO(pades_signer) *s = signer(cases[i].key, &pin, "");
        AUTO(pades_error) *e = NULL;
        pades_key_test test;
        assert_string_equal(pin.purpose, "test the key");
        assert_ok(pades_signer_test(s, cases[i].wanted, cases[i].pss, &test, &e), e);
        assert_string_equal(test.mechanism, cases[i].mechanism);
        assert_int_equal(test.digest, cases[i].used);
        assert_int_equal(test.scheme, cases[i].scheme);
        assert_in_range(test.signature_bytes, cases[i].least, cases[i].most);
        assert_true(test.microseconds > 0 && test.microseconds < 60000000);
        assert_int_equal(bench_calls("C_Sign CKR_OK"), 1);
        assert_int_equal(bench_calls("C_Login"), 1);
    }
}

static void key_test_finds_a_wrong_signature(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_error) *e = NULL;
    pades_key_test test = {.mechanism = "untouched"};
    AUTO(pades_signer) *s = signer("seal-p256", &pin, "badsig\n");
    assert_fails_with(pades_signer_test(s, PADES_DIGEST_DEFAULT, 0, &test, &e),
                      PADES_SIGNATURE_WRONG, &e, "does not verify with its certificate");
    assert_string_equal(test.mechanism, "untouched");
    pades_signer_free(TAKE(s));
    s = signer("seal-rsa3072", &pin, "badsig\n");
    assert_fails_with(pades_signer_test(s, PADES_DIGEST_DEFAULT, 1, &test, &e),
                      PADES_SIGNATURE_WRONG, &e, "does not verify");
    assert_fails_with(pades_signer_test(NULL, PADES_DIGEST_DEFAULT, 0, &test, &e),
                      PADES_INVALID_ARGUMENT, &e, "needs a signer");
    assert_fails_with(pades_signer_test(s, (pades_digest)9, 0, &test, &e), PADES_INVALID_ARGUMENT,
                      &e, "needs a signer");
}

/* A challenge is new each time: two tests of one key sign different things. */
static void key_test_of_a_key_that_wants_its_pin_each_time(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_error) *e = NULL;
    pades_key_test test;
    AUTO(pades_signer) *s = signer("seal-p256", &pin, "always\n");
    assert_ok(pades_signer_test(s, PADES_DIGEST_DEFAULT, 0, &test, &e), e);
    assert_string_equal(pin.purpose, "test the key");
    assert_int_equal(pin.each_signature, 1);
    assert_int_equal(bench_calls("C_Login(context) CKR_OK"), 1);
}

static const char *mechanism_named(pades_key_list *list, const char *name)
{
    const char *one;
    for (size_t i = 0; (one = pades_key_list_mechanism(list, 0, i)); i++) {
        if (strcmp(one, name) == 0) {
            return one;
        }
    }
    return NULL;
}

static void keys_tell_their_mechanisms(void **state)
{
    (void)state;
    AUTO(pades_error) *e = NULL;
    AUTO(pades_key_list) *list = NULL;
    AUTO(pades_token_opts) *opts = bench_opts(NULL, 0);
    bench_faults("mechs CKM_ECDSA CKM_RSA_PKCS 0x80001234\n");
    assert_ok(pades_key_list_new(ctx, opts, &list, &e), e);
    assert_int_equal(bench_calls("C_GetMechanismList"), 0);
    assert_non_null(mechanism_named(list, "CKM_ECDSA"));
    assert_null(mechanism_named(list, "CKM_RSA_PKCS_PSS"));
    assert_null(pades_key_list_mechanism(list, 99, 0));
    assert_int_equal(pades_key_list_always_authenticate(list, 0), -1);
    assert_int_equal(pades_key_list_always_authenticate(list, 99), -1);
    assert_int_equal(bench_calls("C_Login"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(key_test_tells_how),
        cmocka_unit_test(key_test_finds_a_wrong_signature),
        cmocka_unit_test(key_test_of_a_key_that_wants_its_pin_each_time),
        cmocka_unit_test(keys_tell_their_mechanisms),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
