/* RSASSA-PSS-params (RFC 4055 3.1). */
#ifndef PKI_PSS_H
#define PKI_PSS_H

#include "base/der.h"

typedef struct pss_params {
    pades_digest digest; /* of the message, and of MGF1 */
    int salt;            /* octets */
} pss_params;
/* Only SHA-2, MGF1 with the same digest, the usual trailer; any salt. False for others: the
 * defaults, which are SHA-1, too. */
bool pss_read(span params, pss_params *ret) MUST_USE;

#endif
