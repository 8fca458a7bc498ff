/* OpenSSL gathers its digests, kinds of keys and signature algorithms when they are first asked
 * for, which takes longer than reading a certificate does. */
#include "pki/preload.h"

#include "pki/ossl.h"

#include <openssl/evp.h>

void pki_preload(void)
{
    AUTO_VAL(ossl_scope) scope = ossl_enter();
    EVP_KEYMGMT_free(EVP_KEYMGMT_fetch(NULL, "EC", NULL));
    EVP_KEYMGMT_free(EVP_KEYMGMT_fetch(NULL, "RSA", NULL));
    EVP_MD_free(EVP_MD_fetch(NULL, "SHA256", NULL));
    EVP_SIGNATURE_free(EVP_SIGNATURE_fetch(NULL, "ECDSA", NULL));
}
