/* Signatures of certificates by keys of every kind, and what is refused: other algorithms, weak
 * ones, parameters, keys that do not fit. */
#include "pki/made.h"

#include "base/der.h"
#include "pki/pss.h"
#include "pki/signed.h"
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

static signed_parts parts_of(const made *m)
{
    signed_parts p;
    assert_true(signed_split(cert_der(m->cert), &p));
    return p;
}

static buf hex(const char *text)
{
    buf out = BUF(4096);
    for (; text[0] && text[1]; text += 2) {
        char pair[3] = {text[0], text[1], 0};
        buf_add_byte(&out, (uint8_t)strtoul(pair, NULL, 16));
    }
    return out;
}

static void keys_of_every_kind(void **state)
{
    (void)state;
    static const char *const kinds[] = {"P-256", "P-384", "P-521", "RSA:2048", "ED25519"};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        made ca = made_cert(&(made_spec){.cn = "CA", .key = kinds[i]}, NULL);
        made other = made_cert(&(made_spec){.cn = "CA", .key = kinds[i]}, NULL);
        made leaf = made_cert(&(made_spec){.cn = "Leaf"}, &ca);
        pades_error *e = NULL;
        assert_int_equal(signed_by(leaf.cert, ca.cert, NULL), PADES_OK);
        assert_fails(signed_by(leaf.cert, other.cert, &e), PADES_SIGNATURE_WRONG, &e, "is wrong");
        assert_fails(signed_by(ca.cert, leaf.cert, &e), PADES_CERT_INVALID, &e,
                     "issued by somebody else");
        assert_int_equal(ERR_peek_error(), 0);
        made_free(&leaf);
        made_free(&other);
        made_free(&ca);
    }
}

/* ML-DSA where OpenSSL has it (3.5), and a message about the key where it has not. */
static void key_of_ml_dsa(void **state)
{
    (void)state;
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ML-DSA-65");
    ERR_clear_error();
    if (!key) {
        skip();
        return;
    }
    EVP_PKEY_free(key);
    made ca = made_cert(&(made_spec){.cn = "CA", .key = "ML-DSA-65", .no_md = true}, NULL);
    assert_int_equal(signed_by(ca.cert, ca.cert, NULL), PADES_OK);
    made_free(&ca);
}

static EVP_PKEY *generate(const char *type, int (*set)(EVP_PKEY_CTX *))
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *pc = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    assert_int_equal(EVP_PKEY_keygen_init(pc), 1);
    assert_true(set(pc) > 0);
    assert_int_equal(EVP_PKEY_generate(pc, &key), 1);
    EVP_PKEY_CTX_free(pc);
    return key;
}

static int set_pss(EVP_PKEY_CTX *pc)
{
    return EVP_PKEY_CTX_set_rsa_keygen_bits(pc, 2048) > 0 &&
           EVP_PKEY_CTX_set_rsa_pss_keygen_md(pc, EVP_sha256()) > 0 &&
           EVP_PKEY_CTX_set_rsa_pss_keygen_mgf1_md(pc, EVP_sha256()) > 0 &&
           EVP_PKEY_CTX_set_rsa_pss_keygen_saltlen(pc, 32) > 0;
}

static int set_explicit(EVP_PKEY_CTX *pc)
{
    return EVP_PKEY_CTX_set_ec_paramgen_curve_nid(pc, NID_X9_62_prime256v1) > 0 &&
           EVP_PKEY_CTX_set_ec_param_enc(pc, OPENSSL_EC_EXPLICIT_CURVE) > 0;
}

/* A self-signed certificate with this key. */
static made self_signed(EVP_PKEY *key)
{
    made m = made_cert(&(made_spec){.cn = "CA", .raw = true}, NULL);
    unsigned char *der = NULL;
    EVP_PKEY_free(m.key);
    m.key = key;
    assert_int_equal(X509_set_pubkey(m.x, key), 1);
    assert_true(X509_sign(m.x, key, EVP_sha256()) > 0);
    int n = i2d_X509(m.x, &der);
    assert_int_equal(pades_cert_new_der(der, (size_t)n, &m.cert, NULL), PADES_OK);
    OPENSSL_free(der);
    return m;
}

