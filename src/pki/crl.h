/* Certificate revocation lists (RFC 5280 5) judged about one certificate. The list stays where it
 * is: entries are read one by one with our own DER and nothing is kept of them, so a list of any
 * size costs its bytes and no more, and one that lies in a spool not even those. Delta, indirect
 * and partial lists are refused by name. */
#ifndef PKI_CRL_H
#define PKI_CRL_H

#include "base/spool.h"
#include "pki/rev.h"

/* Judges a complete list about `cert`, which `issuer` issued (the caller made sure of that). It is
 * signed with the key of the issuer, or of a certificate in `pool` of the same name that is its
 * kin: one of the two issued the other, or a certificate in `pool` issued both. `now` 0: times are
 * not held against a clock. PADES_ALGORITHM: signed in a way that is not accepted.
 * PADES_SIGNATURE_WRONG. Everything else: PADES_SERVICE_FAILED. *ret is untouched on failure; else
 * rev_info_free. */
pades_status crl_check(view der, const pades_cert *cert, const pades_cert *issuer,
                       const pades_cert *const *pool, size_t n, int64_t now, rev_info *ret,
                       pades_error **e) MUST_USE;

/* Without trust, for a cache: thisUpdate and nextUpdate (0: not given). False when it is no list.
 */
bool crl_times(span der, int64_t *ret_this, int64_t *ret_next) MUST_USE;
/* Without trust, for choosing among many: the whole Name of the issuer. False when it is no list.
 */
bool crl_issuer(span der, span *ret_name) MUST_USE;

#endif
