/* The revision that adds to the store: new streams, the arrays with their old entries and the new
 * ones, the dictionary as an object of its own, and the catalog when it must name it. /VRI only for
 * those who ask for it: the baseline advises against it.
 * clause: EN319142-1#5.4.2.2 /DSS, #5.4.2.3 /VRI, #6.3 (the store is what the levels need) */
#include "pdf/dss.h"
#include "pdf/sealing.h"

#include "base/digest.h"
#include "base/fail.h"
#include "base/mem.h"
#include "base/timefmt.h"
#include "pdf/crypt.h"
#include "pdf/flate.h"

#include <inttypes.h>

enum { TEXT_MAX = 64 << 20, DATA_MAX = 256 << 20, SETS_MAX = 5 };

static const char *const keys[PDF_DSS_KINDS] = {"Certs", "OCSPs", "CRLs"};
static const char *const vri_keys[PDF_DSS_KINDS] = {"Cert", "OCSP", "CRL"};

/* The writing of one store. */
typedef struct storing {
    sealing *s;
    const pdf_dss *old;
    const pdf_dss_plan *plan;
    bool *fresh[PDF_DSS_KINDS]; /* of each planned item: it is not there */
    size_t fresh_n;
    buf lists[PDF_DSS_KINDS]; /* the arrays' text */
    buf vri;
    pdf_ref ref; /* of the dictionary */
} storing;

static void storing_free(storing *t)
{
    for (size_t k = 0; k < PDF_DSS_KINDS; k++) {
        mem_free(t->fresh[k]);
        buf_free(&t->lists[k]);
    }
    buf_free(&t->vri);
}

pades_status pdf_dss_vri_key(span contents, char ret[PDF_VRI_KEY], pades_error **e)
{
    uint8_t hash[SHA1_OCTETS];
    AUTO_VAL(buf) hex = BUF(PDF_VRI_KEY);
    TRY(sha1_name(contents, hash, e));
    buf_add_hex(&hex, span_of(hash, sizeof hash), true);
    TRY(buf_check(&hex, "key", e));
    memcpy(ret, hex.p, PDF_VRI_KEY - 1);
    ret[PDF_VRI_KEY - 1] = '\0';
    return PADES_OK;
}

static bool is_there(const storing *t, size_t kind, size_t at)
{
    const view item = t->plan->items[kind][at];
    const pdf_dss_list *list = &t->old->lists[kind];
    bool found = item.s.n == 0;
    for (size_t i = 0; !found && i < list->n; i++) {
        found = view_eq(bulk_view(&list->items[i].data), item);
    }
    for (size_t i = 0; !found && i < at; i++) {
        found = view_eq(t->plan->items[kind][i], item);
    }
    return found;
}

static pades_status find_fresh(storing *t, pades_error **e)
{
    for (size_t k = 0; k < PDF_DSS_KINDS; k++) {
        t->fresh[k] = mem_array(t->plan->n[k] + 1, sizeof(bool));
        if (!t->fresh[k]) {
            return fail_memory(e);
        }
        for (size_t i = 0; i < t->plan->n[k]; i++) {
            t->fresh[k][i] = !is_there(t, k, i);
            t->fresh_n += t->fresh[k][i];
        }
    }
    return PADES_OK;
}

static bool has_vri(const storing *t, const char *key)
{
    return pdf_dict_get(t->old->vri, key) != NULL;
}

/* Nothing new to store and no entry missing: the document stays as it is. */
static bool is_idle(const storing *t)
{
    bool missing = false;
    for (size_t i = 0; i < t->plan->vri_n; i++) {
        missing = missing || !has_vri(t, t->plan->vri[i]);
    }
    return t->fresh_n == 0 && !missing;
}

/* The rights that forbid it, as of a document timestamp. */
static pades_status read_document(storing *t, pades_error **e)
{
    sealing *s = t->s;
    TRY(pdf_crypt_check(s->f, e));
    TRY(sealing_read_catalog(s, e));
    TRY(target_read_fields(s, e));
    TRY(pdf_crypt_allow_signature(s->f, false, e));
    TRY(mdp_read(s, e));
    for (size_t i = 0; i < t->old->read_n; i++) {
        TRY(sealing_touch(s, t->old->read[i], e));
    }
    return PADES_OK;
}

/* Compressed when that makes it shorter. */
static pades_status write_stream(sealing *s, view large, pdf_ref *ret, pades_error **e)
{
    const span data = large.s;
    AUTO_VAL(buf) packed = BUF(DATA_MAX);
    TRY(pdf_incr_new_ref(s->w, ret, e));
    if (large.home) {
        return pdf_incr_add_large(s->w, *ret, large, e);
    }
    TRY(flate_pack(data, &packed, e));
    bool shorter = packed.n < data.n;
    return pdf_incr_add_stream(s->w, *ret, span_str(shorter ? "<</Filter/FlateDecode>>" : "<<>>"),
                               shorter ? buf_span(&packed) : data, e);
}

/* The old entries byte for byte, also those that could not be read. */
static pades_status write_list(storing *t, size_t kind, pades_error **e)
{
    buf *text = &t->lists[kind];
    const pdf_obj *old = t->old->lists[kind].array;
    if (old) {
        TRY(pdf_incr_check_refs(t->s->w, old, e));
        pdf_write_value(text, old);
        buf_truncate(text, text->n > 0 ? text->n - 1 : 0); /* its closing bracket */
    }
    for (size_t i = 0; i < t->plan->n[kind]; i++) {
        pdf_ref ref;
        if (t->fresh[kind][i]) {
            TRY(write_stream(t->s, t->plan->items[kind][i], &ref, e));
            buf_addf(text, "%s%" PRIu32 " %" PRIu32 " R", text->n > 0 ? " " : "[", ref.id, ref.gen);
        }
    }
    if (text->n > 0) {
        buf_add_byte(text, ']');
    }
    return buf_check(text, "array", e);
}

