/* See evidence_impl.h: one answer of one URL. Everything in it is from a stranger until
 * evidence_check() says otherwise; the URL is from a certificate, so the address rules hold. */
#include "pki/evidence_impl.h"

#include "base/digest.h"
#include "base/mem.h"
#include "pki/ocsp.h"
#include "pki/revcache.h"

enum { OPEN_END_KEPT = 600 /* seconds */, PAUSE_MS = 1000, PAUSE_MAX_MS = 15000 };

/* One source: what each step needs, and what came out of it. */
typedef struct source_try {
    evidence *ev;
    evidence_kind kind;
    const char *url;
    const inquiry *q;
    rev_key key;
    tried *failed;
    instant asked; /* when the answer below was asked for; time INT64_MIN: by another process */
    bool answered; /* by POST, with a successful answer, whatever is in it */
    blob *b;
    rev_info info;
} source_try;

static void source_try_free(source_try *t)
{
    blob_free(t->b);
    rev_info_free(&t->info);
}

static size_t cap_of(const source_try *t)
{
    uint64_t n = ctx_limit(t->ev->ctx, t->kind == EVIDENCE_OCSP ? PADES_LIMIT_HTTP_BYTES
                                                                : PADES_LIMIT_CRL_BYTES);
    return n > SIZE_MAX ? SIZE_MAX : (size_t)n;
}

static const char *what_of(const source_try *t)
{
    return t->kind == EVIDENCE_OCSP ? "OCSP" : "CRL";
}

/* Takes the bytes when they are a verified answer. */
static pades_status take(source_try *t, blob *b, const uint8_t *nonce, pades_error **e)
{
    rev_info info = {.signer = NULL};
    int64_t now = ctx_now(t->ev->ctx);
    TRY(evidence_check(t->ev, t->kind, b, t->q, nonce, now, &info, e));
    blob_free(t->b);
    rev_info_free(&t->info);
    t->b = blob_ref(b);
    t->info = info;
    return PADES_OK;
}

static pades_status http(const source_try *t, const char *url, span body, blob **ret,
                         pades_error **e)
{
    const http_request q = {
        .url = url,
        .content_type = body.n ? "application/ocsp-request" : NULL,
        .body = body,
        .accept = t->kind == EVIDENCE_OCSP ? "application/ocsp-response" : NULL,
        .max_bytes = cap_of(t),
        .large = true,
        .from_document = t->kind != EVIDENCE_OCSP || !t->ev->ocsp_url,
    };
    AUTO_VAL(http_response) got = {.large = BULK(NULL, 0)};
    TRY(asking_do(&t->ev->asking, q, &got, e));
    return blob_take_bulk(&got.large, ret, e);
}

static pades_status ask_crl(source_try *t, pades_error **e)
{
    AUTO(blob) *b = NULL;
    TRY(http(t, t->url, (span){NULL, 0}, &b, e));
    return take(t, b, NULL, e);
}

/* clause: RFC6960#A.1 POST; clause: RFC8954#2.1 a nonce of 16 octets */
static pades_status ask_post(source_try *t, pades_error **e)
{
    uint8_t nonce[OCSP_NONCE];
    AUTO_VAL(buf) request = BUF(8192);
    AUTO(blob) *b = NULL;
    TRY(random_bytes(nonce, sizeof nonce, e));
    TRY(ocsp_request(t->q->cert, t->q->issuer, nonce, &request, e));
    TRY(http(t, t->url, buf_span(&request), &b, e));
    int64_t from = 0;
    int64_t to = 0;
    t->answered = ocsp_times(blob_bytes(b), &from, &to);
    return take(t, b, nonce, e);
}

/* As RFC 5019 has it: GET, without a nonce: what many caches in between can answer */
static pades_status ask_get(source_try *t, pades_error **e)
{
    AUTO_VAL(buf) request = BUF(8192);
    AUTO_VAL(buf) text = BUF(16384);
    AUTO(blob) *b = NULL;
    TRY(ocsp_request(t->q->cert, t->q->issuer, NULL, &request, e));
    TRY(ocsp_get_url(span_str(t->url), buf_span(&request), &text, e));
    AUTO(mem_text) *url = buf_take_text(&text);
    if (!url) {
        return fail_memory(e);
    }
    TRY(http(t, url, (span){NULL, 0}, &b, e));
    return take(t, b, NULL, e);
}

/* A server that is there and does not understand POST, or a nonce. An answer that is wrong is not
 * asked for a second time without its nonce. */
static bool get_may_help(const source_try *t, pades_status status, const pades_error *why)
{
    const char *native = why ? pades_error_native(why) : NULL;
    bool there = !native || strncmp(native, "curl", 4) != 0;
    return status == PADES_SERVICE_FAILED && there && !t->answered;
}

static pades_status ask(source_try *t, pades_error **e)
{
    AUTO(pades_error) *why = NULL;
    AUTO(pades_error) *second = NULL;
    t->asked = ctx_instant(t->ev->ctx); /* not when it came: what it tells may be older */
    if (t->kind == EVIDENCE_CRL) {
        return ask_crl(t, e);
    }
    pades_status status = ask_post(t, &why);
    if (get_may_help(t, status, why)) {
        pades_status by_get = ask_get(t, &second);
        if (by_get == PADES_OK || ends_everything(t->ev->plan.control, by_get)) {
            status = by_get;
            pades_error_free(why);
            why = TAKE(second);
        }
    }
    if (status != PADES_OK && e) {
        *e = TAKE(why);
    }
    return status;
}

/* An answer without an end is not kept for other processes; what is on hold or not known, for
 * nobody. */
