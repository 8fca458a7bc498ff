/* What timestamping and extending share: the job, its result, and the end of it. */
#ifndef SIGN_STAMP_H
#define SIGN_STAMP_H

#include "base/sink.h"
#include "sign/layers.h"
#include "sign/opts.h"
#include "sign/result.h"

typedef struct stamp_job {
    pades_ctx *ctx;
    pades_source *source;
    pades_sink *sink;
    const pades_sign_opts *opts;
    pades_digest alg; /* of the one pass, and of the imprints */
} stamp_job;

/* Freezes the context; the options and the place of the output are sound. */
pades_status stamp_job_make(pades_ctx *ctx, pades_source *source, pades_sink *sink,
                            const pades_sign_opts *opts, stamp_job *ret, pades_error **e) MUST_USE;
pades_status stamp_result(const stamp_job *j, const uint8_t *input_hash, pades_result **ret,
                          pades_error **e) MUST_USE;
/* Field, range and timestamp of the newest document timestamp. */
pades_status stamp_result_add(const stamp_job *j, pades_result *r, layers_stamped *stamped,
                              pades_error **e) MUST_USE;
/* The layers behind the copy of the input, and commit. */
pades_status stamp_write_out(pades_source *source, pades_sink *sink, const layers *l,
                             pades_control *control, pades_error **e) MUST_USE;

#endif
