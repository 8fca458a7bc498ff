/* See evidence_impl.h: the status of one certificate. What is at hand comes before the cache, the
 * cache before the network; OCSP before CRLs, or the other way round when the plan says so. An
 * answer counts when it is good enough at the time and whoever signed it is covered in turn. */
#include "pki/evidence_impl.h"

#include "base/der.h"
#include "base/escape.h"
#include "base/mem.h"
#include "pki/crl.h"

#include <stdio.h>

enum {
    AT_HAND_MAX = 128, /* answers of one kind about one certificate that are checked */
    SIGNERS_MAX = 64,  /* whose status is looked for, for one need */
};

typedef struct seeking {
    evidence *ev;
    inquiry q;
    cert_status *s;
    int64_t now;
} seeking;

static cert_status *find(const evidence *ev, const inquiry *q)
{
    for (size_t i = 0; i < ev->known_n; i++) {
        cert_status *s = ev->known[i];
        if (cert_same(s->cert, q->cert) && cert_same(s->issuer, q->issuer)) {
            return s;
        }
    }
    return NULL;
}

static pades_status add(evidence *ev, const inquiry *q, cert_status **ret, pades_error **e)
{
    cert_status *s = mem_alloc(sizeof *s);
    if (!s || !MEM_GROW(ev->known, ev->known_n, ev->known_cap)) {
        mem_free(s);
        return fail_memory(e);
    }
    *s = (cert_status){.cert = q->cert, .issuer = q->issuer, .failed = TRIED};
    ev->known[ev->known_n++] = s;
    *ret = s;
    return PADES_OK;
}

static bool is_no_path(pades_status status)
{
    return status == PADES_CERT_INVALID || status == PADES_SERVICE_FAILED ||
           status == PADES_TRY_LATER;
}

/* Who signed the answer: known to be good because its issuer says so, or covered like any other
 * certificate at the time of the answer. What fails becomes a reason against the answer. */
static pades_status cover_signer(const seeking *k, const rev_info *info, tried *ret_why,
                                 pades_error **e)
{
    evidence *ev = k->ev;
    const pades_cert *signer = NULL;
    cert_path path;
    failures f;
    pades_error *why = NULL;
    inquiry q = {.at = info->produced_at ? info->produced_at : info->this_update,
                 .depth = k->q.depth + 1};
    if (!info->signer || cert_same(info->signer, k->q.issuer)) {
        return PADES_OK;
    }
    TRY(issuers_add(ev->is, info->signer, &signer, e));
    if (info->nocheck || cert_is_short_term(signer)) {
        return evidence_need_cert(ev, signer, e);
    }
    if (q.depth > DEPTH_MAX) {
        tried_add(ret_why, "its signer", "", PADES_REVOCATION_MISSING,
                  "too many signers depend on each other");
        return PADES_REVOCATION_MISSING;
    }
    pades_status status = issuers_path(ev->is, signer, PATH_ANY, q.at, 0, &path, &why);
    if (is_no_path(status)) {
        tried_add_error(ret_why, "its signer", pades_cert_common_name(signer), status, why);
        return PADES_REVOCATION_MISSING;
    }
    if (status == PADES_OK) {
        status = evidence_cover_path(ev, &path, q, &f, &why);
    }
    if (status == PADES_CERT_REVOKED || status == PADES_REVOCATION_MISSING) {
        tried_add(ret_why, "its signer", pades_cert_common_name(f.at[0]->cert),
                  f.at[0]->failed.later ? PADES_TRY_LATER : status,
                  f.at[0]->state == STATUS_RUNNING ? "its own status rests on this answer"
                                                   : tried_text(&f.at[0]->failed));
        return PADES_REVOCATION_MISSING;
    }
    if (status != PADES_OK && e) {
        *e = why;
    } else {
        pades_error_free(why);
    }
    return status;
}

