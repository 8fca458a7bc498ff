/* What a form may ask of a certificate: usage bits, policies, attributes of the subject. */
#include "pki/made.h"

static bool has(const made *m, const char *name, const char *text)
{
    return cert_subject_has(m->cert, span_str(name), span_str(text));
}

static void add(X509_NAME *name, const char *type, const char *value, int set)
{
    assert_int_equal(X509_NAME_add_entry_by_txt(name, type, MBSTRING_UTF8,
                                                (const unsigned char *)value, -1, -1, set),
                     1);
}

static void match_finds_attributes_of_the_subject(void **state)
{
    (void)state;
    X509_NAME *name = X509_NAME_new();
    add(name, "O", "B\xc3\xb8lge AS", 0);
    add(name, "OU", "One", 0);
    add(name, "OU", "Two", -1);
    add(name, "2.5.4.97", "NTRNO-983163327", 0);
    add(name, "emailAddress", "a@b.example", 0);
    made m = made_cert(&(made_spec){.subject = name}, NULL);
    assert_true(has(&m, "O", "B\xc3\xb8lge AS") && has(&m, "o", "b\xc3\xb8lge as"));
    assert_true(has(&m, "OU", "One") && has(&m, "OU", "Two"));
    assert_true(has(&m, "2.5.4.97", "NTRNO-983163327") && has(&m, "2.5.4.10", "B\xc3\xb8lge AS"));
    assert_true(has(&m, "organizationIdentifier", "NTRNO-983163327"));
    assert_true(has(&m, "E", "a@b.example") && has(&m, "emailAddress", "A@B.example"));
    assert_false(has(&m, "O", "B\xc3\x98lge AS") || has(&m, "O", "B") || has(&m, "O", ""));
    assert_false(has(&m, "CN", "One") || has(&m, "", "One") || has(&m, "2.5.4.9", "One"));
    made_free(&m);
}

static void match_reads_nine_bits_of_usage(void **state)
{
    (void)state;
    static const struct {
        const char *usage;
        unsigned bits;
    } cases[] = {{"digitalSignature", 1},
                 {"critical,nonRepudiation", 2},
                 {"digitalSignature,nonRepudiation,cRLSign", 1 | 2 | 64},
                 {"keyAgreement,decipherOnly", 16 | 256},
                 {"keyAgreement,encipherOnly", 16 | 128}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        made m = made_cert(&(made_spec){.cn = "x", .ext = {{"keyUsage", cases[i].usage}}}, NULL);
        assert_int_equal(cert_key_usage(m.cert), cases[i].bits);
        made_free(&m);
    }
    made m = made_cert(&(made_spec){.cn = "x"}, NULL);
    assert_int_equal(cert_key_usage(m.cert), 0);
    made_free(&m);
}

static void match_finds_policies(void **state)
{
    (void)state;
    made m = made_cert(
        &(made_spec){.cn = "x",
                     .ext = {{"2.5.29.32", "DER:3012300506032A03043009060704008BEC400103"}}},
        NULL);
    assert_true(cert_has_policy(m.cert, span_str("1.2.3.4")));
    assert_true(cert_has_policy(m.cert, span_str("0.4.0.194112.1.3")));
    assert_false(cert_has_policy(m.cert, span_str("1.2.3")));
    assert_false(cert_has_policy(m.cert, span_str("1.2.3.45")));
    assert_false(cert_has_policy(m.cert, span_str("")));
    made_free(&m);
    m = made_cert(&(made_spec){.cn = "x"}, NULL);
    assert_false(cert_has_policy(m.cert, span_str("1.2.3.4")));
    made_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(match_finds_attributes_of_the_subject),
        cmocka_unit_test(match_reads_nine_bits_of_usage),
        cmocka_unit_test(match_finds_policies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
