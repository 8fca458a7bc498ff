/* Between the crl*.c files. */
#ifndef PKI_CRL_IMPL_H
#define PKI_CRL_IMPL_H

#include "pki/crl.h"
#include "pki/rev_impl.h"

#define CRL_WHAT "the revocation list"

/* Spans point into the list. */
typedef struct crl_head {
    signed_parts parts;
    span issuer; /* whole Name */
    int64_t this_update, next_update;
    span entries; /* content of revokedCertificates, empty when absent */
    span exts;    /* content of crlExtensions, empty when absent */
    bool v1;
} crl_head;

/* crl_parse.c: everything but the entries, whose length is stepped over. */
bool crl_parse(view der, crl_head *ret) MUST_USE;

/* crl_scope.c: is it a complete list that tells about this certificate? */
pades_status crl_check_scope(const crl_head *h, const pades_cert *cert, pades_error **e) MUST_USE;

/* crl_entries.c: reads every entry once, looking for `serial` (content octets). An entry that
 * changes what the list means makes the whole list unusable. */
typedef struct crl_entry {
    bool listed;
    int64_t revoked_at;
    int reason;
} crl_entry;
pades_status crl_scan(const crl_head *h, span serial, crl_entry *ret, pades_error **e) MUST_USE;

/* crl_signer.c. *ret NULL: the issuer. */
pades_status crl_find_signer(const crl_head *h, const pades_cert *issuer,
                             const pades_cert *const *pool, size_t n, pades_cert **ret,
                             pades_error **e) MUST_USE;

#endif
