/* What a request asks for besides its answer: another time, a misbehaviour, one of the PKIs. Said
 * by the path, in any order before the path proper, /at/SECONDS/...          the answer as of now +
 * SECONDS (also 3d, 10y; negative too) /fault/NAME[=N]+.../...  misbehaviours of faults.c, ocsp.c,
 * crl.c and token.c /p384/ /rsa/ /pss/       the PKI whose timestamping unit answers or, for
 * addresses that certificates name, by files in the PKI directory that are read again for every
 * request: "clock" holds SECONDS, and each line of "faults" a path (what follows the PKI's name, a
 * whole path or the beginning of one) and what NAME[=N]+... it shall have. */
#ifndef PADES_SUPPORT_WISH_H
#define PADES_SUPPORT_WISH_H

#include "server/http.h"

/* False: the path begins with a wish that is none. */
bool wish_read(const struct store *store, struct request *request);
bool wish_has(const struct request *request, const char *fault);
/* N of NAME=N; else the query's argument (NULL: none is looked for); else fallback. */
long wish_number(const struct request *request, const char *fault, const char *argument,
                 long fallback);
/* "-3600", "2d", "10y" */
bool wish_seconds(const char *text, long *ret);

#endif
