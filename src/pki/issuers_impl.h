/* Between the files of issuers.h. */
#ifndef PKI_ISSUERS_IMPL_H
#define PKI_ISSUERS_IMPL_H

#include "pki/asking.h"
#include "pki/issuers.h"
#include "pki/tried.h"

enum { FETCHES_MAX = 32 };

/* A certificate whose URLs were asked, and what came of it. */
typedef struct asked {
    const pades_cert *cert;
    tried failed;
} asked;

struct issuers {
    pades_ctx *ctx;
    bool offline;
    asking *asking;
    pades_cert **pool;
    size_t pool_n, pool_cap;
    pades_cert *const *anchors; /* of the context */
    size_t anchors_n;
    asked asked[2 * FETCHES_MAX];
    size_t asked_n, fetches;
};

/* cert_signed_by, checked once in the life of the context. */
bool issuers_signed(issuers *is, const pades_cert *cert, const pades_cert *issuer);
/* Asks the URLs of `cert` for its issuer, once in the life of `is`. *ret_found: the pool has grown
 * by its issuer. Fails only for what ends everything. */
pades_status issuers_fetch(issuers *is, const pades_cert *cert, bool *ret_found,
                           pades_error **e) MUST_USE;

#endif
