/* The RFC 3161 client: one request to each authority in turn, until one gives a token that stands
 * every check. There is no probing, and a second try only where the first got no answer for reasons
 * that pass (429, 5xx, a connection that broke off): twice at most, with growing pauses, within the
 * time of one request. An authority that failed is never passed over in silence: it is in the
 * error, or in a warning. */
#include "tsa/tsp.h"

#include "base/fail.h"
#include "base/mem.h"
#include "base/timefmt.h"
#include "tsa/authority.h"
#include "tsa/pace.h"

#include <inttypes.h>

enum {
    TOKEN_UNKNOWN = 16384,
    TOKEN_LEAST = 4096,
    TRIES_MORE = 2,
    BACK_OFF_MS = 500,  /* then three times as long */
    PATIENCE_MS = 5000, /* with an authority that has another one behind it */
    FIRST_SERVER_ERROR = 500,
    NOT_IMPLEMENTED = 501,
    UNAVAILABLE = 503,
    HTTP_VERSION_NOT_SUPPORTED = 505,
    LAST_SERVER_ERROR = 599,
    TOO_MANY_REQUESTS = 429
};

/* One stamping: what each step needs. */
typedef struct stamping {
    pades_ctx *ctx;
    pades_digest alg;
    const uint8_t *imprint;
    pades_control *control;
    const char *offline;
} stamping;

/* clause: RFC3161#3.4 POST of application/timestamp-query, answered by application/timestamp-reply
 */
static pades_status post(const stamping *s, const pades_tsa *tsa, span body, uint64_t ms,
                         http_trouble *ret_trouble, http_response *ret, pades_error **e)
{
    const http_request q = {
        .url = tsa->url,
        .content_type = "application/timestamp-query",
        .body = body,
        .accept = "application/timestamp-reply",
        .user = tsa->user,
        .password = tsa->password,
        .bearer = tsa->bearer,
        .insecure_auth = tsa->insecure_auth,
        .client_cert = tsa->client_cert,
        .client_key = tsa->client_key,
        .max_bytes = ctx_limit(s->ctx, PADES_LIMIT_HTTP_BYTES),
        .timeout_ms = ms ? (uint32_t)ms : 1,
        .control = s->control,
        .ret_trouble = ret_trouble,
    };
    return http_do(s->ctx, &q, ret, e);
}

/* What pades_tsa_set_insecure_auth() let happen. */
static void warn_of_plain_http(const stamping *s, const pades_tsa *tsa, buf *warnings)
{
    if (!tsa->https && (tsa->user || tsa->bearer)) {
        static const char what[] = "were sent over plain http, for all in between to read";
        ctx_log(s->ctx, PADES_LOG_WARNING, "the credentials for '%s' %s", tsa->shown, what);
        buf_addf(warnings, "the credentials for '%s' %s", tsa->shown, what);
        buf_add_byte(warnings, '\0');
    }
}

/* One request, `ms` at most. *ret_trouble: why no answer came. */
static pades_status ask_once(const stamping *s, const pades_tsa *tsa, uint64_t ms,
                             http_trouble *ret_trouble, buf *ret_token, tsp_verified *ret,
                             pades_error **e)
{
    tsp_request request;
    AUTO_VAL(buf) body = BUF(4096);
    AUTO_VAL(http_response) answer = {.body = BUF(0)};
    span token = {NULL, 0};
    TRY(tsp_request_make_of(s->alg, s->imprint, tsa->policy, &request, e));
    request.offline = s->offline;
    TRY(tsp_request_encode(&request, &body, e));
    *ret_trouble = (http_trouble){.retry_after = -1};
    TRY(post(s, tsa, buf_span(&body), ms, ret_trouble, &answer, e));
    *ret_trouble = (http_trouble){.retry_after = -1};
    TRY(tsp_response_parse(buf_span(&answer.body), &token, e));
    AUTO_VAL(tsp_verified) verified = {.warnings = BUF(0)};
    TRY(tsp_token_verify(s->ctx, token, &request, s->control, &verified, e));
    warn_of_plain_http(s, tsa, &verified.warnings);
    buf_add_span(ret_token, token);
    TRY(buf_check(ret_token, "timestamp token", e));
    tsa_cache_put(s->ctx, tsa->url, token.n);
    *ret = verified;
    verified = (tsp_verified){.warnings = BUF(0)};
    return PADES_OK;
}

/* Milliseconds after which the same request may get an answer; 0: it will not. */
static uint64_t back_off(const http_trouble *t, unsigned tries)
{
    bool broken = t->status >= FIRST_SERVER_ERROR && t->status <= LAST_SERVER_ERROR &&
                  t->status != NOT_IMPLEMENTED && t->status != HTTP_VERSION_NOT_SUPPORTED;
    if (!t->cut && !broken && t->status != TOO_MANY_REQUESTS) {
        return 0;
    }
    bool told = t->retry_after > 0 && !t->cut;
    return told ? 1000ULL * (uint64_t)t->retry_after : (uint64_t)BACK_OFF_MS * (tries == 1 ? 1 : 3);
}

