/* Certificates, OCSP answers and CRLs told apart, in DER, PEM and bundles. */
#include "pki/material.h"

#include "pki/answers.h"

#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>

static made root, leaf;

static int set_up(void **state)
{
    (void)state;
    root = made_root("Root");
    leaf = made_cert(&(made_spec){.cn = "Leaf"}, &root);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    made_free(&root);
    made_free(&leaf);
    return 0;
}

typedef struct seen {
    size_t n[EVIDENCE_KINDS];
    span last;
    pades_status say;
} seen;

static pades_status see(void *user, evidence_kind kind, view der, pades_error **e)
{
    seen *s = user;
    (void)e;
    s->n[kind]++;
    s->last = der.s;
    return s->say;
}

static size_t each(span text, seen *s)
{
    size_t n = 99;
    *s = (seen){.say = PADES_OK};
    assert_int_equal(material_each(view_of(text), see, s, &n, NULL), PADES_OK);
    return n;
}

/* clause: RFC6960#4.2.1 an answer that is only a status is one too
 * clause: RFC5280#5.1 */
static void material_is_told_apart(void **state)
{
    (void)state;
    evidence_kind kind = EVIDENCE_OCSP;
    buf ocsp = made_ocsp(&(ocsp_spec){.about = &leaf, .issuer = &root, .reason = -1});
    buf later = made_ocsp_status(OCSP_RESPONSE_STATUS_TRYLATER);
    buf crl = made_crl(&(crl_spec){.issuer = &root});
    assert_true(material_look(cert_der(leaf.cert), &kind));
    assert_int_equal(kind, EVIDENCE_CERT);
    assert_true(material_look(buf_span(&ocsp), &kind));
    assert_int_equal(kind, EVIDENCE_OCSP);
    assert_true(material_look(buf_span(&crl), &kind));
    assert_int_equal(kind, EVIDENCE_CRL);
    assert_true(material_look(buf_span(&later), &kind));
    assert_int_equal(kind, EVIDENCE_OCSP);
    kind = EVIDENCE_CRL;
    assert_false(material_look(span_part(buf_span(&crl), 0, crl.n - 1), &kind));
    assert_false(material_look(span_part(cert_der(leaf.cert), 1, 999), &kind));
    assert_false(material_look(span_str("%PDF-1.7"), &kind));
    assert_false(material_look(span_of(NULL, 0), &kind));
    assert_int_equal(kind, EVIDENCE_CRL);
    buf_free(&ocsp);
    buf_free(&later);
    buf_free(&crl);
}

static void material_stops_where_it_is_told(void **state)
{
    (void)state;
    size_t n = 99;
    seen s = {.say = PADES_LIMIT};
    assert_int_equal(material_each(view_of(cert_der(leaf.cert)), see, &s, &n, NULL), PADES_LIMIT);
    assert_int_equal(n, 99);
}

static void add_pem(buf *out, const char *label, span der)
{
    unsigned char *text = malloc(der.n * 2 + 16);
    assert_non_null(text);
    int n = EVP_EncodeBlock(text, der.p, (int)der.n);
    char line[80];
    snprintf(line, sizeof line, "-----BEGIN %s-----\n", label);
    buf_add_str(out, line);
    for (int i = 0; i < n; i += 64) {
        buf_add(out, text + i, (size_t)(n - i < 64 ? n - i : 64));
        buf_add_byte(out, '\n');
    }
    snprintf(line, sizeof line, "-----END %s-----\n", label);
    buf_add_str(out, line);
    free(text);
}

static void material_in_pem(void **state)
{
    (void)state;
    seen s;
    buf text = BUF(1U << 20);
    buf crl = made_crl(&(crl_spec){.issuer = &root});
    buf_add_str(&text, "said before\n-----BEGIN -----BEGIN\n");
    add_pem(&text, "CERTIFICATE", cert_der(leaf.cert));
    add_pem(&text, "CERTIFICATE", cert_der(root.cert));
    add_pem(&text, "X509 CRL", buf_span(&crl));
    add_pem(&text, "WHATEVER", buf_span(&crl));
    add_pem(&text, "CERTIFICATE", span_str("not DER"));
    buf_add_str(&text, "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n");
    buf_add_str(&text, "-----BEGIN X509 CRL-----\nAAAA\n");
    assert_int_equal(each(buf_span(&text), &s), 4);
    assert_int_equal(s.n[EVIDENCE_CERT], 2);
    assert_int_equal(s.n[EVIDENCE_CRL], 2);
    buf_free(&text);
    buf_free(&crl);
}

/* clause: RFC5652#5.1 a SignedData with certificates and no signer */
static void material_in_a_bundle(void **state)
{
    (void)state;
    seen s;
    unsigned char *der = NULL;
    PKCS7 *p7 = PKCS7_new();
    assert_int_equal(PKCS7_set_type(p7, NID_pkcs7_signed), 1);
    assert_int_equal(PKCS7_content_new(p7, NID_pkcs7_data), 1);
    assert_int_equal(PKCS7_add_certificate(p7, leaf.x), 1);
    assert_int_equal(PKCS7_add_certificate(p7, root.x), 1);
    int n = i2d_PKCS7(p7, &der);
    assert_true(n > 0);
    assert_int_equal(each(span_of(der, (size_t)n), &s), 2);
    assert_int_equal(s.n[EVIDENCE_CERT], 2);
    for (size_t i = 0; i < (size_t)n; i++) { /* cut anywhere: nothing, and no crash */
        assert_int_equal(each(span_of(der, i), &s), 0);
    }
    OPENSSL_free(der);
    PKCS7_free(p7);
}

static void material_that_is_none(void **state)
{
    (void)state;
    seen s;
    static const char *const texts[] = {"",
                                        "0",
                                        "<html>",
                                        "-----BEGIN ",
                                        "-----BEGIN X-----",
                                        "-----BEGIN X-----\nMA==\n-----END Y-----"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        assert_int_equal(each(span_str(texts[i]), &s), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(material_is_told_apart), cmocka_unit_test(material_stops_where_it_is_told),
        cmocka_unit_test(material_in_pem),        cmocka_unit_test(material_in_a_bundle),
        cmocka_unit_test(material_that_is_none),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
