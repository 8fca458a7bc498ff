/* Does a key work: one signature over bytes that nobody knew before, in the form that a seal has,
 * checked with the public key of the certificate. */
#include "signer/signer.h"

#include "base/digest.h"
#include "base/fail.h"
#include "pki/ossl.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <time.h>

DEFINE_AUTO(EVP_MD_CTX, EVP_MD_CTX_free)

enum { CHALLENGE = 64 };

static uint64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static const EVP_MD *md_of(pades_digest which)
{
    return which == PADES_DIGEST_SHA512   ? EVP_sha512()
           : which == PADES_DIGEST_SHA384 ? EVP_sha384()
                                          : EVP_sha256();
}

static bool verifies(const pades_cert *cert, const pades_sign_request *r, span signature)
{
    AUTO(EVP_MD_CTX) *c = EVP_MD_CTX_new();
    EVP_PKEY_CTX *p = NULL;
    EVP_PKEY *key = cert_key(cert);
    if (!c || !key || EVP_DigestVerifyInit(c, &p, md_of(r->digest), NULL, key) != 1) {
        return false;
    }
    if (r->scheme == PADES_SCHEME_RSA_PSS &&
        (EVP_PKEY_CTX_set_rsa_padding(p, RSA_PKCS1_PSS_PADDING) != 1 ||
         EVP_PKEY_CTX_set_rsa_pss_saltlen(p, RSA_PSS_SALTLEN_DIGEST) != 1)) {
        return false;
    }
    return EVP_DigestVerify(c, signature.p, signature.n, r->tbs, r->tbs_n) == 1;
}

static pades_status try_key(pades_signer *s, pades_key_test *test, pades_error **e)
{
    uint8_t challenge[CHALLENGE];
    uint8_t hash[64];
    AUTO_VAL(buf) signature = BUF(SIGNER_MAX_SIGNATURE);
    TRY(random_bytes(challenge, sizeof challenge, e));
    if (EVP_Digest(challenge, sizeof challenge, hash, NULL, md_of(test->digest), NULL) != 1) {
        return fail_memory(e);
    }
    const pades_sign_request r = {.scheme = test->scheme,
                                  .digest = test->digest,
                                  .tbs = challenge,
                                  .tbs_n = sizeof challenge,
                                  .hash = hash,
                                  .hash_n = pades_digest_size(test->digest)};
    uint64_t start = now_us();
    TRY(signer_sign(s, &r, &signature, e));
    test->microseconds = now_us() - start;
    test->signature_bytes = signature.n;
    if (!verifies(s->chain[0], &r, buf_span(&signature))) {
        (void)fail(e, PADES_SIGNATURE_WRONG,
                   "the signature of '%s' does not verify with its certificate", s->name);
        (void)error_hint(e, "does the certificate belong to this key, and is the token sound?");
        return PADES_SIGNATURE_WRONG;
    }
    return PADES_OK;
}

pades_status pades_signer_test(pades_signer *signer, pades_digest wanted, int pss,
                               pades_key_test *ret_test, pades_error **ret_error)
{
    if (!signer || !ret_test || (unsigned)wanted > PADES_DIGEST_SHA512) {
        return fail(ret_error, PADES_INVALID_ARGUMENT, "a test needs a signer and a place");
    }
    AUTO_VAL(ossl_scope) scope = ossl_enter();
    const pades_cert *cert = signer->chain[0];
    key_kind kind = cert_key_kind(cert);
    pades_key_test test = {.scheme = kind != KEY_RSA ? PADES_SCHEME_ECDSA
                                     : pss           ? PADES_SCHEME_RSA_PSS
                                                     : PADES_SCHEME_RSA_PKCS1,
                           .digest = cert_fitting_digest(cert, wanted)};
    if (!signer_key_fits(cert, test.scheme)) {
        return fail(ret_error, PADES_ALGORITHM, "a %s key is of a kind that is not supported here",
                    pades_cert_key_type(cert));
    }
    TRY(try_key(signer, &test, ret_error));
    test.mechanism = signer->ops->mechanism ? signer->ops->mechanism(signer->self) : NULL;
    *ret_test = test;
    return PADES_OK;
}
