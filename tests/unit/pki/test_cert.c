/* A certificate's fields, what is refused, and that copies share one datum. */
#include "pki/made.h"
#include "pki/cert_impl.h"
#include "pki/fields.h"

#include <openssl/err.h>
#include <pthread.h>

static void cert_tells_its_fields(void **state)
{
    (void)state;
    made m = made_cert(&(made_spec){.cn = "Fields"}, NULL);
    unsigned char md[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    buf hex = BUF(256);
    assert_int_equal(X509_digest(m.x, EVP_sha256(), md, &n), 1);
    buf_add_hex(&hex, span_of(md, n), false);
    char *text = buf_take_text(&hex);
    assert_string_equal(pades_cert_fingerprint(m.cert), text);
    mem_free(text);
    BIGNUM *serial = ASN1_INTEGER_to_BN(X509_get0_serialNumber(m.x), NULL);
    char *expected = BN_bn2hex(serial);
    assert_string_equal(pades_cert_serial(m.cert), expected);
    assert_int_equal(strlen(pades_cert_serial(m.cert)), 32);
    OPENSSL_free(expected);
    BN_free(serial);
    assert_int_equal(pades_cert_not_before(m.cert), MADE_NOW - 86400);
    assert_int_equal(pades_cert_not_after(m.cert), MADE_NOW + 365 * 86400);
    made_free(&m);
}

static void cert_spans_are_those_of_openssl(void **state)
{
    (void)state;
    made root = made_root("Root");
    made m = made_cert(&(made_spec){.cn = "Leaf"}, &root);
    const unsigned char *p = NULL;
    size_t n = 0;
    assert_int_equal(X509_NAME_get0_der(X509_get_subject_name(m.x), &p, &n), 1);
    assert_true(span_eq(cert_subject_der(m.cert), span_of(p, n)));
    assert_int_equal(X509_NAME_get0_der(X509_get_issuer_name(m.x), &p, &n), 1);
    assert_true(span_eq(cert_issuer_der(m.cert), span_of(p, n)));
    unsigned char *der = NULL;
    int size = i2d_PUBKEY(m.key, &der);
    assert_true(span_eq(cert_spki(m.cert), span_of(der, (size_t)size)));
    OPENSSL_free(der);
    assert_false(cert_is_self_issued(m.cert));
    assert_true(cert_is_self_issued(root.cert));
    made_free(&m);
    made_free(&root);
}

static void cert_refuses(span der)
{
    pades_error *e = NULL;
    pades_cert *cert = NULL;
    assert_int_equal(pades_cert_new_der(der.p, der.n, &cert, &e), PADES_CERT_INVALID);
    assert_null(cert);
    assert_non_null(e);
    pades_error_free(e);
}

static void cert_refuses_what_is_not_exactly_one(void **state)
{
    (void)state;
    made m = made_cert(&(made_spec){.cn = "x"}, NULL);
    buf b = BUF(1U << 20);
    buf_add_span(&b, cert_der(m.cert));
    buf_add_byte(&b, 0);
    cert_refuses(buf_span(&b));
    cert_refuses(span_part(cert_der(m.cert), 0, cert_der(m.cert).n - 1));
    cert_refuses(span_of("", 0));
    cert_refuses(span_str("not a certificate"));
    buf_clear(&b); /* the same in BER: indefinite length outside */
    buf_add(&b, "\x30\x80", 2);
    buf_add_span(&b, span_part(cert_der(m.cert), 4, SIZE_MAX));
    buf_add(&b, "\0\0", 2);
    cert_refuses(buf_span(&b));
    buf_free(&b);
    made_free(&m);
}

/* Sound DER that OpenSSL cannot use: its reason is told, its queue is left empty. */
static void cert_tells_what_openssl_says(void **state)
{
    (void)state;
    made m = made_cert(&(made_spec){.cn = "patch me"}, NULL);
    AUTO_VAL(buf) der = BUF(1U << 16);
    buf_add_span(&der, cert_der(m.cert));
    der.p[span_find(buf_span(&der), span_str("patch me"), 0)] = 0xff; /* no UTF-8 any more */
    pades_error *e = NULL;
    pades_cert *cert = NULL;
    pades_status got = pades_cert_new_der(der.p, der.n, &cert, &e);
    assert_non_null(strstr(pades_error_native(e), "OpenSSL"));
    assert_fails(got, PADES_CERT_INVALID, &e, "cannot be decoded");
    assert_fails(cert_new_quick(buf_span(&der), &cert, &e), PADES_CERT_INVALID, &e,
                 "cannot be decoded");
    assert_int_equal(ERR_peek_error(), 0);
    made_free(&m);
}

static const char *const KEYS[] = {"P-256",    "P-384",    "P-521",   "RSA:2048",
                                   "RSA:3072", "RSA:4096", "ED25519", "secp256k1"};

static pades_cert *quickly(const pades_cert *cert)
{
    pades_cert *quick = NULL;
    assert_int_equal(cert_new_quick(cert_der(cert), &quick, NULL), PADES_OK);
    return quick;
}

/* Whether it was made of the octets or by OpenSSL's decoders. */
static void a_quick_certificate_has_the_key_of_another(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(KEYS); i++) {
        made m = made_cert(&(made_spec){.key = KEYS[i]}, NULL);
        pades_cert *quick = quickly(m.cert);
        EVP_PKEY *key = cert_key(quick);
        assert_non_null(key);
        assert_int_equal(EVP_PKEY_eq(key, m.key), 1);
        assert_int_equal(EVP_PKEY_eq(cert_key(m.cert), m.key), 1);
        assert_ptr_equal(cert_key(quick), key);
        assert_true(cert_signed_by(quick, m.cert));
        assert_true(cert_signed_by(m.cert, quick));
        assert_string_equal(pades_cert_subject(quick), pades_cert_subject(m.cert));
        assert_string_equal(pades_cert_signature_algorithm(quick),
                            pades_cert_signature_algorithm(m.cert));
        assert_int_equal(X509_cmp(cert_x509(quick), m.x), 0);
        pades_cert_free(quick);
        made_free(&m);
    }
}

