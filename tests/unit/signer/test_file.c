/* Keys in files, and the caller's own code. */
#include "token/bench.h"

#include "signer/signer.h"
#include "signer/verify.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <stdio.h>
#include <sys/stat.h>

static pades_ctx *ctx;

static int setup(void **state)
{
    (void)state;
    bench_store("file");
    return pades_ctx_new(&ctx, NULL) == PADES_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    pades_ctx_free(ctx);
    bench_end();
    return 0;
}

static EVP_PKEY *load_key(const char *name)
{
    FILE *f = fopen(bench_pki(name), "re");
    assert_non_null(f);
    EVP_PKEY *key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
    fclose(f);
    assert_non_null(key);
    return key;
}

static X509 *load_cert(const char *name)
{
    FILE *f = fopen(bench_pki(name), "re");
    assert_non_null(f);
    X509 *x = PEM_read_X509(f, NULL, NULL, NULL);
    fclose(f);
    assert_non_null(x);
    return x;
}

static void write_p12(const char *name, const char *key_name, const char *cert_name,
                      const char *password)
{
    EVP_PKEY *key = load_key(key_name);
    X509 *cert = load_cert(cert_name), *ca = load_cert("issuing.pem");
    STACK_OF(X509) *others = sk_X509_new_null();
    assert_true(sk_X509_push(others, ca) > 0);
    PKCS12 *p12 = PKCS12_create(password, "seal", key, cert, others, 0, 0, 0, 0, 0);
    assert_non_null(p12);
    FILE *f = fopen(bench_path(name), "we");
    assert_non_null(f);
    assert_int_equal(i2d_PKCS12_fp(f, p12), 1);
    fclose(f);
    PKCS12_free(p12);
    sk_X509_free(others);
    X509_free(ca);
    X509_free(cert);
    EVP_PKEY_free(key);
}

static void write_pem(const char *name, const char *key_name, const char *const *certs,
                      const char *password)
{
    EVP_PKEY *key = load_key(key_name);
    FILE *f = fopen(bench_path(name), "we");
    assert_non_null(f);
    char text[32] = "";
    snprintf(text, sizeof text, "%s", password ? password : "");
    assert_int_equal(PEM_write_PKCS8PrivateKey(f, key, password ? EVP_aes_256_cbc() : NULL,
                                               password ? text : NULL,
                                               password ? (int)strlen(text) : 0, NULL, NULL),
                     1);
    for (; *certs; certs++) {
        X509 *x = load_cert(*certs);
        assert_int_equal(PEM_write_X509(f, x), 1);
        X509_free(x);
    }
    fclose(f);
    EVP_PKEY_free(key);
}

static pades_status open_file(const char *name, bench_pin *pin, pades_signer **s, pades_error **e)
{
    AUTO(pades_token_opts) *opts = bench_opts(pin, 1);
    return pades_signer_new_file(ctx, bench_path(name), opts, s, e);
}

static void file_p12_asks_for_its_password_once(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "secret"}, wrong = {.pin = "wrong"}, none = {0};
    AUTO(pades_error) *e = NULL;
    AUTO(pades_signer) *s = NULL;
    write_p12("seal.p12", "seal-rsa2048.key", "seal-rsa2048.pem", "secret");
    assert_fails_with(open_file("seal.p12", &wrong, &s, &e), PADES_PIN_INCORRECT, &e,
                      "this password");
    assert_int_equal(wrong.calls, 1);
    assert_fails_with(open_file("seal.p12", &none, &s, &e), PADES_PIN_CANCELLED, &e, "no password");
    assert_ok(open_file("seal.p12", &pin, &s, &e), e);
    assert_int_equal(pin.calls, 1);
    assert_string_equal(pin.purpose, "open the key file");
    assert_int_equal(s->chain_n, 2);
    assert_true(signer_again_without_pin(s));
    verify_signer(s, PADES_SCHEME_RSA_PKCS1, PADES_DIGEST_SHA256);
    verify_signer(s, PADES_SCHEME_RSA_PSS, PADES_DIGEST_SHA512);
    assert_int_equal(ERR_peek_error(), 0);
}

static void file_p12_without_password(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "secret"};
    AUTO(pades_error) *e = NULL;
    AUTO(pades_signer) *s = NULL;
    write_p12("open.p12", "seal-p384.key", "seal-p384.pem", "");
    assert_ok(open_file("open.p12", &pin, &s, &e), e);
    assert_int_equal(pin.calls, 0);
    verify_signer(s, PADES_SCHEME_ECDSA, PADES_DIGEST_SHA384);
}

