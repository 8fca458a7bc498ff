/* The network's part of issuers.h: what stands at the caIssuers URLs of a certificate, as DER, PEM
 * or a PKCS#7 bundle. Only an answer that holds the issuer, by its signature, is used and kept. */
#include "pki/issuers_impl.h"

#include "base/fail.h"
#include "base/mem.h"
#include "pki/material.h"
#include "pki/revcache.h"

enum { ANSWER_MAX = 256 << 10, BUNDLE_MAX = 32 };

typedef struct answer {
    issuers *is;
    const pades_cert *child;
    pades_cert *certs[BUNDLE_MAX];
    size_t n;
    bool issuer; /* one of them signed the child */
} answer;

static void answer_free(answer *a)
{
    for (size_t i = 0; i < a->n; i++) {
        pades_cert_free(a->certs[i]);
    }
}

static pades_status take_piece(void *user, evidence_kind kind, view der, pades_error **e)
{
    answer *a = user;
    AUTO(pades_error) *why = NULL;
    if (kind != EVIDENCE_CERT || a->n == BUNDLE_MAX) {
        return PADES_OK;
    }
    pades_status status = pades_cert_new_der(der.s.p, der.s.n, &a->certs[a->n], &why);
    if (status != PADES_OK) {
        return status == PADES_NO_MEMORY ? fail_memory(e) : PADES_OK;
    }
    a->issuer = a->issuer || issuers_signed(a->is, a->child, a->certs[a->n]);
    a->n++;
    return PADES_OK;
}

/* The bundle for the pool, when it holds the issuer. */
static pades_status take_answer(issuers *is, const pades_cert *child, span text, pades_error **e)
{
    size_t pieces = 0;
    AUTO_VAL(answer) a = {.is = is, .child = child};
    TRY(material_each(view_of(text), take_piece, &a, &pieces, e));
    if (a.n == 0) {
        return fail(e, PADES_SERVICE_FAILED, "no certificate in the answer");
    }
    if (!a.issuer) {
        return fail(e, PADES_SERVICE_FAILED,
                    "it gave a certificate that did not issue this one ('%s')",
                    pades_cert_common_name(a.certs[0]));
    }
    for (size_t i = 0; i < a.n; i++) {
        TRY(issuers_add(is, a.certs[i], NULL, e));
    }
    return PADES_OK;
}

static pades_status ask(issuers *is, const pades_cert *child, const char *url, const rev_key *key,
                        pades_error **e)
{
    const http_request q = {.url = url, .max_bytes = ANSWER_MAX, .from_document = true};
    AUTO_VAL(http_response) got = {.body = BUF(0)};
    AUTO(blob) *b = NULL;
    TRY(asking_do(is->asking, q, &got, e));
    TRY(take_answer(is, child, buf_span(&got.body), e));
    TRY(blob_take(&got.body, &b, e));
    revcache_put(is->ctx, key, b, ctx_instant(is->ctx), true);
    return PADES_OK;
}

static bool from_cache(issuers *is, const pades_cert *child, const rev_key *key)
{
    instant unused;
    AUTO(blob) *b = revcache_get(is->ctx, key, ANSWER_MAX, &unused);
    if (!b) {
        return false;
    }
    if (take_answer(is, child, blob_bytes(b), NULL) == PADES_OK) {
        return true;
    }
    revcache_drop(is->ctx, key);
    return false;
}

static pades_status ask_and_note(issuers *is, asked *a, const char *url, const rev_key *key,
                                 bool *ret_found, pades_error **e)
{
    pades_error *why = NULL;
    pades_status status = ask(is, a->cert, url, key, &why);
    *ret_found = status == PADES_OK;
    if (status == PADES_OK) {
        return PADES_OK;
    }
    if (ends_everything(is->asking->control, status)) {
        if (e) {
            *e = why;
        } else {
            pades_error_free(why);
        }
        return status;
    }
    AUTO(mem_text) *text = error_line(why);
    revcache_failed(is->ctx, key, status, text ? text : "failed");
    tried_add_error(&a->failed, "issuer", url, status, why);
    return PADES_OK;
}

static pades_status look(issuers *is, asked *a, const char *url, const rev_key *key,
                         bool *ret_found, pades_error **e)
{
    pades_status before = PADES_SERVICE_FAILED;
    if (from_cache(is, a->cert, key)) {
        *ret_found = true;
        return PADES_OK;
    }
    AUTO(mem_text) *failed = revcache_failure(is->ctx, key, &before);
    if (failed || is->fetches == FETCHES_MAX) {
        tried_add(&a->failed, "issuer", url, before,
                  failed ? failed : "not asked: too many certificates were fetched already");
        return PADES_OK;
    }
    is->fetches++;
    return ask_and_note(is, a, url, key, ret_found, e);
}

static pades_status try_url(issuers *is, asked *a, span where, bool *ret_found, pades_error **e)
{
    rev_key key;
    AUTO(mem_text) *url = mem_strndup((const char *)where.p, where.n);
    if (!url) {
        return fail_memory(e);
    }
    TRY(revcache_key(EVIDENCE_CERT, url, a->cert, &key, e));
    TRY(revcache_enter(is->ctx, &key, is->asking->control, e));
    pades_status status = look(is, a, url, &key, ret_found, e);
    revcache_leave(is->ctx, &key);
    return status;
}

/* NULL: it was asked before, or there is no room. */
static asked *to_ask(issuers *is, const pades_cert *cert)
{
    for (size_t i = 0; i < is->asked_n; i++) {
        if (is->asked[i].cert == cert) {
            return NULL;
        }
    }
    if (is->asked_n == ARRAY_LEN(is->asked)) {
        return NULL;
    }
    asked *a = &is->asked[is->asked_n++];
    *a = (asked){cert, TRIED};
    return a;
}

pades_status issuers_fetch(issuers *is, const pades_cert *cert, bool *ret_found, pades_error **e)
{
    span urls[CERT_URLS];
    *ret_found = false;
    if (is->offline || issuers_signed(is, cert, cert)) { /* a root has nobody above it */
        return PADES_OK;
    }
    asked *a = to_ask(is, cert);
    size_t n = a ? cert_issuer_urls(cert, urls) : 0;
    for (size_t i = 0; i < n && !*ret_found; i++) {
        TRY(try_url(is, a, urls[i], ret_found, e));
    }
    return PADES_OK;
}
