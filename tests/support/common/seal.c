/* See seal.h. */
#include "common/seal.h"

#include "common/auto.h"

#include <openssl/rsa.h>

const EVP_MD *seal_digest(EVP_PKEY *key)
{
    return EVP_PKEY_get_bits(key) == 384 ? EVP_sha384() : EVP_sha256();
}

bool seal_pss(const X509 *cert)
{
    return X509_get_signature_nid(cert) == NID_rsassaPss;
}

EVP_MD_CTX *seal_begin(EVP_PKEY *key, const EVP_MD *digest, bool pss)
{
    AUTO(EVP_MD_CTX) *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *key_ctx = NULL;
    bool edwards = EVP_PKEY_is_a(key, "ED25519") == 1;
    bool good =
        ctx != NULL && EVP_DigestSignInit(ctx, &key_ctx, edwards ? NULL : digest, NULL, key) == 1;
    if (good && pss) {
        good = EVP_PKEY_CTX_set_rsa_padding(key_ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
               EVP_PKEY_CTX_set_rsa_pss_saltlen(key_ctx, RSA_PSS_SALTLEN_DIGEST) == 1;
    }
    return good ? TAKE(ctx) : NULL;
}
