/* Raising what exists: a document timestamp for signatures that have none (t), then everything a
 * verifier needs (lt), then a document timestamp over that (lta), as often as wanted. Signatures
 * that are there are checked first, over the digests of the one pass; nothing is built on a broken
 * one, and no existing /Contents is touched. clause: EN319142-1#6.3 the levels */
#include "sign/extend_impl.h"

#include "base/fail.h"
#include "base/mem.h"
#include "sign/decades.h"

static void stamp_free(extend_stamp *s)
{
    mem_free(s->field);
    pades_cert_free(s->authority);
    buf_free(&s->token);
}

static void extending_free(extending *x)
{
    existing_free(&x->all);
    layers_free(x->l);
    evidence_free(x->ev);
    stamp_free(&x->first);
    stamp_free(&x->last);
    pades_result_free(x->r);
}

/* After the pass what is known of the timestamps counts; before, that they are there. */
static bool needs_stamp(const extending *x, bool checked)
{
    bool needed = false;
    for (size_t i = 0; i < x->all.n; i++) {
        const existing_signature *s = &x->all.items[i];
        bool has = checked ? s->best_time != 0
                           : s->cms.signer.timestamp.n > 0 || existing_cover(&x->all, s) != NULL;
        needed = needed || (!s->is_timestamp && !has);
    }
    return needed;
}

static pades_status refuse_unsigned(pades_error **e)
{
    (void)fail(e, PADES_DOC_UNSUPPORTED, "nothing in the document is signed");
    error_hint(e, "'pades timestamp' puts a document timestamp on a file that nobody signed");
    return PADES_DOC_UNSUPPORTED;
}

/* Everything that can be known before the input is read through and anybody is asked. */
static pades_status look(extending *x, pades_error **e)
{
    pdf_file *f = NULL;
    const stamp_job *j = &x->j;
    const pades_sign_opts *o = j->opts;
    TRY(layers_new(j->ctx, j->source, NULL, j->alg, o->control, &x->l, e));
    layers_offline(x->l, o->offline);
    TRY(layers_open(x->l, &f, e));
    TRY(existing_read(f, (const pades_cert *const *)o->certs, o->certs_n, &x->all, e));
    if (x->all.n == 0) {
        return refuse_unsigned(e);
    }
    bool stamps = x->wanted == PADES_LEVEL_LTA || needs_stamp(x, false);
    if (stamps) {
        TRY(opts_check_tsa(o, x->wanted == PADES_LEVEL_LTA ? "level lta" : "this file", e));
        TRY(layers_check_stamp(x->l, o->tsas, o->tsas_n, e));
    }
    if (x->wanted >= PADES_LEVEL_LT) {
        TRY(layers_check_dss(x->l, e));
    }
    return x->wanted < PADES_LEVEL_LT ? PADES_OK : decades_evidence(j->ctx, o, &x->ev, e);
}

static pades_status read_once(extending *x, pades_error **e)
{
    AUTO(digest) *at_end = NULL;
    const stamp_job *j = &x->j;
    TRY(sink_begin(j->ctx, j->sink, j->source, e));
    TRY(existing_pass(j->ctx, j->source, sink_is_in_place(j->sink) ? NULL : j->sink, &x->all,
                      j->alg, j->opts->control, &at_end, e));
    TRY(layers_hashed(x->l, at_end, e));
    TRY(digest_final(at_end, x->input_hash, e));
    return existing_check(j->ctx, &x->all, e);
}

static pades_status add_stamp(extending *x, extend_stamp *ret, pades_error **e)
{
    AUTO_VAL(layers_stamped) made = {.verified = {.warnings = BUF(0)}};
    const pades_sign_opts *o = x->j.opts;
    TRY(layers_stamp(x->l, o->tsas, o->tsas_n, &made, e));
    ret->time = made.verified.time;
    ret->since = ctx_instant(x->j.ctx);
    TRY(cert_ref(made.verified.signer, &ret->authority, e));
    ret->token = made.token;
    made.token = BUF(0);
    ret->field = mem_strdup(made.field);
    return ret->field ? stamp_result_add(&x->j, x->r, &made, e) : fail_memory(e);
}