static void keep(const source_try *t)
{
    bool steady = t->info.state == REV_GOOD ||
                  (t->info.state == REV_REVOKED && t->info.reason != REASON_ON_HOLD);
    if (steady) {
        revcache_put(t->ev->ctx, &t->key, t->b, t->asked, t->info.next_update != 0);
    }
}

static bool is_fresh(const source_try *t)
{
    return t->info.this_update >= t->q->fresh || t->info.state == REV_REVOKED;
}

/* One that is kept must be newer still where the need says so. */
static bool is_still_true(const source_try *t)
{
    return is_fresh(t) && (t->info.this_update >= t->q->newer || t->info.state == REV_REVOKED);
}

/* Asks again, less and less often, until the answer is newer or the time is over. */
static pades_status wait_for_fresh(source_try *t, pades_error **e)
{
    uint64_t end = t->q->wait_end;
    uint64_t ms = PAUSE_MS;
    while (!is_fresh(t)) {
        uint64_t now = monotonic_ms();
        if (now >= end) {
            break;
        }
        TRY(control_sleep(t->ev->plan.control, ms < end - now ? ms : end - now, e));
        TRY(ask(t, e));
        ms = ms * 2 < PAUSE_MAX_MS ? ms * 2 : PAUSE_MAX_MS;
    }
    if (!is_fresh(t) && t->ev->plan.wait_fresh > 0 && !t->ev->plan.allow_cached) {
        fail(e, PADES_TRY_LATER, "no answer newer than the timestamp within %u seconds",
             (unsigned)t->ev->plan.wait_fresh);
        error_hint(e, "try again later, or take the older answer with --allow-cached");
        return PADES_TRY_LATER;
    }
    return PADES_OK;
}

/* What the judgement refuses is told here already, so that the next source is tried. */
static pades_status refuse_useless(const source_try *t, pades_error **e)
{
    char why[WHY_MAX];
    if (evidence_judge(&t->info, t->q, ctx_now(t->ev->ctx), why) == VERDICT_NO) {
        return fail(e, PADES_SERVICE_FAILED, "%s", why);
    }
    return PADES_OK;
}

/* *ret_lasting: it is the source that failed, whatever was asked of it. */
static pades_status from_network(source_try *t, bool *ret_lasting, pades_error **e)
{
    pades_status status = ask(t, e);
    *ret_lasting = status != PADES_OK;
    TRY(status);
    keep(t);
    TRY(wait_for_fresh(t, e));
    keep(t);
    return refuse_useless(t, e);
}

/* From the memory of this process, asked for after the timestamp: as good as asking again. In the
 * same second, nothing says which of them came first. */
static bool is_recent(const source_try *t)
{
    return t->ev->plan.wait_fresh == 0 && t->asked.time != INT64_MIN &&
           instant_after(t->asked, t->q->since);
}

/* Without nextUpdate there may be a newer one at any time: it serves what is done together. */
static bool is_over(const source_try *t)
{
    return t->info.next_update == 0 &&
           (t->asked.time == INT64_MIN || ctx_now(t->ev->ctx) - t->asked.time > OPEN_END_KEPT);
}

static bool from_cache(source_try *t)
{
    AUTO(blob) *b = revcache_get(t->ev->ctx, &t->key, cap_of(t), &t->asked);
    if (!b) {
        return false;
    }
    if (take(t, b, NULL, NULL) != PADES_OK) {
        revcache_drop(t->ev->ctx, &t->key);
        return false;
    }
    bool new_enough = is_still_true(t) || is_recent(t) || t->ev->plan.allow_cached;
    return new_enough && !is_over(t) && refuse_useless(t, NULL) == PADES_OK;
}

/* Failures of the last half minute are not repeated: an unreachable server costs a batch its
 * deadline once. */
static pades_status ask_unless_failed(source_try *t, pades_error **e)
{
    pades_status before = PADES_OK;
    pades_error *why = NULL;
    AUTO(mem_text) *known = revcache_failure(t->ev->ctx, &t->key, &before);
    if (known) {
        tried_add(t->failed, what_of(t), t->url, before, known);
        return PADES_REVOCATION_MISSING;
    }
    bool lasting = false;
    pades_status status = from_network(t, &lasting, &why);
    if (status == PADES_OK) {
        return PADES_OK;
    }
    if (ends_everything(t->ev->plan.control, status)) {
        if (e) {
            *e = why;
        } else {
            pades_error_free(why);
        }
        return status;
    }
    AUTO(mem_text) *line = error_line(why);
    if (lasting) {
        revcache_failed(t->ev->ctx, &t->key, status, line ? line : "failed");
    }
    tried_add_error(t->failed, what_of(t), t->url, status, why);
    return PADES_REVOCATION_MISSING;
}

static pades_status make_key(source_try *t, pades_error **e)
{
    const pades_cert *about = t->kind == EVIDENCE_OCSP ? t->q->cert : t->q->issuer;
    return revcache_key((int)t->kind, t->url, about, &t->key, e);
}

static pades_status find(source_try *t, pades_error **e)
{
    TRY(revcache_enter(t->ev->ctx, &t->key, t->ev->plan.control, e));
    pades_status status = from_cache(t) ? PADES_OK : ask_unless_failed(t, e);
    revcache_leave(t->ev->ctx, &t->key);
    return status;
}

pades_status evidence_fetch(evidence *ev, evidence_kind kind, const char *url, const inquiry *q,
                            tried *failed, size_t *ret_answer, rev_info *ret_info, pades_error **e)
{
    AUTO_VAL(source_try) t = {.ev = ev, .kind = kind, .url = url, .q = q, .failed = failed};
    TRY(make_key(&t, e));
    TRY(find(&t, e));
    TRY(evidence_add_answer(ev, kind, t.b, false, ret_answer, e));
    *ret_info = t.info;
    t.info = (rev_info){.signer = NULL};
    return PADES_OK;
}
