/* Signing as an authority does: RSASSA-PSS when its own certificate is signed so, and with SHA-384
 * where the key is of P-384. */
#ifndef PADES_SUPPORT_SEAL_H
#define PADES_SUPPORT_SEAL_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>

/* The digest goes with the strength of the signing key. */
const EVP_MD *seal_digest(EVP_PKEY *key);
/* Whether the holder of that certificate signs with PSS. */
bool seal_pss(const X509 *cert);
/* A context to sign with (X509_sign_ctx and the like), or NULL. */
EVP_MD_CTX *seal_begin(EVP_PKEY *key, const EVP_MD *digest, bool pss);

#endif
