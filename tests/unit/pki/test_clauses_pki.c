/* Clauses of certificates that no other test of this room has. */
#include "base/der.h"
#include "pki/made.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <unistd.h>

static made with_key(EVP_PKEY *key)
{
    made m = {key, X509_new(), NULL};
    unsigned char *der = NULL;
    assert_int_equal(X509_set_version(m.x, X509_VERSION_3), 1);
    assert_non_null(ASN1_TIME_adj(X509_getm_notBefore(m.x), MADE_NOW - 9, 0, 0));
    assert_non_null(ASN1_TIME_adj(X509_getm_notAfter(m.x), MADE_NOW + 9, 0, 0));
    assert_int_equal(X509_set_pubkey(m.x, key), 1);
    assert_true(X509_sign(m.x, key, EVP_sha256()) > 0);
    int n = i2d_X509(m.x, &der);
    assert_true(n > 0);
    assert_int_equal(pades_cert_new_der(der, (size_t)n, &m.cert, NULL), PADES_OK);
    OPENSSL_free(der);
    return m;
}

/* clause: RFC5480#2.1.1 a curve is named; P-256 spelled out as parameters is no P-256 here */
static void clause_curve_must_be_named(void **state)
{
    (void)state;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    assert_non_null(key);
    assert_int_equal(EVP_PKEY_set_utf8_string_param(key, "encoding", "explicit"), 1);
    made m = with_key(key);
    pades_error *e = NULL;
    assert_string_equal(pades_cert_key_type(m.cert), "EC with explicit parameters");
    assert_int_equal(cert_key_kind(m.cert), KEY_OTHER);
    assert_fails(cert_check_signer(m.cert, MADE_NOW, NULL, &e), PADES_ALGORITHM, &e,
                 "explicit parameters");
    made_free(&m);
}

/* clause: EN319412-5#4.2.3 several types: the first one that is known */
static void clause_first_known_type_is_told(void **state)
{
    (void)state;
    made m = made_cert(&(made_spec){.cn = "Seal",
                                    .ext = {{"1.3.6.1.5.5.7.1.3", "DER:3023302106060400"
                                                                  "8E460106"
                                                                  "3017"
                                                                  "0603"
                                                                  "040102"
                                                                  "0607"
                                                                  "04008E46010602"
                                                                  "0607"
                                                                  "04008E46010601"}}},
                       NULL);
    assert_int_equal(pades_cert_qc_type(m.cert), PADES_QC_ESEAL);
    made_free(&m);
}

static char *base64_of(const made *m)
{
    unsigned char *der = NULL;
    int n = i2d_X509(m->x, &der);
    assert_true(n > 0);
    char *text = malloc((size_t)n * 2 + 8);
    assert_non_null(text);
    assert_true(EVP_EncodeBlock((unsigned char *)text, der, n) > 0);
    OPENSSL_free(der);
    return text;
}

/* A PEM file whose lines have `width` characters. */
static void assert_reads(const char *base64, size_t width, const char *end_of_line)
{
    char path[] = "/tmp/pades-clause-XXXXXX";
    int fd = mkstemp(path);
    FILE *f = fd >= 0 ? fdopen(fd, "w") : NULL;
    assert_non_null(f);
    fprintf(f, "-----BEGIN CERTIFICATE-----%s", end_of_line);
    for (size_t i = 0; i < strlen(base64); i += width) {
        fprintf(f, "%.*s%s", (int)width, base64 + i, end_of_line);
    }
    fprintf(f, "-----END CERTIFICATE-----%s", end_of_line);
    assert_int_equal(fclose(f), 0);
    pades_cert *cert = NULL;
    pades_status got = pades_cert_new_file(path, &cert, NULL);
    unlink(path);
    assert_int_equal(got, PADES_OK);
    pades_cert_free(cert);
}

/* clause: RFC7468#3 lines of any length, ended by CR LF, LF or CR */
static void clause_base64_breaks_anywhere(void **state)
{
    (void)state;
    made m = made_cert(&(made_spec){.cn = "Lines"}, NULL);
    char *base64 = base64_of(&m);
    static const char *const ends[] = {"\n", "\r\n", "\r"};
    static const size_t widths[] = {1, 3, 64, 76, 100000};
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        for (size_t k = 0; k < ARRAY_LEN(widths); k++) {
            assert_reads(base64, widths[k], ends[i]);
        }
    }
    free(base64);
    made_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clause_curve_must_be_named),
        cmocka_unit_test(clause_first_known_type_is_told),
        cmocka_unit_test(clause_base64_breaks_anywhere),
    };
    return cmocka_run_group_tests_name("pki_clauses", tests, NULL, NULL);
}
