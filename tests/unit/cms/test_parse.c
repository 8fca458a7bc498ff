/* The strict parse of SignedData: what it tells, and what it refuses. */
#include "cms/sealed.h"

#include <openssl/cms.h>

static made root, signer;
static buf good;
static const char document[] = "d";

static int set_up(void **state)
{
    (void)state;
    root = made_root("Root");
    signer =
        made_cert(&(made_spec){.cn = "Signer", .ext = {{"subjectKeyIdentifier", "hash"}}}, &root);
    static const uint8_t token[] = {0x30, 3, 2, 1, 5};
    good = sealed_der(&(sealed_plan){&signer, &root, PADES_SCHEME_ECDSA, PADES_DIGEST_SHA256,
                                     span_str(document), span_of(token, sizeof token), NULL});
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    buf_free(&good);
    made_free(&signer);
    made_free(&root);
    return 0;
}

static void parse_tells_what_is_there(void **state)
{
    (void)state;
    AUTO_VAL(cms_signed_data) s = {0};
    assert_int_equal(cms_parse(buf_span(&good), &s, NULL), PADES_OK);
    assert_int_equal(s.used, good.n);
    assert_string_equal(s.content_oid, "1.2.840.113549.1.7.1");
    assert_null(s.content.p);
    assert_int_equal(s.certs_n, 2);
    assert_int_equal(s.signers, 1);
    assert_true(span_eq(s.signer.sid_issuer, cert_issuer_der(signer.cert)));
    assert_true(span_eq(s.signer.sid_serial, cert_serial_der(signer.cert)));
    assert_int_equal(s.signer.digest, PADES_DIGEST_SHA256);
    assert_string_equal(s.signer.digest_oid, "2.16.840.1.101.3.4.2.1");
    assert_string_equal(s.signer.signature_oid, "1.2.840.10045.4.3.2");
    assert_int_equal(s.signer.scheme, PADES_SCHEME_ECDSA);
    assert_int_equal(s.signer.signed_attrs.p[0], 0xa0);
    assert_int_equal(s.signer.message_digest.n, 32);
    assert_true(der_oid_is(s.signer.content_type, "1.2.840.113549.1.7.1"));
    assert_int_equal(s.signer.signing_cert_hash.n, 32);
    assert_int_equal(s.signer.signing_cert_digest, PADES_DIGEST_SHA256);
    assert_true(s.signer.signing_cert_v2 && !s.signer.signing_cert_v1 && !s.signer.signing_time);
    assert_int_equal(s.signer.timestamp.n, 5);
}

static void parse_leaves_padding_to_the_caller(void **state)
{
    (void)state;
    AUTO_VAL(buf) padded = BUF(1U << 20);
    AUTO_VAL(cms_signed_data) s = {0};
    buf_add_span(&padded, buf_span(&good));
    buf_add_fill(&padded, 0, 100);
    assert_int_equal(cms_parse(buf_span(&padded), &s, NULL), PADES_OK);
    assert_int_equal(s.used, good.n);
}

static void parse_finds_the_signer(void **state)
{
    (void)state;
    AUTO_VAL(cms_signed_data) s = {0};
    pades_cert *found = NULL;
    assert_int_equal(cms_parse(buf_span(&good), &s, NULL), PADES_OK);
    assert_int_equal(cms_find_signer(&s, NULL, 0, &found, NULL), PADES_OK);
    assert_true(cert_same(found, signer.cert));
    pades_cert_free(found);
    s.certs_n = 0;
    assert_int_equal(cms_find_signer(&s, NULL, 0, &found, NULL), PADES_OK);
    assert_null(found);
    const pades_cert *more[] = {root.cert, signer.cert};
    assert_int_equal(cms_find_signer(&s, more, 2, &found, NULL), PADES_OK);
    assert_true(cert_same(found, signer.cert));
    pades_cert_free(found);
}