static pades_status reach_t(extending *x, pades_error **e)
{
    if (needs_stamp(x, true)) {
        TRY(opts_check_tsa(x->j.opts, "a signature without a good timestamp", e));
        TRY(add_stamp(x, &x->first, e));
    }
    x->reached = PADES_LEVEL_T;
    return PADES_OK;
}

static pades_status reach_lt(extending *x, pades_error **e)
{
    bool whole = false;
    if (x->wanted < PADES_LEVEL_LT) {
        return PADES_OK;
    }
    TRY(extend_gather(x, &whole, e));
    TRY(layers_dss(x->l, x->ev, x->j.opts->vri, e));
    x->reached = whole ? PADES_LEVEL_LT : x->reached;
    return PADES_OK;
}

static pades_status reach_lta(extending *x, pades_error **e)
{
    AUTO(pades_error) *why = NULL;
    if (x->wanted < PADES_LEVEL_LTA || x->reached < PADES_LEVEL_LT) {
        return PADES_OK;
    }
    pades_status status = add_stamp(x, &x->last, &why);
    if (status == PADES_OK) {
        x->reached = PADES_LEVEL_LTA;
        return PADES_OK;
    }
    if (decades_is_unstamped(status) && x->j.opts->allow_partial) {
        return extend_warn(x, "the level that was asked for is not reached", why, e);
    }
    if (e) {
        *e = TAKE(why);
    }
    return status;
}

static pades_status tell_signatures(extending *x, pades_error **e)
{
    for (size_t i = 0; i < x->all.n; i++) {
        const existing_signature *s = &x->all.items[i];
        TRY(result_add_signature(x->r, s->field, s->is_timestamp, s->is_pkcs7, x->reached, e));
    }
    const extend_stamp *made[] = {&x->first, &x->last};
    for (size_t i = 0; i < ARRAY_LEN(made); i++) {
        if (made[i]->field) {
            TRY(result_add_signature(x->r, made[i]->field, true, false, x->reached, e));
        }
    }
    return PADES_OK;
}

static pades_status finish_result(extending *x, pades_error **e)
{
    static const char idle[] = "nothing had to be added: the file has this level already";
    AUTO_VAL(buf) line = BUF(sizeof idle);
    x->r->level = x->reached;
    x->r->partial = x->reached < x->wanted;
    TRY(result_add_warnings(x->r, &x->all.warnings, e));
    TRY(result_add_warnings(x->r, layers_warnings(x->l), e));
    if (layers_size(x->l) == 0 && x->reached == x->wanted) {
        buf_add(&line, idle, sizeof idle);
        TRY(result_add_warnings(x->r, &line, e));
    }
    return tell_signatures(x, e);
}

static pades_status extend(extending *x, pades_error **e)
{
    const stamp_job *j = &x->j;
    TRY(look(x, e));
    TRY(read_once(x, e));
    TRY(stamp_result(j, x->input_hash, &x->r, e));
    TRY(reach_t(x, e));
    TRY(reach_lt(x, e));
    TRY(reach_lta(x, e));
    TRY(finish_result(x, e));
    return stamp_write_out(j->source, j->sink, x->l, j->opts->control, e);
}

pades_status pades_extend(pades_ctx *ctx, pades_source *source, pades_sink *sink,
                          const pades_sign_opts *opts, pades_result **ret_result,
                          pades_error **ret_error)
{
    AUTO_VAL(extending) x = {.wanted = opts->level};
    TRY(stamp_job_make(ctx, source, sink, opts, &x.j, ret_error));
    if (x.wanted < PADES_LEVEL_T) {
        return fail(ret_error, PADES_INVALID_ARGUMENT, "a file is raised to level t, lt or lta");
    }
    pades_status status = extend(&x, ret_error);
    if (status != PADES_OK) {
        sink_abort(sink);
        return status;
    }
    if (ret_result) {
        *ret_result = TAKE(x.r);
    }
    return PADES_OK;
}
