/* What a certificate lists, entry by entry, and that a small room is never left. */
#include "pki/made.h"

static void assert_entry(const pades_cert *cert, pades_cert_list list, size_t i, const char *want)
{
    char text[2049] = "x";
    assert_int_equal(pades_cert_entry(cert, list, i, text, sizeof text), want ? 1 : 0);
    assert_string_equal(text, want ? want : "");
}

/* clause: RFC5280#4.2.1.3 */
static void entries_are_told_in_their_order(void **state)
{
    (void)state;
    made m = made_cert(
        &(made_spec){
            .cn = "x",
            .key = "P-384",
            .ext = {{"keyUsage", "critical,nonRepudiation,keyAgreement,decipherOnly"},
                    {"extendedKeyUsage", "1.3.6.1.5.5.7.3.36,emailProtection"},
                    {"2.5.29.32", "DER:30123009060704008BEC400103300506032A0304"},
                    {"authorityInfoAccess",
                     "OCSP;URI:http://o.example/1,caIssuers;URI:http://i.example/ca.cer"},
                    {"crlDistributionPoints", "URI:http://c.example/1.crl,URI:ldap://c.example"}}},
        NULL);
    assert_entry(m.cert, PADES_CERT_KEY_USAGE, 0, "nonRepudiation");
    assert_entry(m.cert, PADES_CERT_KEY_USAGE, 1, "keyAgreement");
    assert_entry(m.cert, PADES_CERT_KEY_USAGE, 2, "decipherOnly");
    assert_entry(m.cert, PADES_CERT_KEY_USAGE, 3, NULL);
    assert_entry(m.cert, PADES_CERT_EXT_KEY_USAGE, 0, "1.3.6.1.5.5.7.3.36");
    assert_entry(m.cert, PADES_CERT_EXT_KEY_USAGE, 1, "1.3.6.1.5.5.7.3.4");
    assert_entry(m.cert, PADES_CERT_EXT_KEY_USAGE, 2, NULL);
    assert_entry(m.cert, PADES_CERT_POLICIES, 0, "0.4.0.194112.1.3");
    assert_entry(m.cert, PADES_CERT_POLICIES, 1, "1.2.3.4");
    assert_entry(m.cert, PADES_CERT_POLICIES, 2, NULL);
    assert_entry(m.cert, PADES_CERT_OCSP_URLS, 0, "http://o.example/1");
    assert_entry(m.cert, PADES_CERT_OCSP_URLS, 1, NULL);
    assert_entry(m.cert, PADES_CERT_ISSUER_URLS, 0, "http://i.example/ca.cer");
    assert_entry(m.cert, PADES_CERT_CRL_URLS, 0, "http://c.example/1.crl");
    assert_entry(m.cert, PADES_CERT_CRL_URLS, 1, NULL);
    assert_entry(m.cert, (pades_cert_list)99, 0, NULL);
    assert_int_equal(pades_cert_key_bits(m.cert), 384);
    assert_string_equal(pades_cert_signature_algorithm(m.cert), "ecdsa-with-SHA256");
    made_free(&m);
}

static void entries_fit_any_room(void **state)
{
    (void)state;
    char room[8];
    made m = made_cert(&(made_spec){.cn = "x", .ext = {{"keyUsage", "nonRepudiation"}}}, NULL);
    memset(room, 'x', sizeof room);
    assert_int_equal(pades_cert_entry(m.cert, PADES_CERT_KEY_USAGE, 0, room, 4), 1);
    assert_memory_equal(room, "non\0xxxx", 8);
    assert_int_equal(pades_cert_entry(m.cert, PADES_CERT_KEY_USAGE, 0, room, 0), 0);
    assert_int_equal(pades_cert_entry(m.cert, PADES_CERT_KEY_USAGE, 0, NULL, 8), 0);
    assert_memory_equal(room, "non\0xxxx", 8);
    made_free(&m);
}

static void entries_of_what_is_malformed_are_none(void **state)
{
    (void)state;
    made m = made_cert(
        &(made_spec){.cn = "x",
                     .ext = {{"2.5.29.32", "DER:3004300206000A"}, {"2.5.29.31", "DER:0500"}}},
        NULL);
    assert_entry(m.cert, PADES_CERT_POLICIES, 0, NULL);
    assert_entry(m.cert, PADES_CERT_CRL_URLS, 0, NULL);
    assert_entry(m.cert, PADES_CERT_KEY_USAGE, 0, NULL);
    assert_entry(m.cert, PADES_CERT_EXT_KEY_USAGE, 0, NULL);
    made_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_are_told_in_their_order),
        cmocka_unit_test(entries_fit_any_room),
        cmocka_unit_test(entries_of_what_is_malformed_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