static buf openssl_cms(const EVP_MD *md, unsigned flags, const made *second)
{
    BIO *in = BIO_new_mem_buf(document, 1);
    CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, in, CMS_PARTIAL | CMS_BINARY | flags);
    assert_non_null(CMS_add1_signer(cms, signer.x, signer.key, md, flags));
    if (second) {
        assert_non_null(CMS_add1_signer(cms, second->x, second->key, md, flags));
    }
    assert_int_equal(CMS_final(cms, in, NULL, CMS_BINARY | flags), 1);
    unsigned char *der = NULL;
    int n = i2d_CMS_ContentInfo(cms, &der);
    buf out = BUF(1U << 20);
    buf_add(&out, der, (size_t)n);
    OPENSSL_free(der);
    CMS_ContentInfo_free(cms);
    BIO_free(in);
    return out;
}

static void parse_reads_what_others_make(void **state)
{
    (void)state;
    AUTO_VAL(buf) attached = openssl_cms(EVP_sha1(), 0, &root);
    AUTO_VAL(cms_signed_data) s = {0};
    pades_cert *found = NULL;
    assert_int_equal(cms_parse(buf_span(&attached), &s, NULL), PADES_OK);
    assert_int_equal(s.signers, 2);
    assert_true(span_is(s.content, document));
    assert_true(s.signer.signing_time);
    assert_int_equal(s.signer.digest, PADES_DIGEST_DEFAULT);
    assert_int_equal(s.signer.scheme, 0);
    AUTO_VAL(buf) keyed = openssl_cms(EVP_sha256(), CMS_USE_KEYID | CMS_DETACHED, NULL);
    AUTO_VAL(cms_signed_data) k = {0};
    assert_int_equal(cms_parse(buf_span(&keyed), &k, NULL), PADES_OK);
    assert_int_equal(k.signer.sid_key_id.n, 20);
    assert_int_equal(k.signer.sid_issuer.n, 0);
    assert_int_equal(cms_find_signer(&k, NULL, 0, &found, NULL), PADES_OK);
    assert_true(cert_same(found, signer.cert));
    pades_cert_free(found);
    AUTO_VAL(buf) bare = openssl_cms(EVP_sha256(), CMS_NOATTR | CMS_DETACHED, NULL);
    AUTO_VAL(cms_signed_data) b = {0};
    assert_int_equal(cms_parse(buf_span(&bare), &b, NULL), PADES_OK);
    assert_int_equal(b.signer.signed_attrs.n, 0);
    assert_int_equal(b.signer.message_digest.n, 0);
}

static void parse_refuses(span der, const char *says)
{
    cms_signed_data s = {0};
    pades_error *e = NULL;
    assert_fails(cms_parse(der, &s, &e), PADES_CMS_INVALID, &e, says);
    assert_null(s.certs);
}

static void parse_refuses_every_prefix(void **state)
{
    (void)state;
    for (size_t n = 0; n < good.n; n++) {
        parse_refuses(span_part(buf_span(&good), 0, n), "not a sound CMS");
    }
}

static void parse_refuses_ber(void **state)
{
    (void)state;
    AUTO_VAL(buf) ber = BUF(1U << 20);
    buf_add(&ber, "\x30\x80", 2);
    buf_add_span(&ber, span_part(buf_span(&good), 4, SIZE_MAX));
    buf_add(&ber, "\0\0", 2);
    parse_refuses(buf_span(&ber), "no ContentInfo");
    buf_clear(&ber); /* a length with a leading zero octet */
    buf_add(&ber, "\x30\x83\x00", 3);
    buf_add(&ber, good.p + 2, 2);
    buf_add_span(&ber, span_part(buf_span(&good), 4, SIZE_MAX));
    parse_refuses(buf_span(&ber), "no ContentInfo");
    parse_refuses(span_of("\x30\x00", 2), "no ContentInfo");
}