static void file_pem_with_chain_in_any_order(void **state)
{
    (void)state;
    static const char *const certs[] = {"root.pem", "issuing.pem", "seal-p256.pem", NULL};
    bench_pin pin = {.pin = "secret"};
    AUTO(pades_error) *e = NULL;
    AUTO(pades_signer) *s = NULL;
    write_pem("plain.pem", "seal-p256.key", certs, NULL);
    assert_ok(open_file("plain.pem", &pin, &s, &e), e);
    assert_int_equal(pin.calls, 0);
    assert_int_equal(s->chain_n, 2);
    assert_non_null(strstr(pades_cert_subject(pades_signer_cert(s)), "P-256"));
    verify_signer(s, PADES_SCHEME_ECDSA, PADES_DIGEST_SHA256);
}

static void file_pem_encrypted(void **state)
{
    (void)state;
    static const char *const certs[] = {"seal-p521.pem", NULL};
    bench_pin pin = {.pin = "secret"}, wrong = {.pin = "wrong"};
    AUTO(pades_error) *e = NULL;
    AUTO(pades_signer) *s = NULL;
    write_pem("closed.pem", "seal-p521.key", certs, "secret");
    assert_fails_with(open_file("closed.pem", &wrong, &s, &e), PADES_PIN_INCORRECT, &e, "password");
    assert_ok(open_file("closed.pem", &pin, &s, &e), e);
    verify_signer(s, PADES_SCHEME_ECDSA, PADES_DIGEST_SHA512);
    pades_signer_free(TAKE(s));
    AUTO(pades_token_opts) *opts = bench_opts(&pin, 1);
    pades_token_opts_set_pin(opts, NULL, NULL, 0);
    assert_fails_with(pades_signer_new_file(ctx, bench_path("closed.pem"), opts, &s, &e),
                      PADES_PIN_REQUIRED, &e, "nobody to ask");
}

static void file_with_its_certificate_beside_it(void **state)
{
    (void)state;
    static const char *const none[] = {NULL}, *const other[] = {"seal-p384.pem", NULL};
    bench_pin pin = {.pin = "secret"};
    AUTO(pades_error) *e = NULL;
    AUTO(pades_signer) *s = NULL;
    AUTO(pades_cert) *cert = NULL;
    AUTO(pades_token_opts) *opts = bench_opts(&pin, 1);
    write_pem("other.pem", "seal-p256.key", other, NULL);
    assert_fails_with(open_file("other.pem", &pin, &s, &e), PADES_CERT_NOT_FOUND, &e,
                      "belongs to its private key");
    write_pem("bare.pem", "seal-p256.key", other, NULL);
    (void)none;
    assert_int_equal(pades_cert_new_file(bench_pki("seal-p256.pem"), &cert, NULL), PADES_OK);
    pades_token_opts_add_cert(opts, cert);
    assert_ok(pades_signer_new_file(ctx, bench_path("bare.pem"), opts, &s, &e), e);
    verify_signer(s, PADES_SCHEME_ECDSA, PADES_DIGEST_SHA256);
}

static void file_refusals(void **state)
{
    (void)state;
    static const char *const expired[] = {"expired.pem", NULL};
    bench_pin pin = {.pin = "secret"};
    AUTO(pades_error) *e = NULL;
    AUTO(pades_signer) *s = NULL;
    bench_write("text.pem", "no key here\n");
    bench_write("empty.pem", "");
    write_pem("expired.pem", "expired.key", expired, NULL);
    assert_fails_with(open_file("missing.pem", &pin, &s, &e), PADES_INPUT_NOT_FOUND, &e,
                      "cannot be opened");
    assert_fails_with(open_file("text.pem", &pin, &s, &e), PADES_KEY_NOT_FOUND, &e,
                      "neither PKCS#12 nor PEM");
    assert_fails_with(open_file("empty.pem", &pin, &s, &e), PADES_KEY_NOT_FOUND, &e,
                      "neither PKCS#12 nor PEM");
    assert_fails_with(open_file("pki/root.pem", &pin, &s, &e), PADES_KEY_NOT_FOUND, &e, "neither");
    assert_fails_with(open_file("pki", &pin, &s, &e), PADES_INPUT_UNREADABLE, &e, "cannot be read");
    assert_fails_with(open_file("expired.pem", &pin, &s, &e), PADES_CERT_EXPIRED, &e, "expired");
    assert_int_equal(pin.calls, 0);
}

typedef struct own_code {
    EVP_PKEY *key;
    pades_status status;
    size_t lies; /* 0: the true length */
    int calls;
} own_code;

static pades_status own_sign(void *user, const pades_sign_request *r, void *signature,
                             size_t capacity, size_t *ret_n)
{
    own_code *c = user;
    EVP_MD_CTX *m = EVP_MD_CTX_new();
    size_t n = capacity;
    c->calls++;
    assert_int_equal(EVP_DigestSignInit_ex(m, NULL, "SHA256", NULL, NULL, c->key, NULL), 1);
    assert_int_equal(EVP_DigestSign(m, signature, &n, r->tbs, r->tbs_n), 1);
    EVP_MD_CTX_free(m);
    *ret_n = c->lies ? c->lies - 1 : n;
    return c->status;
}

