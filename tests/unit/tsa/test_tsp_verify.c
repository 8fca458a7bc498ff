/* A token is taken only when everything fits; each refusal says which thing did not. */
#include "pki/made.h"
#include "tsa/tsp.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/ts.h>

static made root, tsa, stranger;
static tsp_request request;

static int set_up(void **state)
{
    (void)state;
    root = made_root("Root");
    tsa = made_tsa("A TSA", &root);
    stranger = made_root("Stranger");
    return tsp_request_make(PADES_DIGEST_SHA256, span_str("stamped"), "1.2.3.4", &request, NULL) ==
                   PADES_OK
               ? 0
               : 1;
}

static int tear_down(void **state)
{
    (void)state;
    made_free(&tsa);
    made_free(&root);
    made_free(&stranger);
    return 0;
}

static made_token plain(void)
{
    return (made_token){.signer = &tsa,
                        .imprint_digest = PADES_DIGEST_SHA256,
                        .imprint = span_of(request.imprint, 32),
                        .nonce = span_of(request.nonce, sizeof request.nonce),
                        .policy = "1.2.3.4"};
}

static int64_t now = MADE_NOW;
static int64_t clock_of_test(void *user)
{
    (void)user;
    return now;
}

static pades_ctx *trusting(const made *anchor)
{
    pades_ctx *ctx = NULL;
    assert_int_equal(pades_ctx_new(&ctx, NULL), PADES_OK);
    assert_int_equal(pades_ctx_set_clock(ctx, clock_of_test, NULL, NULL), PADES_OK);
    if (anchor) {
        span der = cert_der(anchor->cert);
        assert_int_equal(pades_ctx_add_trust_der(ctx, der.p, der.n, NULL), PADES_OK);
    }
    return ctx;
}

static pades_status verify_der(const made *anchor, span der, tsp_verified *v, pades_error **e)
{
    pades_ctx *ctx = trusting(anchor);
    pades_status status = tsp_token_verify(ctx, der, &request, NULL, v, e);
    assert_int_equal(ERR_peek_error(), 0);
    pades_ctx_free(ctx);
    return status;
}

static pades_status verify(const made *anchor, const made_token *spec, tsp_verified *v,
                           pades_error **e)
{
    AUTO_VAL(buf) der = made_token_der(spec);
    return verify_der(anchor, buf_span(&der), v, e);
}

static void refused(const made_token *spec, const char *says)
{
    pades_error *e = NULL;
    tsp_verified v = {0};
    assert_fails(verify(&root, spec, &v, &e), PADES_TIMESTAMP_INVALID, &e, says);
    assert_null(v.signer);
    assert_int_equal(verify(&root, spec, &v, NULL), PADES_TIMESTAMP_INVALID);
}

static void verify_takes_a_good_token(void **state)
{
    (void)state;
    tsp_verified v;
    made_token spec = plain();
    assert_int_equal(verify(&root, &spec, &v, NULL), PADES_OK);
    assert_int_equal(v.time, MADE_NOW);
    assert_true(cert_same(v.signer, tsa.cert));
    assert_string_equal(v.serial, "8001");
    assert_int_equal(v.warnings.n, 0);
    tsp_verified_free(&v);
    spec.md = "SHA512";
    spec.extra = &root;
    assert_int_equal(verify(&root, &spec, &v, NULL), PADES_OK);
    tsp_verified_free(&v);
}

static void verify_warns_without_anchors(void **state)
{
    (void)state;
    tsp_verified v;
    made_token spec = plain();
    assert_int_equal(verify(NULL, &spec, &v, NULL), PADES_OK);
    assert_string_equal(
        (const char *)v.warnings.p,
        "no --trust given: the time-stamping authority 'A TSA' was not checked against an anchor");
    tsp_verified_free(&v);
}

static void verify_warns_of_the_clock(void **state)
{
    (void)state;
    tsp_verified v;
    made_token spec = plain();
    static const int64_t off[] = {301, -301, 300, -300};
    for (size_t i = 0; i < ARRAY_LEN(off); i++) {
        now = MADE_NOW + off[i];
        assert_int_equal(verify(&root, &spec, &v, NULL), PADES_OK);
        assert_int_equal(v.warnings.n > 0, i < 2);
        if (i == 0) {
            assert_string_equal(
                (const char *)v.warnings.p,
                "the clock of this computer (2026-06-01T12:05:01Z) and the timestamp "
                "(2026-06-01T12:00:00Z) differ by more than five minutes");
        }
        tsp_verified_free(&v);
    }
    now = MADE_NOW;
}

