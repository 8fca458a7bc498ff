/* See issuers.h. A search in depth: at each certificate an anchor that signed it ends the way, else
 * the issuers in the pool are tried, those valid at the time first, of these the one that lasts
 * longest. When no way is left, the ends of all ways are asked for their issuers, the highest
 * first, and the search begins again. */
#include "pki/issuers_impl.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"
#include "pki/revcache.h"

enum { TRUE_SIGNED = 1, TRUE_PATH, TRUE_PATH_TIMESTAMP };

enum {
    BRANCHES = 8,       /* issuers tried for one certificate */
    VISITS_MAX = 64,    /* certificates on all ways of a search */
    CHECKS_MAX = 512,   /* signatures of certificates of the pool checked in a search */
    CHECKS_EACH = 128,  /* for the issuers of one certificate */
    JUDGED_MAX = 16,    /* whole paths judged in a search */
    FETCHED_ROOM = 512, /* of the pool, kept free for what is fetched */
};

/* The anchors of a context, read once. */
typedef struct anchors {
    pades_cert **certs;
    size_t n;
} anchors;

static void anchors_free(void *object)
{
    anchors *a = object;
    certs_free(a->certs, a->n);
    mem_free(a);
}
DEFINE_AUTO(anchors, anchors_free)

static pades_status anchors_make(pades_ctx *ctx, void **ret, pades_error **e)
{
    AUTO(anchors) *a = mem_alloc(sizeof *a);
    if (!a || !(a->certs = mem_array(ctx->anchors_n, sizeof *a->certs))) {
        return fail_memory(e);
    }
    for (; a->n < ctx->anchors_n; a->n++) {
        span der = buf_span(&ctx->anchors[a->n]);
        TRY(pades_cert_new_der(der.p, der.n, &a->certs[a->n], e));
    }
    *ret = TAKE(a);
    return PADES_OK;
}

pades_status issuers_new(asking *by, bool offline, issuers **ret, pades_error **e)
{
    void *slot = NULL;
    AUTO(issuers) *is = mem_alloc(sizeof *is);
    if (!is) {
        return fail_memory(e);
    }
    ctx_freeze(by->ctx);
    TRY(ctx_get_slot(by->ctx, CTX_SLOT_ANCHORS, anchors_make, anchors_free, &slot, e));
    is->ctx = by->ctx;
    is->asking = by;
    is->offline = offline;
    is->anchors = ((anchors *)slot)->certs;
    is->anchors_n = ((anchors *)slot)->n;
    *ret = TAKE(is);
    return PADES_OK;
}

void issuers_free(issuers *is)
{
    for (size_t i = 0; is && i < is->asked_n; i++) {
        tried_free(&is->asked[i].failed);
    }
    if (is) {
        certs_free(is->pool, is->pool_n);
        mem_free(is);
    }
}

static const pades_cert *find(const pades_cert *const *list, size_t n, const pades_cert *cert)
{
    for (size_t i = 0; i < n; i++) {
        if (cert_same(list[i], cert)) {
            return list[i];
        }
    }
    return NULL;
}

bool issuers_is_anchor(const issuers *is, const pades_cert *cert)
{
    return find((const pades_cert *const *)is->anchors, is->anchors_n, cert) != NULL;
}

pades_status issuers_add(issuers *is, const pades_cert *cert, const pades_cert **ret,
                         pades_error **e)
{
    const pades_cert *known = find((const pades_cert *const *)is->pool, is->pool_n, cert);
    if (!known) {
        if (is->pool_n == POOL_CERTS) {
            return fail(e, PADES_LIMIT, "more than %d certificates", POOL_CERTS);
        }
        if (!MEM_GROW(is->pool, is->pool_n, is->pool_cap)) {
            return fail_memory(e);
        }
        TRY(cert_ref(cert, &is->pool[is->pool_n], e));
        known = is->pool[is->pool_n++];
    }
    if (ret) {
        *ret = known;
    }
    return PADES_OK;
}

const pades_cert *const *issuers_pool(const issuers *is, size_t *ret_n)
{
    *ret_n = is->pool_n;
    return (const pades_cert *const *)is->pool;
}

