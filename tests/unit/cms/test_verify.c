/* The check of a signature with a certificate's key, and the algorithms it accepts. */
#include "cms/algs.h"
#include "cms/sealed.h"

#include <openssl/err.h>

static void verify_tells_right_from_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        pades_scheme scheme;
    } rows[] = {{"P-256", PADES_SCHEME_ECDSA},
                {"P-384", PADES_SCHEME_ECDSA},
                {"P-521", PADES_SCHEME_ECDSA},
                {"RSA:2048", PADES_SCHEME_RSA_PKCS1},
                {"RSA:2048", PADES_SCHEME_RSA_PSS}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        made m = made_cert(&(made_spec){.key = rows[i].key}, NULL);
        span tbs = span_str("to be signed");
        AUTO_VAL(buf) sig = made_signature(&m, rows[i].scheme, PADES_DIGEST_SHA384, tbs);
        pades_error *e = NULL;
        assert_int_equal(cms_verify_signature(m.cert, rows[i].scheme, PADES_DIGEST_SHA384, tbs,
                                              buf_span(&sig), NULL),
                         PADES_OK);
        assert_fails(cms_verify_signature(m.cert, rows[i].scheme, PADES_DIGEST_SHA384,
                                          span_str("other"), buf_span(&sig), &e),
                     PADES_SIGNATURE_WRONG, &e, "does not verify");
        assert_int_equal(cms_verify_signature(m.cert, rows[i].scheme, PADES_DIGEST_SHA256, tbs,
                                              buf_span(&sig), NULL),
                         PADES_SIGNATURE_WRONG);
        assert_int_equal(cms_verify_signature(m.cert, rows[i].scheme, PADES_DIGEST_SHA384, tbs,
                                              span_of("", 0), NULL),
                         PADES_SIGNATURE_WRONG);
        buf_add_byte(&sig, 0);
        assert_int_equal(cms_verify_signature(m.cert, rows[i].scheme, PADES_DIGEST_SHA384, tbs,
                                              buf_span(&sig), NULL),
                         PADES_SIGNATURE_WRONG);
        assert_int_equal(ERR_peek_error(), 0);
        made_free(&m);
    }
}

static void verify_refuses_a_key_of_another_kind(void **state)
{
    (void)state;
    made ec = made_cert(&(made_spec){.cn = "ec"}, NULL);
    made rsa = made_cert(&(made_spec){.key = "RSA:2048"}, NULL);
    made ed = made_cert(&(made_spec){.key = "ED25519"}, NULL);
    span s = span_str("x");
    pades_error *e = NULL;
    assert_fails(
        cms_verify_signature(ec.cert, PADES_SCHEME_RSA_PKCS1, PADES_DIGEST_SHA256, s, s, &e),
        PADES_ALGORITHM, &e, "'EC P-256' do not fit");
    assert_int_equal(
        cms_verify_signature(rsa.cert, PADES_SCHEME_ECDSA, PADES_DIGEST_SHA256, s, s, NULL),
        PADES_ALGORITHM);
    assert_int_equal(
        cms_verify_signature(ed.cert, PADES_SCHEME_ECDSA, PADES_DIGEST_SHA256, s, s, NULL),
        PADES_ALGORITHM);
    assert_int_equal(
        cms_verify_signature(ec.cert, PADES_SCHEME_ECDSA, PADES_DIGEST_DEFAULT, s, s, NULL),
        PADES_ALGORITHM);
    made_free(&ec);
    made_free(&rsa);
    made_free(&ed);
}

