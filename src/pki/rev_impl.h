/* Between the files that judge OCSP answers and revocation lists. */
#ifndef PKI_REV_IMPL_H
#define PKI_REV_IMPL_H

#include "base/fail.h"
#include "pki/cert_impl.h"
#include "pki/rev.h"
#include "pki/signed.h"

/* An answer that is not to be used: PADES_SERVICE_FAILED, "the OCSP answer is not acceptable: ...".
 */
pades_status rev_wrong(pades_error **e, const char *what, const char *clause, const char *fmt, ...)
    PRINTF(4, 5);
/* Not from the future, not past its nextUpdate, in order. */
pades_status rev_check_times(int64_t this_update, int64_t next_update, int64_t now,
                             const char *what, const char *clause, pades_error **e) MUST_USE;
/* All are well-formed, the critical ones among `known`. */
pades_status rev_check_extensions(span exts, const char *const *known, size_t n, const char *what,
                                  pades_error **e) MUST_USE;
/* CRLReason: 0 to 10 without 7. False when malformed. */
bool rev_reason(span enumerated, int *ret) MUST_USE;
/* A sole GeneralizedTime. */
bool rev_time(span value, int64_t *ret) MUST_USE;

#endif
