/* SignedData for every key, digest and scheme: OpenSSL verifies it, the bound holds, the parts
 * stand where EN 319 142-1 wants them. */
#include "cms/sealed.h"

#include <openssl/cms.h>
#include <openssl/err.h>

static const char document[] = "bytes of a document";

static made root;
static int set_up(void **state)
{
    (void)state;
    root = made_root("Root with a name of some length");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    made_free(&root);
    return 0;
}

/* OpenSSL as the second opinion, CAdES checks included. */
static void assert_openssl_verifies(span der)
{
    const unsigned char *p = der.p;
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p, (long)der.n);
    BIO *content = BIO_new_mem_buf(document, sizeof document - 1);
    X509_STORE *store = X509_STORE_new();
    assert_non_null(cms);
    assert_ptr_equal(p, der.p + der.n);
    assert_int_equal(X509_STORE_add_cert(store, root.x), 1);
    X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), MADE_NOW);
    X509_VERIFY_PARAM_set_purpose(X509_STORE_get0_param(store), X509_PURPOSE_ANY);
    int good = CMS_verify(cms, NULL, store, content, NULL, CMS_BINARY | CMS_DETACHED | CMS_CADES);
    if (!good) {
        ERR_print_errors_fp(stderr);
    }
    assert_int_equal(good, 1);
    X509_STORE_free(store);
    BIO_free(content);
    CMS_ContentInfo_free(cms);
}

static void assert_bound(const sealed_plan *plan, size_t real)
{
    const pades_cert *certs[] = {plan->signer->cert, plan->issuer->cert, plan->signer->cert};
    size_t bound = cms_size_bound(certs, 3, plan->digest, plan->timestamp.n, plan->commitment);
    if (bound < real || bound > real + 64) {
        fail_msg("bound %zu for %zu octets", bound, real);
    }
}

static void assert_seals(const char *key, pades_scheme scheme, pades_digest alg)
{
    made m = made_cert(&(made_spec){.key = key, .cn = "Signer"}, &root);
    static const uint8_t token[] = {0x30, 3, 2, 1, 5};
    sealed_plan plan = {&m, &root, scheme, alg, span_str(document), {NULL, 0}, NULL};
    AUTO_VAL(buf) plain = sealed_der(&plan);
    assert_openssl_verifies(buf_span(&plain));
    assert_true(sealed_verifies(buf_span(&plain), span_str(document)));
    assert_false(sealed_verifies(buf_span(&plain), span_str("other bytes")));
    assert_bound(&plan, plain.n);
    plan.timestamp = span_of(token, sizeof token);
    plan.commitment = "1.2.840.113549.1.9.16.6.1";
    AUTO_VAL(buf) full = sealed_der(&plan);
    assert_openssl_verifies(buf_span(&full));
    assert_bound(&plan, full.n);
    assert_int_equal(ERR_peek_error(), 0);
    made_free(&m);
}

static void build_seals_with_every_algorithm(void **state)
{
    (void)state;
    static const char *const keys[] = {"P-256", "P-384", "P-521", "RSA:2048"};
    static const pades_digest algs[] = {PADES_DIGEST_SHA256, PADES_DIGEST_SHA384,
                                        PADES_DIGEST_SHA512};
    for (size_t k = 0; k < ARRAY_LEN(keys); k++) {
        for (size_t a = 0; a < ARRAY_LEN(algs); a++) {
            if (keys[k][0] == 'P') {
                assert_seals(keys[k], PADES_SCHEME_ECDSA, algs[a]);
            } else {
                assert_seals(keys[k], PADES_SCHEME_RSA_PKCS1, algs[a]);
                assert_seals(keys[k], PADES_SCHEME_RSA_PSS, algs[a]);
            }
        }
    }
    assert_seals("RSA:3072", PADES_SCHEME_RSA_PKCS1, PADES_DIGEST_SHA256);
}

/* clause: RFC3279#2.2.3 two INTEGERs, each perhaps with a leading zero */
/* An ECDSA signature is as long as its numbers: the bound holds for the longest. */
static void build_bound_holds_for_the_longest_signature(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        size_t longest;
    } rows[] = {{"P-256", 72}, {"P-384", 104}, {"P-521", 139}, {"RSA:2048", 256}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        made m = made_cert(&(made_spec){.key = rows[i].key}, NULL);
        uint8_t hash[DIGEST_MAX] = {0};
        uint8_t longest[256] = {0};
        AUTO_VAL(buf) attrs = BUF(1U << 16);
        AUTO_VAL(buf) out = BUF(1U << 16);
        const pades_cert *certs[] = {m.cert};
        pades_digest alg = cert_fitting_digest(m.cert, PADES_DIGEST_DEFAULT);
        const cms_attrs_plan ap = {
            alg, span_of(hash, pades_digest_size(alg)), m.cert, NULL, {NULL, 0}};
        assert_int_equal(cms_signature_bound(m.cert), rows[i].longest);
        assert_int_equal(cms_signed_attrs(&ap, &attrs, NULL), PADES_OK);
        bool rsa = cert_key_kind(m.cert) == KEY_RSA;
        const cms_build b = {alg,
                             rsa ? PADES_SCHEME_RSA_PSS : PADES_SCHEME_ECDSA,
                             buf_span(&attrs),
                             span_of(longest, rows[i].longest),
                             certs,
                             1,
                             {NULL, 0}};
        assert_int_equal(cms_build_signed_data(&b, &out, NULL), PADES_OK);
        assert_int_equal(cms_size_bound(certs, 1, PADES_DIGEST_DEFAULT, 0, NULL), out.n);
        made_free(&m);
    }
}

