/* Where a certificate says that its status is found, and whether it has one. */
#include "pki/made.h"

#define AIA "authorityInfoAccess"
#define POINTS "crlDistributionPoints"

static made with(const char *name, const char *value)
{
    return made_cert(&(made_spec){.cn = "Leaf", .ext = {{name, value}}}, NULL);
}

static void addresses_are_told_by_kind(void **state)
{
    (void)state;
    span urls[CERT_URLS];
    made m = made_cert(
        &(made_spec){
            .cn = "Leaf",
            .ext = {{AIA, "OCSP;URI:http://a.example/ocsp,caIssuers;URI:HTTPS://a.example/ca.cer,"
                          "OCSP;URI:http://b.example/,OCSP;URI:http://a.example/ocsp,"
                          "OCSP;URI:ldap://c.example/,OCSP;DNS:d.example,"
                          "caIssuers;URI:file:///etc/x,timeStamping;URI:http://t.example/"},
                    {POINTS, "URI:ldap:///cn=x,URI:http://a.example/1.crl,DNS:x.example,"
                             "URI:https://b.example/2.crl,URI:http:"}}},
        NULL);
    assert_int_equal(cert_ocsp_urls(m.cert, urls), 2);
    assert_true(span_is(urls[0], "http://a.example/ocsp"));
    assert_true(span_is(urls[1], "http://b.example/"));
    assert_int_equal(cert_issuer_urls(m.cert, urls), 1);
    assert_true(span_is(urls[0], "HTTPS://a.example/ca.cer"));
    assert_int_equal(cert_crl_urls(m.cert, urls), 2);
    assert_true(span_is(urls[0], "http://a.example/1.crl"));
    assert_true(span_is(urls[1], "https://b.example/2.crl"));
    made_free(&m);
}

static void addresses_of_a_certificate_without(void **state)
{
    (void)state;
    span urls[CERT_URLS];
    made m = made_cert(&(made_spec){.cn = "Leaf"}, NULL);
    assert_int_equal(cert_ocsp_urls(m.cert, urls) + cert_issuer_urls(m.cert, urls) +
                         cert_crl_urls(m.cert, urls),
                     0);
    assert_false(cert_has_nocheck(m.cert));
    assert_false(cert_is_short_term(m.cert));
    made_free(&m);
}

static void addresses_are_bounded(void **state)
{
    (void)state;
    span urls[CERT_URLS];
    buf text = BUF(1U << 16);
    buf_add_str(&text, "OCSP;URI:http://long.example/");
    buf_add_fill(&text, 'x', CERT_URL_MAX);
    for (int i = 0; i < 20; i++) {
        buf_addf(&text, ",OCSP;URI:http://%d.example/", i);
    }
    char *value = buf_take_text(&text);
    made m = with(AIA, value);
    assert_int_equal(cert_ocsp_urls(m.cert, urls), CERT_URLS);
    assert_true(span_is(urls[0], "http://0.example/"));
    assert_true(span_is(urls[7], "http://7.example/"));
    mem_free(value);
    made_free(&m);
}

static void addresses_that_are_malformed(void **state)
{
    (void)state;
    static const char *const values[] = {
        "DER:0500", "DER:3000", "DER:30020500", "DER:300a300806082b06010505073001",
        /* a blank, a control character and a byte over 0x7f in the address */
        "DER:3019301706082b06010505073001860b687474703a2f2f6120622f",
        "DER:3019301706082b06010505073001860b687474703a2f2f6101622f",
        "DER:3019301706082b06010505073001860b687474703a2f2f61ff622f",
        /* a tail after the list */
        "DER:3019301706082b06010505073001860b687474703a2f2f6162622f0500"};
    span urls[CERT_URLS];
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        made m = with("1.3.6.1.5.5.7.1.1", values[i]);
        assert_int_equal(cert_ocsp_urls(m.cert, urls), 0);
        made_free(&m);
    }
    made m =
        with("1.3.6.1.5.5.7.1.1", "DER:3019301706082b06010505073001860b687474703a2f2f6162622f");
    assert_int_equal(cert_ocsp_urls(m.cert, urls), 1);
    made_free(&m);
    for (size_t i = 0; i < 4; i++) {
        m = with("2.5.29.31", values[i]);
        assert_int_equal(cert_crl_urls(m.cert, urls), 0);
        made_free(&m);
    }
}

/* clause: EN319412-1#5.2 */
static void status_that_ends_a_chain(void **state)
{
    (void)state;
    made nocheck = with("noCheck", "ignored");
    made etsi = with("0.4.0.194121.2.1", "DER:0500");
    made avail = with("2.5.29.56", "DER:0500");
    assert_true(cert_has_nocheck(nocheck.cert) && !cert_is_short_term(nocheck.cert));
    assert_true(cert_is_short_term(etsi.cert) && !cert_has_nocheck(etsi.cert));
    assert_true(cert_is_short_term(avail.cert));
    made_free(&nocheck);
    made_free(&etsi);
    made_free(&avail);
}

static void usages_for_answers(void **state)
{
    (void)state;
    static const struct {
        const char *ku, *eku;
        bool ocsp, crl;
    } rows[] = {{"cRLSign", "OCSPSigning", false, true},
                {"digitalSignature", "OCSPSigning", true, false},
                {"nonRepudiation", "clientAuth,OCSPSigning", true, false},
                {"digitalSignature", "anyExtendedKeyUsage", false, false}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        made m = made_cert(
            &(made_spec){.cn = "Leaf",
                         .ext = {{"keyUsage", rows[i].ku}, {"extendedKeyUsage", rows[i].eku}}},
            NULL);
        assert_int_equal(cert_may_sign_ocsp(m.cert), rows[i].ocsp);
        assert_int_equal(cert_may_sign_crl(m.cert), rows[i].crl);
        made_free(&m);
    }
    made bare = made_cert(&(made_spec){.cn = "Leaf"}, NULL);
    assert_false(cert_may_sign_ocsp(bare.cert));
    assert_true(cert_may_sign_crl(bare.cert));
    made_free(&bare);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_told_by_kind),
        cmocka_unit_test(addresses_of_a_certificate_without),
        cmocka_unit_test(addresses_are_bounded),
        cmocka_unit_test(addresses_that_are_malformed),
        cmocka_unit_test(status_that_ends_a_chain),
        cmocka_unit_test(usages_for_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
