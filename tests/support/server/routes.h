/* Which path is answered by what; everything else is 404. Before a path may stand wishes: another
 * time, faults (wish.h). */
#ifndef PADES_SUPPORT_ROUTES_H
#define PADES_SUPPORT_ROUTES_H

#include "server/http.h"
#include "server/store.h"

void routes_answer(const struct store *store, const struct request *request, struct reply *reply);

/* server/tsa.c: RFC 3161 at /tsa; /tsa/NAME is /fault/NAME/tsa */
void tsa_answer(const struct store *store, const struct request *request, struct reply *reply);
/* server/ocsp.c: RFC 6960 by POST and GET, signed by a delegated responder or by the CA itself */
void ocsp_answer(const struct store *store, const struct request *request, struct reply *reply);
void ocsp_direct_answer(const struct store *store, const struct request *request,
                        struct reply *reply);
/* server/crl.c: RFC 5280 lists and the CA certificates */
void crl_answer(const struct store *store, const struct request *request, struct reply *reply);
void ca_answer(const struct store *store, const struct request *request, struct reply *reply);
/* server/faults.c: changes the HTTP around an answer as the request wishes */
void faults_apply(const struct request *request, struct reply *reply);

#endif
