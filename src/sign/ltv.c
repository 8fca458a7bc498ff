/* See pades/ltv.h. Each certificate is looked at once; issuers are found by name and signature
 * among everything that the file has. clause: EN319142-1#5.4.2 DSS */
#include <pades/doc.h>
#include <pades/ltv.h>

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"
#include "cms/oids.h"
#include "pdf/dss.h"
#include "pdf/pool.h"
#include "pki/crl.h"
#include "pki/ocsp.h"
#include "sign/any_cms.h"
#include "sign/doc_impl.h"

enum {
    CERTS_MAX = 10000,
    CONDITIONS_MAX = 256,
    SUBJECT_SHOWN = 300,
    WORK_MAX = 1 << 19,  /* looks at certificates and answers, all together */
    WORK_ALL = 1 << 23,  /* for all signatures of a document */
    SAME_WORK = 64,      /* as many comparisons with others count as one */
    SIGNATURE_WORK = 32, /* what checking a signature counts */
};

struct pades_ltv {
    pades_ltv_condition *items;
    size_t n, cap;
    char **texts;
    size_t texts_n, texts_cap;
};

typedef struct looking {
    pades_ltv *ltv;
    const pdf_dss *dss; /* the document's */
    pades_cert **pool;  /* every certificate of the file */
    size_t pool_n, pool_cap;
    const pades_cert **seen; /* of the conditions so far, borrowed from the pool */
    size_t seen_n, seen_cap;
    span archive; /* the signed attribute of Adobe, its value; empty: none */
    unsigned work;
    unsigned *all; /* the same of the whole document */
} looking;

/* A file of thousands of certificates of one name, each signed by the next, asks for millions of
 * checks; and one of a thousand signatures asks for those of each. */
static pades_status count_work(looking *l, unsigned n, pades_error **e)
{
    l->work += n;
    *l->all += n;
    return l->work <= WORK_MAX && *l->all <= WORK_ALL
               ? PADES_OK
               : fail(e, PADES_LIMIT,
                      "the document brings more certificates and answers than can be looked at");
}

void pades_ltv_free(pades_ltv *ltv)
{
    if (!ltv) {
        return;
    }
    for (size_t i = 0; i < ltv->texts_n; i++) {
        mem_free(ltv->texts[i]);
    }
    mem_free(ltv->texts);
    mem_free(ltv->items);
    mem_free(ltv);
}

static void looking_free(looking *l)
{
    certs_free(l->pool, l->pool_n);
    mem_free(l->seen);
}

const pades_ltv_condition *pades_ltv_get(const pades_ltv *ltv, size_t index)
{
    return index < ltv->n ? &ltv->items[index] : NULL;
}

int pades_ltv_is_enabled(const pades_ltv *ltv)
{
    bool all = ltv->n > 0;
    for (size_t i = 0; i < ltv->n; i++) {
        all = all && ltv->items[i].met;
    }
    return all;
}

static pades_status keep(pades_ltv *ltv, const char *text, const char **ret, pades_error **e)
{
    char *copy = mem_strdup(text);
    if (!copy || !MEM_GROW(ltv->texts, ltv->texts_n, ltv->texts_cap)) {
        mem_free(copy);
        return fail_memory(e);
    }
    ltv->texts[ltv->texts_n++] = copy;
    *ret = copy;
    return PADES_OK;
}

/* Garbage is passed over, and so is a certificate that is there already. *ret: the one in the pool.
 */
static pades_status add_cert(looking *l, span der, const pades_cert **ret, pades_error **e)
{
    AUTO(pades_cert) *cert = NULL;
    AUTO(pades_error) *why = NULL;
    TRY(count_work(l, 1 + (unsigned)(l->pool_n / SAME_WORK), e));
    for (size_t i = 0; i < l->pool_n; i++) {
        if (span_eq(cert_der(l->pool[i]), der)) {
            *ret = l->pool[i];
            return PADES_OK;
        }
    }
    pades_status status = pades_cert_new_der(der.p, der.n, &cert, &why);
    if (status == PADES_NO_MEMORY) {
        return fail_memory(e);
    }
    if (status != PADES_OK || l->pool_n == CERTS_MAX) {
        return PADES_OK;
    }
    if (!MEM_GROW(l->pool, l->pool_n, l->pool_cap)) {
        return fail_memory(e);
    }
    l->pool[l->pool_n++] = TAKE(cert);
    *ret = l->pool[l->pool_n - 1];
    return PADES_OK;
}

