/* What the end of a request means: statuses, messages and hints. */
#ifndef NET_OUTCOME_H
#define NET_OUTCOME_H

#include "net/hop.h"

/* Why a run ended without an answer. */
typedef struct run_end {
    CURLcode code;
    const char *name;     /* libcurl's words for the code */
    const char *detail;   /* and for this case; from outside in part */
    const char *refused;  /* what the address rules said */
    pades_status stopped; /* the control object said so, or the body cannot be kept; its error is
                             set already */
    bool too_big, no_memory, stalled;
} run_end;

pades_status outcome_of_run(const hop *h, const run_end *end, pades_error **e) MUST_USE;
/* The other side, or what lies in between, ended the connection. */
bool outcome_is_cut(const run_end *end);
/* PADES_OK for status 200 and the wanted type. */
pades_status outcome_of_answer(const http_request *request, const http_response *answer,
                               pades_error **e) MUST_USE;
/* The address rules refuse: `what` is what stands in the way. */
pades_status outcome_refused(const url *target, const char *what, pades_error **e) MUST_USE;

#endif
