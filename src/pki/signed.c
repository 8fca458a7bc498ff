/* Signatures of certificates, CRLs and OCSP answers over the bytes as they stand; OpenSSL's own
 * checkers encode what they parsed again. The message is hashed where it is, nothing is copied.
 * Clause: RFC 4055 3, 5; RFC 5758 3.2; RFC 8410 3; RFC 9881 2. */
#include "pki/signed.h"

#include "base/fail.h"
#include "pki/ossl.h"
#include "pki/pss.h"
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

enum { SECURITY_BITS = 112 };

DEFINE_AUTO(EVP_MD_CTX, EVP_MD_CTX_free)

typedef struct sig_row {
    const char *oid;
    const char *key; /* as EVP_PKEY_is_a knows it */
    pades_digest digest;
} sig_row;

static const char *const OID_PSS = "1.2.840.113549.1.1.10";
static const sig_row ROWS[] = {
    {"1.2.840.113549.1.1.11", "RSA", PADES_DIGEST_SHA256},
    {"1.2.840.113549.1.1.12", "RSA", PADES_DIGEST_SHA384},
    {"1.2.840.113549.1.1.13", "RSA", PADES_DIGEST_SHA512},
    {"1.2.840.10045.4.3.2", "EC", PADES_DIGEST_SHA256},
    {"1.2.840.10045.4.3.3", "EC", PADES_DIGEST_SHA384},
    {"1.2.840.10045.4.3.4", "EC", PADES_DIGEST_SHA512},
    {"1.3.101.112", "ED25519", PADES_DIGEST_DEFAULT},
    {"1.3.101.113", "ED448", PADES_DIGEST_DEFAULT},
    {"2.16.840.1.101.3.4.3.17", "ML-DSA-44", PADES_DIGEST_DEFAULT},
    {"2.16.840.1.101.3.4.3.18", "ML-DSA-65", PADES_DIGEST_DEFAULT},
    {"2.16.840.1.101.3.4.3.19", "ML-DSA-87", PADES_DIGEST_DEFAULT},
};

static const struct {
    const char *oid, *name;
} WEAK[] = {
    {"1.2.840.113549.1.1.2", "MD2"},      {"1.2.840.113549.1.1.4", "MD5"},
    {"1.2.840.113549.1.1.5", "SHA-1"},    {"1.3.14.3.2.29", "SHA-1"},
    {"1.2.840.10045.4.1", "SHA-1"},       {"1.2.840.10040.4.3", "SHA-1"},
    {"1.2.840.113549.1.1.14", "SHA-224"}, {"1.2.840.10045.4.3.1", "SHA-224"},
};

bool signed_split(span der, signed_parts *ret)
{
    reader outer = reader_of(der);
    der_tlv seq;
    der_tlv tbs;
    der_tlv alg;
    der_tlv sig;
    if (!der_expect(&outer, DER_SEQUENCE, &seq) || reader_left(&outer) != 0) {
        return false;
    }
    reader r = reader_of(seq.content);
    if (!der_expect(&r, DER_SEQUENCE, &tbs) || !der_expect(&r, DER_SEQUENCE, &alg) ||
        !der_expect(&r, DER_BIT_STRING, &sig) || sig.content.n < 2 || sig.content.p[0] != 0) {
        return false;
    }
    *ret = (signed_parts){.tbs = view_of(tbs.whole),
                          .algorithm = alg.whole,
                          .signature = span_part(sig.content, 1, sig.content.n),
                          .rest = span_part(seq.content, r.pos, seq.content.n)};
    return true;
}

typedef struct sig_alg {
    const char *key;
    pades_digest digest;
    bool pss;
    int salt;
} sig_alg;

static pades_status not_accepted(span oid, const char *what, pades_error **e)
{
    char dotted[128];
    for (size_t i = 0; i < ARRAY_LEN(WEAK); i++) {
        if (der_oid_is(oid, WEAK[i].oid)) {
            return fail(e, PADES_ALGORITHM, "%s is signed with %s, which is too weak", what,
                        WEAK[i].name);
        }
    }
    return fail(e, PADES_ALGORITHM, "%s is signed with an algorithm that is not accepted (%s)",
                what, der_oid_text(oid, dotted, sizeof dotted) ? dotted : "malformed");
}

static bool null_or_absent(span params)
{
    static const uint8_t null[] = {DER_NULL, 0};
    return params.n == 0 || span_eq(params, span_of(null, sizeof null));
}

static pades_status read_pss(span params, sig_alg *ret, const char *what, pades_error **e)
{
    pss_params pss;
    if (!pss_read(params, &pss)) {
        return fail(e, PADES_ALGORITHM,
                    "%s is signed with RSASSA-PSS of parameters that are not accepted", what);
    }
    *ret = (sig_alg){"RSA", pss.digest, true, pss.salt};
    return PADES_OK;
}

static pades_status read_algorithm(span algorithm, sig_alg *ret, const char *what, pades_error **e)
{
    reader outer = reader_of(algorithm);
    der_tlv seq;
    der_tlv oid;
    if (!der_expect(&outer, DER_SEQUENCE, &seq)) {
        return fail(e, PADES_ALGORITHM, "%s has a malformed algorithm", what);
    }
    reader r = reader_of(seq.content);
    if (!der_expect(&r, DER_OID, &oid)) {
        return fail(e, PADES_ALGORITHM, "%s has a malformed algorithm", what);
    }
    span params = span_part(seq.content, r.pos, seq.content.n);
    if (der_oid_is(oid.content, OID_PSS)) {
        return read_pss(params, ret, what, e);
    }
    for (size_t i = 0; null_or_absent(params) && i < ARRAY_LEN(ROWS); i++) {
        if (der_oid_is(oid.content, ROWS[i].oid)) {
            *ret = (sig_alg){ROWS[i].key, ROWS[i].digest, false, 0};
            return PADES_OK;
        }
    }
    return not_accepted(oid.content, what, e);
}