static pades_status accept(seeking *k, size_t number, rev_info *info, const char *what,
                           const char *source, pades_error **e)
{
    AUTO_VAL(tried) why = TRIED;
    pades_status status = cover_signer(k, info, &why, e);
    if (status == PADES_REVOCATION_MISSING) {
        tried_add(&k->s->failed, what, source, why.later ? PADES_TRY_LATER : status,
                  tried_text(&why));
    }
    TRY(status);
    TRY(evidence_need_answer(k->ev, number, e));
    k->s->state = STATUS_GOOD;
    k->s->info = *info;
    k->s->answer = number;
    *info = (rev_info){.signer = NULL};
    return PADES_OK;
}

static pades_status revoked(seeking *k, size_t number, rev_info *info, const char *what,
                            const char *source, const char *why)
{
    tried_free(&k->s->failed); /* the reasons of other sources do not matter any more */
    k->s->failed = TRIED;
    tried_add(&k->s->failed, what, source, PADES_CERT_REVOKED, why);
    k->s->state = STATUS_REVOKED;
    k->s->info = *info;
    k->s->answer = number;
    *info = (rev_info){.signer = NULL};
    return PADES_CERT_REVOKED;
}

static void warn_old(const seeking *k, const char *how, const char *why)
{
    AUTO(mem_text) *name = escape_text(span_str(pades_cert_common_name(k->q.cert)), 200);
    evidence_warn(k->ev, "the status of '%s' %s: %s", name ? name : "?", how, why);
}

/* Is one answer about this certificate at all? Cheap, for a heap of others. */
static bool mentions(const rev_answer *a, const pades_cert *cert)
{
    span der = blob_bytes(a->b);
    span name;
    if (a->kind == EVIDENCE_CRL) {
        return crl_issuer(der, &name) && span_eq(name, cert_issuer_der(cert));
    }
    AUTO_VAL(buf) serial = BUF(1024);
    der_add(&serial, DER_INTEGER, cert_serial_der(cert));
    return !buf_ok(&serial) || span_find(der, buf_span(&serial), 0) != SIZE_MAX;
}

/* The time of an answer that is at hand, against what is wanted of such: who was good then may be
 * revoked by now. */
static verdict judge_at_hand(const seeking *k, const rev_info *info, char why[WHY_MAX])
{
    verdict v = evidence_judge(info, &k->q, k->now, why);
    if (v == VERDICT_GOOD && info->state == REV_GOOD && info->this_update < k->q.newer) {
        snprintf(why, WHY_MAX, "it is not of now, and must be asked for again");
        return VERDICT_OLD;
    }
    return v;
}

/* PADES_REVOCATION_MISSING: the next one, please. */
static pades_status try_at_hand(seeking *k, size_t number, pades_error **e)
{
    const rev_answer a = k->ev->answers[number];
    const char *what = kind_name(a.kind);
    AUTO_VAL(rev_info) info = {.signer = NULL};
    char why[WHY_MAX];
    pades_error *reason = NULL;
    pades_status status = evidence_check(k->ev, a.kind, a.b, &k->q, NULL, 0, &info, &reason);
    if (status == PADES_NO_MEMORY) {
        pades_error_free(reason);
        return fail_memory(e);
    }
    if (status != PADES_OK) {
        tried_add_error(&k->s->failed, what, "at hand", status, reason);
        return PADES_REVOCATION_MISSING;
    }
    switch (judge_at_hand(k, &info, why)) {
    case VERDICT_GOOD:
        return accept(k, number, &info, what, "at hand", e);
    case VERDICT_OLD:
        if (k->ev->plan.allow_cached) {
            warn_old(k, "was at hand already (allowed)", why);
            return accept(k, number, &info, what, "at hand", e);
        }
        break;
    case VERDICT_REVOKED:
        if (info.reason != REASON_ON_HOLD) { /* which may be over by now */
            return revoked(k, number, &info, what, "at hand", why);
        }
        break;
    case VERDICT_NO:
        break;
    }
    tried_add(&k->s->failed, what, "at hand", PADES_REVOCATION_MISSING, why);
    return PADES_REVOCATION_MISSING;
}