static void verify_warns_of_an_end_that_is_near(void **state)
{
    (void)state;
    static const int64_t days[] = {1, 59, 61};
    for (size_t i = 0; i < ARRAY_LEN(days); i++) {
        tsp_verified v;
        made soon = made_cert(&(made_spec){.cn = "Soon",
                                           .to = MADE_NOW + days[i] * 86400,
                                           .ext = {{"keyUsage", "critical,digitalSignature"},
                                                   {"extendedKeyUsage", "critical,timeStamping"}}},
                              &root);
        made_token spec = plain();
        spec.signer = &soon;
        assert_int_equal(verify(&root, &spec, &v, NULL), PADES_OK);
        assert_int_equal(v.warnings.n > 0, days[i] < 60);
        if (i == 0) {
            assert_non_null(
                strstr((const char *)v.warnings.p, "'Soon' expires soon (2026-06-02T12:00:00Z)"));
        }
        tsp_verified_free(&v);
        made_free(&soon);
    }
}

/* clause: RFC3161#2.4.2 imprint, nonce and policy */
static void verify_compares_with_the_request(void **state)
{
    (void)state;
    uint8_t other[64] = {1};
    made_token spec = plain();
    spec.imprint = span_of(other, 32);
    refused(&spec, "imprint is not the one");
    spec = plain();
    spec.imprint = span_of(other, 64);
    spec.imprint_digest = PADES_DIGEST_SHA512;
    refused(&spec, "imprint is not the one");
    spec = plain();
    spec.nonce = span_of(other, 8);
    refused(&spec, "nonce is not the one");
    spec = plain();
    spec.nonce = span_of(NULL, 0);
    refused(&spec, "nonce that was sent is missing");
    spec = plain();
    spec.policy = "1.2.3.5";
    refused(&spec, "policy");
}

static void verify_wants_one_signer(void **state)
{
    (void)state;
    made_token spec = plain();
    made second = made_tsa("second", &root);
    spec.second = &second;
    refused(&spec, "more than one signer");
    made_free(&second);
}

static void verify_wants_the_certificate_named_and_there(void **state)
{
    (void)state;
    made_token spec = plain();
    spec.no_ess = true;
    refused(&spec, "do not name the certificate");
    spec = plain();
    spec.cms_flags = CMS_NOCERTS;
    refused(&spec, "certificate of its signer is missing");
    spec = plain();
    spec.cms_flags = CMS_NOATTR;
    spec.no_ess = true;
    refused(&spec, "content-type");
    spec = plain();
    spec.md = "SHA1";
    refused(&spec, "algorithm");
}

/* clause: RFC5816#2.2.1 */
/* A certificate with the same name, serial and key but other bytes is not the one that was named.
 */
static void verify_refuses_an_exchanged_certificate(void **state)
{
    (void)state;
    made twin = {NULL, X509_dup(tsa.x), NULL};
    assert_non_null(ASN1_TIME_adj(X509_getm_notAfter(twin.x), MADE_NOW + 500 * 86400, 0, 0));
    assert_true(X509_sign(twin.x, root.key, EVP_sha256()) > 0);
    made_token spec = plain();
    spec.cms_flags = CMS_NOCERTS;
    spec.extra = &twin;
    refused(&spec, "not the one its attributes name");
    made_free(&twin);
}

static void verify_judges_the_certificate(void **state)
{
    (void)state;
    made plain_cert = made_cert(&(made_spec){.cn = "no usage"}, &root);
    made lax =
        made_cert(&(made_spec){.cn = "lax", .ext = {{"extendedKeyUsage", "timeStamping"}}}, &root);
    made weak = made_cert(
        &(made_spec){.key = "RSA:1024", .ext = {{"extendedKeyUsage", "critical,timeStamping"}}},
        &root);
    made_token spec = plain();
    spec.signer = &plain_cert;
    refused(&spec, "not for time-stamping alone");
    spec.signer = &lax;
    refused(&spec, "not for time-stamping alone");
    spec.signer = &weak;
    refused(&spec, "less than 2048 bits");
    spec = plain();
    spec.time = "20250601120000Z";
    refused(&spec, "not valid at its time");
    spec.time = "20290601120000Z";
    refused(&spec, "not valid at its time");
    made_free(&plain_cert);
    made_free(&lax);
    made_free(&weak);
}

static void verify_wants_a_path(void **state)
{
    (void)state;
    made_token spec = plain();
    tsp_verified v = {0};
    pades_error *e = NULL;
    assert_fails(verify(&stranger, &spec, &v, &e), PADES_TIMESTAMP_INVALID, &e,
                 "does not lead to a trust anchor");
    made middle = made_cert(
        &(made_spec){.cn = "Middle", .ext = {{"basicConstraints", "critical,CA:TRUE"}}}, &root);
    made below = made_tsa("below", &middle);
    spec.signer = &below;
    assert_fails(verify(&root, &spec, &v, &e), PADES_TIMESTAMP_INVALID, &e,
                 "the issuer 'CN=Middle,C=NO' is missing");
    spec.extra = &middle;
    assert_int_equal(verify(&root, &spec, &v, &e), PADES_OK);
    tsp_verified_free(&v);
    made_free(&below);
    made_free(&middle);
}

