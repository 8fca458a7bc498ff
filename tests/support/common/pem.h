/* Keys and certificates of a PKI directory: NAME.key, NAME.pem, NAME.der. Each call ends the
 * program when the file is not what it should be; what is returned belongs to the caller. */
#ifndef PADES_SUPPORT_PEM_H
#define PADES_SUPPORT_PEM_H

#include <openssl/evp.h>
#include <openssl/x509.h>

EVP_PKEY *pem_load_key(const char *dir, const char *name);
X509 *pem_load_cert(const char *dir, const char *name);
/* PKCS#8, without a password, for its owner's eyes only. */
void pem_save_key(const char *dir, const char *name, EVP_PKEY *key);
/* NAME.pem and NAME.der, and NAME.chain.pem (the certificate, then its issuer) with an issuer. */
void pem_save_cert(const char *dir, const char *name, X509 *cert, X509 *issuer);

#endif
