/* The keys and certificates the server speaks for (the CAs, units and responders of the index),
 * loaded once from a PKI directory, read-only afterwards and so shared by all threads. The status
 * of certificates is not here: see common/index.h. */
#ifndef PADES_SUPPORT_STORE_H
#define PADES_SUPPORT_STORE_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <time.h>

#define STORE_MAX 256

struct identity {
    char name[64];
    char kind[16];
    EVP_PKEY *key;
    X509 *cert;
    const struct identity *issuer; /* NULL: a root */
};

struct store {
    const char *dir;
    long clock; /* seconds that all answers are ahead of the system's clock */
    struct identity who[STORE_MAX];
    size_t count;
};

void store_open(struct store *store, const char *dir);
void store_close(struct store *store);
/* NULL when there is none of that name. */
const struct identity *store_named(const struct store *store, const char *name);
/* Of those of a kind whose name begins so (prefix) and, unless NULL, whom that issuer made: the one
 * valid at that time that began last; when none is valid, the first. NULL when there is none. */
const struct identity *store_current(const struct store *store, const char *kind,
                                     const char *prefix, const struct identity *issuer, time_t at);

#endif