/* The SubjectPublicKeyInfo confines the key to PSS with SHA-256; both ends must keep to it. */
static void key_of_rsassa_pss(void **state)
{
    (void)state;
    made m = self_signed(generate("RSA-PSS", set_pss));
    assert_int_equal(signed_by(m.cert, m.cert, NULL), PADES_OK);
    signed_parts p = parts_of(&m);
    pades_error *e = NULL;
    buf plain = hex("300d06092a864886f70d01010b0500"); /* sha256WithRSAEncryption */
    p.algorithm = buf_span(&plain);
    assert_fails(signed_verify(&p, m.cert, "it", &e), PADES_ALGORITHM, &e, "not of the key");
    buf sha512 =
        hex("304106092a864886f70d01010a3034a00f300d06096086480165030402030500a11c301a06092a"
            "864886f70d010108300d06096086480165030402030500a203020140");
    p.algorithm = buf_span(&sha512);
    assert_fails(signed_verify(&p, m.cert, "it", &e), PADES_ALGORITHM, &e, "cannot be checked");
    buf_free(&sha512);
    buf_free(&plain);
    made_free(&m);
}

static void key_with_explicit_parameters(void **state)
{
    (void)state;
    made m = self_signed(generate("EC", set_explicit));
    pades_error *e = NULL;
    assert_fails(signed_by(m.cert, m.cert, &e), PADES_ALGORITHM, &e, "not of the key 'EC with");
    made_free(&m);
}

static void key_of_another_algorithm(void **state)
{
    (void)state;
    made ec = made_root("CA");
    made rsa = made_cert(&(made_spec){.cn = "CA", .key = "RSA:2048"}, NULL);
    made weak = made_cert(&(made_spec){.cn = "CA", .key = "RSA:1024"}, NULL);
    made old = made_cert(&(made_spec){.cn = "CA", .sha1 = true}, NULL);
    pades_error *e = NULL;
    assert_fails(signed_by(ec.cert, rsa.cert, &e), PADES_ALGORITHM, &e,
                 "not of the key 'RSA 2048'");
    assert_fails(signed_by(rsa.cert, ec.cert, &e), PADES_ALGORITHM, &e,
                 "not of the key 'EC P-256'");
    assert_fails(signed_by(weak.cert, weak.cert, &e), PADES_ALGORITHM, &e, "too weak ('RSA 1024')");
    assert_fails(signed_by(old.cert, old.cert, &e), PADES_ALGORITHM, &e, "SHA-1");
    made_free(&old);
    made_free(&weak);
    made_free(&rsa);
    made_free(&ec);
}

static void algorithm_that_is_malformed(void **state)
{
    (void)state;
    static const char *const algs[] = {"", "0500", "3000", "30020500", "3003060100",
                                       /* ecdsa-with-SHA256 with parameters of some kind */
                                       "300c06082a8648ce3d040302020101"};
    made ca = made_root("CA");
    for (size_t i = 0; i < ARRAY_LEN(algs); i++) {
        signed_parts p = parts_of(&ca);
        buf alg = hex(algs[i]);
        p.algorithm = buf_span(&alg);
        assert_int_equal(signed_verify(&p, ca.cert, "it", NULL), PADES_ALGORITHM);
        buf_free(&alg);
    }
    made_free(&ca);
}

static void shape_is_strict(void **state)
{
    (void)state;
    signed_parts p;
    static const char *const bad[] = {"",
                                      "3000",
                                      "300e30003003060129030300010200" /* a tail */,
                                      "300c3000300306012903030101 02",
                                      "300b300030030601290302 0001",
                                      "300830003003060129",
                                      "300a3000300306012903 0100",
                                      "300a30003003060129030101",
                                      "300b310030030601290302 0002"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        char text[128];
        size_t n = 0;
        for (const char *c = bad[i]; *c; c++) {
            if (*c != ' ') {
                text[n++] = *c;
            }
        }
        text[n] = 0;
        buf der = hex(text);
        assert_int_equal(signed_split(buf_span(&der), &p), i == 4);
        buf_free(&der);
    }
}

