/* Encodings that a lenient reader would not miss, octet for octet. */
#include "cms/algs.h"
#include "cms/sealed.h"

static void assert_algorithm(pades_scheme scheme, pades_digest alg, const char *der, size_t n)
{
    AUTO_VAL(buf) out = BUF(256);
    alg_add_signature(&out, scheme, alg);
    assert_true(buf_ok(&out));
    assert_int_equal(out.n, n);
    assert_memory_equal(out.p, der, n);
}

/* clause: RFC5758#3.2 parameters absent */
static void clause_ecdsa_has_no_parameters(void **state)
{
    (void)state;
    assert_algorithm(PADES_SCHEME_ECDSA, PADES_DIGEST_SHA256,
                     "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02", 12);
    assert_algorithm(PADES_SCHEME_ECDSA, PADES_DIGEST_SHA512,
                     "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x04", 12);
}

/* clause: RFC4055#3.1 hash [0], MGF1 with the same hash [1], salt [2]; no trailerField [3] */
static void clause_pss_has_explicit_parameters(void **state)
{
    (void)state;
    static const char sha384[] =
        "\x30\x41\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a\x30\x34"
        "\xa0\x0f\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00"
        "\xa1\x1c\x30\x1a\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08"
        "\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00"
        "\xa2\x03\x02\x01\x30";
    assert_algorithm(PADES_SCHEME_RSA_PSS, PADES_DIGEST_SHA384, sha384, sizeof sha384 - 1);
}

/* clause: EN319122-1#5.2.3 commitmentTypeId alone */
static void clause_commitment_has_no_qualifiers(void **state)
{
    (void)state;
    made m = made_cert(&(made_spec){.cn = "Signer"}, NULL);
    uint8_t hash[32] = {0};
    AUTO_VAL(buf) attrs = BUF(1U << 16);
    const cms_attrs_plan plan = {
        PADES_DIGEST_SHA256, span_of(hash, 32), m.cert, "1.2.840.113549.1.9.16.6.1", {NULL, 0}};
    static const char attribute[] =
        "\x30\x1e\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x10"
        "\x31\x0f\x30\x0d\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x06\x01";
    assert_int_equal(cms_signed_attrs(&plan, &attrs, NULL), PADES_OK);
    assert_true(span_find(buf_span(&attrs), span_of(attribute, sizeof attribute - 1), 0) !=
                SIZE_MAX);
    made_free(&m);
}

/* The content of the only SignerInfo: SignedData { version, digests, content, [0] certificates,
 * infos }. */
static span signer_info(span der)
{
    reader r = reader_of(der);
    der_tlv t;
    assert_true(der_expect(&r, DER_SEQUENCE, &t)); /* ContentInfo */
    r = reader_of(t.content);
    assert_true(der_expect(&r, DER_OID, &t) && der_expect(&r, DER_CONTEXT(0), &t));
    r = reader_of(t.content);
    assert_true(der_expect(&r, DER_SEQUENCE, &t));
    r = reader_of(t.content);
    assert_true(der_expect(&r, DER_INTEGER, &t) && der_expect(&r, DER_SET, &t) &&
                der_expect(&r, DER_SEQUENCE, &t));
    assert_true(der_expect(&r, DER_CONTEXT(0), &t) && der_expect(&r, DER_SET, &t));
    assert_int_equal(reader_left(&r), 0);
    r = reader_of(t.content);
    assert_true(der_expect(&r, DER_SEQUENCE, &t));
    assert_int_equal(reader_left(&r), 0);
    return t.content;
}

/* clause: RFC5652#5.3 version 1 and issuerAndSerialNumber
 * clause: EN319122-1#5.3 the timestamp is the only unsigned attribute */
static void clause_signer_info_and_its_timestamp(void **state)
{
    (void)state;
    made m = made_cert(&(made_spec){.cn = "Signer"}, NULL);
    static const char token[] = "\x30\x03\x02\x01\x05";
    const sealed_plan plan = {&m,
                              NULL,
                              PADES_SCHEME_ECDSA,
                              PADES_DIGEST_SHA256,
                              span_str("x"),
                              span_of(token, sizeof token - 1),
                              NULL};
    AUTO_VAL(buf) sealed = sealed_der(&plan);
    reader r = reader_of(signer_info(buf_span(&sealed)));
    der_tlv t;
    static const char unsigned_attrs[] =
        "\x30\x14\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x0e"
        "\x31\x05\x30\x03\x02\x01\x05";
    assert_true(der_expect(&r, DER_INTEGER, &t) && span_eq(t.content, span_of("\x01", 1)));
    assert_true(der_expect(&r, DER_SEQUENCE, &t)); /* sid: no [0] subjectKeyIdentifier */
    reader sid = reader_of(t.content);
    assert_true(der_expect(&sid, DER_SEQUENCE, &t) && span_eq(t.whole, cert_issuer_der(m.cert)));
    assert_true(der_expect(&r, DER_SEQUENCE, &t) && der_expect(&r, DER_CONTEXT(0), &t));
    assert_true(der_expect(&r, DER_SEQUENCE, &t) && der_expect(&r, DER_OCTET_STRING, &t));
    assert_true(der_expect(&r, DER_CONTEXT(1), &t));
    assert_true(span_eq(t.content, span_of(unsigned_attrs, sizeof unsigned_attrs - 1)));
    assert_int_equal(reader_left(&r), 0);
    made_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clause_ecdsa_has_no_parameters),
        cmocka_unit_test(clause_pss_has_explicit_parameters),
        cmocka_unit_test(clause_commitment_has_no_qualifiers),
        cmocka_unit_test(clause_signer_info_and_its_timestamp),
    };
    return cmocka_run_group_tests_name("cms_clauses", tests, NULL, NULL);
}
