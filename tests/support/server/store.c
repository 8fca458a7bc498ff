/* See store.h. */
#include "server/store.h"

#include "common/pem.h"

#include <stddef.h>

static const struct {
    const char *name;
    int issuer; /* -1: none */
} names[WHO_COUNT] = {
    [WHO_ROOT] = {"root", -1},
    [WHO_ISSUING] = {"issuing", WHO_ROOT},
    [WHO_STRANGER_ROOT] = {"stranger-root", -1},
    [WHO_TSA] = {"tsa", WHO_ISSUING},
    [WHO_TSA_RSA] = {"tsa-rsa", WHO_ISSUING},
    [WHO_TSA_NOEKU] = {"tsa-noeku", WHO_ISSUING},
    [WHO_TSA_EXPIRED] = {"tsa-expired", WHO_ISSUING},
    [WHO_TSA_STRANGER] = {"tsa-stranger", WHO_STRANGER_ROOT},
    [WHO_OCSP] = {"ocsp", WHO_ISSUING},
};

void store_open(struct store *store, const char *dir)
{
    store->dir = dir;
    for (int i = 0; i < WHO_COUNT; i++) {
        struct identity *identity = &store->who[i];
        identity->name = names[i].name;
        identity->key = pem_load_key(dir, names[i].name);
        identity->cert = pem_load_cert(dir, names[i].name);
        identity->issuer = names[i].issuer < 0 ? NULL : &store->who[names[i].issuer];
    }
}

void store_close(struct store *store)
{
    for (int i = 0; i < WHO_COUNT; i++) {
        EVP_PKEY_free(store->who[i].key);
        X509_free(store->who[i].cert);
    }
}
