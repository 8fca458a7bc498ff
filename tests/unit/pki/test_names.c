/* Names as text: order, escaping of RFC 4514, hostile characters, every string type. */
#include "pki/made.h"

static void add(X509_NAME *name, const char *type, int string_type, const char *value, int n)
{
    assert_int_equal(
        X509_NAME_add_entry_by_txt(name, type, string_type, (const unsigned char *)value, n, -1, 0),
        1);
}

static void assert_subject(X509_NAME *name, const char *subject, const char *common)
{
    made m = made_cert(&(made_spec){.subject = name}, NULL);
    assert_string_equal(pades_cert_subject(m.cert), subject);
    assert_string_equal(pades_cert_issuer(m.cert), subject);
    assert_string_equal(pades_cert_common_name(m.cert), common);
    made_free(&m);
}

/* clause: RFC4514#2.1 */
static void name_is_reversed_and_named(void **state)
{
    (void)state;
    X509_NAME *name = X509_NAME_new();
    add(name, "C", MBSTRING_ASC, "NO", -1);
    add(name, "O", MBSTRING_UTF8, "B\xc3\xb8lge AS", -1);
    add(name, "2.5.4.97", MBSTRING_ASC, "NTRNO-983163327", -1);
    add(name, "1.2.3.4", V_ASN1_UTF8STRING, "odd", -1);
    add(name, "CN", MBSTRING_ASC, "Seal", -1);
    assert_subject(
        name, "CN=Seal,1.2.3.4=odd,organizationIdentifier=NTRNO-983163327,O=B\xc3\xb8lge AS,C=NO",
        "Seal");
}

/* clause: RFC4514#2.4 */
static void name_escapes_what_rfc4514_says(void **state)
{
    (void)state;
    X509_NAME *name = X509_NAME_new();
    add(name, "O", V_ASN1_UTF8STRING, "#a,b+c\"d\\e<f>g;h=i", -1);
    add(name, "CN", V_ASN1_UTF8STRING, " x ", -1);
    assert_subject(name, "CN=\\ x\\ ,O=\\#a\\,b\\+c\\\"d\\\\e\\<f\\>g\\;h\\=i", " x ");
}

static void name_shows_hostile_characters(void **state)
{
    (void)state;
    X509_NAME *name = X509_NAME_new();
    add(name, "OU", V_ASN1_IA5STRING, "\xff\x9b", 2);
    add(name, "CN", V_ASN1_UTF8STRING,
        "a\x1b]0;b\xe2\x80\xae"
        "c\0d",
        12);
    assert_subject(name, "CN=a\\x1b]0\\;b\\u{202e}c\\x00d,OU=\\xff\\x9b",
                   "a\\x1b]0;b\\u{202e}c\\x00d");
}

static void name_reads_every_string_type(void **state)
{
    (void)state;
    X509_NAME *name = X509_NAME_new();
    add(name, "O", V_ASN1_T61STRING, "\xe5", 1);
    add(name, "OU", V_ASN1_UNIVERSALSTRING, "\0\x01\xf6\x00", 4);
    add(name, "L", V_ASN1_BMPSTRING, "\0A\x20\x2e", 4);
    add(name, "2.5.4.45", V_ASN1_BIT_STRING, "\x01", 1);
    assert_subject(name, "2.5.4.45=#03020001,L=A\\u{202e},OU=\xf0\x9f\x98\x80,O=\xc3\xa5",
                   "\xc3\xa5");
}

static void name_of_several_attributes_in_one_rdn(void **state)
{
    (void)state;
    X509_NAME *name = X509_NAME_new();
    add(name, "C", MBSTRING_ASC, "NO", -1);
    add(name, "CN", MBSTRING_ASC, "a", -1);
    assert_int_equal(X509_NAME_add_entry_by_txt(name, "serialNumber", MBSTRING_ASC,
                                                (const unsigned char *)"12", -1, -1, -1),
                     1);
    assert_subject(name, "CN=a+serialNumber=12,C=NO", "a");
}

static void name_common_falls_back(void **state)
{
    (void)state;
    X509_NAME *name = X509_NAME_new();
    add(name, "C", MBSTRING_ASC, "NO", -1);
    assert_subject(name, "C=NO", "C=NO");
    assert_subject(X509_NAME_new(), "", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(name_is_reversed_and_named),
        cmocka_unit_test(name_escapes_what_rfc4514_says),
        cmocka_unit_test(name_shows_hostile_characters),
        cmocka_unit_test(name_reads_every_string_type),
        cmocka_unit_test(name_of_several_attributes_in_one_rdn),
        cmocka_unit_test(name_common_falls_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
