/* Step one: choose, lay out, read the input once, make the bytes to be signed. */
#include "sign/decades.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"
#include "base/pass.h"
#include "pki/issuers.h"
#include "signer/signer.h"

enum {
    WARNINGS_MAX = 1 << 20,
    ATTRS_MAX = 65 << 20,
    ARCHIVE_MAX = 64 << 20,
    TOKEN_MAX = 16 << 20,
    ARCHIVE_HEAD = 64
};

pades_status session_new(pades_ctx *ctx, pades_source *source, pades_sink *sink,
                         const pades_sign_opts *opts, pades_session **ret, pades_error **e)
{
    ctx_freeze(ctx);
    TRY(opts_check_signing(opts, e));
    TRY(control_check(opts->control, e));
    pades_session *s = mem_alloc(sizeof *s);
    if (!s) {
        return fail_memory(e);
    }
    *s = (pades_session){.ctx = ctx,
                         .source = source,
                         .sink = sink,
                         .opts = opts,
                         .time = ctx_now(ctx),
                         .archive = BUF(ARCHIVE_MAX),
                         .attrs = BUF(ATTRS_MAX),
                         .stamp = {.token = BUF(TOKEN_MAX), .verified = {.warnings = BUF(0)}},
                         .warnings = BUF(WARNINGS_MAX)};
    *ret = s;
    return PADES_OK;
}

void pades_session_free(pades_session *session)
{
    if (!session) {
        return;
    }
    if (session->sink && !session->finished) {
        sink_abort(session->sink);
    }
    certs_free(session->certs, session->certs_n);
    mem_free(session->commitment);
    pdf_seal_free(&session->seal);
    digest_free(session->at_end);
    buf_free(&session->archive);
    buf_free(&session->attrs);
    buf_free(&session->stamp.token);
    tsp_verified_free(&session->stamp.verified);
    buf_free(&session->warnings);
    mem_free(session);
}

void session_warn(pades_session *s, const char *line)
{
    buf_add(&s->warnings, line, strlen(line) + 1);
}

static pades_status copy_chain(pades_session *s, const pades_cert *const *chain, size_t n,
                               pades_error **e)
{
    s->certs = mem_array(n, sizeof(pades_cert *));
    if (!s->certs) {
        return fail_memory(e);
    }
    for (size_t i = 0; i < n; i++) {
        TRY(cert_ref(chain[i], &s->certs[i], e));
        s->certs_n++;
    }
    return PADES_OK;
}

/* Chain given, options' certificates, in the order leaf to issuer. What a signer put in order once
 * is not ordered again for each document: that checks the signature of each step. */
static pades_status gather_chain(pades_session *s, const pades_cert *const *chain, size_t n,
                                 pades_error **e)
{
    size_t total = n + s->opts->certs_n;
    if (s->ordered && s->opts->certs_n == 0) {
        return copy_chain(s, chain, n, e);
    }
    const pades_cert **pool = mem_array(total, sizeof(*pool));
    if (!pool) {
        return fail_memory(e);
    }
    for (size_t i = 0; i < total; i++) {
        pool[i] = i < n ? chain[i] : s->opts->certs[i - n];
    }
    pades_status status = path_order(chain[0], pool, total, &s->certs, &s->certs_n, e);
    mem_free(pool);
    return status;
}

/* Only when asked to: nobody is to learn of a signature at level b. */
static pades_status complete_chain(pades_session *s, pades_error **e)
{
    asking by = {.ctx = s->ctx, .control = s->opts->control};
    return s->opts->aia && !s->opts->offline
               ? issuers_complete(&by, &s->certs, &s->certs_n, &s->warnings, e)
               : PADES_OK;
}

static pades_status choose_scheme(pades_session *s, pades_error **e)
{
    bool rsa = cert_key_kind(s->certs[0]) == KEY_RSA;
    if (s->opts->pss && !rsa) {
        return fail(e, PADES_ALGORITHM, "PSS is for RSA keys, this key is %s",
                    pades_cert_key_type(s->certs[0]));
    }
    s->scheme = !rsa           ? PADES_SCHEME_ECDSA
                : s->opts->pss ? PADES_SCHEME_RSA_PSS
                               : PADES_SCHEME_RSA_PKCS1;
    s->digest = cert_fitting_digest(s->certs[0], s->opts->digest);
    return PADES_OK;
}

