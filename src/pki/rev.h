/* What a revocation answer (an OCSP response or a CRL) says about one certificate, after it was
 * verified with the key of the issuer or of somebody whom the issuer named for it. Nothing here
 * says that the issuer itself is trusted, and the signer's own path and status are the caller's
 * next questions. */
#ifndef PKI_REV_H
#define PKI_REV_H

#include "pki/cert.h"

typedef enum rev_state { REV_GOOD = 1, REV_REVOKED, REV_UNKNOWN } rev_state;

typedef struct rev_info {
    rev_state state;
    int64_t this_update, next_update; /* next_update 0: not given */
    int64_t produced_at;              /* OCSP; 0 for a CRL */
    int64_t revoked_at;               /* when state is REV_REVOKED */
    int reason;                       /* CRLReason, -1: not given; on hold (6) counts as revoked */
    int64_t reaches_back; /* OCSP archiveCutoff, CRL expiredCertsOnCRL: certificates that
                             expired at or after it are still told; INT64_MAX: not given */
    pades_cert *signer;   /* who signed it; NULL: the issuer's own certificate */
    bool nocheck;         /* signer has id-pkix-ocsp-nocheck */
} rev_info;

void rev_info_free(rev_info *info);
/* "unspecified", "key compromise", ...; NULL for -1 and what RFC 5280 5.3.1 does not know. */
const char *rev_reason_name(int reason);

/* Between two clocks. */
enum { REV_CLOCK_SLACK = 300 };

#endif