static pades_status seek_at_hand(seeking *k, evidence_kind kind, size_t n, pades_error **e)
{
    unsigned checked = 0;
    for (size_t i = 0; i < n && checked < AT_HAND_MAX; i++) {
        const rev_answer *a = &k->ev->answers[i];
        if (a->kind != kind || !mentions(a, k->q.cert)) {
            continue;
        }
        checked++;
        pades_status status = try_at_hand(k, i, e);
        if (status != PADES_REVOCATION_MISSING) {
            return status;
        }
    }
    return PADES_REVOCATION_MISSING;
}

static pades_status try_url(seeking *k, evidence_kind kind, span where, pades_error **e)
{
    size_t number = 0;
    char why[WHY_MAX];
    const char *what = kind == EVIDENCE_OCSP ? "OCSP" : "CRL";
    AUTO_VAL(rev_info) info = {.signer = NULL};
    AUTO(mem_text) *url = mem_strndup((const char *)where.p, where.n);
    if (!url) {
        return fail_memory(e);
    }
    TRY(evidence_fetch(k->ev, kind, url, &k->q, &k->s->failed, &number, &info, e));
    verdict v = evidence_judge(&info, &k->q, k->now, why);
    if (v == VERDICT_REVOKED) {
        return revoked(k, number, &info, what, url, why);
    }
    if (v == VERDICT_OLD) {
        warn_old(k,
                 k->ev->plan.allow_cached ? "may come from the cache (allowed)"
                                          : "is told by the newest answer there is",
                 why);
    }
    return accept(k, number, &info, what, url, e);
}

static pades_status seek_elsewhere(seeking *k, evidence_kind kind, pades_error **e)
{
    span urls[CERT_URLS] = {span_str(k->ev->ocsp_url ? k->ev->ocsp_url : "")};
    size_t n = 1;
    if (kind == EVIDENCE_CRL || !k->ev->ocsp_url) {
        n = kind == EVIDENCE_OCSP ? cert_ocsp_urls(k->q.cert, urls)
                                  : cert_crl_urls(k->q.cert, urls);
    }
    for (size_t i = 0; i < n; i++) {
        pades_status status = try_url(k, kind, urls[i], e);
        if (status != PADES_REVOCATION_MISSING) {
            return status;
        }
    }
    return PADES_REVOCATION_MISSING;
}

static pades_status seek(seeking *k, pades_error **e)
{
    const bool crl_first = k->ev->plan.prefer_crl;
    const evidence_kind order[] = {crl_first ? EVIDENCE_CRL : EVIDENCE_OCSP,
                                   crl_first ? EVIDENCE_OCSP : EVIDENCE_CRL};
    pades_status status = PADES_REVOCATION_MISSING;
    size_t n = k->ev->answers_n; /* what is fetched meanwhile is about others */
    for (size_t i = 0; status == PADES_REVOCATION_MISSING && i < ARRAY_LEN(order); i++) {
        status = seek_at_hand(k, order[i], n, e);
    }
    if (status != PADES_REVOCATION_MISSING || k->ev->plan.offline) {
        return status;
    }
    k->s->asked = k->now;
    for (size_t i = 0; status == PADES_REVOCATION_MISSING && i < ARRAY_LEN(order); i++) {
        status = seek_elsewhere(k, order[i], e);
    }
    return status;
}

/* Signers of answers about signers of answers multiply with every answer that is at hand. */
static bool is_enough(evidence *ev, const inquiry *q, cert_status *s)
{
    if (q->depth == 0 || ev->signers++ < SIGNERS_MAX) {
        return false;
    }
    s->state = STATUS_FAILED;
    tried_add(&s->failed, "its sources", "", PADES_REVOCATION_MISSING,
              "not asked: too many signers of answers were looked at already");
    return true;
}

static pades_status start(evidence *ev, const inquiry *q, cert_status *s, pades_error **e)
{
    seeking k = {ev, *q, s, ctx_now(ev->ctx)};
    k.q.wait_end = monotonic_ms() + 1000ULL * ev->plan.wait_fresh;
    TRY(control_check(ev->plan.control, e));
    s->state = STATUS_RUNNING;
    s->at = q->at;
    s->fresh = q->fresh;
    s->asked = INT64_MIN;
    s->offers = ev->offers;
    if (is_enough(ev, q, s)) {
        return PADES_REVOCATION_MISSING;
    }
    pades_status status = seek(&k, e);
    if (status == PADES_REVOCATION_MISSING) {
        s->state = STATUS_FAILED;
    }
    return status;
}