pades_status session_choose(pades_session *s, const pades_cert *const *chain, size_t n,
                            pades_error **e)
{
    if (n == 0) {
        return fail(e, PADES_CERT_NOT_FOUND, "no certificate of the signer was given");
    }
    TRY(cert_check_signer(chain[0], s->time, &s->warnings, e));
    TRY(gather_chain(s, chain, n, e));
    TRY(complete_chain(s, e));
    s->level = opts_level(s->opts);
    s->adbe = s->opts->adbe;
    s->commitment = mem_strdup(s->opts->commitment);
    if (s->opts->commitment && !s->commitment) {
        return fail_memory(e);
    }
    return choose_scheme(s, e);
}

size_t session_reserve(const pades_session *s)
{
    size_t timestamp = 0;
    if (s->opts->reserve) {
        return s->opts->reserve;
    }
    for (size_t i = 0; s->level >= PADES_LEVEL_T && i < s->opts->tsas_n; i++) {
        size_t n = tsa_expected_size(s->ctx, s->opts->tsas[i]);
        timestamp = n > timestamp ? n : timestamp;
    }
    const pades_cert **certs = mem_array(s->certs_n, sizeof *certs);
    size_t bound = 32 << 10;
    for (size_t i = 0; certs && i < s->certs_n; i++) {
        certs[i] = s->certs[i];
    }
    if (certs) {
        bound = cms_size_bound(certs, s->certs_n, s->digest, timestamp, s->commitment);
    }
    mem_free(certs);
    return s->archive.n > 0 ? bound + s->archive.n + ARCHIVE_HEAD : bound;
}

pades_status session_pass(pades_session *s, pades_error **e)
{
    AUTO(digest) *d = NULL;
    AUTO(digest) *input = NULL;
    bool copy = s->sink && !sink_is_in_place(s->sink);
    TRY(digest_new(s->digest, &d, e));
    TRY(pass_run(s->ctx, s->source, copy ? s->sink : NULL, d, s->opts->control, e));
    TRY(digest_copy(d, &input, e));
    TRY(digest_final(input, s->input_hash, e));
    s->at_end = TAKE(d);
    s->copied = s->sink != NULL;
    return PADES_OK;
}

/* The digest of the whole output but the hole. */
static pades_status message_digest(const pades_session *s, uint8_t out[DIGEST_MAX], pades_error **e)
{
    AUTO(digest) *d = NULL;
    span revision = buf_span(&s->seal.revision);
    TRY(digest_copy(s->at_end, &d, e));
    TRY(digest_update(d, span_part(revision, 0, s->seal.hole), e));
    TRY(digest_update(d, span_part(revision, s->seal.hole + s->seal.hole_n, revision.n), e));
    return digest_final(d, out, e);
}

pades_status session_attributes(pades_session *s, pades_error **e)
{
    uint8_t hash[DIGEST_MAX];
    TRY(message_digest(s, hash, e));
    cms_attrs_plan plan = {.digest = s->digest,
                           .message_digest = span_of(hash, pades_digest_size(s->digest)),
                           .signer = s->certs[0],
                           .commitment = s->commitment,
                           .archive = buf_span(&s->archive)};
    buf_clear(&s->attrs);
    TRY(cms_signed_attrs(&plan, &s->attrs, e));
    return digest_once(s->digest, buf_span(&s->attrs), s->attrs_hash, e);
}

/* The signer's status and the pass, beside the second reader. */
static pades_status read_once(pades_session *s, second_run *beside, pades_error **e)
{
    AUTO(pades_error) *second = NULL;
    pades_status passed = decades_check_signer(s, e);
    if (passed == PADES_OK && s->sink) {
        passed = sink_begin(s->ctx, s->sink, s->source, e);
    }
    if (passed == PADES_OK) {
        passed = session_pass(s, e);
    }
    pades_status agreed = second_join(s, beside, &second);
    if (passed == PADES_OK && agreed != PADES_OK && e) {
        *e = TAKE(second);
    }
    return passed != PADES_OK ? passed : agreed;
}