/* SignedData with these signed attributes (content of the SET OF) and unsigned ones. */
static buf with_attrs(span attrs, span others)
{
    buf info = BUF(1U << 16);
    buf data = BUF(1U << 16);
    buf out = BUF(1U << 16);
    static const uint8_t head[] =
        "\x02\x01\x01\x30\x05\x30\x00\x02\x01\x07"              /* version, sid */
        "\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01"; /* sha256 */
    static const uint8_t tail[] =
        "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02\x04\x01\x55"; /* ecdsa, signature */
    static const uint8_t begin[] =
        "\x02\x01\x01\x31\x00\x30\x0b\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
    buf_add(&info, head, sizeof head - 1);
    der_add(&info, DER_CONTEXT(0), attrs);
    buf_add(&info, tail, sizeof tail - 1);
    if (others.p) {
        der_add(&info, DER_CONTEXT(1), others);
    }
    buf_add(&data, begin, sizeof begin - 1);
    AUTO_VAL(buf) t = BUF(1U << 16);
    der_add(&t, DER_SEQUENCE, buf_span(&info));
    der_add(&data, DER_SET, buf_span(&t));
    buf_clear(&t);
    der_add(&t, DER_SEQUENCE, buf_span(&data));
    AUTO_VAL(buf) content = BUF(1U << 16);
    der_add_oid(&content, "1.2.840.113549.1.7.2");
    der_add(&content, DER_CONTEXT(0), buf_span(&t));
    der_add(&out, DER_SEQUENCE, buf_span(&content));
    buf_free(&info);
    buf_free(&data);
    return out;
}

static buf attribute(const char *oid, span values)
{
    buf content = BUF(4096);
    buf out = BUF(4096);
    der_add_oid(&content, oid);
    der_add(&content, DER_SET, values);
    der_add(&out, DER_SEQUENCE, buf_span(&content));
    buf_free(&content);
    return out;
}

#define MD_OID "1.2.840.113549.1.9.4"
#define V2_OID "1.2.840.113549.1.9.16.2.47"
#define V1_OID "1.2.840.113549.1.9.16.2.12"

/* clause: RFC5652#11 an attribute that may appear once */
static void parse_refuses_attributes_twice(void **state)
{
    (void)state;
    AUTO_VAL(buf) one = attribute(MD_OID, span_of("\x04\x01\x41", 3));
    AUTO_VAL(buf) two = BUF(4096);
    buf_add_span(&two, buf_span(&one));
    AUTO_VAL(buf) sound = with_attrs(buf_span(&two), span_of(NULL, 0));
    AUTO_VAL(cms_signed_data) s = {0};
    assert_int_equal(cms_parse(buf_span(&sound), &s, NULL), PADES_OK);
    assert_int_equal(s.signer.message_digest.n, 1);
    buf_add_span(&two, buf_span(&one));
    AUTO_VAL(buf) doubled = with_attrs(buf_span(&two), span_of(NULL, 0));
    parse_refuses(buf_span(&doubled), "there twice");
}

/* clause: RFC5652#11 exactly one value */
static void parse_refuses_malformed_attributes(void **state)
{
    (void)state;
    static const struct {
        const char *oid;
        const char *values;
        size_t n;
    } rows[] = {
        {MD_OID, "\x04\x01\x41\x04\x01\x42", 6}, /* two values */
        {MD_OID, "", 0},                         /* none */
        {MD_OID, "\x04\x00", 2},                 /* empty */
        {MD_OID, "\x05\x00", 2},                 /* another type */
        {"1.2.840.113549.1.9.3", "\x04\x01\x41", 3},
        {"1.2.840.113549.1.9.5", "\x05\x00", 2},
        {V2_OID, "\x30\x00", 2},
        {V2_OID, "\x30\x02\x30\x00", 4},
        {V2_OID, "\x30\x04\x30\x02\x30\x00", 6},
        {V2_OID, "\x30\x06\x30\x04\x30\x02\x30\x00", 8},
        {V1_OID, "\x30\x06\x30\x04\x30\x02\x30\x00", 8},
        {V2_OID, "\x04\x01\x41", 3},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO_VAL(buf) a = attribute(rows[i].oid, span_of(rows[i].values, rows[i].n));
        AUTO_VAL(buf) der = with_attrs(buf_span(&a), span_of(NULL, 0));
        parse_refuses(buf_span(&der), "a signed attribute is malformed");
    }
    AUTO_VAL(buf) none = with_attrs(span_of("", 0), span_of(NULL, 0));
    parse_refuses(buf_span(&none), "empty");
}

