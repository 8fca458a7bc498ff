/* The RFC 3161 client: one request to each authority in turn, until one gives a token that stands
 * every check. There is no second try and no probing: some authorities block who asks too often.
 * An authority that failed is never passed over in silence: it is in the error, or in a warning. */
#include "tsa/tsp.h"

#include "base/fail.h"
#include "base/mem.h"
#include "tsa/authority.h"

enum { TOKEN_UNKNOWN = 16384, TOKEN_LEAST = 4096 };

/* One stamping: what each step needs. */
typedef struct stamping {
    pades_ctx *ctx;
    pades_digest alg;
    const uint8_t *imprint;
    pades_control *control;
} stamping;

/* clause: RFC3161#3.4 POST of application/timestamp-query, answered by application/timestamp-reply
 */
static pades_status post(const stamping *s, const pades_tsa *tsa, span body, http_response *ret,
                         pades_error **e)
{
    const http_request q = {
        .url = tsa->url,
        .content_type = "application/timestamp-query",
        .body = body,
        .accept = "application/timestamp-reply",
        .user = tsa->user,
        .password = tsa->password,
        .client_cert = tsa->client_cert,
        .client_key = tsa->client_key,
        .max_bytes = ctx_limit(s->ctx, PADES_LIMIT_HTTP_BYTES),
        .control = s->control,
    };
    return http_do(s->ctx, &q, ret, e);
}

static pades_status ask(const stamping *s, const pades_tsa *tsa, buf *ret_token, tsp_verified *ret,
                        pades_error **e)
{
    tsp_request request;
    AUTO_VAL(buf) body = BUF(4096);
    AUTO_VAL(http_response) answer = {.body = BUF(0)};
    span token = {NULL, 0};
    TRY(tsp_request_make_of(s->alg, s->imprint, tsa->policy, &request, e));
    TRY(tsp_request_encode(&request, &body, e));
    TRY(post(s, tsa, buf_span(&body), &answer, e));
    TRY(tsp_response_parse(buf_span(&answer.body), &token, e));
    AUTO_VAL(tsp_verified) verified = {.warnings = BUF(0)};
    TRY(tsp_token_verify(s->ctx, token, &request, &verified, e));
    buf_add_span(ret_token, token);
    TRY(buf_check(ret_token, "timestamp token", e));
    tsa_cache_put(s->ctx, tsa->url, token.n);
    *ret = verified;
    verified = (tsp_verified){.warnings = BUF(0)};
    return PADES_OK;
}

/* False when the next authority would fail for the same reason, or the user wants to stop. */
static bool next_may_help(const stamping *s, pades_status status)
{
    bool ours =
        status == PADES_CANCELLED || status == PADES_NO_MEMORY || status == PADES_INVALID_ARGUMENT;
    return !ours && control_check(s->control, NULL) == PADES_OK;
}

/* "'URL': outer: inner", or NULL without memory. */
static char *flatten(const pades_tsa *tsa, const pades_error *error)
{
    AUTO_VAL(buf) line = BUF(4096);
    buf_addf(&line, "'%s'", tsa->shown);
    for (; error; error = pades_error_cause(error)) {
        buf_addf(&line, ": %s", pades_error_message(error));
    }
    return buf_take_text(&line);
}

/* Errors of the authorities asked so far, by their place in the list. */
typedef struct failures {
    pades_error **each;
    size_t n;
} failures;

static void failures_free(failures *f)
{
    for (size_t i = 0; i < f->n; i++) {
        pades_error_free(f->each[i]);
    }
    mem_free(f->each);
}

static void push_failure(const pades_tsa *tsa, const pades_error *from, pades_error **e)
{
    AUTO(mem_text) *line = flatten(tsa, from);
    const char *hint = pades_error_hint(from);
    const char *native = pades_error_native(from);
    (void)fail(e, pades_error_status(from), "%s", line ? line : tsa->shown);
    if (hint) {
        (void)error_hint(e, "%s", hint);
    }
    if (native) {
        (void)error_native(e, "%s", native);
    }
}