static pades_status add_cms(looking *l, const cms_signed_data *cms, pades_error **e)
{
    const pades_cert *unused = NULL;
    for (size_t i = 0; i < cms->certs_n; i++) {
        TRY(add_cert(l, cms->certs[i], &unused, e));
    }
    return PADES_OK;
}

/* Read once for all signatures of a document. */
static pades_status read_store(pades_doc *doc, pades_error **e)
{
    if (doc->store) {
        return PADES_OK;
    }
    pdf_dss *store = mem_alloc(sizeof *store);
    if (!store) {
        return fail_memory(e);
    }
    pades_status status = pdf_dss_read(doc->file, store, e);
    if (status != PADES_OK) {
        mem_free(store);
        return status;
    }
    doc->store = store;
    return PADES_OK;
}

static pades_status add_dss(looking *l, pades_doc *doc, pades_error **e)
{
    const pades_cert *unused = NULL;
    TRY(read_store(doc, e));
    l->dss = doc->store;
    const pdf_dss_list *certs = &l->dss->lists[PDF_DSS_CERT];
    for (size_t i = 0; i < certs->n; i++) {
        TRY(add_cert(l, bulk_view(&certs->items[i].data).s, &unused, e));
    }
    return PADES_OK;
}

static pades_status find_issuer(looking *l, const pades_cert *cert, const pades_cert **ret,
                                pades_error **e)
{
    *ret = NULL;
    for (size_t i = 0; !*ret && i < l->pool_n; i++) {
        if (span_eq(cert_subject_der(l->pool[i]), cert_issuer_der(cert))) {
            TRY(count_work(l, SIGNATURE_WORK, e));
            *ret = cert_signed_by(cert, l->pool[i]) ? l->pool[i] : NULL;
        }
    }
    return PADES_OK;
}

typedef struct answer {
    const char *status; /* NULL: none */
    rev_info info;
} answer;

typedef pades_status (*judge_fn)(const looking *l, view der, const pades_cert *cert,
                                 const pades_cert *issuer, rev_info *ret, pades_error **e);

static pades_status judge_ocsp(const looking *l, view der, const pades_cert *cert,
                               const pades_cert *issuer, rev_info *ret, pades_error **e)
{
    return ocsp_check(der.s, cert, issuer, (const pades_cert *const *)l->pool, l->pool_n, NULL, 0,
                      ret, e);
}

static pades_status judge_crl(const looking *l, view der, const pades_cert *cert,
                              const pades_cert *issuer, rev_info *ret, pades_error **e)
{
    return crl_check(der, cert, issuer, (const pades_cert *const *)l->pool, l->pool_n, 0, ret, e);
}

/* An answer about others is passed over at a glance. Of an OCSP answer several certificates may
 * have to be tried. */
static unsigned work_of(judge_fn judge, span der, const pades_cert *cert)
{
    span name;
    if (judge == judge_crl) {
        bool same = crl_issuer(der, &name) && span_eq(name, cert_issuer_der(cert));
        return same ? SIGNATURE_WORK : 1;
    }
    return span_find(der, cert_serial_der(cert), 0) != SIZE_MAX ? 4 * SIGNATURE_WORK : 1;
}

/* Takes the answer when it is about this certificate and newer than the one at hand. */
static pades_status try_one(looking *l, judge_fn judge, const char *name, view der,
                            const pades_cert *cert, const pades_cert *issuer, answer *a,
                            pades_error **e)
{
    AUTO(pades_error) *why = NULL;
    rev_info info = {0};
    TRY(count_work(l, work_of(judge, der.s, cert), e));
    pades_status status = judge(l, der, cert, issuer, &info, &why);
    if (status == PADES_NO_MEMORY) {
        return fail_memory(e);
    }
    if (status != PADES_OK) {
        return PADES_OK;
    }
    bool better =
        info.state != REV_UNKNOWN && (!a->status || info.this_update > a->info.this_update);
    if (!better) {
        rev_info_free(&info);
        return PADES_OK;
    }
    rev_info_free(&a->info);
    a->info = info;
    a->status = name;
    return PADES_OK;
}

/* An answer for a certificate that is looked for. */
typedef struct wanted {
    looking *l;
    const pades_cert *cert, *issuer;
    answer *a;
} wanted;

static pades_status try_archived(void *user, bool is_crl, span der, pades_error **e)
{
    const wanted *w = user;
    return try_one(w->l, is_crl ? judge_crl : judge_ocsp, is_crl ? "CRL" : "OCSP", view_of(der),
                   w->cert, w->issuer, w->a, e);
}