/* What OpenSSL would not read is refused at once, though it reads it later: else a document would
 * be sealed with a certificate that nobody can decode. */
static void a_quick_certificate_is_one_that_openssl_reads(void **state)
{
    (void)state;
    static const uint8_t flips[] = {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff};
    size_t refused = 0, read = 0;
    made m = made_cert(&(made_spec){.cn = "Flipped",
                                    .ext = {{"keyUsage", "critical,digitalSignature"},
                                            {"subjectAltName", "email:a@example.org"}}},
                       NULL);
    AUTO_VAL(buf) der = BUF(1U << 16);
    buf_add_span(&der, cert_der(m.cert));
    for (size_t i = 0; i < der.n * ARRAY_LEN(flips); i++) {
        pades_cert *quick = NULL, *strict = NULL;
        der.p[i / ARRAY_LEN(flips)] ^= flips[i % ARRAY_LEN(flips)];
        pades_status got = cert_new_quick(buf_span(&der), &quick, NULL);
        assert_int_equal(got, pades_cert_new_der(der.p, der.n, &strict, NULL));
        if (got == PADES_OK) {
            assert_non_null(cert_x509(quick));
            read++;
        } else {
            refused++;
        }
        pades_cert_free(quick);
        pades_cert_free(strict);
        der.p[i / ARRAY_LEN(flips)] ^= flips[i % ARRAY_LEN(flips)];
    }
    assert_true(read > 1000 && refused > 1000);
    assert_int_equal(ERR_peek_error(), 0);
    made_free(&m);
}

/* clause: RFC5280#4.1.1.2 both algorithms are the same, and X509_verify() sees to that too */
static void two_algorithms_are_no_signature(void **state)
{
    (void)state;
    made m = made_cert(&(made_spec){.cn = "Twice"}, NULL);
    const X509_ALGOR *outer = NULL;
    const ASN1_OBJECT *oid = NULL;
    unsigned char *der = NULL;
    pades_cert *twice = NULL;
    assert_true(cert_signed_by(m.cert, m.cert));
    X509_get0_signature(NULL, &outer, m.x);
    X509_ALGOR_get0(&oid, NULL, NULL, outer);
    union {
        const X509_ALGOR *is;
        X509_ALGOR *becomes;
    } of = {outer};
    assert_int_equal(X509_ALGOR_set0(of.becomes, OBJ_dup(oid), V_ASN1_NULL, NULL), 1);
    int n = i2d_X509(m.x, &der);
    assert_int_equal(pades_cert_new_der(der, (size_t)n, &twice, NULL), PADES_OK);
    assert_false(cert_signed_by(twice, m.cert));
    pades_cert_free(twice);
    OPENSSL_free(der);
    made_free(&m);
}

