/* The keys and certificates the server speaks for, loaded once from a PKI directory, read-only
 * afterwards and so shared by all threads. The status of certificates is not here: see
 * common/index.h. */
#ifndef PADES_SUPPORT_STORE_H
#define PADES_SUPPORT_STORE_H

#include <openssl/evp.h>
#include <openssl/x509.h>

struct identity {
    const char *name;
    EVP_PKEY *key;
    X509 *cert;
    const struct identity *issuer; /* NULL: a root */
};

enum who {
    WHO_ROOT,
    WHO_ISSUING,
    WHO_STRANGER_ROOT,
    WHO_TSA,
    WHO_TSA_RSA,
    WHO_TSA_NOEKU,
    WHO_TSA_EXPIRED,
    WHO_TSA_STRANGER,
    WHO_OCSP,
    WHO_COUNT
};

struct store {
    const char *dir;
    struct identity who[WHO_COUNT];
};

void store_open(struct store *store, const char *dir);
void store_close(struct store *store);

#endif
