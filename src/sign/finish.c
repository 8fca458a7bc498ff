/* Step two: check the signature, stamp it, build the CMS, fill the hole, commit. */
#include "sign/decades.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"
#include "signer/signer.h"

enum { CMS_MAX = 64 << 20, SIGNATURE_MAX = 4096 };

static pades_status get_stamp(pades_session *s, span signature, pades_error **e)
{
    session_stamp *t = &s->stamp;
    if (s->level < PADES_LEVEL_T) {
        return PADES_OK;
    }
    TRY(opts_check_tsa(s->opts, "the level the session was prepared for", e)); /* a resumed one */
    buf_clear(&t->token);
    tsp_verified_free(&t->verified);
    t->have = false;
    /* Not of the signature's digest: some authorities make broken tokens for SHA-512. */
    TRY(tsa_stamp(s->ctx, s->opts->tsas, s->opts->tsas_n, PADES_DIGEST_DEFAULT, signature,
                  s->opts->control, s->opts->offline, &t->token, &t->verified, &t->tsa, e));
    t->since = ctx_instant(s->ctx);
    t->have = true;
    return PADES_OK;
}

static pades_status build_cms(const pades_session *s, span signature, buf *out, pades_error **e)
{
    const pades_cert **certs = mem_array(s->certs_n, sizeof *certs);
    if (!certs) {
        return fail_memory(e);
    }
    for (size_t i = 0; i < s->certs_n; i++) {
        certs[i] = s->certs[i];
    }
    cms_build plan = {.digest = s->digest,
                      .scheme = s->scheme,
                      .signed_attrs = buf_span(&s->attrs),
                      .signature = signature,
                      .certs = certs,
                      .certs_n = s->certs_n,
                      .timestamp = buf_span(&s->stamp.token)};
    pades_status status = cms_build_signed_data(&plan, out, e);
    mem_free(certs);
    return status;
}

static pades_status add_stamps(const pades_session *s, const decades *d, pades_result *r,
                               pades_error **e)
{
    const session_stamp *t = &s->stamp;
    if (t->have) {
        TRY(result_add_stamp(r, &t->verified, s->opts->tsas[t->tsa], e));
    }
    return d->have_stamp
               ? result_add_stamp(r, &d->stamped.verified, s->opts->tsas[d->stamped.tsa], e)
               : PADES_OK;
}

static pades_status make_result(const pades_session *s, const decades *d, pades_result **ret,
                                pades_error **e)
{
    AUTO(pades_result) *r = NULL;
    AUTO_VAL(buf) hex = BUF(2 * DIGEST_MAX);
    TRY(result_new(&r, e));
    buf_add_hex(&hex, span_of(s->input_hash, pades_digest_size(s->digest)), false);
    r->field = mem_strdup(s->seal.field);
    r->input_digest = buf_take_text(&hex);
    if (!r->field || !r->input_digest) {
        return fail_memory(e);
    }
    r->level = d->reached;
    r->partial = d->reached < s->level;
    r->pkcs7 = s->adbe;
    r->digest = s->digest;
    memcpy(r->byte_range, s->seal.byte_range, sizeof r->byte_range);
    TRY(cert_ref(s->certs[0], &r->cert, e));
    TRY(result_add_warnings(r, &s->warnings, e));
    TRY(result_add_warnings(r, &s->seal.warnings, e));
    TRY(add_stamps(s, d, r, e));
    *ret = TAKE(r);
    return PADES_OK;
}

/* The pass that prepare did not make because it had no sink: the input must still be the same. */
static pades_status copy_now(pades_session *s, pades_sink *sink, pades_error **e)
{
    uint8_t before[DIGEST_MAX];
    memcpy(before, s->input_hash, sizeof before);
    s->sink = sink;
    TRY(sink_begin(s->ctx, sink, s->source, e));
    digest_free(TAKE(s->at_end));
    TRY(session_pass(s, e));
    if (memcmp(before, s->input_hash, pades_digest_size(s->digest)) != 0) {
        memcpy(s->input_hash, before, sizeof before); /* trying again changes nothing */
        return fail(e, PADES_INPUT_CHANGED,
                    "the input is not the file the session was prepared for");
    }
    return PADES_OK;
}

static pades_status write_out(pades_session *s, const decades *d, pades_error **e)
{
    span seal = buf_span(&s->seal.revision);
    TRY(control_check(s->opts->control, e));
    TRY(source_check_unchanged(s->source, e));
    s->spent = true;
    TRY(d->layers ? layers_write(d->layers, s->sink, e) : sink_write(s->sink, seal, e));
    TRY(sink_commit(s->sink, e));
    s->finished = true;
    return PADES_OK;
}

