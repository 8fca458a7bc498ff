/* http_do: the rules of a whole request over its hops. Redirects are followed here, at most five,
 * never in a circle, never to another scheme than http and https, never from https to http. A POST
 * is sent again as it was for 301, 302, 307 and 308 (RFC 9110 15.4 allows it) and not for 303,
 * which asks for a GET. Credentials stay with the origin the user named. A host the user did not
 * name is held to the address rules, wherever its name came from. */
#include "net/http.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"
#include "net/guard.h"
#include "net/hop.h"
#include "net/outcome.h"

#include <stdio.h>

enum { MAX_REDIRECTS = 5 };

/* The URLs of one request, the user's or the document's first. */
typedef struct trail {
    url at[MAX_REDIRECTS + 1];
    size_t n;
} trail;
DEFINE_AUTO(trail, mem_free)

static bool has_credentials(const http_request *q)
{
    return q->user != NULL || q->bearer != NULL || q->client_cert != NULL;
}

static pades_status parse_first(const http_request *q, url *ret, pades_error **e)
{
    const char *why = url_parse(q->url, ret);
    if (why) {
        AUTO(mem_text) *shown = escape_text(span_str(q->url), 200);
        return fail(e, PADES_SERVICE_REFUSED, "'%s' cannot be asked: %s", shown ? shown : "", why);
    }
    if (has_credentials(q) && !ret->https && (!q->insecure_auth || q->client_cert)) {
        (void)fail(e, PADES_SERVICE_REFUSED, "credentials are not sent over plain http");
        (void)error_hint(e, "use the https address of the service, or ask without credentials");
        return PADES_SERVICE_REFUSED;
    }
    return PADES_OK;
}

static pades_status refuse_redirect(const char *to, const char *why, pades_error **e)
{
    AUTO(mem_text) *shown = escape_text(span_of(to, strcspn(to, "?#")), 200);
    return fail(e, PADES_SERVICE_REFUSED, "it redirects to '%s', which is refused: %s",
                shown ? shown : "", why);
}

/* Puts the next URL on the trail. */
static pades_status follow(trail *t, const char *to, pades_error **e)
{
    if (t->n == ARRAY_LEN(t->at)) {
        return fail(e, PADES_SERVICE_FAILED, "it redirects more than %d times", MAX_REDIRECTS);
    }
    url *next = &t->at[t->n];
    const char *why = url_parse(to, next);
    if (why) {
        return refuse_redirect(to, why, e);
    }
    if (t->at[t->n - 1].https && !next->https) {
        return refuse_redirect(to, "it leads from https to plain http", e);
    }
    for (size_t i = 0; i < t->n; i++) {
        if (strcmp(t->at[i].text, next->text) == 0) {
            return fail(e, PADES_SERVICE_FAILED, "it redirects in a circle");
        }
    }
    t->n++;
    return PADES_OK;
}

static bool is_redirect(const http_request *q, long status)
{
    bool same_method = status == 301 || status == 302 || status == 307 || status == 308;
    return same_method || (status == 303 && !q->content_type);
}

/* What can be judged before a name is resolved. */
static pades_status check_target(const hop *h, pades_error **e)
{
    if (!h->checked) {
        return PADES_OK;
    }
    if (h->ctx->proxy) {
        return outcome_refused(h->target, "behind a proxy, only allowed hosts are asked", e);
    }
    if (!guard_port(h->target->port)) {
        return outcome_refused(h->target, "a port other than 80 and 443", e);
    }
    return PADES_OK;
}

static size_t cap_of(pades_ctx *ctx, const http_request *q)
{
    uint64_t bytes = q->max_bytes ? q->max_bytes : ctx_limit(ctx, PADES_LIMIT_HTTP_BYTES);
    return bytes > SIZE_MAX ? SIZE_MAX : (size_t)bytes;
}

static hop next_hop(pades_ctx *ctx, const http_request *q, const trail *t, uint64_t deadline)
{
    const url *target = &t->at[t->n - 1];
    bool guarded = q->from_document || !url_same_host(&t->at[0], target);
    return (hop){
        .ctx = ctx,
        .request = q,
        .target = target,
        .guarded = guarded,
        .checked = guarded &&
                   !guard_allowed(ctx->allowed_hosts, ctx->allowed_n, target->host, target->port),
        .credentials = has_credentials(q) && url_same_origin(&t->at[0], target),
        .deadline = deadline,
        .max_bytes = cap_of(ctx, q),
    };
}

static void note_trouble(const hop *h)
{
    if (h->request->ret_trouble) {
        *h->request->ret_trouble = (http_trouble){
            .status = h->answer.status, .retry_after = h->answer.retry_after, .cut = h->cut};
    }
}

/* One hop: *ret_done with the answer in *ret, or the trail one longer. */
static pades_status step(pades_ctx *ctx, const http_request *q, trail *t, uint64_t deadline,
                         bool *ret_done, http_response *ret, pades_error **e)
{
    AUTO_VAL(hop) h = next_hop(ctx, q, t, deadline);
    TRY(control_check(q->control, e));
    TRY(check_target(&h, e));
    pades_status status = hop_run(&h, e);
    note_trouble(&h);
    TRY(status);
    if (is_redirect(q, h.answer.status) && h.redirect) {
        return follow(t, h.redirect, e);
    }
    TRY(outcome_of_answer(q, &h.answer, e));
    *ret = h.answer;
    h.answer = (http_response){.body = BUF(0), .large = BULK(NULL, 0)};
    *ret_done = true;
    return PADES_OK;
}

/* Names the place an error is about when it is not the one the caller asked. */
static pades_status name_place(const trail *t, pades_status status, pades_error **e)
{
    if (t->n > 1) {
        AUTO_VAL(buf) where = BUF(URL_MAX + 1);
        url_show(&t->at[t->n - 1], &where);
        AUTO(mem_text) *shown = escape_text(buf_span(&where), 200);
        return fail_wrap(e, status, "redirected to '%s'", shown ? shown : "");
    }
    return status;
}

static uint64_t deadline_of(pades_ctx *ctx, const http_request *q)
{
    uint64_t ms = q->timeout_ms ? q->timeout_ms : ctx->timeout_ms;
    uint64_t left = control_left_ms(q->control);
    return monotonic_ms() + (left < ms ? left : ms);
}

pades_status http_do(pades_ctx *ctx, const http_request *request, http_response *ret,
                     pades_error **e)
{
    ctx_freeze(ctx);
    AUTO(trail) *t = mem_alloc(sizeof *t);
    if (!t) {
        return fail_memory(e);
    }
    TRY(parse_first(request, &t->at[0], e));
    t->n = 1;
    uint64_t deadline = deadline_of(ctx, request);
    bool done = false;
    while (!done) {
        pades_status status = step(ctx, request, t, deadline, &done, ret, e);
        if (status != PADES_OK) {
            return name_place(t, status, e);
        }
    }
    return PADES_OK;
}

void http_response_free(http_response *r)
{
    buf_free(&r->body);
    bulk_free(&r->large);
}