/* The salt must be as long as the digest (RFC 4056 3), unless what others make is checked. */
static void verify_refuses_another_salt(void **state)
{
    (void)state;
    made m = made_cert(&(made_spec){.key = "RSA:2048"}, NULL);
    EVP_PKEY_CTX *pc = NULL;
    EVP_MD_CTX *mc = EVP_MD_CTX_new();
    uint8_t sig[256];
    size_t n = sizeof sig;
    assert_int_equal(EVP_DigestSignInit(mc, &pc, EVP_sha256(), NULL, m.key), 1);
    assert_true(EVP_PKEY_CTX_set_rsa_padding(pc, 6) > 0); /* RSA_PKCS1_PSS_PADDING */
    assert_true(EVP_PKEY_CTX_set_rsa_pss_saltlen(pc, 20) > 0);
    assert_int_equal(EVP_DigestSign(mc, sig, &n, (const uint8_t *)"x", 1), 1);
    assert_int_equal(cms_verify_signature(m.cert, PADES_SCHEME_RSA_PSS, PADES_DIGEST_SHA256,
                                          span_str("x"), span_of(sig, n), NULL),
                     PADES_SIGNATURE_WRONG);
    assert_int_equal(
        cms_verify_salted(m.cert, PADES_DIGEST_SHA256, 20, span_str("x"), span_of(sig, n), NULL),
        PADES_OK);
    assert_int_equal(
        cms_verify_salted(m.cert, PADES_DIGEST_SHA256, 21, span_str("x"), span_of(sig, n), NULL),
        PADES_SIGNATURE_WRONG);
    EVP_MD_CTX_free(mc);
    made_free(&m);
}

/* What another program queued before stays in OpenSSL's queue; what we cause does not. */
static void verify_leaves_the_error_queue_as_it_was(void **state)
{
    (void)state;
    made m = made_cert(&(made_spec){.key = "RSA:2048"}, NULL);
    ERR_clear_error();
    ERR_raise(ERR_LIB_USER, 42);
    assert_int_equal(cms_verify_signature(m.cert, PADES_SCHEME_RSA_PKCS1, PADES_DIGEST_SHA256,
                                          span_str("x"), span_str("y"), NULL),
                     PADES_SIGNATURE_WRONG);
    assert_int_equal(ERR_GET_REASON(ERR_get_error()), 42);
    assert_int_equal(ERR_peek_error(), 0);
    made_free(&m);
}

static pades_scheme scheme_read(span alg, pades_digest digest_alg)
{
    reader r = reader_of(alg);
    der_tlv t;
    char oid[64];
    span params;
    assert_true(der_expect(&r, DER_SEQUENCE, &t));
    assert_true(alg_read(t.content, oid, &params));
    return alg_scheme(oid, params, digest_alg);
}

static void algs_round_trip(void **state)
{
    (void)state;
    static const pades_digest algs[] = {PADES_DIGEST_SHA256, PADES_DIGEST_SHA384,
                                        PADES_DIGEST_SHA512};
    static const pades_scheme schemes[] = {PADES_SCHEME_RSA_PKCS1, PADES_SCHEME_RSA_PSS,
                                           PADES_SCHEME_ECDSA};
    for (size_t a = 0; a < ARRAY_LEN(algs); a++) {
        for (size_t s = 0; s < ARRAY_LEN(schemes); s++) {
            AUTO_VAL(buf) alg = BUF(256);
            alg_add_signature(&alg, schemes[s], algs[a]);
            assert_true(buf_ok(&alg));
            assert_int_equal(scheme_read(buf_span(&alg), algs[a]), schemes[s]);
            assert_int_equal(scheme_read(buf_span(&alg), PADES_DIGEST_DEFAULT), 0);
            pades_digest other = algs[(a + 1) % 3];
            bool names_digest = schemes[s] != PADES_SCHEME_RSA_PKCS1;
            assert_int_equal(scheme_read(buf_span(&alg), other), names_digest ? 0 : schemes[s]);
        }
    }
}

/* A PSS identifier with one octet changed is another one, or none. */
static void algs_refuse_changed_parameters(void **state)
{
    (void)state;
    AUTO_VAL(buf) alg = BUF(256);
    alg_add_signature(&alg, PADES_SCHEME_RSA_PSS, PADES_DIGEST_SHA256);
    for (size_t i = 2; i < alg.n; i++) {
        char oid[64];
        span params;
        reader r = reader_of(buf_span(&alg));
        der_tlv t;
        alg.p[i] ^= 1;
        assert_true(der_expect(&r, DER_SEQUENCE, &t));
        assert_true(!alg_read(t.content, oid, &params) ||
                    alg_scheme(oid, params, PADES_DIGEST_SHA256) == 0);
        alg.p[i] ^= 1;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verify_tells_right_from_wrong),
        cmocka_unit_test(verify_refuses_a_key_of_another_kind),
        cmocka_unit_test(verify_refuses_another_salt),
        cmocka_unit_test(verify_leaves_the_error_queue_as_it_was),
        cmocka_unit_test(algs_round_trip),
        cmocka_unit_test(algs_refuse_changed_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