static void build_bound_grows_with_the_timestamp(void **state)
{
    (void)state;
    made m = made_cert(&(made_spec){.cn = "x"}, &root);
    const pades_cert *certs[] = {m.cert};
    size_t none = cms_size_bound(certs, 1, PADES_DIGEST_SHA256, 0, NULL);
    for (size_t n = 1; n < 70000; n += 977) {
        size_t with = cms_size_bound(certs, 1, PADES_DIGEST_SHA256, n, NULL);
        assert_true(with >= none + n && with <= none + n + 48);
    }
    assert_int_equal(cms_size_bound(certs, 1, PADES_DIGEST_SHA256, SIZE_MAX, NULL), 0);
    assert_int_equal(cms_size_bound(certs, 0, PADES_DIGEST_SHA256, 0, NULL), 0);
    made_free(&m);
}

static void build_sorts_and_dedups_certificates(void **state)
{
    (void)state;
    made m = made_cert(&(made_spec){.cn = "Signer"}, &root);
    uint8_t hash[32] = {0};
    AUTO_VAL(buf) attrs = BUF(1U << 16);
    AUTO_VAL(buf) out = BUF(1U << 16);
    const cms_attrs_plan ap = {PADES_DIGEST_SHA256, span_of(hash, 32), m.cert, NULL, {NULL, 0}};
    const pades_cert *certs[] = {m.cert, root.cert, m.cert, root.cert};
    assert_int_equal(cms_signed_attrs(&ap, &attrs, NULL), PADES_OK);
    const cms_build b = {PADES_DIGEST_SHA256,
                         PADES_SCHEME_ECDSA,
                         buf_span(&attrs),
                         span_of("sig", 3),
                         certs,
                         4,
                         {NULL, 0}};
    assert_int_equal(cms_build_signed_data(&b, &out, NULL), PADES_OK);
    AUTO_VAL(cms_signed_data) s = {0};
    assert_int_equal(cms_parse(buf_span(&out), &s, NULL), PADES_OK);
    assert_int_equal(s.certs_n, 2);
    size_t n = s.certs[0].n < s.certs[1].n ? s.certs[0].n : s.certs[1].n;
    assert_true(memcmp(s.certs[0].p, s.certs[1].p, n) < 0);
    made_free(&m);
}

static void build_refuses_bad_plans(void **state)
{
    (void)state;
    const pades_cert *certs[] = {root.cert};
    const span set = span_of("\x31\x00", 2);
    const span sig = span_of("s", 1);
    const cms_build plans[] = {
        {PADES_DIGEST_SHA256, PADES_SCHEME_ECDSA, set, sig, certs, 0, {NULL, 0}},
        {PADES_DIGEST_SHA256, PADES_SCHEME_ECDSA, set, {NULL, 0}, certs, 1, {NULL, 0}},
        {PADES_DIGEST_DEFAULT, PADES_SCHEME_ECDSA, set, sig, certs, 1, {NULL, 0}},
        {PADES_DIGEST_SHA256, PADES_SCHEME_ECDSA, span_of("\xa0\x00", 2), sig, certs, 1, {NULL, 0}},
        {PADES_DIGEST_SHA256,
         PADES_SCHEME_ECDSA,
         span_of("\x31\x00\x00", 3),
         sig,
         certs,
         1,
         {NULL, 0}},
        {PADES_DIGEST_SHA256, PADES_SCHEME_ECDSA, set, sig, certs, 1, span_of("\x30\x01", 2)},
        {PADES_DIGEST_SHA256, (pades_scheme)9, set, sig, certs, 1, {NULL, 0}},
    };
    for (size_t i = 0; i < ARRAY_LEN(plans); i++) {
        AUTO_VAL(buf) out = BUF(1U << 16);
        assert_int_not_equal(cms_build_signed_data(&plans[i], &out, NULL), PADES_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(build_seals_with_every_algorithm),
        cmocka_unit_test(build_bound_holds_for_the_longest_signature),
        cmocka_unit_test(build_bound_grows_with_the_timestamp),
        cmocka_unit_test(build_sorts_and_dedups_certificates),
        cmocka_unit_test(build_refuses_bad_plans),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
