/* The one full pass over the input: read in chunks, write to a sink (or none), hash. Above
 * PADES_LIMIT_THREAD_BYTES a second thread hashes the same buffers. */
#ifndef BASE_PASS_H
#define BASE_PASS_H

#include "base/control.h"
#include "base/ctx.h"
#include "base/digest.h"
#include "base/sink.h"

/* Feeds bytes [0, size) of `source` to `d` and, when it is not NULL, to `sink`. */
pades_status pass_run(pades_ctx *ctx, pades_source *source, pades_sink *sink, digest *d,
                      pades_control *control, pades_error **e) MUST_USE;
/* The same for whoever needs more than one digest: `fn` gets every byte once, in order, maybe in
 * another thread (then without `e`). */
typedef pades_status (*pass_fn)(void *user, span chunk, pades_error **e);
pades_status pass_run_to(pades_ctx *ctx, pades_source *source, pades_sink *sink, pass_fn fn,
                         void *user, pades_control *control, pades_error **e) MUST_USE;

#endif
