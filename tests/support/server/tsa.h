/* Reads an RFC 3161 request and answers it by a plan; a request that is not one gets a refusal that
 * says why. */
#ifndef PADES_SUPPORT_TSA_H
#define PADES_SUPPORT_TSA_H

#include "server/http.h"
#include "server/token.h"

/* The answer's bytes are put into the reply as application/timestamp-reply. */
void tsa_by_plan(const struct token_plan *plan, const struct request *request, struct reply *reply);
void tsa_refuse(int failure, const char *text, struct reply *reply);

#endif
