/* Is this the signature of that certificate's key? Only SHA-2 with RSA (PKCS#1 v1.5, PSS with a
 * salt as long as the digest) and ECDSA on the NIST curves; everything else is refused by name.
 * Whether the certificate is trusted is not asked. */
#include "cms/cms.h"

#include "base/fail.h"
#include "pki/ossl.h"
#include <openssl/evp.h>
#include <openssl/rsa.h>

DEFINE_AUTO(EVP_MD_CTX, EVP_MD_CTX_free)

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

static bool key_fits(key_kind kind, pades_scheme scheme)
{
    bool ec = kind == KEY_EC_P256 || kind == KEY_EC_P384 || kind == KEY_EC_P521;
    bool rsa_scheme = scheme == PADES_SCHEME_RSA_PKCS1 || scheme == PADES_SCHEME_RSA_PSS;
    return (kind == KEY_RSA && rsa_scheme) || (ec && scheme == PADES_SCHEME_ECDSA);
}

static bool set_padding(EVP_PKEY_CTX *pc, pades_scheme scheme, const EVP_MD *md, int salt)
{
    if (scheme == PADES_SCHEME_RSA_PKCS1) {
        return EVP_PKEY_CTX_set_rsa_padding(pc, RSA_PKCS1_PADDING) > 0;
    }
    if (scheme == PADES_SCHEME_RSA_PSS) {
        return EVP_PKEY_CTX_set_rsa_padding(pc, RSA_PKCS1_PSS_PADDING) > 0 &&
               EVP_PKEY_CTX_set_rsa_mgf1_md(pc, md) > 0 &&
               EVP_PKEY_CTX_set_rsa_pss_saltlen(pc, salt) > 0;
    }
    return true;
}

static pades_status verify(EVP_PKEY *key, pades_scheme scheme, const EVP_MD *md, int salt, span tbs,
                           span signature, pades_error **e)
{
    EVP_PKEY_CTX *pc = NULL; /* belongs to mc */
    AUTO(EVP_MD_CTX) *mc = EVP_MD_CTX_new();
    if (!mc) {
        return fail_memory(e);
    }
    if (EVP_DigestVerifyInit(mc, &pc, md, NULL, key) != 1 || !set_padding(pc, scheme, md, salt)) {
        fail(e, PADES_INTERNAL, "the verification of a signature cannot be set up");
        ossl_native(e);
        return PADES_INTERNAL;
    }
    if (EVP_DigestVerify(mc, signature.p, signature.n, tbs.p, tbs.n) != 1) {
        return fail(e, PADES_SIGNATURE_WRONG,
                    "the signature does not verify with the key of the certificate");
    }
    return PADES_OK;
}

static pades_status verify_with(const pades_cert *cert, pades_scheme scheme, pades_digest digest,
                                int salt, span tbs, span signature, pades_error **e)
{
    const EVP_MD *md = md_of(digest);
    if (!md || !key_fits(cert_key_kind(cert), scheme)) {
        return fail(e, PADES_ALGORITHM, "signature algorithm and key '%s' do not fit each other",
                    pades_cert_key_type(cert));
    }
    AUTO_VAL(ossl_scope) scope = ossl_enter();
    EVP_PKEY *key = cert_key(cert);
    if (!key) {
        return fail(e, PADES_CERT_INVALID, "the public key of the certificate is not usable");
    }
    return verify(key, scheme, md, salt, tbs, signature, e);
}

pades_status cms_verify_signature(const pades_cert *cert, pades_scheme scheme, pades_digest digest,
                                  span tbs, span signature, pades_error **e)
{
    return verify_with(cert, scheme, digest, RSA_PSS_SALTLEN_DIGEST, tbs, signature, e);
}

pades_status cms_verify_salted(const pades_cert *cert, pades_digest digest, unsigned salt, span tbs,
                               span signature, pades_error **e)
{
    return verify_with(cert, PADES_SCHEME_RSA_PSS, digest, (int)salt, tbs, signature, e);
}