/* A point that is on no curve, an exponent that is another, what is cut off. */
static void a_key_that_is_none_is_not_made(void **state)
{
    (void)state;
    static const char *const keys[] = {"P-256", "RSA:2048"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        made m = made_cert(&(made_spec){.key = keys[i]}, NULL);
        AUTO_VAL(buf) der = BUF(1U << 16);
        buf_add_span(&der, cert_spki(m.cert));
        key_kind kind = cert_key_kind(m.cert);
        EVP_PKEY *key = spki_key(buf_span(&der), kind);
        assert_int_equal(EVP_PKEY_eq(key, m.key), 1);
        EVP_PKEY_free(key);
        der.p[der.n - 1] ^= 1; /* a coordinate; the end of an exponent, which then is another */
        key = spki_key(buf_span(&der), kind);
        assert_true(kind == KEY_RSA ? EVP_PKEY_eq(key, m.key) == 0 : !key);
        EVP_PKEY_free(key);
        der.p[der.n - 1] ^= 1;
        for (size_t n = 0; n < der.n; n++) {
            assert_null(spki_key(span_part(buf_span(&der), 0, n), kind));
        }
        made_free(&m);
    }
}

/* SubjectPublicKeyInfo of RSA out of its parts, in hexadecimal without lengths. */
static EVP_PKEY *rsa_of(const char *params, const char *unused, const char *key, const char *behind)
{
    char text[256];
    unsigned char spki[128];
    size_t n = 0;
    size_t alg = 11 + strlen(params) / 2, bits = 1 + strlen(key) / 2 + 2 + strlen(behind) / 2;
    snprintf(text, sizeof text, "30%02zx30%02zx06092a864886f70d010101%s03%02zx%s30%02zx%s%s",
             4 + alg + bits, alg, params, bits, unused, strlen(key) / 2, key, behind);
    assert_int_equal(OPENSSL_hexstr2buf_ex(spki, sizeof spki, &n, text, '\0'), 1);
    return spki_key(span_of(spki, n), KEY_RSA);
}

/* Each is left to OpenSSL's decoders, which refuse it, or take it for what it is.
 * clause: RFC3279#2.3.1 modulus and exponent are positive, the parameters NULL */
static void an_odd_key_is_left_to_openssl(void **state)
{
    (void)state;
    static const struct {
        const char *params, *unused, *key, *behind;
    } odd[] = {{"0500", "01", "020900c100000000000001020103", ""},     /* unused bits */
               {"0500", "00", "0208c100000000000001020103", ""},       /* a negative modulus */
               {"0500", "00", "020900c100000000000001020183", ""},     /* a negative exponent */
               {"0500", "00", "020900c100000000000001020103", "0500"}, /* something behind it */
               {"0500", "00", "020900c1000000000000010201030500", ""}, /* a third number */
               {"020100", "00", "020900c100000000000001020103", ""},   /* parameters */
               {"05000500", "00", "020900c100000000000001020103", ""}, /* twice */
               {"0500", "00", "020900c100000000000001", ""}};          /* one number */
    EVP_PKEY *key = rsa_of("0500", "00", "020900c100000000000001020103", "");
    assert_non_null(key);
    EVP_PKEY_free(key);
    for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
        assert_null(rsa_of(odd[i].params, odd[i].unused, odd[i].key, odd[i].behind));
    }
}

static void *ask_for_both(void *arg)
{
    const pades_cert *cert = arg;
    for (int i = 0; i < 100; i++) {
        if (!cert_key(cert) || !cert_x509(cert)) {
            return NULL;
        }
    }
    return cert_key(cert);
}

static void threads_that_ask_at_once_get_the_same(void **state)
{
    (void)state;
    enum { THREADS = 8 };
    made m = made_cert(&(made_spec){.cn = "shared"}, NULL);
    for (int round = 0; round < 20; round++) {
        pthread_t threads[THREADS];
        pades_cert *quick = quickly(m.cert);
        for (size_t i = 0; i < THREADS; i++) {
            assert_int_equal(pthread_create(&threads[i], NULL, ask_for_both, quick), 0);
        }
        for (size_t i = 0; i < THREADS; i++) {
            void *got = NULL;
            assert_int_equal(pthread_join(threads[i], &got), 0);
            assert_ptr_equal(got, cert_key(quick));
        }
        pades_cert_free(quick);
    }
    made_free(&m);
}

