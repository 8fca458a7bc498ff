/* When an authority may be asked: its rate (pades_tsa_set_rate), and the pauses it asked for
 * itself. Both belong to its origin (scheme, host, port) and are shared by all threads of a
 * context. */
#ifndef TSA_PACE_H
#define TSA_PACE_H

#include "base/control.h"
#include "tsa/authority.h"

/* Waits for the authority's turn. PADES_TRY_LATER without waiting when a pause it asked for has
 * more than `pause_ms` left, or its turn is more than `all_ms` away; PADES_CANCELLED and
 * PADES_TIMEOUT as `control` says. */
pades_status pace_wait(pades_ctx *ctx, const pades_tsa *tsa, uint64_t pause_ms, uint64_t all_ms,
                       pades_control *control, pades_error **e) MUST_USE;
/* It is not asked for so long (an hour at most); a failure is nobody's concern. */
void pace_pause(pades_ctx *ctx, const pades_tsa *tsa, uint64_t ms);

#endif