bool issuers_signed(issuers *is, const pades_cert *cert, const pades_cert *issuer)
{
    rev_key truth;
    const pades_cert *const about[] = {cert, issuer};
    if (!span_eq(cert_issuer_der(cert), cert_subject_der(issuer))) {
        return false;
    }
    if (revcache_truth(TRUE_SIGNED, about, 2, &truth, NULL) != PADES_OK) {
        return cert_signed_by(cert, issuer);
    }
    if (revcache_knows(is->ctx, &truth)) {
        return true;
    }
    bool is_true = cert_signed_by(cert, issuer);
    if (is_true) {
        revcache_learn(is->ctx, &truth);
    }
    return is_true;
}

typedef struct search {
    issuers *is;
    path_purpose purpose;
    int64_t at;
    size_t skip;
    cert_path path;
    const pades_cert *ends[VISITS_MAX]; /* visited, in the order of the visits */
    unsigned visits, checks, judged;
    pades_status stopped; /* by something that is no judgement */
    pades_error *refusal; /* of the first path that was judged */
} search;

static void search_free(search *s)
{
    pades_error_free(s->refusal);
}

static bool on_path(const search *s, const pades_cert *cert)
{
    return find(s->path.at, s->path.n, cert) != NULL;
}

static bool all_valid(const search *s)
{
    for (size_t i = 0; i < s->path.n; i++) {
        const pades_cert *cert = s->path.at[i];
        if (s->at < pades_cert_not_before(cert) || s->at > pades_cert_not_after(cert)) {
            return false;
        }
    }
    return true;
}

/* Of what a path is judged by, nothing but the validity of its certificates depends on the time. */
static pades_status check(const search *s, pades_error **e)
{
    rev_key truth;
    pades_ctx *ctx = s->is->ctx;
    int kind = s->purpose == PATH_TIMESTAMP ? TRUE_PATH_TIMESTAMP : TRUE_PATH;
    TRY(revcache_truth(kind, s->path.at, s->path.n, &truth, e));
    if (all_valid(s) && revcache_knows(ctx, &truth)) {
        return PADES_OK;
    }
    TRY(path_check(ctx, s->path.at[0], s->path.at, s->path.n, s->at, s->purpose, NULL, e));
    revcache_learn(ctx, &truth);
    return PADES_OK;
}

/* The path is whole: is it valid, and not one of those to be passed over? */
static bool judge(search *s)
{
    pades_error *why = NULL;
    if (s->judged++ >= JUDGED_MAX) {
        return false;
    }
    pades_status status = check(s, &why);
    if (status == PADES_OK) {
        return s->skip == 0 || s->skip-- == 0;
    }
    if (status != PADES_CERT_INVALID) {
        s->stopped = status;
    }
    if (s->refusal) {
        pades_error_free(why);
    } else {
        s->refusal = why;
    }
    return false;
}

static bool judge_with(search *s, const pades_cert *anchor)
{
    s->path.at[s->path.n++] = anchor;
    if (judge(s)) {
        return true;
    }
    s->path.n--;
    return false;
}

static bool reaches_anchor(search *s, const pades_cert *last)
{
    if (issuers_is_anchor(s->is, last) && judge(s)) {
        return true;
    }
    for (size_t i = 0; i < s->is->anchors_n && s->path.n < PATH_CERTS; i++) {
        const pades_cert *anchor = s->is->anchors[i];
        if (!on_path(s, anchor) && issuers_signed(s->is, last, anchor) && judge_with(s, anchor)) {
            return true;
        }
    }
    return false;
}

static bool is_better(const search *s, const pades_cert *a, const pades_cert *b)
{
    bool now_a = pades_cert_not_before(a) <= s->at && s->at <= pades_cert_not_after(a);
    bool now_b = pades_cert_not_before(b) <= s->at && s->at <= pades_cert_not_after(b);
    return now_a != now_b ? now_a : pades_cert_not_after(a) > pades_cert_not_after(b);
}

static size_t insert(const search *s, const pades_cert **list, size_t n, const pades_cert *cert)
{
    size_t at = n < BRANCHES ? n : BRANCHES - 1;
    if (n == BRANCHES && !is_better(s, cert, list[at])) {
        return n;
    }
    for (; at > 0 && is_better(s, cert, list[at - 1]); at--) {
        list[at] = list[at - 1];
    }
    list[at] = cert;
    return n < BRANCHES ? n + 1 : n;
}

