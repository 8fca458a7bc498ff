/* The signed attributes: which, in what order, and what never. */
#include "cms/sealed.h"

static buf attrs_of(const made *m, pades_digest alg, const char *commitment)
{
    uint8_t hash[DIGEST_MAX] = {1, 2, 3};
    buf out = BUF(1U << 16);
    const cms_attrs_plan plan = {
        alg, span_of(hash, pades_digest_size(alg)), m->cert, commitment, {NULL, 0}};
    assert_int_equal(cms_signed_attrs(&plan, &out, NULL), PADES_OK);
    return out;
}

/* The OIDs in their order, joined by blanks. */
static void assert_types(span set, const char *types)
{
    AUTO_VAL(buf) text = BUF(1024);
    reader outer = reader_of(set);
    der_tlv t;
    span previous = {NULL, 0};
    assert_true(der_expect(&outer, DER_SET, &t));
    assert_int_equal(reader_left(&outer), 0);
    reader r = reader_of(t.content);
    while (reader_left(&r) > 0) {
        char oid[64];
        der_tlv attr;
        der_tlv id;
        assert_true(der_expect(&r, DER_SEQUENCE, &attr));
        reader in = reader_of(attr.content);
        assert_true(der_expect(&in, DER_OID, &id));
        assert_true(der_oid_text(id.content, oid, sizeof oid));
        buf_addf(&text, "%s ", oid);
        if (previous.p) { /* clause: X.690 11.6 */
            size_t n = previous.n < attr.whole.n ? previous.n : attr.whole.n;
            assert_true(memcmp(previous.p, attr.whole.p, n) <= 0);
        }
        previous = attr.whole;
    }
    char *joined = buf_take_text(&text);
    assert_string_equal(joined, types);
    mem_free(joined);
}

/* clause: EN319142-1#6.3 content-type, message-digest, signing-certificate-v2, never signing-time
 */
static void attrs_are_those_of_baseline(void **state)
{
    (void)state;
    made m = made_cert(&(made_spec){.cn = "Signer"}, NULL);
    buf plain = attrs_of(&m, PADES_DIGEST_SHA256, NULL);
    buf committed = attrs_of(&m, PADES_DIGEST_SHA256, "1.2.840.113549.1.9.16.6.1");
    assert_types(buf_span(&plain),
                 "1.2.840.113549.1.9.3 1.2.840.113549.1.9.4 1.2.840.113549.1.9.16.2.47 ");
    assert_types(buf_span(&committed),
                 "1.2.840.113549.1.9.3 1.2.840.113549.1.9.16.2.16 1.2.840.113549.1.9.4 "
                 "1.2.840.113549.1.9.16.2.47 ");
    buf_free(&plain);
    buf_free(&committed);
    made_free(&m);
}

/* clause: EN319122-1#5.2.2.3 the hash is over the certificate, its algorithm absent for SHA-256 */
/* clause: RFC5035#4 hashAlgorithm absent for SHA-256 */
static void attrs_name_the_certificate(void **state)
{
    (void)state;
    made root = made_root("Root");
    made m = made_cert(&(made_spec){.cn = "Signer"}, &root);
    static const pades_digest algs[] = {PADES_DIGEST_SHA256, PADES_DIGEST_SHA384,
                                        PADES_DIGEST_SHA512};
    for (size_t i = 0; i < ARRAY_LEN(algs); i++) {
        buf attrs = attrs_of(&m, algs[i], NULL);
        uint8_t hash[DIGEST_MAX];
        assert_int_equal(digest_once(algs[i], cert_der(m.cert), hash, NULL), PADES_OK);
        assert_true(span_find(buf_span(&attrs), span_of(hash, pades_digest_size(algs[i])), 0) !=
                    SIZE_MAX);
        /* SEQUENCE { SEQUENCE { SEQUENCE { certHash ... : with SHA-256 the algorithm is absent */
        static const uint8_t oid[] = {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02};
        bool named = span_find(buf_span(&attrs), span_of(oid, sizeof oid), 0) != SIZE_MAX;
        assert_int_equal(named, algs[i] != PADES_DIGEST_SHA256);
        assert_true(span_find(buf_span(&attrs), cert_issuer_der(m.cert), 0) != SIZE_MAX);
        assert_true(span_find(buf_span(&attrs), cert_serial_der(m.cert), 0) != SIZE_MAX);
        buf_free(&attrs);
    }
    made_free(&m);
    made_free(&root);
}

/* clause: ISO32000-1#12.8.3.3.2 adbe-revocationInfoArchival, one value that is signed as it is */
static void attrs_carry_revocation_information(void **state)
{
    (void)state;
    static const uint8_t archive[] = {0x30, 0x04, 0xa1, 0x02, 0x30, 0x00};
    static const uint8_t attribute[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x2f, 0x01, 0x01,
                                        0x08, 0x31, 0x06, 0x30, 0x04, 0xa1, 0x02, 0x30, 0x00};
    made m = made_cert(&(made_spec){.cn = "Signer"}, NULL);
    uint8_t hash[DIGEST_MAX] = {1, 2, 3};
    AUTO_VAL(buf) out = BUF(1U << 16);
    const cms_attrs_plan plan = {PADES_DIGEST_SHA256, span_of(hash, 32), m.cert, NULL,
                                 span_of(archive, sizeof archive)};
    assert_int_equal(cms_signed_attrs(&plan, &out, NULL), PADES_OK);
    assert_types(buf_span(&out), "1.2.840.113583.1.1.8 1.2.840.113549.1.9.3 1.2.840.113549.1.9.4 "
                                 "1.2.840.113549.1.9.16.2.47 ");
    assert_non_null(memmem(out.p, out.n, attribute, sizeof attribute));
    made_free(&m);
}

static void attrs_refuse_bad_plans(void **state)
{
    (void)state;
    made m = made_cert(&(made_spec){.cn = "Signer"}, NULL);
    uint8_t hash[DIGEST_MAX] = {0};
    AUTO_VAL(buf) out = BUF(1U << 16);
    pades_error *e = NULL;
    cms_attrs_plan plan = {PADES_DIGEST_SHA384, span_of(hash, 32), m.cert, NULL, {NULL, 0}};
    assert_fails(cms_signed_attrs(&plan, &out, &e), PADES_INVALID_ARGUMENT, &e,
                 "digest does not fit");
    plan = (cms_attrs_plan){PADES_DIGEST_DEFAULT, span_of(hash, 0), m.cert, NULL, {NULL, 0}};
    assert_fails(cms_signed_attrs(&plan, &out, &e), PADES_INVALID_ARGUMENT, &e,
                 "digest does not fit");
    plan = (cms_attrs_plan){PADES_DIGEST_SHA256, span_of(hash, 32), m.cert, "1.2.x", {NULL, 0}};
    assert_fails(cms_signed_attrs(&plan, &out, &e), PADES_INVALID_ARGUMENT, &e,
                 "object identifier");
    made_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attrs_are_those_of_baseline),
        cmocka_unit_test(attrs_name_the_certificate),
        cmocka_unit_test(attrs_carry_revocation_information),
        cmocka_unit_test(attrs_refuse_bad_plans),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
