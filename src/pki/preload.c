/* OpenSSL gathers its decoders, digests and signature algorithms when they are first asked for,
 * which takes longer than reading a certificate does. */
#include "pki/preload.h"

#include "pki/ossl.h"

#include <openssl/decoder.h>
#include <openssl/evp.h>

static void decoders_of(const char *type)
{
    EVP_PKEY *none = NULL;
    OSSL_DECODER_CTX_free(OSSL_DECODER_CTX_new_for_pkey(&none, "DER", "SubjectPublicKeyInfo", type,
                                                        EVP_PKEY_PUBLIC_KEY, NULL, NULL));
}

void pki_preload(void)
{
    AUTO_VAL(ossl_scope) scope = ossl_enter();
    decoders_of("EC");
    decoders_of("RSA");
    EVP_MD_free(EVP_MD_fetch(NULL, "SHA256", NULL));
    EVP_SIGNATURE_free(EVP_SIGNATURE_fetch(NULL, "ECDSA", NULL));
}