/* The newest of the pool first: what was fetched is not hidden behind a heap of the same name. */
static size_t find_issuers(search *s, const pades_cert *last, const pades_cert **list)
{
    size_t n = 0;
    unsigned checks = 0;
    for (size_t i = s->is->pool_n; i > 0 && checks < CHECKS_EACH && s->checks < CHECKS_MAX; i--) {
        const pades_cert *cert = s->is->pool[i - 1];
        bool named = span_eq(cert_issuer_der(last), cert_subject_der(cert));
        if (!named || on_path(s, cert) || issuers_is_anchor(s->is, cert)) {
            continue;
        }
        checks++;
        s->checks++;
        if (issuers_signed(s->is, last, cert)) {
            n = insert(s, list, n, cert);
        }
    }
    return n;
}

/* Recursion as deep as a path is long. */
static bool climb(search *s, const pades_cert *cert)
{
    const pades_cert *list[BRANCHES];
    if (s->visits == VISITS_MAX || s->path.n == PATH_CERTS) {
        return false;
    }
    s->ends[s->visits++] = cert;
    s->path.at[s->path.n++] = cert;
    if (reaches_anchor(s, cert)) {
        return true;
    }
    size_t n = find_issuers(s, cert, list);
    for (size_t i = 0; i < n && s->stopped == PADES_OK; i++) {
        if (climb(s, list[i])) {
            return true;
        }
    }
    s->path.n--;
    return false;
}

/* Asks from the end of the ways backwards until somebody's issuer came. */
static pades_status fetch_more(const search *s, bool *ret_more, pades_error **e)
{
    *ret_more = false;
    for (size_t i = s->visits; i > 0 && !*ret_more; i--) {
        TRY(issuers_fetch(s->is, s->ends[i - 1], ret_more, e));
    }
    return PADES_OK;
}

static tried *tried_for(issuers *is, const pades_cert *cert)
{
    for (size_t i = 0; i < is->asked_n; i++) {
        if (is->asked[i].cert == cert && is->asked[i].failed.n > 0) {
            return &is->asked[i].failed;
        }
    }
    return NULL;
}

/* What was fetched in vain for the ends of all ways, the highest first. */
static pades_status tell_tried(const search *s, pades_error **e)
{
    pades_status status = PADES_CERT_INVALID;
    const char *hint = NULL;
    for (size_t i = 0; i < s->visits; i++) {
        tried *t = tried_for(s->is, s->ends[i]);
        if (t) {
            status = t->later ? PADES_TRY_LATER : PADES_SERVICE_FAILED;
            hint = t->hint ? t->hint : hint;
            (void)fail(e, status, "%s", tried_text(t));
        }
    }
    if (hint) {
        (void)error_hint(e, "%s", hint);
    }
    return status;
}

/* The highest certificate that was reached, whose issuer is missing. */
static pades_status no_path(search *s, const pades_cert *leaf, pades_error **e)
{
    if (s->refusal) {
        if (e) {
            *e = TAKE(s->refusal);
        }
        return PADES_CERT_INVALID;
    }
    pades_status status = tell_tried(s, e);
    const pades_cert *end = s->visits > 0 ? s->ends[s->visits - 1] : leaf;
    AUTO(mem_text) *name = escape_text(span_str(pades_cert_common_name(leaf)), 200);
    AUTO(mem_text) *issuer = escape_text(span_str(pades_cert_issuer(end)), 300);
    fail_wrap(e, status,
              "the certificate '%s' does not lead to a trust anchor: the issuer '%s' is missing",
              name ? name : "?", issuer ? issuer : "?");
    error_clause(e, "RFC5280#6.1");
    if (status == PADES_CERT_INVALID) {
        error_hint(e,
                   "add the root certificate of its issuer to the trust anchors if you trust it");
    }
    return status;
}

pades_status issuers_path(issuers *is, const pades_cert *leaf, path_purpose purpose, int64_t at,
                          size_t skip, cert_path *ret, pades_error **e)
{
    const pades_cert *own = NULL;
    bool more = true;
    TRY(issuers_add(is, leaf, &own, e));
    while (more) {
        AUTO_VAL(search) s = {.is = is, .purpose = purpose, .at = at, .skip = skip};
        TRY(control_check(is->asking->control, e));
        if (climb(&s, own)) {
            *ret = s.path;
            return PADES_OK;
        }
        if (s.stopped != PADES_OK) {
            return s.stopped == PADES_NO_MEMORY ? fail_memory(e) : s.stopped;
        }
        TRY(fetch_more(&s, &more, e));
        if (!more) {
            return no_path(&s, own, e);
        }
    }
    return PADES_INTERNAL;
}