/* One authority: its own chain under a line with its name. Several: a line for each, first asked
 * outermost. The status is that of the last. */
static pades_status report(const pades_tsa *const *tsas, failures *f, pades_status status,
                           pades_error **e)
{
    if (!e) {
        return status;
    }
    if (f->n == 1) {
        *e = TAKE(f->each[0]);
        return fail_wrap(e, status, "no timestamp from '%s'", tsas[0]->shown);
    }
    for (size_t i = f->n; i > 0; i--) {
        push_failure(tsas[i - 1], f->each[i - 1], e);
    }
    return fail_wrap(e, status, "none of %zu time-stamping authorities gave a timestamp", f->n);
}

static void warn_of_failures(const stamping *s, const pades_tsa *const *tsas, const failures *f,
                             buf *warnings)
{
    if (warnings->max == 0) {
        warnings->max = 65536;
    }
    for (size_t i = 0; i < f->n; i++) {
        AUTO(mem_text) *line = flatten(tsas[i], f->each[i]);
        if (line) {
            ctx_log(s->ctx, PADES_LOG_WARNING, "no timestamp from %s", line);
            buf_addf(warnings, "no timestamp from %s", line);
            buf_add_byte(warnings, '\0');
        }
    }
}

static pades_status try_each(const stamping *s, const pades_tsa *const *tsas, size_t n, failures *f,
                             buf *ret_token, tsp_verified *ret, pades_error **e)
{
    pades_status status = PADES_INTERNAL;
    for (size_t i = 0; i < n; i++) {
        status = ask(s, tsas[i], ret_token, ret, &f->each[i]);
        if (status == PADES_OK) {
            warn_of_failures(s, tsas, f, &ret->warnings);
            return PADES_OK;
        }
        f->n = i + 1;
        if (!next_may_help(s, status)) {
            break;
        }
    }
    return report(tsas, f, status, e);
}

pades_status tsa_stamp(pades_ctx *ctx, const pades_tsa *const *tsas, size_t n, pades_digest alg,
                       span stamped, pades_control *control, buf *ret_token,
                       tsp_verified *ret_verified, size_t *ret_index, pades_error **e)
{
    uint8_t imprint[DIGEST_MAX];
    /* Some authorities answer SHA-512 requests with broken tokens: SHA-256 unless the caller wants
     * another. */
    const pades_digest used = alg == PADES_DIGEST_DEFAULT ? PADES_DIGEST_SHA256 : alg;
    TRY(digest_once(used, stamped, imprint, e));
    return tsa_stamp_imprint(ctx, tsas, n, used, imprint, control, ret_token, ret_verified,
                             ret_index, e);
}

pades_status tsa_stamp_imprint(pades_ctx *ctx, const pades_tsa *const *tsas, size_t n,
                               pades_digest alg, const uint8_t *imprint, pades_control *control,
                               buf *ret_token, tsp_verified *ret_verified, size_t *ret_index,
                               pades_error **e)
{
    const stamping s = {ctx, alg, imprint, control};
    AUTO_VAL(failures) f = {mem_array(n, sizeof *f.each), 0};
    AUTO_VAL(tsp_verified) verified = {.warnings = BUF(0)};
    ctx_freeze(ctx);
    if (n == 0) {
        return fail(e, PADES_INVALID_ARGUMENT, "no time-stamping authority is named");
    }
    if (!f.each) {
        return fail_memory(e);
    }
    TRY(try_each(&s, tsas, n, &f, ret_token, &verified, e));
    if (ret_index) {
        *ret_index = f.n;
    }
    if (ret_verified) {
        *ret_verified = verified;
        verified = (tsp_verified){.warnings = BUF(0)};
    }
    return PADES_OK;
}

size_t tsa_expected_size(pades_ctx *ctx, const pades_tsa *tsa)
{
    size_t learned = tsa_cache_get(ctx, tsa->url);
    if (learned == 0) {
        return TOKEN_UNKNOWN;
    }
    return learned > TOKEN_LEAST / 2 ? learned * 2 : TOKEN_LEAST;
}