/* A pause that the authority asks for holds for everybody. */
static bool is_for_all(const http_trouble *t)
{
    return t->status == TOO_MANY_REQUESTS || t->status == UNAVAILABLE || t->retry_after > 0;
}

/* Until the authority may be asked again. PADES_TRY_LATER, without an error: not within `left`. */
static pades_status wait_again(const stamping *s, const pades_tsa *tsa, const http_trouble *t,
                               uint64_t ms, uint64_t left, pades_error **e)
{
    AUTO(pades_error) *too_long = NULL;
    if (is_for_all(t)) {
        pace_pause(s->ctx, tsa, ms);
    }
    if (ms >= left) {
        return PADES_TRY_LATER;
    }
    ctx_log(s->ctx, PADES_LOG_INFO, "'%s' is asked again in %u.%u seconds", tsa->shown,
            (unsigned)(ms / 1000), (unsigned)(ms % 1000 / 100));
    if (!is_for_all(t)) {
        TRY(control_sleep(s->control, ms, e));
        left -= ms;
    }
    pades_status status = pace_wait(s->ctx, tsa, left, left, s->control, &too_long);
    if (status != PADES_TRY_LATER && e) {
        *e = TAKE(too_long);
    }
    return status;
}

/* What is left of the time for this authority, and of the patience with it. */
static uint64_t left_of(uint64_t end, bool last)
{
    uint64_t now = monotonic_ms();
    uint64_t left = now < end ? end - now : 0;
    return last || left < PATIENCE_MS ? left : PATIENCE_MS;
}

/* One authority, again where that may help. `last`: there is no other one. */
static pades_status ask(const stamping *s, const pades_tsa *tsa, bool last, buf *ret_token,
                        tsp_verified *ret, pades_error **e)
{
    http_trouble trouble;
    uint64_t allowed = control_left_ms(s->control);
    uint64_t ms = allowed < s->ctx->timeout_ms ? allowed : s->ctx->timeout_ms;
    TRY(pace_wait(s->ctx, tsa, last || ms < PATIENCE_MS ? ms : PATIENCE_MS, UINT64_MAX, s->control,
                  e));
    const uint64_t end = monotonic_ms() + ms;
    pades_status status = ask_once(s, tsa, ms, &trouble, ret_token, ret, e);
    for (unsigned tries = 1; status != PADES_OK; tries++) {
        AUTO(pades_error) *stopped = NULL;
        uint64_t left = tries <= TRIES_MORE ? left_of(end, last) : 0;
        uint64_t pause = back_off(&trouble, tries);
        pades_status waited =
            pause ? wait_again(s, tsa, &trouble, pause, left, &stopped) : PADES_TRY_LATER;
        if (waited == PADES_TRY_LATER) {
            break;
        }
        pades_error_free(*e);
        *e = TAKE(stopped);
        TRY(waited);
        status = ask_once(s, tsa, left_of(end, true), &trouble, ret_token, ret, e);
    }
    return status;
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
    AUTO_VAL(buf) line = BUF(32 << 10);
    AUTO(mem_text) *reasons = error_line(error);
    buf_addf(&line, "'%s'%s%s", tsa->shown, reasons && *reasons ? ": " : "",
             reasons ? reasons : "");
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
        status = ask(s, tsas[i], i + 1 == n, ret_token, ret, &f->each[i]);
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
                       span stamped, pades_control *control, const char *offline, buf *ret_token,
                       tsp_verified *ret_verified, size_t *ret_index, pades_error **e)
{
    uint8_t imprint[DIGEST_MAX];
    /* Some authorities answer SHA-512 requests with broken tokens: SHA-256 unless the caller wants
     * another. */
    const pades_digest used = alg == PADES_DIGEST_DEFAULT ? PADES_DIGEST_SHA256 : alg;
    TRY(digest_once(used, stamped, imprint, e));
    return tsa_stamp_imprint(ctx, tsas, n, used, imprint, control, offline, ret_token, ret_verified,
                             ret_index, e);
}

pades_status tsa_stamp_imprint(pades_ctx *ctx, const pades_tsa *const *tsas, size_t n,
                               pades_digest alg, const uint8_t *imprint, pades_control *control,
                               const char *offline, buf *ret_token, tsp_verified *ret_verified,
                               size_t *ret_index, pades_error **e)
{
    const stamping s = {ctx, alg, imprint, control, offline};
    AUTO_VAL(failures) f = {mem_array(n, sizeof *f.each), 0};
    AUTO_VAL(tsp_verified) verified = {.warnings = BUF(0)};
    ctx_freeze(ctx);
    if (n == 0) {
        return fail(e, PADES_INVALID_ARGUMENT, "no time-stamping authority is named");
    }
    if (!f.each) {
        return fail_memory(e);
    }
    const uint64_t began = monotonic_ms();
    TRY(try_each(&s, tsas, n, &f, ret_token, &verified, e));
    char when[TIME_TEXT];
    time_rfc3339(verified.time, when);
    ctx_log(ctx, PADES_LOG_INFO, "a timestamp came from '%s': %s, %zu bytes, %" PRIu64 " ms",
            tsas[f.n]->shown, when, ret_token->n, monotonic_ms() - began);
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
