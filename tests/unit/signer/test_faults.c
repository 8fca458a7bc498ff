/* Signing with a token that misbehaves: mechanisms, removal, errors, wrong signatures. */
#include "token/bench.h"

#include "signer/signer.h"
#include "signer/verify.h"

static pades_ctx *ctx;

static int setup(void **state)
{
    (void)state;
    return bench_open(&ctx, "rsa", "seal", "seal-rsa2048");
}

static int teardown(void **state)
{
    (void)state;
    return bench_close(ctx);
}

static pades_signer *open_with(const char *faults, bench_pin *pin)
{
    AUTO(pades_token_opts) *opts = bench_opts(pin, 0);
    AUTO(pades_error) *e = NULL;
    pades_signer *s = NULL;
    bench_faults(faults);
    assert_ok(pades_signer_new_token(ctx, opts, &s, &e), e);
    return s;
}

static pades_status try_to_sign(pades_signer *s, pades_scheme scheme, buf *signature,
                                pades_error **e)
{
    verify_request v;
    verify_make(&v, scheme, PADES_DIGEST_SHA256);
    return signer_sign(s, &v.r, signature, e);
}

static void sign_hashes_in_the_token_when_it_must(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_signer) *s = open_with("mechs CKM_SHA256_RSA_PKCS CKM_SHA256_RSA_PKCS_PSS\n", &pin);
    verify_signer(s, PADES_SCHEME_RSA_PKCS1, PADES_DIGEST_SHA256);
    assert_non_null(strstr(bench_log(), "C_SignInit(0x40) CKR_OK\nC_Sign CKR_OK\n"));
    assert_int_equal(bench_calls("C_SignInit(0x1)"), 0);
    verify_signer(s, PADES_SCHEME_RSA_PSS, PADES_DIGEST_SHA256);
    assert_non_null(strstr(bench_log(), "C_SignInit(0x43) CKR_OK\nC_Sign CKR_OK\n"));
}

static void sign_raw_when_only_that_is_offered(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_signer) *s = open_with("mechs CKM_RSA_PKCS\n", &pin);
    verify_signer(s, PADES_SCHEME_RSA_PKCS1, PADES_DIGEST_SHA512);
    assert_int_equal(bench_calls("C_SignInit(0x1) CKR_OK"), 1);
}

static void sign_says_when_pss_is_missing(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_error) *e = NULL;
    AUTO_VAL(buf) signature = BUF(SIGNER_MAX_SIGNATURE);
    AUTO(pades_signer) *s = open_with("mechs CKM_RSA_PKCS CKM_SHA256_RSA_PKCS\n", &pin);
    assert_fails_with(try_to_sign(s, PADES_SCHEME_RSA_PSS, &signature, &e), PADES_ALGORITHM, &e,
                      "RSA-PSS");
    assert_fails_with(try_to_sign(s, PADES_SCHEME_ECDSA, &signature, &e), PADES_ALGORITHM, &e,
                      "ECDSA");
    assert_int_equal(bench_calls("C_SignInit"), 0);
    verify_signer(s, PADES_SCHEME_RSA_PKCS1, PADES_DIGEST_SHA256);
}

/* The list has it, the token does not. */
static void sign_tries_the_next_mechanism_when_the_list_lies(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_signer) *s = open_with("fail C_SignInit CKR_MECHANISM_INVALID 1 0\n", &pin);
    verify_signer(s, PADES_SCHEME_RSA_PKCS1, PADES_DIGEST_SHA256);
    assert_int_equal(bench_calls("C_SignInit(0x40) CKR_OK"), 1);
    bench_faults("fail C_Sign CKR_DATA_LEN_RANGE 1 0\n");
    verify_signer(s, PADES_SCHEME_RSA_PKCS1, PADES_DIGEST_SHA384);
    assert_int_equal(bench_calls("C_SignInit(0x41) CKR_OK"), 1);
    assert_int_equal(bench_calls("C_CloseSession"), 1);
    assert_int_equal(pin.calls, 1);
}

static void sign_removed_before(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_error) *e = NULL;
    AUTO_VAL(buf) signature = BUF(SIGNER_MAX_SIGNATURE);
    AUTO(pades_signer) *s = open_with("", &pin);
    bench_faults("absent\n");
    assert_fails_with(try_to_sign(s, PADES_SCHEME_RSA_PKCS1, &signature, &e), PADES_TOKEN_REMOVED,
                      &e, "removed");
    assert_fails_with(try_to_sign(s, PADES_SCHEME_RSA_PKCS1, &signature, &e), PADES_TOKEN_REMOVED,
                      &e, "removed");
    assert_int_equal(signature.n, 0);
    bench_faults("");
    verify_signer(s, PADES_SCHEME_RSA_PKCS1, PADES_DIGEST_SHA256);
}