static pades_status find_answer(looking *l, const pades_cert *cert, const pades_cert *issuer,
                                answer *a, pades_error **e)
{
    const struct {
        pdf_dss_kind kind;
        judge_fn judge;
        const char *name;
    } kinds[] = {{PDF_DSS_OCSP, judge_ocsp, "OCSP"}, {PDF_DSS_CRL, judge_crl, "CRL"}};
    for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
        const pdf_dss_list *list = &l->dss->lists[kinds[k].kind];
        for (size_t i = 0; i < list->n; i++) {
            TRY(try_one(l, kinds[k].judge, kinds[k].name, bulk_view(&list->items[i].data), cert,
                        issuer, a, e));
        }
    }
    wanted w = {l, cert, issuer, a};
    return cms_archive_each(l->archive, try_archived, &w, e);
}

static bool is_seen(const looking *l, const pades_cert *cert)
{
    for (size_t i = 0; i < l->seen_n; i++) {
        if (cert_same(l->seen[i], cert)) {
            return true;
        }
    }
    return false;
}

static bool is_root(const pades_cert *cert)
{
    return cert_is_self_issued(cert) && cert_signed_by(cert, cert);
}

/* A certificate of the pool whose conditions are still to be told. */
typedef struct todo {
    const char *role;
    const pades_cert *cert;
    const char *of;
} todo;

static pades_status add_condition(looking *l, const todo *t, pades_ltv_condition **ret,
                                  pades_error **e)
{
    pades_ltv *ltv = l->ltv;
    if (ltv->n == CONDITIONS_MAX) {
        return fail(e, PADES_LIMIT, "more than %d certificates stand behind one signature",
                    CONDITIONS_MAX);
    }
    if (!MEM_GROW(ltv->items, ltv->n, ltv->cap) || !MEM_GROW(l->seen, l->seen_n, l->seen_cap)) {
        return fail_memory(e);
    }
    pades_ltv_condition *c = &ltv->items[ltv->n];
    *c = (pades_ltv_condition){.role = t->role, .of = t->of};
    TRY(keep(ltv, pades_cert_subject(t->cert), &c->subject, e));
    l->seen[l->seen_n++] = t->cert;
    ltv->n++;
    *ret = c;
    return PADES_OK;
}

/* Fills the condition in; *next: its issuer and who signed the answer, in the pool. */
static pades_status judge_one(looking *l, const todo *t, todo next[2], size_t *ret_n,
                              pades_error **e)
{
    pades_ltv_condition *c = NULL;
    answer a = {0};
    TRY(add_condition(l, t, &c, e));
    const pades_cert *issuer = NULL;
    if (!is_root(t->cert)) {
        TRY(find_issuer(l, t->cert, &issuer, e));
    }
    bool responder = strcmp(t->role, "OCSP responder") == 0;
    c->issuer = issuer != NULL || is_root(t->cert);
    if (is_root(t->cert)) {
        c->status = "root";
    } else if (responder && cert_has_nocheck(t->cert)) {
        c->status = "no check";
    } else if (cert_is_short_term(t->cert)) {
        c->status = "short-term";
    } else if (issuer) {
        pades_status found = find_answer(l, t->cert, issuer, &a, e);
        if (found != PADES_OK) {
            rev_info_free(&a.info);
            return found;
        }
        c->status = a.status;
        c->revoked = a.status && a.info.state == REV_REVOKED;
        c->this_update = a.status ? a.info.this_update : 0;
    }
    c->met = c->issuer && c->status && !c->revoked;
    *ret_n = 0;
    if (issuer) {
        next[(*ret_n)++] = (todo){"issuer", issuer, c->subject};
    }
    pades_status status = PADES_OK;
    if (a.info.signer) {
        const pades_cert *signer = NULL;
        status = add_cert(l, cert_der(a.info.signer), &signer, e);
        if (status == PADES_OK && signer) {
            bool ocsp = strcmp(a.status, "OCSP") == 0;
            next[(*ret_n)++] = (todo){ocsp ? "OCSP responder" : "CRL signer", signer, c->subject};
        }
    }
    rev_info_free(&a.info);
    return status;
}

