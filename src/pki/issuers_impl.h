/* Between the files of issuers.h. */
#ifndef PKI_ISSUERS_IMPL_H
#define PKI_ISSUERS_IMPL_H

#include "pki/issuers.h"
#include "pki/tried.h"

enum { FETCHES_MAX = 32 };

struct issuers {
    pades_ctx *ctx;
    pades_control *control;
    bool offline;
    pades_cert **pool;
    size_t pool_n, pool_cap;
    pades_cert **anchors;
    size_t anchors_n;
    /* Whose URLs were asked already, and how many requests that took. */
    const pades_cert *asked[2 * FETCHES_MAX];
    size_t asked_n, fetches;
    tried tried; /* what was fetched in vain */
};

/* Asks the URLs of `cert` for its issuer, once in the life of `is`. *ret_found: the pool has grown
 * by its issuer. Fails only for what ends everything. */
pades_status issuers_fetch(issuers *is, const pades_cert *cert, bool *ret_found,
                           pades_error **e) MUST_USE;

#endif