static void sign_removed_during(void **state)
{
    (void)state;
    static const struct {
        const char *faults;
        pades_status status;
        const char *part;
    } cases[] = {
        {"fail C_Sign CKR_DEVICE_REMOVED 1 0\n", PADES_TOKEN_REMOVED, "removed"},
        {"fail C_Sign CKR_GENERAL_ERROR 1 0\nfail C_GetSlotInfo CKR_DEVICE_ERROR\n",
         PADES_TOKEN_REMOVED, "removed"},
        {"fail C_Sign CKR_DEVICE_ERROR 1 0\nfail C_GetTokenInfo CKR_TOKEN_NOT_PRESENT\n",
         PADES_TOKEN_REMOVED, "removed"},
        {"fail C_Sign CKR_FUNCTION_FAILED 1 0\nserial other\n", PADES_TOKEN_REMOVED, "removed"},
        {"fail C_Sign CKR_GENERAL_ERROR 01 0\n", PADES_TOKEN_ERROR, "CKR_GENERAL_ERROR"},
        {"fail C_Sign CKR_FUNCTION_CANCELED 1 0\n", PADES_PIN_CANCELLED, "cancelled"},
        {"fail C_SignInit CKR_KEY_FUNCTION_NOT_PERMITTED\n", PADES_ALGORITHM, "does not make"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        bench_pin pin = {.pin = "1234"};
        AUTO(pades_error) *e = NULL;
        AUTO_VAL(buf) signature = BUF(SIGNER_MAX_SIGNATURE);
        AUTO(pades_signer) *s = open_with("", &pin);
        bench_faults(cases[i].faults);
        pades_status got = try_to_sign(s, PADES_SCHEME_RSA_PKCS1, &signature, &e);
        assert_fails_with(got, cases[i].status, &e, cases[i].part);
        assert_int_equal(signature.n, 0);
        assert_int_equal(bench_calls("C_CloseSession"), 1);
        bench_faults("");
        verify_signer(s, PADES_SCHEME_RSA_PKCS1, PADES_DIGEST_SHA256);
    }
}

/* The session is replaced, the login survives, no PIN is asked for. */
static void sign_goes_on_after_an_error(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_error) *e = NULL;
    AUTO_VAL(buf) signature = BUF(SIGNER_MAX_SIGNATURE);
    AUTO(pades_signer) *s = open_with("", &pin);
    bench_faults("fail C_Sign CKR_DEVICE_ERROR 01 0\n");
    assert_fails_with(try_to_sign(s, PADES_SCHEME_RSA_PKCS1, &signature, &e), PADES_TOKEN_ERROR, &e,
                      "CKR_DEVICE_ERROR");
    assert_non_null(strstr(bench_log(), "C_OpenSession CKR_OK\nC_CloseSession CKR_OK\n"));
    verify_signer(s, PADES_SCHEME_RSA_PKCS1, PADES_DIGEST_SHA256);
    assert_int_equal(bench_calls("C_Login"), 0);
    assert_int_equal(pin.calls, 1);
}

static void sign_wrong_signatures_pass_through(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_error) *e = NULL;
    verify_request v;
    AUTO_VAL(buf) signature = BUF(SIGNER_MAX_SIGNATURE);
    AUTO(pades_signer) *s = open_with("badsig\n", &pin);
    verify_make(&v, PADES_SCHEME_RSA_PKCS1, PADES_DIGEST_SHA256);
    assert_ok(signer_sign(s, &v.r, &signature, &e), e);
    assert_int_equal(signature.n, 256);
    assert_false(verify_is_good(s, &v, buf_span(&signature)));
}

static void sign_refuses_requests_that_do_not_fit(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_error) *e = NULL;
    verify_request v;
    AUTO_VAL(buf) signature = BUF(SIGNER_MAX_SIGNATURE);
    AUTO(pades_signer) *s = open_with("", &pin);
    verify_make(&v, PADES_SCHEME_RSA_PKCS1, PADES_DIGEST_SHA256);
    v.r.hash_n = 20;
    assert_fails_with(signer_sign(s, &v.r, &signature, &e), PADES_INVALID_ARGUMENT, &e, "digest");
    v.r.hash_n = 32;
    v.r.tbs_n = 0;
    assert_fails_with(signer_sign(s, &v.r, &signature, &e), PADES_INVALID_ARGUMENT, &e, "bytes");
    assert_int_equal(bench_calls("C_SignInit"), 0);
}

/* clause: PKCS11-2.40#2.3.1 leftmost bits */
static void sign_ecdsa_of_a_wrong_length_is_refused(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_error) *e = NULL;
    AUTO_VAL(buf) signature = BUF(SIGNER_MAX_SIGNATURE);
    bench_store("ec");
    bench_token("ec", "seal-p384", (char *)NULL);
    AUTO(pades_signer) *s = open_with("shortsig\n", &pin);
    assert_fails_with(try_to_sign(s, PADES_SCHEME_ECDSA, &signature, &e), PADES_SIGNATURE_WRONG, &e,
                      "95 octets");
    bench_faults("");
    verify_signer(s, PADES_SCHEME_ECDSA, PADES_DIGEST_SHA256); /* the token pads */
    verify_signer(s, PADES_SCHEME_ECDSA, PADES_DIGEST_SHA512); /* we cut to the curve */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sign_hashes_in_the_token_when_it_must),
        cmocka_unit_test(sign_raw_when_only_that_is_offered),
        cmocka_unit_test(sign_says_when_pss_is_missing),
        cmocka_unit_test(sign_tries_the_next_mechanism_when_the_list_lies),
        cmocka_unit_test(sign_removed_before),
        cmocka_unit_test(sign_removed_during),
        cmocka_unit_test(sign_goes_on_after_an_error),
        cmocka_unit_test(sign_wrong_signatures_pass_through),
        cmocka_unit_test(sign_refuses_requests_that_do_not_fit),
        cmocka_unit_test(sign_ecdsa_of_a_wrong_length_is_refused),
    };
    return cmocka_run_group_tests_name("signer_faults", tests, setup, teardown);
}