/* From the chain to the bytes to be signed. */
static pades_status prepare(pades_session *s, const pades_cert *const *chain, size_t n,
                            pades_error **e)
{
    second_run *beside = NULL;
    TRY(session_choose(s, chain, n, e));
    if (s->sink) {
        TRY(sink_check(s->sink, e));
    }
    TRY(decades_archive(s, e));
    TRY(session_layout(s, session_reserve(s), &beside, e));
    TRY(read_once(s, beside, e));
    return session_attributes(s, e);
}

pades_status pades_session_prepare(pades_ctx *ctx, pades_source *source, pades_sink *sink,
                                   const pades_cert *const *chain, size_t n,
                                   const pades_sign_opts *opts, pades_session **ret_session,
                                   pades_error **ret_error)
{
    AUTO(pades_session) *s = NULL;
    TRY(session_new(ctx, source, sink, opts, &s, ret_error));
    TRY(prepare(s, chain, n, ret_error));
    *ret_session = TAKE(s);
    return PADES_OK;
}

pades_status session_prepare_for(pades_ctx *ctx, pades_source *source, pades_sink *sink,
                                 const pades_signer *signer, const pades_sign_opts *opts,
                                 pades_session **ret, pades_error **e)
{
    AUTO(pades_session) *s = NULL;
    TRY(session_new(ctx, source, sink, opts, &s, e));
    s->ordered = signer->ordered;
    TRY(prepare(s, (const pades_cert *const *)signer->chain, signer->chain_n, e));
    *ret = TAKE(s);
    return PADES_OK;
}

void pades_session_get_request(const pades_session *session, pades_sign_request *ret_request)
{
    *ret_request = (pades_sign_request){.scheme = session->scheme,
                                        .digest = session->digest,
                                        .tbs = session->attrs.p,
                                        .tbs_n = session->attrs.n,
                                        .hash = session->attrs_hash,
                                        .hash_n = pades_digest_size(session->digest),
                                        .document = session->opts->document};
}

/* The line with this index of NUL-separated lines, counting *index down; NULL: not among them. */
static const char *line_at(const buf *lines, size_t *index)
{
    for (size_t at = 0; at < lines->n;) {
        const char *line = (const char *)lines->p + at;
        if ((*index)-- == 0) {
            return line;
        }
        at += strnlen(line, lines->n - at) + 1;
    }
    return NULL;
}

const char *pades_session_warning(const pades_session *session, size_t index)
{
    const char *line = line_at(&session->warnings, &index);
    return line ? line : line_at(&session->seal.warnings, &index);
}

pades_status pades_sign_check(pades_ctx *ctx, pades_source *source, pades_sink *sink,
                              const pades_cert *const *chain, size_t n, const pades_sign_opts *opts,
                              pades_result **ret_result, pades_error **ret_error)
{
    AUTO(pades_session) *s = NULL;
    AUTO(pades_result) *r = NULL;
    TRY(session_new(ctx, source, NULL, opts, &s, ret_error));
    if (sink) {
        TRY(sink_check(sink, ret_error));
    }
    if (n == 0) {
        return session_look(s, ret_error);
    }
    TRY(session_choose(s, chain, n, ret_error));
    TRY(decades_archive(s, ret_error));
    TRY(session_layout(s, session_reserve(s), NULL, ret_error));
    TRY(decades_check_signer(s, ret_error));
    TRY(result_new(&r, ret_error));
    r->field = TAKE(s->seal.field);
    r->level = s->level;
    r->digest = s->digest;
    TRY(cert_ref(s->certs[0], &r->cert, ret_error));
    memcpy(r->byte_range, s->seal.byte_range, sizeof r->byte_range);
    TRY(result_add_warnings(r, &s->warnings, ret_error));
    TRY(result_add_warnings(r, &s->seal.warnings, ret_error));
    if (ret_result) {
        *ret_result = TAKE(r);
    }
    return PADES_OK;
}
