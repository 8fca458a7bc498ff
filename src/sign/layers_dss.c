/* What was gathered, as a layer: a revision with the document security store.
 * clause: EN319142-1#5.4.2 DSS, EN319142-1#5.4.2.3 VRI */
#include "sign/layers_impl.h"

#include "base/fail.h"
#include "base/mem.h"
#include "pdf/dss.h"
#include "pdf/fields.h"
#include "pdf/pool.h"
#include "pki/evidence.h"

enum { VRI_MAX = 1000 };

/* What a plan points to. */
typedef struct storing {
    view *items[PDF_DSS_KINDS];
    char (*keys)[PDF_VRI_KEY];
    size_t keys_n, keys_cap;
} storing;

static void storing_free(storing *s)
{
    for (size_t i = 0; i < PDF_DSS_KINDS; i++) {
        mem_free(s->items[i]);
    }
    mem_free(s->keys);
}

static pades_status add_items(storing *s, const evidence *ev, pdf_dss_kind to, evidence_kind from,
                              pdf_dss_plan *plan, pades_error **e)
{
    size_t n = evidence_count(ev, from);
    s->items[to] = mem_array(n + 1, sizeof(view));
    if (!s->items[to]) {
        return fail_memory(e);
    }
    for (size_t i = 0; i < n; i++) {
        s->items[to][i] = evidence_item(ev, from, i);
    }
    plan->items[to] = s->items[to];
    plan->n[to] = n;
    return PADES_OK;
}

static pades_status add_key(storing *s, pdf_file *f, const pdf_field *field, pades_error **e)
{
    AUTO(pdf_pool) *pool = NULL;
    AUTO_VAL(pdf_signature) found = {.contents = BUF(0)};
    TRY(pdf_pool_new_scratch(pdf_file_ctx(f), &pool, e));
    TRY(pdf_signature_read(f, field, pool, &found, e));
    if (found.contents.n == 0 || s->keys_n == VRI_MAX) {
        return PADES_OK;
    }
    if (!MEM_GROW(s->keys, s->keys_n, s->keys_cap)) {
        return fail_memory(e);
    }
    TRY(pdf_dss_vri_key(buf_span(&found.contents), s->keys[s->keys_n], e));
    s->keys_n++;
    return PADES_OK;
}

/* One for every signature and document timestamp of the document so far. */
static pades_status add_keys(storing *s, pdf_file *f, pdf_dss_plan *plan, pades_error **e)
{
    AUTO_VAL(pdf_fields) fields = {0};
    TRY(pdf_fields_read(f, &fields, e));
    for (size_t i = 0; i < fields.n; i++) {
        if (strcmp(fields.items[i].type, "Sig") == 0 && fields.items[i].has_value) {
            TRY(add_key(s, f, &fields.items[i], e));
        }
    }
    plan->vri = (const char(*)[PDF_VRI_KEY])s->keys;
    plan->vri_n = s->keys_n;
    return PADES_OK;
}

static pades_status plan_all(layers *l, const evidence *ev, bool vri, storing *s,
                             pdf_dss_plan *plan, pades_error **e)
{
    TRY(add_items(s, ev, PDF_DSS_CERT, EVIDENCE_CERT, plan, e));
    TRY(add_items(s, ev, PDF_DSS_OCSP, EVIDENCE_OCSP, plan, e));
    TRY(add_items(s, ev, PDF_DSS_CRL, EVIDENCE_CRL, plan, e));
    plan->time = ctx_now(l->ctx);
    return vri ? add_keys(s, l->file, plan, e) : PADES_OK;
}

static pades_status build(layers *l, const pdf_dss_plan *plan, pades_error **e)
{
    AUTO_VAL(pdf_dss) old = {0};
    AUTO_VAL(pdf_seal) made = {.warnings = BUF(0)};
    TRY(pdf_dss_read(l->file, &old, e));
    TRY(pdf_dss_build(l->file, &old, plan, &made, e));
    buf_add_span(&l->warnings, buf_span(&old.warnings));
    buf_add_span(&l->warnings, buf_span(&made.warnings));
    TRY(buf_check(&l->warnings, "warnings", e));
    if (made.revision.n == 0) {
        return PADES_OK;
    }
    TRY(layers_agree(l, &made, e));
    return layers_add(l, &made, e);
}

pades_status layers_dss(layers *l, const evidence *ev, bool vri, pades_error **e)
{
    pdf_file *f = NULL;
    pdf_dss_plan plan = {.n = {0}};
    storing s = {.keys_n = 0};
    TRY(layers_open(l, &f, e));
    pades_status status = plan_all(l, ev, vri, &s, &plan, e);
    if (status == PADES_OK) {
        status = build(l, &plan, e);
    }
    storing_free(&s);
    return status;
}

pades_status layers_check_dss(layers *l, pades_error **e)
{
    pdf_file *f = NULL;
    AUTO_VAL(pdf_dss) old = {0};
    AUTO_VAL(pdf_seal) made = {.warnings = BUF(0)};
    const view any = view_of(span_str("a certificate"));
    const pdf_dss_plan plan = {.items = {&any}, .n = {1}};
    TRY(layers_open(l, &f, e));
    TRY(pdf_dss_read(f, &old, e));
    TRY(pdf_dss_build(f, &old, &plan, &made, e));
    return layers_agree(l, &made, e);
}
