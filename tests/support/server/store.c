/* See store.h. */
#include "server/store.h"

#include "common/die.h"
#include "common/index.h"
#include "common/pem.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool speaks(const struct index_row *row)
{
    return strcmp(row->kind, "ca") == 0 || strcmp(row->kind, "tsa") == 0 ||
           strcmp(row->kind, "ocsp") == 0 || strcmp(row->kind, "other") == 0;
}

static void load(struct store *store, const struct index_row *row)
{
    struct identity *identity = &store->who[store->count];
    snprintf(identity->name, sizeof identity->name, "%s", row->name);
    snprintf(identity->kind, sizeof identity->kind, "%s", row->kind);
    identity->key = pem_load_key(store->dir, row->name);
    identity->cert = pem_load_cert(store->dir, row->name);
    identity->issuer = store_named(store, row->issuer);
    store->count++;
}

void store_open(struct store *store, const char *dir)
{
    store->dir = dir;
    struct index *index = malloc(sizeof *index);
    if (index == NULL || !index_load(dir, index)) {
        die("no index of a PKI in '%s'", dir);
    }
    for (size_t i = 0; i < index->count && store->count < STORE_MAX; i++) {
        if (speaks(&index->rows[i])) {
            load(store, &index->rows[i]);
        }
    }
    free(index);
}

void store_close(struct store *store)
{
    for (size_t i = 0; i < store->count; i++) {
        EVP_PKEY_free(store->who[i].key);
        X509_free(store->who[i].cert);
    }
}

const struct identity *store_named(const struct store *store, const char *name)
{
    for (size_t i = 0; i < store->count; i++) {
        if (strcmp(store->who[i].name, name) == 0) {
            return &store->who[i];
        }
    }
    return NULL;
}

static bool valid_at(const X509 *cert, time_t at)
{
    return X509_cmp_time(X509_get0_notBefore(cert), &at) < 0 &&
           X509_cmp_time(X509_get0_notAfter(cert), &at) > 0;
}

static bool later(const X509 *a, const X509 *b)
{
    return ASN1_TIME_compare(X509_get0_notBefore(a), X509_get0_notBefore(b)) > 0;
}

const struct identity *store_current(const struct store *store, const char *kind,
                                     const char *prefix, const struct identity *issuer, time_t at)
{
    const struct identity *first = NULL, *best = NULL;
    for (size_t i = 0; i < store->count; i++) {
        const struct identity *who = &store->who[i];
        if (strcmp(who->kind, kind) != 0 || strncmp(who->name, prefix, strlen(prefix)) != 0 ||
            (issuer != NULL && who->issuer != issuer)) {
            continue;
        }
        first = first == NULL ? who : first;
        if (valid_at(who->cert, at) && (best == NULL || later(who->cert, best->cert))) {
            best = who;
        }
    }
    return best == NULL ? first : best;
}
