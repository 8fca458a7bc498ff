/* See issue.h. Serial numbers are random and all of one length, so that a PKI made anew has the
 * same sizes but is never confused with an older one. */
#include "pki/issue.h"

#include "common/auto.h"
#include "common/die.h"
#include "common/seal.h"
#include "pki/deep.h"

#include <openssl/err.h>
#include <openssl/rsa.h>
#include <string.h>

#define SERIAL_BITS 126
#define DAY_SECONDS 86400L

static int go_on(EVP_PKEY_CTX *ctx)
{
    const atomic_bool *stop = EVP_PKEY_CTX_get_app_data(ctx);
    return atomic_load(stop) ? 0 : 1;
}

EVP_PKEY *make_rsa(unsigned bits, const atomic_bool *stop)
{
    AUTO(EVP_PKEY_CTX) *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    EVP_PKEY *key = NULL;
    union {
        const atomic_bool *in;
        void *out;
    } view = {stop};
    if (ctx == NULL || EVP_PKEY_keygen_init(ctx) != 1 ||
        EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, (int)bits) != 1) {
        die("cannot make an RSA key");
    }
    EVP_PKEY_CTX_set_app_data(ctx, view.out);
    EVP_PKEY_CTX_set_cb(ctx, go_on);
    if (EVP_PKEY_keygen(ctx, &key) != 1 && !atomic_load(stop)) {
        die("cannot make an RSA key");
    }
    ERR_clear_error();
    return key;
}

EVP_PKEY *make_key(enum key_kind kind)
{
    EVP_PKEY *key = NULL;
    switch (kind) {
    case KEY_P256:
        key = EVP_EC_gen("P-256");
        break;
    case KEY_P384:
        key = EVP_EC_gen("P-384");
        break;
    case KEY_P521:
        key = EVP_EC_gen("P-521");
        break;
    case KEY_ED25519:
        key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
        break;
    case KEY_RSA1024:
        key = EVP_RSA_gen(1024);
        break;
    case KEY_RSA2048:
        key = EVP_RSA_gen(2048);
        break;
    case KEY_RSA3072:
        key = EVP_RSA_gen(3072);
        break;
    }
    if (key == NULL) {
        die("cannot make a key");
    }
    return key;
}

static bool put_all(BIO *bio, const char *const *texts)
{
    for (; *texts != NULL; texts++) {
        if (BIO_puts(bio, *texts) <= 0) {
            return false;
        }
    }
    return true;
}

CONF *extensions_for(const char *base_url)
{
    AUTO(BIO) *bio = BIO_new(BIO_s_mem());
    AUTO(CONF) *conf = NCONF_new(NULL);
    long line = 0;
    if (bio == NULL || conf == NULL || BIO_printf(bio, "base = %s\n", base_url) <= 0 ||
        BIO_puts(bio, extension_sections) <= 0 || !put_all(bio, deep_sections) ||
        NCONF_load_bio(conf, bio, &line) != 1) {
        die("bad extensions, line %ld", line);
    }
    return TAKE(conf);
}

static void add_name(X509_NAME *name, int nid, const char *text)
{
    const unsigned char *bytes = (const unsigned char *)text;
    if (X509_NAME_add_entry_by_NID(name, nid, MBSTRING_UTF8, bytes, -1, -1, 0) != 1) {
        die("cannot put '%s' into a name", text);
    }
}

static void set_subject(X509 *cert, const struct cert_spec *spec)
{
    static const struct {
        const char *organization;
        const char *identifier;
    } who[] = {
        [SUBJECT_TRUST_SERVICE] = {"Demo Trust Services Oy", "NTRFI-7654321-2"},
        [SUBJECT_COMPANY] = {"Demo Company Oy", "NTRFI-1234567-8"},
        [SUBJECT_STRANGER] = {"Unrelated Trust AS", "NTRNO-987654321"},
    };
    X509_NAME *name = X509_get_subject_name(cert);
    add_name(name, NID_countryName, spec->subject == SUBJECT_STRANGER ? "NO" : "FI");
    add_name(name, NID_organizationName, who[spec->subject].organization);
    add_name(name, NID_organizationIdentifier, who[spec->subject].identifier);
    add_name(name, NID_commonName, spec->cn);
}

static void set_serial(X509 *cert)
{
    AUTO(BIGNUM) *number = BN_new();
    if (BN_rand(number, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) != 1 ||
        BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)) == NULL) {
        die("cannot make a serial number");
    }
}

static void set_validity(X509 *cert, const struct cert_spec *spec, time_t now)
{
    time_t from = now + spec->from_days * DAY_SECONDS;
    time_t to = now + spec->to_days * DAY_SECONDS;
    if (ASN1_TIME_set(X509_getm_notBefore(cert), from) == NULL ||
        ASN1_TIME_set(X509_getm_notAfter(cert), to) == NULL) {
        die("cannot set the validity of '%s'", spec->name);
    }
}

static void add_extensions(X509 *cert, X509 *issuer, const struct cert_spec *spec, CONF *conf)
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    X509V3_set_nconf(&ctx, conf);
    for (size_t i = 0; i < 4 && spec->sections[i] != NULL; i++) {
        if (X509V3_EXT_add_nconf(conf, &ctx, spec->sections[i], cert) != 1) {
            die("cannot add the extensions '%s' of '%s'", spec->sections[i], spec->name);
        }
    }
}

X509 *make_cert(const struct cert_spec *spec, EVP_PKEY *key, const struct made *issuer, CONF *conf,
                time_t now)
{
    AUTO(X509) *cert = X509_new();
    if (cert == NULL || X509_set_version(cert, X509_VERSION_3) != 1 ||
        X509_set_pubkey(cert, key) != 1) {
        die("cannot start the certificate '%s'", spec->name);
    }
    set_serial(cert);
    set_subject(cert, spec);
    set_validity(cert, spec, now);
    X509 *parent = issuer == NULL ? cert : issuer->cert;
    EVP_PKEY *signer = issuer == NULL ? key : issuer->key;
    if (X509_set_issuer_name(cert, X509_get_subject_name(parent)) != 1) {
        die("cannot name the issuer of '%s'", spec->name);
    }
    add_extensions(cert, parent, spec, conf);
    bool pss = issuer == NULL ? spec->pss : seal_pss(issuer->cert);
    const EVP_MD *digest = spec->sha1 ? EVP_sha1() : seal_digest(signer);
    AUTO(EVP_MD_CTX) *ctx = seal_begin(signer, digest, pss);
    if (ctx == NULL || X509_sign_ctx(cert, ctx) <= 0) {
        die("cannot sign the certificate '%s'", spec->name);
    }
    return TAKE(cert);
}