/* Any change to what is signed or to the signature: refused. */
static void verify_refuses_changed_content(void **state)
{
    (void)state;
    made_token spec = plain();
    tsp_verified v = {0};
    pades_error *e = NULL;
    AUTO_VAL(buf) der = made_token_der(&spec);
    size_t at = span_find(buf_span(&der), span_str(MADE_TIME), 0);
    der.p[at + 12] ^= 1; /* a second of genTime */
    assert_fails(verify_der(&root, buf_span(&der), &v, &e), PADES_TIMESTAMP_INVALID, &e,
                 "message digest does not fit");
    der.p[at + 12] ^= 1;
    der.p[der.n - 1] ^= 1;
    assert_fails(verify_der(&root, buf_span(&der), &v, &e), PADES_TIMESTAMP_INVALID, &e,
                 "its signature is wrong");
}

static ASN1_INTEGER *serial_of(TS_RESP_CTX *ctx, void *data)
{
    (void)ctx;
    (void)data;
    ASN1_INTEGER *n = ASN1_INTEGER_new();
    ASN1_INTEGER_set(n, 77);
    return n;
}

/* The response that OpenSSL's own TSA makes, with ESSCertID (SHA-1) or ESSCertIDv2. */
static buf openssl_response(const EVP_MD *ess)
{
    AUTO_VAL(buf) req = BUF(4096);
    tsp_request r = request;
    r.policy = "1.2.3.4";
    assert_int_equal(tsp_request_encode(&r, &req, NULL), PADES_OK);
    BIO *in = BIO_new_mem_buf(req.p, (int)req.n);
    TS_RESP_CTX *ctx = TS_RESP_CTX_new();
    ASN1_OBJECT *policy = OBJ_txt2obj("1.2.3.4", 1);
    TS_RESP_CTX_set_serial_cb(ctx, serial_of, NULL);
    assert_int_equal(TS_RESP_CTX_set_signer_cert(ctx, tsa.x), 1);
    assert_int_equal(TS_RESP_CTX_set_signer_key(ctx, tsa.key), 1);
    assert_int_equal(TS_RESP_CTX_set_def_policy(ctx, policy), 1);
    assert_int_equal(TS_RESP_CTX_add_md(ctx, EVP_sha256()), 1);
    assert_int_equal(TS_RESP_CTX_set_signer_digest(ctx, EVP_sha256()), 1);
    assert_int_equal(TS_RESP_CTX_set_ess_cert_id_digest(ctx, ess), 1);
    assert_int_equal(TS_RESP_CTX_set_accuracy(ctx, 1, 500, 100), 1);
    TS_RESP_CTX_add_flags(ctx, TS_TSA_NAME | TS_ORDERING);
    TS_RESP *resp = TS_RESP_create_response(ctx, in);
    unsigned char *der = NULL;
    int n = i2d_TS_RESP(resp, &der);
    buf out = BUF(1U << 16);
    buf_add(&out, der, (size_t)n);
    assert_non_null(TS_RESP_get_token(resp));
    OPENSSL_free(der);
    TS_RESP_free(resp);
    TS_RESP_CTX_free(ctx);
    ASN1_OBJECT_free(policy);
    BIO_free(in);
    return out;
}

/* clause: RFC5652#5.4 the SET OF tag, and RFC5816#2.2.1 */
static void verify_takes_tokens_of_openssl(void **state)
{
    (void)state;
    const EVP_MD *const ess[] = {EVP_sha1(), EVP_sha256(), EVP_sha512()};
    made keep = tsa; /* OpenSSL's clock is the real one: a certificate that is valid then */
    made fresh = made_cert(&(made_spec){.cn = "Now",
                                        .from = 946684800,
                                        .to = 4102444800,
                                        .ext = {{"extendedKeyUsage", "critical,timeStamping"}}},
                           NULL);
    tsa = fresh;
    for (size_t i = 0; i < ARRAY_LEN(ess); i++) {
        AUTO_VAL(buf) response = openssl_response(ess[i]);
        span token = {NULL, 0};
        tsp_verified v = {0};
        pades_error *e = NULL;
        assert_int_equal(tsp_response_parse(buf_span(&response), &token, NULL), PADES_OK);
        pades_status got = verify_der(&fresh, token, &v, &e);
        if (got != PADES_OK) {
            fail_msg("%zu: %s", i, pades_error_message(e));
        }
        assert_string_equal(v.serial, "4D");
        tsp_verified_free(&v);
    }
    tsa = keep;
    made_free(&fresh);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verify_takes_a_good_token),
        cmocka_unit_test(verify_warns_without_anchors),
        cmocka_unit_test(verify_warns_of_the_clock),
        cmocka_unit_test(verify_warns_of_an_end_that_is_near),
        cmocka_unit_test(verify_compares_with_the_request),
        cmocka_unit_test(verify_wants_one_signer),
        cmocka_unit_test(verify_wants_the_certificate_named_and_there),
        cmocka_unit_test(verify_refuses_an_exchanged_certificate),
        cmocka_unit_test(verify_judges_the_certificate),
        cmocka_unit_test(verify_wants_a_path),
        cmocka_unit_test(verify_refuses_changed_content),
        cmocka_unit_test(verify_takes_tokens_of_openssl),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
