/* A document timestamp alone: looked at first, then the one pass, the token, and all or nothing.
 * clause: EN319142-1#5.4.3 */
#include "sign/layers.h"
#include "sign/stamp.h"

#include "base/fail.h"
#include "base/mem.h"
#include "base/pass.h"

pades_status stamp_write_out(pades_source *source, pades_sink *sink, const layers *l,
                             pades_control *control, pades_error **e)
{
    TRY(control_check(control, e));
    TRY(source_check_unchanged(source, e));
    TRY(layers_write(l, sink, e));
    return sink_commit(sink, e);
}

static pades_status read_once(const stamp_job *j, layers *l, uint8_t hash[DIGEST_MAX],
                              pades_error **e)
{
    AUTO(digest) *d = NULL;
    TRY(sink_begin(j->ctx, j->sink, j->source, e));
    TRY(digest_new(j->alg, &d, e));
    TRY(pass_run(j->ctx, j->source, sink_is_in_place(j->sink) ? NULL : j->sink, d, j->opts->control,
                 e));
    TRY(layers_hashed(l, d, e));
    return digest_final(d, hash, e);
}

pades_status stamp_result(const stamp_job *j, const uint8_t *input_hash, pades_result **ret,
                          pades_error **e)
{
    AUTO(pades_result) *r = NULL;
    AUTO_VAL(buf) hex = BUF(2 * DIGEST_MAX);
    TRY(result_new(&r, e));
    buf_add_hex(&hex, span_of(input_hash, pades_digest_size(j->alg)), false);
    r->input_digest = buf_take_text(&hex);
    r->digest = j->alg;
    if (!r->input_digest) {
        return fail_memory(e);
    }
    *ret = TAKE(r);
    return PADES_OK;
}

pades_status stamp_result_add(const stamp_job *j, pades_result *r, layers_stamped *stamped,
                              pades_error **e)
{
    mem_free(r->field);
    r->field = TAKE(stamped->field);
    memcpy(r->byte_range, stamped->byte_range, sizeof r->byte_range);
    return result_add_stamp(r, &stamped->verified, j->opts->tsas[stamped->tsa], e);
}

/* What can be known without asking anybody is found out before the input is read through. */
static pades_status stamp(const stamp_job *j, pades_result **ret, pades_error **e)
{
    uint8_t hash[DIGEST_MAX];
    AUTO(layers) *l = NULL;
    AUTO_VAL(layers_stamped) stamped = {.verified = {.warnings = BUF(0)}};
    const pades_sign_opts *o = j->opts;
    TRY(layers_new(j->ctx, j->source, NULL, j->alg, o->control, &l, e));
    layers_allow(l, o->allow_gaps, o->drop_usage_rights);
    layers_offline(l, o->offline);
    TRY(layers_check_stamp(l, o->tsas, o->tsas_n, e));
    TRY(read_once(j, l, hash, e));
    TRY(layers_stamp(l, o->tsas, o->tsas_n, &stamped, e));
    TRY(stamp_result(j, hash, ret, e));
    TRY(stamp_result_add(j, *ret, &stamped, e));
    TRY(result_add_warnings(*ret, layers_warnings(l), e));
    return stamp_write_out(j->source, j->sink, l, o->control, e);
}

pades_status stamp_job_make(pades_ctx *ctx, pades_source *source, pades_sink *sink,
                            const pades_sign_opts *opts, stamp_job *ret, pades_error **e)
{
    ctx_freeze(ctx);
    TRY(opts_check(opts, e));
    TRY(control_check(opts->control, e));
    TRY(sink_check(sink, e));
    *ret = (stamp_job){ctx, source, sink, opts,
                       opts->digest == PADES_DIGEST_DEFAULT ? PADES_DIGEST_SHA256 : opts->digest};
    return PADES_OK;
}

pades_status pades_timestamp(pades_ctx *ctx, pades_source *source, pades_sink *sink,
                             const pades_sign_opts *opts, pades_result **ret_result,
                             pades_error **ret_error)
{
    stamp_job j;
    AUTO(pades_result) *r = NULL;
    TRY(stamp_job_make(ctx, source, sink, opts, &j, ret_error));
    TRY(opts_check_tsa(opts, "a document timestamp", ret_error));
    pades_status status = stamp(&j, &r, ret_error);
    if (status != PADES_OK) {
        sink_abort(sink);
        return status;
    }
    if (ret_result) {
        *ret_result = TAKE(r);
    }
    return PADES_OK;
}
