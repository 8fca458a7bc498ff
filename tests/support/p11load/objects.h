/* Token objects made of a key and its certificate: private key, public key, certificate, with one
 * CKA_ID and one label. RSA, EC and Ed25519. */
#ifndef PADES_SUPPORT_OBJECTS_H
#define PADES_SUPPORT_OBJECTS_H

#include "p11load/module.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>

struct object_names {
    const char *label;
    unsigned char id;
    bool always; /* CKA_ALWAYS_AUTHENTICATE */
};

void objects_add_key(struct token *token, const struct object_names *names, EVP_PKEY *key);
void objects_add_cert(struct token *token, const struct object_names *names, X509 *cert);

#endif
