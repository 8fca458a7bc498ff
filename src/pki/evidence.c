/* See evidence.h: what is at hand, and the lists of what is needed. */
#include "pki/evidence_impl.h"

#include "base/mem.h"
#include "pki/offline.h"

#include <stdarg.h>
#include <stdio.h>

enum { WARNINGS_MAX = 64 << 10, OFFERED_CERTS_MAX = POOL_CERTS - 512 };
#define OFFERED_BYTES_MAX ((uint64_t)512 << 20)

const char *kind_name(evidence_kind kind)
{
    static const char *const names[EVIDENCE_KINDS] = {"certificate", "OCSP answer", "CRL"};
    return names[kind];
}

static pades_status offer_offline(void *user, evidence_kind kind, view der, pades_error **e)
{
    return evidence_offer_view(user, kind, der, false, e);
}

pades_status evidence_new(pades_ctx *ctx, const evidence_plan *plan, evidence **ret,
                          pades_error **e)
{
    if (ctx->anchors_n == 0) {
        fail(e, PADES_INVALID_ARGUMENT, "without trust anchors no certificate can be checked");
        error_hint(e, "name the root certificates that you trust with --trust");
        return PADES_INVALID_ARGUMENT;
    }
    AUTO(evidence) *ev = mem_alloc(sizeof *ev);
    if (!ev) {
        return fail_memory(e);
    }
    ev->ctx = ctx;
    ev->plan = *plan;
    ev->warnings = BUF(WARNINGS_MAX);
    ev->asking = (asking){.ctx = ctx, .control = plan->control};
    ev->ocsp_url = mem_strdup(plan->ocsp_url);
    if (plan->ocsp_url && !ev->ocsp_url) {
        return fail_memory(e);
    }
    TRY(issuers_new(&ev->asking, plan->offline != NULL, &ev->is, e));
    if (plan->offline) {
        TRY(offline_read(ctx, plan->offline, offer_offline, ev, e));
    }
    *ret = TAKE(ev);
    return PADES_OK;
}

static void status_free(cert_status *s)
{
    if (s->state == STATUS_GOOD || s->state == STATUS_REVOKED) {
        rev_info_free(&s->info);
    }
    tried_free(&s->failed);
    mem_free(s);
}

void evidence_free(evidence *ev)
{
    if (!ev) {
        return;
    }
    for (size_t i = 0; i < ev->answers_n; i++) {
        blob_free(ev->answers[i].b);
    }
    for (size_t i = 0; i < ev->known_n; i++) {
        status_free(ev->known[i]);
    }
    issuers_free(ev->is);
    mem_free(ev->ocsp_url);
    mem_free(ev->answers);
    mem_free(ev->order);
    mem_free(ev->known);
    mem_free(ev->stored.at);
    mem_free(ev->needed.at);
    buf_free(&ev->warnings);
    mem_free(ev);
}

void evidence_warn(evidence *ev, const char *fmt, ...)
{
    char line[1024];
    va_list args;
    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    ctx_log(ev->ctx, PADES_LOG_WARNING, "%s", line);
    if (ev->warnings.n + strlen(line) + 1 <= ev->warnings.max) {
        buf_add(&ev->warnings, line, strlen(line) + 1);
    }
}

const buf *evidence_warnings(const evidence *ev)
{
    return &ev->warnings;
}

static bool set_has(const cert_set *set, const pades_cert *cert)
{
    for (size_t i = 0; i < set->n; i++) {
        if (cert_same(set->at[i], cert)) {
            return true;
        }
    }
    return false;
}

static pades_status set_add(cert_set *set, const pades_cert *cert, pades_error **e)
{
    if (set_has(set, cert)) {
        return PADES_OK;
    }
    if (!MEM_GROW(set->at, set->n, set->cap)) {
        return fail_memory(e);
    }
    set->at[set->n++] = cert;
    return PADES_OK;
}

pades_status evidence_need_cert(evidence *ev, const pades_cert *cert, pades_error **e)
{
    return set_add(&ev->needed, cert, e);
}

pades_status evidence_add_answer(evidence *ev, evidence_kind kind, blob *b, bool stored,
                                 size_t *ret, pades_error **e)
{
    for (size_t i = 0; i < ev->answers_n; i++) {
        rev_answer *known = &ev->answers[i];
        if (known->kind == kind && memcmp(blob_hash(known->b), blob_hash(b), 32) == 0) {
            known->stored = known->stored || stored;
            *ret = i;
            return PADES_OK;
        }
    }
    if (!MEM_GROW(ev->answers, ev->answers_n, ev->answers_cap)) {
        return fail_memory(e);
    }
    ev->answers[ev->answers_n] = (rev_answer){.kind = kind, .b = blob_ref(b), .stored = stored};
    *ret = ev->answers_n++;
    return PADES_OK;
}