/* clause: RFC4055#3.1 */
static void pss_parameters(void **state)
{
    (void)state;
#define SHA256_ALG "300d06096086480165030402010500"
#define SHA384_ALG "300d06096086480165030402020500"
#define SHA1_ALG "300906052b0e03021a0500"
#define MGF_256 "a11c301a06092a864886f70d010108" SHA256_ALG
    static const struct {
        const char *text;
        bool good;
        int salt;
    } rows[] = {
        {"3034a00f" SHA256_ALG MGF_256 "a203020120", true, 32},
        {"302fa00f" SHA256_ALG MGF_256, true, 20},
        {"3039a00f" SHA256_ALG MGF_256 "a203020120a303020101", true, 32},
        {"3039a00f" SHA256_ALG MGF_256 "a203020120a303020102", false, 0}, /* trailer */
        {"3034a00f" SHA384_ALG MGF_256 "a203020120", false, 0},           /* two digests */
        {"3035a00f" SHA256_ALG MGF_256 "a20402020201", false, 0},         /* 513 octets of salt */
        {"3034a00f" SHA256_ALG MGF_256 "a2030201ff", false, 0},
        {"3036a00f" SHA256_ALG MGF_256 "a2030201200500", false, 0},
        {"3034a00f" SHA256_ALG MGF_256 "a2030201200500", false, 0}, /* a tail */
        {"3000", false, 0},                                         /* all defaults: SHA-1 */
        {"300da00b" SHA1_ALG, false, 0},
        {"3011a00f" SHA256_ALG, false, 0}, /* MGF1 with SHA-1 */
        {"", false, 0},
        {"0500", false, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        pss_params p = {PADES_DIGEST_DEFAULT, -1};
        buf der = hex(rows[i].text);
        assert_int_equal(pss_read(buf_span(&der), &p), rows[i].good);
        assert_int_equal(p.salt, rows[i].good ? rows[i].salt : -1);
        buf_free(&der);
    }
}

static X509_NAME *name_of(const char *const *parts)
{
    X509_NAME *name = X509_NAME_new();
    for (; parts[0]; parts += 3) {
        int type = parts[1][0] == 'P' ? V_ASN1_PRINTABLESTRING : V_ASN1_UTF8STRING;
        const char *text = parts[2] + (parts[2][0] == '+');
        assert_int_equal(X509_NAME_add_entry_by_txt(name, parts[0], type,
                                                    (const unsigned char *)text, -1, -1,
                                                    parts[2][0] == '+' ? -1 : 0),
                         1);
    }
    return name;
}

static buf name_der(X509_NAME *name)
{
    unsigned char *der = NULL;
    buf out = BUF(4096);
    int n = i2d_X509_NAME(name, &der);
    assert_true(n > 0);
    buf_add(&out, der, (size_t)n);
    OPENSSL_free(der);
    return out;
}

/* Every pair, against OpenSSL's own judgement. */
static void names_are_compared_as_openssl_does(void **state)
{
    (void)state;
    static const char *const names[][10] = {
        {"CN", "U", "Some CA", NULL},
        {"CN", "P", "Some CA", NULL},
        {"CN", "U", "some  ca ", NULL},
        {"CN", "U", " SOME CA", NULL},
        {"CN", "U", "SomeCA", NULL},
        {"CN", "U", "Some CB", NULL},
        {"CN", "U", "Some CAx", NULL},
        {"CN", "U", "\xc3\xa4", NULL},
        {"CN", "U", "\xc3\x84", NULL},
        {"O", "U", "Some CA", NULL},
        {"C", "P", "NO", "CN", "U", "Some CA", NULL},
        {"C", "P", "no", "CN", "U", "Some CA", NULL},
        {"CN", "U", "Some CA", "C", "P", "NO", NULL},
        {"C", "P", "NO", "CN", "U", "+Some CA", NULL}, /* one RDN of two attributes */
        {"C", "P", "NO", "CN", "P", "+some ca", NULL},
        {"CN", "U", " ", NULL},
        {NULL},
    };
    size_t same = 0;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        for (size_t k = 0; k < ARRAY_LEN(names); k++) {
            X509_NAME *x = name_of(names[i]);
            X509_NAME *y = name_of(names[k]);
            buf a = name_der(x);
            buf b = name_der(y);
            bool want = X509_NAME_cmp(x, y) == 0;
            assert_int_equal(name_same(buf_span(&a), buf_span(&b)), want);
            same += want;
            buf_free(&a);
            buf_free(&b);
            X509_NAME_free(x);
            X509_NAME_free(y);
        }
    }
    assert_true(same > ARRAY_LEN(names) + 10);
}

static void names_that_are_malformed_are_no_names(void **state)
{
    (void)state;
    static const char *const bad[] = {"",     "3000",     "300d310b300906035504030c036361",
                                      "0500", "3002310b", "300d310b300906035504031f024341"};
    buf a = hex("300d310b3009060355040313024341"); /* CN=CA, PrintableString */
    assert_true(name_same(buf_span(&a), buf_span(&a)));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        buf b = hex(bad[i]);
        assert_false(name_same(buf_span(&a), buf_span(&b)));
        assert_false(name_same(buf_span(&b), buf_span(&a)));
        buf_free(&b);
    }
    assert_int_equal(ERR_peek_error(), 0);
    buf_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_of_every_kind),
        cmocka_unit_test(key_of_ml_dsa),
        cmocka_unit_test(key_of_rsassa_pss),
        cmocka_unit_test(key_with_explicit_parameters),
        cmocka_unit_test(key_of_another_algorithm),
        cmocka_unit_test(algorithm_that_is_malformed),
        cmocka_unit_test(shape_is_strict),
        cmocka_unit_test(pss_parameters),
        cmocka_unit_test(names_are_compared_as_openssl_does),
        cmocka_unit_test(names_that_are_malformed_are_no_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