static void callback_signs_and_is_not_believed_about_lengths(void **state)
{
    (void)state;
    own_code code = {.key = load_key("seal-p256.key")};
    AUTO(pades_cert) *cert = NULL;
    AUTO(pades_error) *e = NULL;
    AUTO(pades_signer) *s = NULL;
    AUTO_VAL(buf) signature = BUF(SIGNER_MAX_SIGNATURE);
    verify_request v;
    assert_int_equal(pades_cert_new_file(bench_pki("seal-p256.pem"), &cert, NULL), PADES_OK);
    const pades_cert *chain[] = {cert};
    assert_ok(pades_signer_new_callback(ctx, chain, 1, own_sign, &code, &s, &e), e);
    verify_signer(s, PADES_SCHEME_ECDSA, PADES_DIGEST_SHA256);
    verify_make(&v, PADES_SCHEME_ECDSA, PADES_DIGEST_SHA256);
    code.lies = 1; /* 0 octets */
    assert_fails_with(signer_sign(s, &v.r, &signature, &e), PADES_INVALID_ARGUMENT, &e, "0 octets");
    code.lies = SIGNER_MAX_SIGNATURE + 2;
    assert_fails_with(signer_sign(s, &v.r, &signature, &e), PADES_INVALID_ARGUMENT, &e, "octets");
    code.lies = 0;
    code.status = PADES_CANCELLED;
    assert_fails_with(signer_sign(s, &v.r, &signature, &e), PADES_CANCELLED, &e, "CANCELLED");
    code.calls = 0;
    v.r.scheme = PADES_SCHEME_RSA_PKCS1;
    assert_fails_with(signer_sign(s, &v.r, &signature, &e), PADES_ALGORITHM, &e, "RSA");
    assert_int_equal(code.calls, 0);
    assert_fails_with(pades_signer_new_callback(ctx, chain, 0, own_sign, &code, &s, &e),
                      PADES_INVALID_ARGUMENT, &e, "certificate");
    EVP_PKEY_free(code.key);
}

/* clause: RFC3279#2.2.3 */
static void ecdsa_raw_becomes_der(void **state)
{
    (void)state;
    AUTO(pades_cert) *cert = NULL;
    AUTO(pades_error) *e = NULL;
    AUTO_VAL(buf) der = BUF(256);
    uint8_t raw[64] = {0};
    static const uint8_t want[] = {0x30, 0x25, 0x02, 0x20, 0x7f};
    assert_int_equal(pades_cert_new_file(bench_pki("seal-p256.pem"), &cert, NULL), PADES_OK);
    raw[0] = 0x7f;  /* r: 32 octets */
    raw[63] = 0x05; /* s: one */
    assert_ok(ecdsa_to_der(cert, span_of(raw, 64), &der, &e), e);
    assert_int_equal(der.n, 39);
    assert_memory_equal(der.p, want, sizeof want);
    assert_memory_equal(der.p + 36, "\x02\x01\x05", 3);
    buf_clear(&der);
    raw[0] = 0x80; /* would be negative */
    raw[32] = 0xff;
    assert_ok(ecdsa_to_der(cert, span_of(raw, 64), &der, &e), e);
    assert_memory_equal(der.p, "\x30\x46\x02\x21\x00\x80", 6);
    AUTO_VAL(buf) again = BUF(256);
    assert_ok(ecdsa_to_der(cert, buf_span(&der), &again, &e), e); /* DER already */
    assert_true(span_eq(buf_span(&again), buf_span(&der)));
    buf_clear(&again);
    der.p[der.n - 1] ^= 1;
    assert_fails_with(ecdsa_to_der(cert, span_of(der.p, der.n - 1), &again, &e),
                      PADES_SIGNATURE_WRONG, &e, "71 octets");
    assert_fails_with(ecdsa_to_der(cert, span_of(raw, 63), &again, &e), PADES_SIGNATURE_WRONG, &e,
                      "63 octets");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(file_p12_asks_for_its_password_once),
        cmocka_unit_test(file_p12_without_password),
        cmocka_unit_test(file_pem_with_chain_in_any_order),
        cmocka_unit_test(file_pem_encrypted),
        cmocka_unit_test(file_with_its_certificate_beside_it),
        cmocka_unit_test(file_refusals),
        cmocka_unit_test(callback_signs_and_is_not_believed_about_lengths),
        cmocka_unit_test(ecdsa_raw_becomes_der),
    };
    return cmocka_run_group_tests_name("signer_file", tests, setup, teardown);
}