/* What was found before was not enough for this need: may looking again help? */
static bool may_improve(const evidence *ev, const cert_status *s, const inquiry *q)
{
    int64_t wanted = q->since.time > q->at ? q->since.time : q->at;
    return s->offers != ev->offers || (!ev->plan.offline && s->asked < wanted);
}

static pades_status seek_again(evidence *ev, const inquiry *q, cert_status *s, pades_error **e)
{
    size_t before = s->answer;
    bool good = s->state == STATUS_GOOD;
    if (good || s->state == STATUS_REVOKED) {
        rev_info_free(&s->info);
    }
    tried_free(&s->failed);
    s->failed = TRIED;
    pades_status status = start(ev, q, s, e);
    if (good && status == PADES_OK) { /* else it still tells of the time it was found for */
        evidence_drop_answer(ev, before);
    }
    return status;
}

/* The answer that was found before says the opposite about another time. */
static pades_status turn(evidence *ev, const inquiry *q, cert_status *s, verdict v, const char *why,
                         pades_error **e)
{
    static const char what[] = "found before";
    seeking k = {ev, *q, s, ctx_now(ev->ctx)};
    rev_info info = s->info; /* owned by one of them at any time */
    if (v == VERDICT_REVOKED && s->state == STATUS_GOOD) {
        return revoked(&k, s->answer, &info, what, "", why);
    }
    if (v == VERDICT_GOOD && s->state == STATUS_REVOKED) {
        return accept(&k, s->answer, &info, what, "", e);
    }
    return v == VERDICT_GOOD ? PADES_OK : PADES_CERT_REVOKED;
}

/* Found at hand, or asked for long ago, for a need that wanted no more. */
static bool is_not_of_now(const cert_status *s, const inquiry *q)
{
    return s->state == STATUS_GOOD && s->info.this_update < q->newer && s->asked < q->newer;
}

/* An answer that was found before, for another time: good enough now too? */
static pades_status again(evidence *ev, const inquiry *q, cert_status *s, pades_error **e)
{
    char why[WHY_MAX];
    if (s->state == STATUS_RUNNING) {
        return PADES_REVOCATION_MISSING;
    }
    if (s->state == STATUS_FAILED) {
        bool other = s->offers != ev->offers || s->at != q->at || s->fresh != q->fresh;
        return other ? seek_again(ev, q, s, e) : PADES_REVOCATION_MISSING;
    }
    if (is_not_of_now(s, q)) {
        return seek_again(ev, q, s, e);
    }
    verdict v = evidence_judge(&s->info, q, ctx_now(ev->ctx), why);
    if (v == VERDICT_GOOD || v == VERDICT_REVOKED) {
        return turn(ev, q, s, v, why, e);
    }
    if (may_improve(ev, s, q)) {
        return seek_again(ev, q, s, e);
    }
    if (v == VERDICT_OLD) {
        AUTO(mem_text) *name = escape_text(span_str(pades_cert_common_name(q->cert)), 200);
        evidence_warn(ev,
                      "the status of '%s' was asked for already, and this is the newest there "
                      "is: %s",
                      name ? name : "?", why);
        return PADES_OK;
    }
    tried_add(&s->failed, "found before", "", PADES_REVOCATION_MISSING, why);
    return PADES_REVOCATION_MISSING;
}

pades_status evidence_status(evidence *ev, const inquiry *q, cert_status **ret, pades_error **e)
{
    if (issuers_is_anchor(ev->is, q->cert) || cert_is_short_term(q->cert)) {
        return PADES_OK;
    }
    cert_status *s = find(ev, q);
    bool known = s != NULL;
    if (!known) {
        TRY(add(ev, q, &s, e));
    }
    *ret = s;
    return known ? again(ev, q, s, e) : start(ev, q, s, e);
}
