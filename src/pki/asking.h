/* Requests to URLs that certificates name (or the user, instead of them), as many as one gathering
 * may make: a host that let the time run out twice is not asked again for a while, and when too
 * much time was lost on such hosts no other is asked at all, so that certificates full of silent
 * addresses do not hold anybody up.
 */
#ifndef PKI_ASKING_H
#define PKI_ASKING_H

#include "net/http.h"

typedef struct asking {
    pades_ctx *ctx;
    pades_control *control;
    uint64_t lost_ms;
} asking;

/* http_do with the control of `a`. */
pades_status asking_do(asking *a, http_request q, http_response *ret, pades_error **e) MUST_USE;

#endif
