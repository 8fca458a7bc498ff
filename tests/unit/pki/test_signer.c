/* Which certificates may sign: usage, validity, key; the digest that fits; QcStatements claimed. */
#include "pki/made.h"

static made with(made_ext a, made_ext b)
{
    return made_cert(&(made_spec){.cn = "Some One", .ext = {a, b}}, NULL);
}

/* clause: RFC9336#3.1 id-kp-documentSigning allows it */
static void may_sign_follows_usage(void **state)
{
    (void)state;
    static const struct {
        const char *ku;
        const char *eku;
        int may, repudiates;
    } rows[] = {
        {NULL, NULL, 1, 0},
        {"digitalSignature", NULL, 1, 0},
        {"nonRepudiation", NULL, 1, 1},
        {"keyEncipherment", NULL, 0, 0},
        {"digitalSignature", "emailProtection", 1, 0},
        {"digitalSignature", "codeSigning", 1, 0},
        {"digitalSignature", "anyExtendedKeyUsage", 1, 0},
        {"digitalSignature", "1.3.6.1.5.5.7.3.36", 1, 0},
        {"digitalSignature", "1.2.840.113583.1.1.5", 1, 0},
        {"digitalSignature", "1.3.6.1.4.1.311.10.3.12", 1, 0},
        {"nonRepudiation", "clientAuth,emailProtection", 1, 1},
        {"digitalSignature", "clientAuth", 0, 0},
        {"digitalSignature", "serverAuth,timeStamping", 0, 0},
        {"keyAgreement", "emailProtection", 0, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        made_ext ku = {"keyUsage", rows[i].ku};
        made_ext eku = {"extendedKeyUsage", rows[i].eku};
        made m = rows[i].ku ? with(ku, rows[i].eku ? eku : (made_ext){NULL, NULL})
                            : with((made_ext){NULL, NULL}, eku);
        assert_int_equal(pades_cert_may_sign(m.cert), rows[i].may);
        assert_int_equal(pades_cert_has_non_repudiation(m.cert), rows[i].repudiates);
        pades_error *e = NULL;
        pades_status got = cert_check_signer(m.cert, MADE_NOW, NULL, &e);
        if (rows[i].may) {
            assert_int_equal(got, PADES_OK);
        } else {
            assert_fails(got, PADES_CERT_USAGE, &e, "forbids signing documents");
        }
        made_free(&m);
    }
}

static void signer_is_no_ca(void **state)
{
    (void)state;
    made root = made_root("A Root");
    pades_error *e = NULL;
    assert_int_equal(pades_cert_is_ca(root.cert), 1);
    assert_fails(cert_check_signer(root.cert, MADE_NOW, NULL, &e), PADES_CERT_USAGE, &e,
                 "certification authority");
    made_free(&root);
}

static void signer_validity_is_checked(void **state)
{
    (void)state;
    enum { DAY = 86400 };
    made m =
        made_cert(&(made_spec){.cn = "Short", .from = MADE_NOW, .to = MADE_NOW + 100 * DAY}, NULL);
    AUTO_VAL(buf) w = BUF(4096);
    pades_error *e = NULL;
    assert_fails(cert_check_signer(m.cert, MADE_NOW - 1, &w, &e), PADES_CERT_NOT_YET_VALID, &e,
                 "valid from 2026-06-01T12:00:00Z");
    assert_fails(cert_check_signer(m.cert, MADE_NOW + 100 * DAY + 1, &w, &e), PADES_CERT_EXPIRED,
                 &e, "expired on");
    assert_int_equal(cert_check_signer(m.cert, MADE_NOW, &w, &e), PADES_OK);
    assert_int_equal(cert_check_signer(m.cert, MADE_NOW + 40 * DAY - 1, &w, &e), PADES_OK);
    assert_int_equal(w.n, 0);
    assert_int_equal(cert_check_signer(m.cert, MADE_NOW + 40 * DAY, &w, &e), PADES_OK);
    assert_non_null(
        strstr((const char *)w.p, "'Short' expires in 60 days, on 2026-09-09T12:00:00Z"));
    assert_int_equal(w.p[w.n - 1], 0);
    assert_int_equal(cert_check_signer(m.cert, MADE_NOW + 100 * DAY, NULL, &e), PADES_OK);
    assert_int_equal(cert_check_signer(m.cert, MADE_NOW - 1, NULL, NULL), PADES_CERT_NOT_YET_VALID);
    made_free(&m);
}

static void signer_keys_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        const char *says;
    } rows[] = {{"RSA:1024", "RSA key of 1024 bits"},
                {"ED25519", "EdDSA"},
                {"secp256k1", "'EC secp256k1'"}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        made m = made_cert(&(made_spec){.key = rows[i].key}, NULL);
        pades_error *e = NULL;
        assert_fails(cert_check_signer(m.cert, MADE_NOW, NULL, &e), PADES_ALGORITHM, &e,
                     rows[i].says);
        made_free(&m);
    }
    made good = made_cert(&(made_spec){.key = "RSA:2048"}, NULL);
    assert_int_equal(cert_check_signer(good.cert, MADE_NOW, NULL, NULL), PADES_OK);
    made_free(&good);
}