static void parse_prefers_signing_certificate_v2(void **state)
{
    (void)state;
    AUTO_VAL(buf) v1 = attribute(V1_OID, span_of("\x30\x07\x30\x05\x30\x03\x04\x01\x11", 9));
    AUTO_VAL(buf) v2 = attribute(V2_OID, span_of("\x30\x07\x30\x05\x30\x03\x04\x01\x22", 9));
    for (int order = 0; order < 2; order++) {
        AUTO_VAL(buf) both = BUF(4096);
        buf_add_span(&both, buf_span(order ? &v1 : &v2));
        buf_add_span(&both, buf_span(order ? &v2 : &v1));
        AUTO_VAL(buf) der = with_attrs(buf_span(&both), span_of(NULL, 0));
        AUTO_VAL(cms_signed_data) s = {0};
        assert_int_equal(cms_parse(buf_span(&der), &s, NULL), PADES_OK);
        assert_true(s.signer.signing_cert_v1 && s.signer.signing_cert_v2);
        assert_int_equal(s.signer.signing_cert_hash.p[0], 0x22);
        assert_int_equal(s.signer.signing_cert_digest, PADES_DIGEST_SHA256);
    }
    AUTO_VAL(buf) der = with_attrs(buf_span(&v1), span_of(NULL, 0));
    AUTO_VAL(cms_signed_data) s = {0};
    assert_int_equal(cms_parse(buf_span(&der), &s, NULL), PADES_OK);
    assert_int_equal(s.signer.signing_cert_digest, PADES_DIGEST_DEFAULT);
    assert_int_equal(s.signer.signing_cert_hash.p[0], 0x11);
}

static void parse_reads_unsigned_attributes(void **state)
{
    (void)state;
    AUTO_VAL(buf) md = attribute(MD_OID, span_of("\x04\x01\x41", 3));
    AUTO_VAL(buf) stamp = attribute("1.2.840.113549.1.9.16.2.14", span_of("\x30\x00", 2));
    AUTO_VAL(buf) der = with_attrs(buf_span(&md), buf_span(&stamp));
    AUTO_VAL(cms_signed_data) s = {0};
    assert_int_equal(cms_parse(buf_span(&der), &s, NULL), PADES_OK);
    assert_int_equal(s.signer.timestamp.n, 2);
    AUTO_VAL(buf) bad = attribute("1.2.840.113549.1.9.16.2.14", span_of("\x04\x00", 2));
    AUTO_VAL(buf) wrong = with_attrs(buf_span(&md), buf_span(&bad));
    parse_refuses(buf_span(&wrong), "signature-time-stamp is malformed");
    AUTO_VAL(buf) junk = with_attrs(buf_span(&md), span_of("\x04\x00", 2));
    parse_refuses(buf_span(&junk), "an unsigned attribute is malformed");
}

static void parse_bounds_the_certificates(void **state)
{
    (void)state;
    AUTO_VAL(buf) set = BUF(1U << 16);
    for (int i = 0; i < 65; i++) {
        buf_add(&set, "\x30\x00", 2);
    }
    AUTO_VAL(buf) data = BUF(1U << 16);
    buf_add(&data, "\x02\x01\x01\x31\x00\x30\x03\x06\x01\x2a", 10);
    der_add(&data, DER_CONTEXT(0), buf_span(&set));
    buf_add(&data, "\x31\x00", 2);
    AUTO_VAL(buf) seq = BUF(1U << 16);
    der_add(&seq, DER_SEQUENCE, buf_span(&data));
    AUTO_VAL(buf) content = BUF(1U << 16);
    der_add_oid(&content, "1.2.840.113549.1.7.2");
    der_add(&content, DER_CONTEXT(0), buf_span(&seq));
    AUTO_VAL(buf) out = BUF(1U << 16);
    der_add(&out, DER_SEQUENCE, buf_span(&content));
    parse_refuses(buf_span(&out), "more than 64 certificates");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parse_tells_what_is_there),
        cmocka_unit_test(parse_leaves_padding_to_the_caller),
        cmocka_unit_test(parse_finds_the_signer),
        cmocka_unit_test(parse_reads_what_others_make),
        cmocka_unit_test(parse_refuses_every_prefix),
        cmocka_unit_test(parse_refuses_ber),
        cmocka_unit_test(parse_refuses_attributes_twice),
        cmocka_unit_test(parse_refuses_malformed_attributes),
        cmocka_unit_test(parse_prefers_signing_certificate_v2),
        cmocka_unit_test(parse_reads_unsigned_attributes),
        cmocka_unit_test(parse_bounds_the_certificates),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