/* An elliptic curve must be a named one (bits known): with parameters of its own anybody could make
 * a key that fits. */
static bool key_fits(EVP_PKEY *key, const pades_cert *by, const sig_alg *alg)
{
    bool pss_only = alg->pss && EVP_PKEY_is_a(key, "RSA-PSS");
    bool curve = strcmp(alg->key, "EC") != 0 || cert_key_bits(by) != 0;
    return pss_only || (EVP_PKEY_is_a(key, alg->key) && curve);
}

static pades_status get_key(const pades_cert *by, const sig_alg *alg, const char *what,
                            EVP_PKEY **ret, pades_error **e)
{
    EVP_PKEY *key = cert_key(by);
    if (!key) {
        return fail(e, PADES_ALGORITHM, "the public key of the signer of %s is not usable", what);
    }
    if (!key_fits(key, by, alg)) {
        return fail(e, PADES_ALGORITHM,
                    "%s is signed with an algorithm that is not of the key '%s'", what,
                    pades_cert_key_type(by));
    }
    if (EVP_PKEY_get_security_bits(key) < SECURITY_BITS) {
        return fail(e, PADES_ALGORITHM, "%s is signed with a key that is too weak ('%s')", what,
                    pades_cert_key_type(by));
    }
    *ret = key;
    return PADES_OK;
}

static const EVP_MD *md_of(pades_digest digest)
{
    switch (digest) {
    case PADES_DIGEST_SHA256:
        return EVP_sha256();
    case PADES_DIGEST_SHA384:
        return EVP_sha384();
    case PADES_DIGEST_SHA512:
        return EVP_sha512();
    case PADES_DIGEST_DEFAULT:
        break;
    }
    return NULL;
}

static bool set_padding(EVP_PKEY_CTX *pc, const sig_alg *alg)
{
    return !alg->pss || (EVP_PKEY_CTX_set_rsa_padding(pc, RSA_PKCS1_PSS_PADDING) > 0 &&
                         EVP_PKEY_CTX_set_rsa_mgf1_md(pc, md_of(alg->digest)) > 0 &&
                         EVP_PKEY_CTX_set_rsa_pss_saltlen(pc, alg->salt) > 0);
}

static pades_status cannot_check(const pades_cert *by, const char *what, pades_error **e)
{
    if (ossl_no_memory()) {
        return fail_memory(e);
    }
    fail(e, PADES_ALGORITHM, "the signature of %s cannot be checked with the key '%s'", what,
         pades_cert_key_type(by));
    ossl_native(e);
    return PADES_ALGORITHM;
}

static pades_status verify_piece(void *user, span piece, pades_error **e)
{
    return EVP_DigestVerifyUpdate(user, piece.p, piece.n) == 1 ? PADES_OK : fail_memory(e);
}

/* A large message goes through in pieces, where the algorithm can do that. 1: it is right. */
static int verify_message(EVP_MD_CTX *mc, const sig_alg *alg, const signed_parts *parts)
{
    const span tbs = parts->tbs.s;
    const span sig = parts->signature;
    if (!parts->tbs.home || alg->digest == PADES_DIGEST_DEFAULT) {
        return EVP_DigestVerify(mc, sig.p, sig.n, tbs.p, tbs.n);
    }
    return view_each(parts->tbs, verify_piece, mc, NULL) == PADES_OK
               ? EVP_DigestVerifyFinal(mc, sig.p, sig.n)
               : 0;
}

pades_status signed_verify(const signed_parts *parts, const pades_cert *by, const char *what,
                           pades_error **e)
{
    sig_alg alg = {.key = ""};
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *pc = NULL; /* belongs to mc */
    AUTO_VAL(ossl_scope) scope = ossl_enter();
    TRY(read_algorithm(parts->algorithm, &alg, what, e));
    TRY(get_key(by, &alg, what, &key, e));
    AUTO(EVP_MD_CTX) *mc = EVP_MD_CTX_new();
    if (!mc) {
        return fail_memory(e);
    }
    if (EVP_DigestVerifyInit(mc, &pc, md_of(alg.digest), NULL, key) != 1 ||
        !set_padding(pc, &alg)) {
        return cannot_check(by, what, e);
    }
    if (verify_message(mc, &alg, parts) != 1) {
        return ossl_no_memory()
                   ? fail_memory(e)
                   : fail(e, PADES_SIGNATURE_WRONG, "the signature of %s is wrong", what);
    }
    return PADES_OK;
}

pades_status signed_by(const pades_cert *cert, const pades_cert *issuer, pades_error **e)
{
    signed_parts parts;
    if (!name_same(cert_issuer_der(cert), cert_subject_der(issuer))) {
        return fail(e, PADES_CERT_INVALID, "the certificate '%s' is issued by somebody else",
                    pades_cert_common_name(cert));
    }
    if (!signed_split(cert_der(cert), &parts)) {
        return fail(e, PADES_CERT_INVALID, "the certificate '%s' has a malformed signature",
                    pades_cert_common_name(cert));
    }
    if (!span_eq(parts.algorithm, cert_algorithm_der(cert))) {
        fail(e, PADES_CERT_INVALID, "the certificate '%s' names two algorithms for its signature",
             pades_cert_common_name(cert));
        error_clause(e, "RFC5280#4.1.1.2");
        return PADES_CERT_INVALID;
    }
    return signed_verify(&parts, issuer, "the certificate of the signer", e);
}
