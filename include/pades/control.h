/* libpades - progress, cancelling and a deadline for one operation. */
#ifndef PADES_CONTROL_H
#define PADES_CONTROL_H

#include <pades/types.h>

#ifdef __cplusplus
extern "C" {
#endif

PADES_API PADES_MUST_USE pades_status pades_control_new(pades_control **ret_control,
                                                        pades_error **ret_error);
PADES_API void pades_control_free(pades_control *control);

/* `done` of `total` bytes of the input have been read. Called from the thread of the operation, at
 * most once a chunk. */
typedef void (*pades_progress_fn)(void *user, uint64_t done, uint64_t total);
PADES_API void pades_control_set_progress(pades_control *control, pades_progress_fn fn, void *user);

/* Makes the operation stop at its next step with PADES_CANCELLED. Safe from any thread and from a
 * signal handler. */
PADES_API void pades_control_cancel(pades_control *control);

/* From now on, at most `ms` milliseconds (monotonic); then PADES_TIMEOUT. */
PADES_API void pades_control_set_deadline(pades_control *control, uint64_t ms);

#ifdef __cplusplus
}
#endif
#endif
