/* Step two: check the signature, stamp it, build the CMS, fill the hole, commit. */
#include "sign/session.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"
#include "signer/signer.h"

enum { CMS_MAX = 64 << 20, TOKEN_MAX = 16 << 20, SIGNATURE_MAX = 4096 };

/* What finish learns about the timestamp. */
typedef struct stamp {
    buf token;
    tsp_verified verified;
    size_t tsa; /* index */
    bool have;
} stamp;

static void stamp_free(stamp *s)
{
    buf_free(&s->token);
    tsp_verified_free(&s->verified);
}

static pades_status get_stamp(pades_session *s, span signature, stamp *ret, pades_error **e)
{
    if (s->level != PADES_LEVEL_T) {
        return PADES_OK;
    }
    if (s->opts->tsas_n == 0) { /* a resumed session */
        (void)fail(e, PADES_INVALID_ARGUMENT,
                   "the session was prepared for level t but no TSA is given");
        (void)error_hint(e, "name one with --tsa URL");
        return PADES_INVALID_ARGUMENT;
    }
    TRY(tsa_stamp(s->ctx, s->opts->tsas, s->opts->tsas_n, s->digest, signature, s->opts->control,
                  &ret->token, &ret->verified, &ret->tsa, e));
    ret->have = true;
    return PADES_OK;
}

static pades_status build_cms(const pades_session *s, span signature, const stamp *t, buf *out,
                              pades_error **e)
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
                      .timestamp = buf_span(&t->token)};
    pades_status status = cms_build_signed_data(&plan, out, e);
    mem_free(certs);
    return status;
}

static pades_status make_result(const pades_session *s, const stamp *t, pades_result **ret,
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
    r->level = s->level;
    r->digest = s->digest;
    memcpy(r->byte_range, s->seal.byte_range, sizeof r->byte_range);
    TRY(cert_ref(s->certs[0], &r->cert, e));
    TRY(result_add_warnings(r, &s->warnings, e));
    TRY(result_add_warnings(r, &s->seal.warnings, e));
    if (t->have) {
        TRY(result_add_stamp(r, &t->verified, s->opts->tsas[t->tsa], e));
    }
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
        return fail(e, PADES_INPUT_CHANGED,
                    "the input is not the file the session was prepared for");
    }
    return PADES_OK;
}

static pades_status write_out(pades_session *s, pades_error **e)
{
    TRY(control_check(s->opts->control, e));
    TRY(source_check_unchanged(s->source, e));
    TRY(sink_write(s->sink, buf_span(&s->seal.revision), e));
    TRY(sink_commit(s->sink, e));
    s->finished = true;
    return PADES_OK;
}

/* *ret_needed: bytes the CMS needs when it does not fit. */
static pades_status finish(pades_session *s, span signature, pades_sink *sink, size_t *ret_needed,
                           pades_result **ret_result, pades_error **e)
{
    AUTO_VAL(stamp) t = {.token = BUF(TOKEN_MAX)};
    AUTO_VAL(buf) cms = BUF(CMS_MAX);
    AUTO(pades_result) *r = NULL;
    if (s->finished || (s->sink ? sink != NULL : sink == NULL)) {
        return fail(e, PADES_INVALID_ARGUMENT,
                    s->finished ? "the session is finished"
                                : "exactly one of prepare and finish takes the sink");
    }
    TRY(cms_verify_signature(s->certs[0], s->scheme, s->digest, buf_span(&s->attrs), signature, e));
    if (sink) {
        TRY(copy_now(s, sink, e));
    }
    TRY(get_stamp(s, signature, &t, e));
    TRY(build_cms(s, signature, &t, &cms, e));
    *ret_needed = cms.n;
    TRY(pdf_seal_fill(&s->seal, buf_span(&cms), e));
    TRY(make_result(s, &t, &r, e));
    TRY(write_out(s, e));
    if (ret_result) {
        *ret_result = TAKE(r);
    }
    return PADES_OK;
}

pades_status pades_session_finish(pades_session *session, const void *signature, size_t n,
                                  pades_sink *sink, pades_result **ret_result,
                                  pades_error **ret_error)
{
    size_t needed = 0;
    return finish(session, span_of(signature, n), sink, &needed, ret_result, ret_error);
}

static pades_status sign_once(pades_session *s, pades_signer *signer, size_t *ret_needed,
                              pades_result **ret_result, pades_error **e)
{
    pades_sign_request request;
    AUTO_VAL(buf) signature = BUF(SIGNATURE_MAX);
    pades_session_get_request(s, &request);
    TRY(control_check(s->opts->control, e));
    TRY(signer_sign(signer, &request, &signature, e));
    return finish(s, buf_span(&signature), NULL, ret_needed, ret_result, e);
}

/* A timestamp bigger than any learned one: once more with room enough, when that costs no PIN. */
static pades_status sign_again(pades_session *s, pades_signer *signer, size_t needed,
                               pades_result **ret_result, pades_error **e)
{
    size_t unused = 0;
    bool free_of_pin =
        signer->ops->again_without_pin && signer->ops->again_without_pin(signer->self);
    if (!free_of_pin || s->opts->reserve) {
        return PADES_RESERVE_TOO_SMALL;
    }
    error_clear(e);
    TRY(session_relayout(s, needed + needed / 8 + 1024, e));
    return sign_once(s, signer, &unused, ret_result, e);
}

const pades_cert *const *pades_signer_chain(const pades_signer *signer, size_t *ret_n)
{
    *ret_n = signer->chain_n;
    return (const pades_cert *const *)signer->chain;
}

pades_status pades_sign(pades_ctx *ctx, pades_source *source, pades_sink *sink,
                        pades_signer *signer, const pades_sign_opts *opts,
                        pades_result **ret_result, pades_error **ret_error)
{
    AUTO(pades_session) *s = NULL;
    AUTO(pades_error) *own = NULL;
    pades_error **e = ret_error ? ret_error : &own;
    size_t needed = 0;
    TRY(session_prepare_for(ctx, source, sink, signer, opts, &s, e));
    pades_status status = sign_once(s, signer, &needed, ret_result, e);
    if (status == PADES_RESERVE_TOO_SMALL) {
        status = sign_again(s, signer, needed, ret_result, e);
    }
    return status;
}
