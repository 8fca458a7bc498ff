/* See asking.h. */
#include "pki/asking.h"

#include "base/fail.h"
#include "base/mem.h"
#include "net/url.h"
#include "pki/revcache.h"

enum {
    SLOW_ONCE = 254, /* what is remembered of a host, as kinds of keys */
    SILENT = 255,
    TIMEOUTS_MAX = 6 /* of the context's, lost altogether */
};
DEFINE_AUTO(url, mem_free)

/* "host:port"; NULL: the URL is none, and http_do says why. */
static char *origin_of(const char *text)
{
    AUTO_VAL(buf) origin = BUF(URL_HOST_MAX + 32);
    AUTO(url) *u = mem_alloc(sizeof *u);
    if (!u || url_parse(text, u)) {
        return NULL;
    }
    buf_addf(&origin, "%s:%u", u->host, (unsigned)u->port);
    return buf_take_text(&origin);
}

static bool is_known(const asking *a, int what, const char *origin)
{
    rev_key key;
    pades_status status = PADES_OK;
    if (!origin || revcache_key(what, origin, NULL, &key, NULL) != PADES_OK) {
        return false;
    }
    AUTO(mem_text) *why = revcache_failure(a->ctx, &key, &status);
    return why != NULL;
}

/* Of the same host come OCSP answers and CRLs: one slow answer does not condemn it. */
static void note_timeout(const asking *a, const char *origin)
{
    rev_key key;
    int what = is_known(a, SLOW_ONCE, origin) ? SILENT : SLOW_ONCE;
    if (origin && revcache_key(what, origin, NULL, &key, NULL) == PADES_OK) {
        revcache_failed(a->ctx, &key, PADES_TIMEOUT, "no answer in time");
    }
}

pades_status asking_do(asking *a, http_request q, http_response *ret, pades_error **e)
{
    uint64_t began = monotonic_ms();
    AUTO(mem_text) *origin = origin_of(q.url);
    q.control = a->control;
    if (is_known(a, SILENT, origin)) {
        return fail(e, PADES_TIMEOUT, "not asked: its host let the time run out just now");
    }
    if (a->lost_ms > (uint64_t)TIMEOUTS_MAX * a->ctx->timeout_ms) {
        return fail(e, PADES_TIMEOUT, "not asked: too much time was lost on other services");
    }
    pades_status status = http_do(a->ctx, &q, ret, e);
    if (status == PADES_TIMEOUT) {
        a->lost_ms += monotonic_ms() - began;
        if (control_check(a->control, NULL) == PADES_OK) {
            note_timeout(a, origin);
        }
    }
    return status;
}
