/* Makes keys and certificates out of a cert_spec. Every function ends the program on failure. */
#ifndef PADES_SUPPORT_ISSUE_H
#define PADES_SUPPORT_ISSUE_H

#include "pki/profiles.h"

#include <openssl/conf.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdatomic.h>
#include <time.h>

struct made {
    EVP_PKEY *key;
    X509 *cert;
};

EVP_PKEY *make_key(enum key_kind kind);
/* An RSA key, or NULL when *stop became true before there was one. */
EVP_PKEY *make_rsa(unsigned bits, const atomic_bool *stop);
/* The extension sections, with the address of the services in them. */
CONF *extensions_for(const char *base_url);
/* issuer NULL: self-signed. Signed as its issuer's own certificate is. */
X509 *make_cert(const struct cert_spec *spec, EVP_PKEY *key, const struct made *issuer, CONF *conf,
                time_t now);

#endif
