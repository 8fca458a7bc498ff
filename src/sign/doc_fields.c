/* The form's fields, and of signature fields what an empty one asks for (/Lock, /SV) and where its
 * widget is. What a field asks for binds whoever signs it; here it is only shown.
 * clause: ISO32000-1#12.7.4.5 signature fields, seed values and locks, #12.5.6.19 widgets */
#include "sign/doc_impl.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"

enum { DETAILS_MAX = 1000, POOL_MAX = 16 << 20, KIDS_MAX = 8, HIDDEN = 2, NO_VIEW = 32 };

static bool number_of(const pdf_obj *o, double *ret)
{
    int64_t whole = 0;
    if (pdf_get_int(o, &whole)) {
        *ret = (double)whole;
        return true;
    }
    *ret = pdf_is(o, PDF_REAL) ? o->u.real : 0;
    return pdf_is(o, PDF_REAL);
}

/* clause: ISO32000-1#12.5.3 flags; a rectangle without area shows nothing */
static pades_status is_visible(const doc_reading *r, const pdf_obj *widget, int *ret,
                               pades_error **e)
{
    const pdf_obj *rect = NULL;
    double at[4] = {0, 0, 0, 0};
    int flags = 0;
    TRY(doc_get(r, widget, "Rect", &rect, e));
    for (size_t i = 0; i < 4; i++) {
        const pdf_obj *o = NULL;
        TRY(pdf_file_resolve(r->f, pdf_array_get(rect, i), r->pool, &o, NULL, e));
        (void)number_of(o, &at[i]);
    }
    TRY(doc_get_int(r, widget, "F", &flags, e));
    bool shown = (flags & (HIDDEN | NO_VIEW)) == 0 && !(at[0] == at[2]) && !(at[1] == at[3]);
    *ret = *ret || shown;
    return PADES_OK;
}

static pades_status add_widget(const doc_reading *r, doc_field *field, const pdf_obj *widget,
                               uint32_t id, pades_error **e)
{
    TRY(is_visible(r, widget, &field->pub.visible, e));
    if (field->widget == 0) {
        field->widget = id;
    }
    return PADES_OK;
}

static bool is_widget(const pdf_obj *o)
{
    return pdf_is_name(pdf_dict_get(o, "Subtype"), "Widget");
}

static pades_status read_kid(const doc_reading *r, const pdf_obj *item, doc_field *field,
                             pades_error **e)
{
    const pdf_obj *kid = NULL;
    pdf_ref ref = {0, 0};
    TRY(pdf_file_resolve(r->f, item, r->pool, &kid, &ref, e));
    if (!is_widget(kid)) {
        return PADES_OK;
    }
    field->pub.widget = "separate";
    return add_widget(r, field, kid, ref.id, e);
}

static pades_status read_widget(const doc_reading *r, const pdf_obj *o, doc_field *field,
                                pades_error **e)
{
    const pdf_obj *kids = NULL;
    field->pub.widget = "none";
    if (is_widget(o)) {
        field->pub.widget = "merged";
        return add_widget(r, field, o, field->pub.object, e);
    }
    TRY(doc_get(r, o, "Kids", &kids, e));
    for (size_t i = 0; i < KIDS_MAX && pdf_array_get(kids, i); i++) {
        TRY(read_kid(r, pdf_array_get(kids, i), field, e));
    }
    return PADES_OK;
}

static pades_status read_dict(const doc_reading *r, const pdf_obj *o, doc_field *field,
                              pades_error **e)
{
    const pdf_obj *lock = NULL;
    field->pub.detailed = 1;
    TRY(read_widget(r, o, field, e));
    TRY(doc_get(r, o, "Lock", &lock, e));
    field->pub.has_lock = pdf_is(lock, PDF_DICT);
    TRY(doc_read_lock(r, lock, &field->pub.lock, e));
    return doc_read_seed(r, o, field, e);
}

static pades_status read_details(pades_doc *doc, pdf_file *f, const pdf_field *from,
                                 doc_field *field, pades_error **e)
{
    AUTO(pdf_pool) *pool = NULL;
    const pdf_obj *o = NULL;
    TRY(pdf_pool_new(POOL_MAX, &pool, e));
    const doc_reading r = {doc, f, pool};
    TRY(pdf_file_load(f, from->ref, pool, &o, NULL, e));
    return pdf_is(o, PDF_DICT) ? read_dict(&r, o, field, e) : PADES_OK;
}

static pades_status add_field(pades_doc *doc, const pdf_field *from, doc_field **ret,
                              pades_error **e)
{
    if (!MEM_GROW(doc->fields, doc->fields_n, doc->fields_cap)) {
        return fail_memory(e);
    }
    doc_field *field = &doc->fields[doc->fields_n];
    *field = (doc_field){.pub = {.object = from->ref.id}};
    TRY(doc_keep_escaped(doc, span_str(from->name), &field->pub.name, e));
    TRY(doc_keep_escaped(doc, span_str(from->type), &field->pub.type, e));
    field->pub.is_signed = from->has_value && strcmp(from->type, "Sig") == 0;
    doc->info.signatures += (size_t)field->pub.is_signed;
    doc->fields_n++;
    *ret = field;
    return PADES_OK;
}

pades_status doc_read_fields(pades_doc *doc, pdf_file *f, const pdf_fields *fields,
                             pades_error **e)
{
    size_t detailed = 0, more = 0;
    for (size_t i = 0; i < fields->n; i++) {
        const pdf_field *from = &fields->items[i];
        doc_field *field = NULL;
        TRY(add_field(doc, from, &field, e));
        if (strcmp(from->type, "Sig") != 0 || from->ref.id == 0) {
            continue;
        }
        if (detailed++ < DETAILS_MAX) {
            TRY(doc_excuse(doc, read_details(doc, f, from, field, e),
                           "what a signature field asks for cannot be read", e));
        } else {
            more++;
        }
    }
    if (more > 0) {
        TRY(doc_warn(doc, e, "%zu more signature fields were not looked into", more));
    }
    return doc_find_pages(doc, f, e);
}

const pades_field_info *pades_doc_get_field(const pades_doc *doc, size_t index)
{
    return index < doc->fields_n ? &doc->fields[index].pub : NULL;
}

const pades_seed_info *pades_doc_get_seed(const pades_doc *doc, size_t field, size_t index)
{
    const doc_field *of = field < doc->fields_n ? &doc->fields[field] : NULL;
    return of && index < of->pub.seeds ? &doc->seeds[of->first_seed + index] : NULL;
}