/* clause: RFC5280#4.2 */
static void cert_refuses_an_extension_twice(void **state)
{
    (void)state;
    made m = made_cert(
        &(made_spec){.raw = true,
                     .ext = {{"keyUsage", "digitalSignature"}, {"keyUsage", "keyCertSign"}}},
        NULL);
    unsigned char *der = NULL;
    int n = i2d_X509(m.x, &der);
    cert_refuses(span_of(der, (size_t)n));
    OPENSSL_free(der);
    made_free(&m);
}

static void cert_refuses_a_malformed_usage(void **state)
{
    (void)state;
    static const made_ext bad[] = {{"2.5.29.15", "DER:0303070000FF"},
                                   {"2.5.29.15", "DER:03020800"},
                                   {"2.5.29.37", "DER:3000"},
                                   {"2.5.29.37", "DER:300304010A"},
                                   {"2.5.29.19", "DER:300080"}};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        made m = made_cert(&(made_spec){.raw = true, .ext = {bad[i]}}, NULL);
        unsigned char *der = NULL;
        int n = i2d_X509(m.x, &der);
        cert_refuses(span_of(der, (size_t)n));
        OPENSSL_free(der);
        made_free(&m);
    }
}

static void cert_every_prefix_is_refused(void **state)
{
    (void)state;
    made m = made_cert(&(made_spec){.cn = "x", .ext = {{"keyUsage", "digitalSignature"}}}, NULL);
    span der = cert_der(m.cert);
    cert_fields f;
    for (size_t n = 0; n < der.n; n++) {
        assert_false(cert_fields_parse(span_part(der, 0, n), &f));
    }
    assert_true(cert_fields_parse(der, &f));
    made_free(&m);
}

static void cert_copies_share(void **state)
{
    (void)state;
    made a = made_cert(&(made_spec){.cn = "a"}, NULL);
    made b = made_cert(&(made_spec){.cn = "a"}, NULL);
    pades_cert *copy = NULL;
    assert_int_equal(cert_ref(a.cert, &copy, NULL), PADES_OK);
    assert_true(cert_same(a.cert, copy));
    assert_false(cert_same(a.cert, b.cert));
    assert_ptr_equal(pades_cert_subject(copy), pades_cert_subject(a.cert));
    pades_cert_free(a.cert);
    a.cert = NULL;
    assert_string_equal(pades_cert_common_name(copy), "a");
    pades_cert_free(copy);
    made_free(&a);
    made_free(&b);
}

static void key_kinds_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        const char *text;
        key_kind kind;
        unsigned bits;
    } rows[] = {
        {"P-256", "EC P-256", KEY_EC_P256, 256},  {"P-384", "EC P-384", KEY_EC_P384, 384},
        {"P-521", "EC P-521", KEY_EC_P521, 521},  {"RSA:2048", "RSA 2048", KEY_RSA, 2048},
        {"ED25519", "Ed25519", KEY_ED25519, 256}, {"secp256k1", "EC secp256k1", KEY_OTHER, 256},
        {"RSA:1024", "RSA 1024", KEY_RSA, 1024}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        made m = made_cert(&(made_spec){.key = rows[i].key}, NULL);
        assert_string_equal(pades_cert_key_type(m.cert), rows[i].text);
        assert_int_equal(cert_key_kind(m.cert), rows[i].kind);
        assert_int_equal(cert_key_bits(m.cert), rows[i].bits);
        made_free(&m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cert_tells_its_fields),
        cmocka_unit_test(cert_spans_are_those_of_openssl),
        cmocka_unit_test(cert_refuses_what_is_not_exactly_one),
        cmocka_unit_test(cert_tells_what_openssl_says),
        cmocka_unit_test(a_quick_certificate_has_the_key_of_another),
        cmocka_unit_test(a_quick_certificate_is_one_that_openssl_reads),
        cmocka_unit_test(two_algorithms_are_no_signature),
        cmocka_unit_test(a_key_that_is_none_is_not_made),
        cmocka_unit_test(an_odd_key_is_left_to_openssl),
        cmocka_unit_test(threads_that_ask_at_once_get_the_same),
        cmocka_unit_test(cert_refuses_an_extension_twice),
        cmocka_unit_test(cert_refuses_a_malformed_usage),
        cmocka_unit_test(cert_every_prefix_is_refused),
        cmocka_unit_test(cert_copies_share),
        cmocka_unit_test(key_kinds_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