/* Depth first, so that a chain is told in its order; what was told is not told again. */
static pades_status judge_from(looking *l, todo first, pades_error **e)
{
    todo stack[2 * CONDITIONS_MAX + 2];
    size_t n = 1;
    stack[0] = first;
    while (n > 0) {
        todo now = stack[--n];
        todo next[2];
        size_t more = 0;
        if (is_seen(l, now.cert)) {
            continue;
        }
        TRY(judge_one(l, &now, next, &more, e));
        for (size_t i = more; i > 0; i--) {
            stack[n++] = next[i - 1];
        }
    }
    return PADES_OK;
}

static pades_status unmet(looking *l, const char *role, const char *what, pades_error **e)
{
    pades_ltv *ltv = l->ltv;
    if (!MEM_GROW(ltv->items, ltv->n, ltv->cap)) {
        return fail_memory(e);
    }
    ltv->items[ltv->n++] = (pades_ltv_condition){.role = role, .subject = what};
    return PADES_OK;
}

static pades_status judge_signer(looking *l, const cms_signed_data *cms, const char *role,
                                 pades_error **e)
{
    AUTO(pades_cert) *found = NULL;
    AUTO(pades_error) *why = NULL;
    const pades_cert *signer = NULL;
    pades_status status =
        cms_find_signer(cms, (const pades_cert *const *)l->pool, l->pool_n, &found, &why);
    if (status == PADES_NO_MEMORY) {
        return fail_memory(e);
    }
    if (found) {
        TRY(add_cert(l, cert_der(found), &signer, e));
    }
    return signer ? judge_from(l, (todo){role, signer, NULL}, e)
                  : unmet(l, role, "a certificate that is not in the file", e);
}

static pades_status judge_token(looking *l, span token, pades_error **e)
{
    AUTO_VAL(cms_signed_data) cms = {0};
    AUTO(pades_error) *why = NULL;
    if (token.n == 0) {
        return PADES_OK;
    }
    pades_status status = cms_parse(token, &cms, &why);
    if (status == PADES_NO_MEMORY) {
        return fail_memory(e);
    }
    if (status != PADES_OK) {
        return unmet(l, "timestamp", "a token that cannot be read", e);
    }
    TRY(add_cms(l, &cms, e));
    return judge_signer(l, &cms, "timestamp", e);
}

static pades_status judge_contents(looking *l, span contents, bool stamp, pades_error **e)
{
    AUTO_VAL(cms_signed_data) cms = {0};
    AUTO_VAL(buf) room = BUF(contents.n + 1);
    AUTO(pades_error) *why = NULL;
    pades_status status = any_cms_parse(contents, &room, &cms, &why);
    if (status == PADES_NO_MEMORY) {
        return fail_memory(e);
    }
    if (status != PADES_OK || cms.signers != 1) {
        return unmet(l, "signer", "a signature that cannot be read", e);
    }
    TRY(add_cms(l, &cms, e));
    l->archive = cms_signed_attribute(&cms.signer, OID_REVOCATION_ARCHIVE);
    TRY(judge_signer(l, &cms, stamp ? "timestamp" : "signer", e));
    l->archive = (span){NULL, 0};
    return judge_token(l, cms.signer.timestamp, e);
}

static pades_status judge_all(pades_doc *doc, size_t signature, looking *l, pades_error **e)
{
    AUTO(pdf_pool) *pool = NULL;
    AUTO_VAL(pdf_signature) found = {.contents = BUF(0)};
    const doc_signature *s = &doc->signatures[signature];
    TRY(pdf_pool_new_scratch(pdf_file_ctx(doc->file), &pool, e));
    TRY(add_dss(l, doc, e));
    TRY(pdf_signature_read(doc->file, &s->field, pool, &found, e));
    return judge_contents(l, buf_span(&found.contents), strcmp(s->pub.type, "doctimestamp") == 0,
                          e);
}

pades_status pades_ltv_new(pades_doc *doc, size_t signature, pades_ltv **ret_ltv,
                           pades_error **ret_error)
{
    if (!doc || signature >= doc->signatures_n) {
        return fail(ret_error, PADES_INVALID_ARGUMENT, "there is no signature %zu", signature);
    }
    pades_ltv *ltv = mem_alloc(sizeof *ltv);
    if (!ltv) {
        return fail_memory(ret_error);
    }
    looking l = {.ltv = ltv, .all = &doc->looked};
    pades_status status = judge_all(doc, signature, &l, ret_error);
    looking_free(&l);
    if (status != PADES_OK) {
        pades_ltv_free(ltv);
        return status;
    }
    *ret_ltv = ltv;
    return PADES_OK;
}