/* An entry of /VRI. Which of the store a signature needs is not told apart: all of it helps.
 * clause: EN319142-1#5.4.2.3 /TU when it was made */
static void add_vri_entry(const storing *t, buf *out)
{
    char time[TIME_TEXT];
    time_pdf(t->plan->time, 0, time);
    buf_add_str(out, "<</Type/VRI");
    for (size_t k = 0; k < PDF_DSS_KINDS; k++) {
        if (t->lists[k].n > 0) {
            pdf_write_name(out, span_str(vri_keys[k]));
            buf_add_span(out, buf_span(&t->lists[k]));
        }
    }
    buf_addf(out, "/TU(%s)>>", time);
}

/* /VRI with the entries that are missing: text for the dictionary, or its own object again. */
static pades_status write_vri(storing *t, pades_error **e)
{
    AUTO_VAL(buf) entry = BUF(TEXT_MAX);
    const sealing_part vri = {t->old->vri, t->old->vri_ref};
    pdf_change *set = mem_array(t->plan->vri_n + 1, sizeof *set);
    size_t n = 0;
    add_vri_entry(t, &entry);
    if (!set || !buf_ok(&entry)) {
        mem_free(set);
        return fail_memory(e);
    }
    for (size_t i = 0; i < t->plan->vri_n; i++) {
        if (!has_vri(t, t->plan->vri[i])) {
            set[n++] = (pdf_change){t->plan->vri[i], buf_span(&entry)};
        }
    }
    pades_status status = PADES_OK;
    if (n > 0 && vri.ref.id) {
        status = sealing_begin_again(t->s, &vri, e);
    } else if (n > 0) {
        status = sealing_check(t->s, &vri, e);
    }
    if (status == PADES_OK && n > 0) {
        pdf_write_dict(vri.ref.id ? pdf_incr_out(t->s->w) : &t->vri, vri.o, set, n);
    }
    if (status == PADES_OK && n > 0 && vri.ref.id) {
        pdf_incr_end_object(t->s->w);
    }
    mem_free(set);
    return status;
}

/* The dictionary in its own object, or in a new one. */
static pades_status write_dict(storing *t, pades_error **e)
{
    pdf_change set[SETS_MAX];
    size_t n = 0;
    const sealing_part dss = {t->old->dict, t->old->ref};
    if (!dss.o) {
        set[n++] = (pdf_change){"Type", span_str("/DSS")};
    }
    for (size_t k = 0; k < PDF_DSS_KINDS; k++) {
        if (t->lists[k].n > 0) {
            set[n++] = (pdf_change){keys[k], buf_span(&t->lists[k])};
        }
    }
    if (t->vri.n > 0) {
        set[n++] = (pdf_change){"VRI", buf_span(&t->vri)};
    }
    t->ref = dss.ref;
    if (dss.ref.id) {
        TRY(sealing_begin_again(t->s, &dss, e));
    } else {
        TRY(sealing_check(t->s, &dss, e));
        TRY(pdf_incr_new_ref(t->s->w, &t->ref, e));
        TRY(pdf_incr_begin_object(t->s->w, t->ref, e));
    }
    pdf_write_dict(pdf_incr_out(t->s->w), dss.o, set, n);
    pdf_incr_end_object(t->s->w);
    return PADES_OK;
}

static pades_status write_objects(storing *t, pades_error **e)
{
    sealing *s = t->s;
    for (size_t k = 0; k < PDF_DSS_KINDS; k++) {
        TRY(write_list(t, k, e));
    }
    TRY(write_vri(t, e));
    TRY(write_dict(t, e));
    if (t->old->ref.id == 0) {
        buf_addf(&s->new_dss, "%" PRIu32 " %" PRIu32 " R", t->ref.id, t->ref.gen);
    }
    TRY(extensions_write(s, e));
    return sealing_write_catalog(s, e);
}

pades_status pdf_dss_build(pdf_file *f, const pdf_dss *old, const pdf_dss_plan *plan, pdf_seal *ret,
                           pades_error **e)
{
    static const pdf_new_field nothing = {.name = NULL}; /* no field is signed */
    AUTO_VAL(pdf_seal) made = {.warnings = BUF(SEALING_WARNINGS_MAX)};
    pdf_seal_plan rights = {.doc_timestamp = true};
    AUTO_VAL(sealing) s = {.f = f, .plan = &rights, .ret = &made, .added = &nothing};
    AUTO_VAL(storing) t = {.s = &s, .old = old, .plan = plan, .vri = BUF(TEXT_MAX)};
    t.lists[0] = t.lists[1] = t.lists[2] = BUF(TEXT_MAX);
    TRY(find_fresh(&t, e));
    if (!is_idle(&t)) {
        TRY(sealing_begin(&s, e));
        TRY(read_document(&t, e));
        TRY(pdf_incr_new(f, &s.w, e));
        TRY(write_objects(&t, e));
        TRY(sealing_finish(&s, 0, e));
    }
    *ret = made;
    made = (pdf_seal){.warnings = BUF(0)};
    return PADES_OK;
}
