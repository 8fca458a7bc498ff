/* PIN operations in tests: a source that knows all three secrets and notes what it was asked, and
 * the counters of the fault module. */
#ifndef UNIT_TOKEN_SECRETS_H
#define UNIT_TOKEN_SECRETS_H

#include "token/bench.h"

DEFINE_AUTO(pades_token_list, pades_token_list_free)

typedef struct secrets {
    const char *pin, *fresh, *puk; /* NULL: cancels */
    char asked[64];                /* "user new puk", in order; of the pad in capitals */
    char purpose[64];              /* of the last one */
    size_t min, max;
    bool attended, last_try;
} secrets;

/* A list with the faults in force: counters in files "tries" and "puks". */
pades_token_list *secrets_list(pades_ctx *ctx, const char *faults);
/* Options with this source; free them. */
pades_token_opts *secrets_opts(secrets *s);
/* What a counter of the bench's folder says; `full` when nothing was counted yet. */
int secrets_left(const char *counter, int full);
void secrets_set_left(const char *counter, int left);
/* "tries 3 .../tries\npuks 3 .../puks\n" and `more`, in a static room. */
const char *secrets_faults(const char *more);

#endif
