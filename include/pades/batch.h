/* libpades - many files with one login, the next file prepared while the token signs. */
#ifndef PADES_BATCH_H
#define PADES_BATCH_H

#include <pades/sign.h>
#include <pades/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One file. `open` makes the source and the sink (they then belong to the batch); `done` gets the
 * outcome: result (NULL on failure) and error (NULL on success), which stay the batch's. `done` is
 * called in input order from the thread of pades_batch_run(); `open` from a worker. */
typedef struct pades_batch_callbacks {
    pades_status (*open)(void *user, size_t index, pades_source **ret_source, pades_sink **ret_sink,
                         pades_error **ret_error);
    void (*done)(void *user, size_t index, pades_status status, const pades_result *result,
                 const pades_error *error);
} pades_batch_callbacks;

/* Seals `count` files; a failed file never stops the others, except when the key itself is gone
 * (PIN, token): the rest then fail with the same status and no further attempt. Returns the first
 * failure's status. `workers` 0: two, or eight where there are timestamps to wait for; while it is
 * not known how large an authority's tokens are, the others wait for the file that asks first. At
 * level LT or LTA files are done in groups of up to 500, or ten minutes, or as many as may be open:
 * all are signed and stamped, then revocation is asked for once, then each is finished. */
PADES_API PADES_MUST_USE pades_status pades_batch_run(pades_ctx *ctx, pades_signer *signer,
                                                      const pades_sign_opts *opts, size_t count,
                                                      unsigned workers,
                                                      const pades_batch_callbacks *callbacks,
                                                      void *user, pades_error **ret_error);

#ifdef __cplusplus
}
#endif
#endif