/* clause: RFC5480#4 */
static void digest_fits_the_curve(void **state)
{
    (void)state;
    static const struct {
        const char *key;
        pades_digest fits;
    } rows[] = {{"P-256", PADES_DIGEST_SHA256},
                {"P-384", PADES_DIGEST_SHA384},
                {"P-521", PADES_DIGEST_SHA512},
                {"RSA:2048", PADES_DIGEST_SHA256}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        made m = made_cert(&(made_spec){.key = rows[i].key}, NULL);
        assert_int_equal(cert_fitting_digest(m.cert, PADES_DIGEST_DEFAULT), rows[i].fits);
        assert_int_equal(cert_fitting_digest(m.cert, PADES_DIGEST_SHA256), PADES_DIGEST_SHA256);
        assert_int_equal(cert_fitting_digest(m.cert, PADES_DIGEST_SHA512), PADES_DIGEST_SHA512);
        made_free(&m);
    }
}

#define QC "1.3.6.1.5.5.7.1.3"

static void qc_statements_are_told_as_claimed(void **state)
{
    (void)state;
    static const struct {
        const char *der;
        int compliance, qscd;
        pades_qc_type type;
    } rows[] = {
        /* QcCompliance, QcSSCD and QcType eseal; then with types that are not known */
        {"DER:30293008060604008E4601013008060604008E4601043013"
         "060604008E460106"
         "3009"
         "0607"
         "04008E46010602",
         1, 1, PADES_QC_ESEAL},
        {"DER:30253008060604008E4601013008060604008E460104300F"
         "060604008E460106"
         "3005"
         "0603"
         "040102",
         1, 1, PADES_QC_NONE},
        {"DER:30273008060604008E4601013008060604008E4601043011"
         "060604008E460106"
         "3007"
         "0605"
         "0400010203",
         1, 1, PADES_QC_NONE},
        /* the list of types is one octet too long */
        {"DER:30283008060604008E4601013008060604008E4601043012060604008E46010630070606"
         "04008E460106",
         0, 0, PADES_QC_NONE},
        {"DER:301530130606"
         "04008E460106"
         "3009"
         "0607"
         "04008E46010601",
         0, 0, PADES_QC_ESIGN},
        {"DER:301530130606"
         "04008E460106"
         "3009"
         "0607"
         "04008E46010603",
         0, 0, PADES_QC_WEB},
        {"DER:300A3008060604008E460101", 1, 0, PADES_QC_NONE},
        {"DER:300A3008060604008E46010100", 0, 0,
         PADES_QC_NONE}, /* trailing octet: nothing is claimed */
        {"DER:3000", 0, 0, PADES_QC_NONE},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        made m = with((made_ext){QC, rows[i].der}, (made_ext){NULL, NULL});
        assert_int_equal(pades_cert_claims_qc_compliance(m.cert), rows[i].compliance);
        assert_int_equal(pades_cert_claims_qscd(m.cert), rows[i].qscd);
        assert_int_equal(pades_cert_qc_type(m.cert), rows[i].type);
        made_free(&m);
    }
}

/* clause: RFC3161#2.3 */
static void tsa_usage_is_sole_and_critical(void **state)
{
    (void)state;
    static const struct {
        const char *eku;
        bool only;
    } rows[] = {{"critical,timeStamping", true},
                {"timeStamping", false},
                {"critical,timeStamping,emailProtection", false},
                {"critical,emailProtection", false}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        made m = with((made_ext){"extendedKeyUsage", rows[i].eku}, (made_ext){NULL, NULL});
        assert_int_equal(cert_is_tsa_only(m.cert), rows[i].only);
        made_free(&m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(may_sign_follows_usage),
        cmocka_unit_test(signer_is_no_ca),
        cmocka_unit_test(signer_validity_is_checked),
        cmocka_unit_test(signer_keys_are_checked),
        cmocka_unit_test(digest_fits_the_curve),
        cmocka_unit_test(qc_statements_are_told_as_claimed),
        cmocka_unit_test(tsa_usage_is_sole_and_critical),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