pades_status evidence_need_answer(evidence *ev, size_t number, pades_error **e)
{
    if (ev->answers[number].needed) {
        return PADES_OK;
    }
    if (!MEM_GROW(ev->order, ev->order_n, ev->order_cap)) {
        return fail_memory(e);
    }
    ev->order[ev->order_n++] = number;
    ev->answers[number].needed = true;
    return PADES_OK;
}

/* What says revoked may have said good about an earlier time. */
static bool rests_on(const evidence *ev, size_t number)
{
    for (size_t i = 0; i < ev->known_n; i++) {
        const cert_status *s = ev->known[i];
        bool answered = s->state == STATUS_GOOD || s->state == STATUS_REVOKED;
        if (answered && s->answer == number) {
            return true;
        }
    }
    return false;
}

void evidence_drop_answer(evidence *ev, size_t number)
{
    if (!ev->answers[number].needed || rests_on(ev, number)) {
        return;
    }
    size_t i = 0;
    while (ev->order[i] != number) {
        i++;
    }
    memmove(&ev->order[i], &ev->order[i + 1], (ev->order_n - i - 1) * sizeof *ev->order);
    ev->order_n--;
    ev->answers[number].needed = false;
}

static pades_status offer_cert(evidence *ev, span der, bool stored, pades_error **e)
{
    AUTO(pades_cert) *cert = NULL;
    const pades_cert *own = NULL;
    AUTO(pades_error) *why = NULL;
    pades_status status = pades_cert_new_der(der.p, der.n, &cert, &why);
    if (status == PADES_NO_MEMORY) {
        return fail_memory(e);
    }
    if (status != PADES_OK) {
        ctx_log(ev->ctx, PADES_LOG_INFO, "a certificate is passed over: %s",
                pades_error_message(why));
        return PADES_OK;
    }
    TRY(issuers_add(ev->is, cert, &own, e));
    return stored ? set_add(&ev->stored, own, e) : PADES_OK;
}

/* Room for one more of this kind and size; told once when there is none. */
static bool has_room(evidence *ev, evidence_kind kind, size_t n)
{
    size_t max = kind == EVIDENCE_CERT ? OFFERED_CERTS_MAX : OFFERS_MAX;
    bool full = ev->offered[kind] >= max || ev->offered_bytes + n > OFFERED_BYTES_MAX;
    if (!full) {
        ev->offered[kind]++;
        ev->offered_bytes += n;
        ev->offers++;
    } else if (ev->offered[kind] != SIZE_MAX) {
        ev->offered[kind] = SIZE_MAX;
        evidence_warn(ev,
                      "there are too many or too large ones of the kind '%s': the rest is "
                      "passed over",
                      kind_name(kind));
    }
    return !full;
}

pades_status evidence_offer(evidence *ev, evidence_kind kind, span der, bool stored,
                            pades_error **e)
{
    return evidence_offer_view(ev, kind, view_of(der), stored, e);
}

pades_status evidence_offer_view(evidence *ev, evidence_kind kind, view der, bool stored,
                                 pades_error **e)
{
    evidence_kind looks = kind;
    size_t number = 0;
    AUTO(blob) *b = NULL;
    if (!has_room(ev, kind, der.s.n)) {
        return PADES_OK;
    }
    if (!material_look(der.s, &looks) || looks != kind) {
        ctx_log(ev->ctx, PADES_LOG_INFO, "%zu bytes are passed over: no %s", der.s.n,
                kind_name(kind));
        return PADES_OK;
    }
    if (kind == EVIDENCE_CERT) {
        return offer_cert(ev, der.s, stored, e);
    }
    TRY(blob_of(der, &b, e));
    return evidence_add_answer(ev, kind, b, stored, &number, e);
}

pades_status evidence_offer_cert(evidence *ev, const pades_cert *cert, pades_error **e)
{
    const pades_cert *own = NULL;
    return has_room(ev, EVIDENCE_CERT, cert_der(cert).n) ? issuers_add(ev->is, cert, &own, e)
                                                         : PADES_OK;
}

/* The i-th needed and not stored of a kind, or the number of them in *ret_n. */
static view item(const evidence *ev, evidence_kind kind, size_t i, size_t *ret_n)
{
    size_t n = 0;
    view found = view_of(span_of(NULL, 0));
    for (size_t k = 0; kind == EVIDENCE_CERT && k < ev->needed.n; k++) {
        if (!set_has(&ev->stored, ev->needed.at[k]) && n++ == i) {
            found = view_of(cert_der(ev->needed.at[k]));
        }
    }
    for (size_t k = 0; kind != EVIDENCE_CERT && k < ev->order_n; k++) {
        const rev_answer *a = &ev->answers[ev->order[k]];
        if (a->kind == kind && !a->stored && n++ == i) {
            found = blob_view(a->b);
        }
    }
    *ret_n = n;
    return found;
}

size_t evidence_count(const evidence *ev, evidence_kind kind)
{
    size_t n = 0;
    (void)item(ev, kind, SIZE_MAX, &n);
    return n;
}

view evidence_item(const evidence *ev, evidence_kind kind, size_t i)
{
    size_t n = 0;
    return item(ev, kind, i, &n);
}