pades_status session_seal(pades_session *s, span signature, pades_sink *sink, size_t *ret_needed,
                          pades_error **e)
{
    AUTO_VAL(buf) cms = BUF(CMS_MAX);
    if (s->finished || s->spent || (s->sink ? sink != NULL : sink == NULL)) {
        return fail(e, PADES_INVALID_ARGUMENT,
                    s->finished ? "the session is finished"
                    : s->spent  ? "the sink of the session failed before"
                                : "exactly one of prepare and finish takes the sink");
    }
    TRY(cms_verify_signature(s->certs[0], s->scheme, s->digest, buf_span(&s->attrs), signature, e));
    ctx_log(s->ctx, PADES_LOG_INFO, "the signature fits the certificate '%s'",
            pades_cert_subject(s->certs[0]));
    if (sink) {
        TRY(copy_now(s, sink, e));
    }
    TRY(get_stamp(s, signature, e));
    TRY(build_cms(s, signature, &cms, e));
    *ret_needed = cms.n;
    TRY(pdf_seal_fill(&s->seal, buf_span(&cms), e));
    ctx_log(s->ctx, PADES_LOG_INFO, "the signed data is in its room: %zu of %zu bytes", cms.n,
            (s->seal.hole_n - 2) / 2);
    return PADES_OK;
}

pades_status session_complete(pades_session *s, pades_result **ret_result, pades_error **e)
{
    AUTO_VAL(decades) d = {.stamped = {.verified = {.warnings = BUF(0)}}};
    AUTO(pades_result) *r = NULL;
    TRY(decades_add(s, &d, e));
    TRY(make_result(s, &d, &r, e));
    TRY(write_out(s, &d, e));
    if (ret_result) {
        *ret_result = TAKE(r);
    }
    return PADES_OK;
}

/* As it was before: the same signature may come again, with another sink when this one came late.
 */
static void go_back(pades_session *s, size_t warnings, pades_sink *late)
{
    buf_truncate(&s->warnings, warnings);
    if (late && s->sink == late) {
        sink_abort(late);
        s->sink = NULL;
        s->spent = false;
    }
}

pades_status pades_session_finish(pades_session *session, const void *signature, size_t n,
                                  pades_sink *sink, pades_result **ret_result,
                                  pades_error **ret_error)
{
    size_t needed = 0;
    const size_t warnings = session->warnings.n;
    pades_sink *late = session->sink ? NULL : sink;
    pades_status status = session_seal(session, span_of(signature, n), sink, &needed, ret_error);
    if (status == PADES_OK) {
        status = session_complete(session, ret_result, ret_error);
    }
    if (status != PADES_OK) {
        go_back(session, warnings, late);
    }
    return status;
}

static pades_status seal_once(pades_session *s, pades_signer *signer, size_t *ret_needed,
                              pades_error **e)
{
    pades_sign_request request;
    AUTO_VAL(buf) signature = BUF(SIGNATURE_MAX);
    pades_session_get_request(s, &request);
    TRY(control_check(s->opts->control, e));
    TRY(signer_sign(signer, &request, &signature, e));
    ctx_log(s->ctx, PADES_LOG_INFO, "a signature is made: %s with %s, %zu bytes",
            signer_scheme_name(s->scheme), pades_digest_name(s->digest), signature.n);
    return session_seal(s, buf_span(&signature), NULL, ret_needed, e);
}

/* A timestamp bigger than any learned one: once more with room enough, when that costs no PIN. */
static pades_status seal_again(pades_session *s, pades_signer *signer, size_t needed,
                               pades_error **e)
{
    size_t unused = 0;
    if (s->opts->reserve || !signer_again_without_pin(signer)) {
        return PADES_RESERVE_TOO_SMALL;
    }
    error_clear(e);
    TRY(session_relayout(s, pdf_seal_room(needed), e));
    return seal_once(s, signer, &unused, e);
}

const pades_cert *const *pades_signer_chain(const pades_signer *signer, size_t *ret_n)
{
    *ret_n = signer->chain_n;
    return (const pades_cert *const *)signer->chain;
}

pades_status session_seal_for(pades_ctx *ctx, pades_source *source, pades_sink *sink,
                              pades_signer *signer, const pades_sign_opts *opts,
                              pades_session **ret, pades_error **e)
{
    AUTO(pades_session) *s = NULL;
    AUTO(pades_error) *own = NULL;
    pades_error **told = e ? e : &own;
    size_t needed = 0;
    TRY(session_prepare_for(ctx, source, sink, signer, opts, &s, told));
    pades_status status = seal_once(s, signer, &needed, told);
    if (status == PADES_RESERVE_TOO_SMALL) {
        status = seal_again(s, signer, needed, told);
    }
    if (status == PADES_OK) {
        *ret = TAKE(s);
    }
    return status;
}

pades_status pades_sign(pades_ctx *ctx, pades_source *source, pades_sink *sink,
                        pades_signer *signer, const pades_sign_opts *opts,
                        pades_result **ret_result, pades_error **ret_error)
{
    AUTO(pades_session) *s = NULL;
    TRY(session_seal_for(ctx, source, sink, signer, opts, &s, ret_error));
    return session_complete(s, ret_result, ret_error);
}
