/* What signatures and fields forbid: the transforms of a signature (DocMDP, FieldMDP, usage
 * rights), and the /Lock that an empty field announces. What stands there, not what follows.
 * clause: ISO32000-1#12.8.2 transform methods */
#include "sign/doc_impl.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"
#include "pdf/text.h"

enum { REFERENCES_MAX = 16, NAMES_MAX = 32, NAME_BYTES = 512, NAMES_BYTES = 16 << 10 };

pades_status doc_get(const doc_reading *r, const pdf_obj *dict, const char *key,
                     const pdf_obj **ret, pades_error **e)
{
    return pdf_file_resolve(r->f, pdf_dict_get(dict, key), r->pool, ret, NULL, e);
}

pades_status doc_get_name(const doc_reading *r, const pdf_obj *dict, const char *key,
                          const char **ret, pades_error **e)
{
    const pdf_obj *o = NULL;
    TRY(doc_get(r, dict, key, &o, e));
    return pdf_is(o, PDF_NAME) ? doc_keep_escaped(r->doc, o->u.text, ret, e) : PADES_OK;
}

pades_status doc_get_int(const doc_reading *r, const pdf_obj *dict, const char *key, int *ret,
                         pades_error **e)
{
    const pdf_obj *o = NULL;
    int64_t value = 0;
    TRY(doc_get(r, dict, key, &o, e));
    if (pdf_get_int(o, &value) && value >= 0 && value <= 1000000) {
        *ret = (int)value;
    }
    return PADES_OK;
}

/* Text strings or names of an array, escaped, joined with ", "; the first NAMES_MAX of them. */
static pades_status add_name(const doc_reading *r, const pdf_obj *item, size_t i, buf *out,
                             pades_error **e)
{
    const pdf_obj *o = NULL;
    AUTO_VAL(buf) text = BUF(4 * NAME_BYTES);
    TRY(pdf_file_resolve(r->f, item, r->pool, &o, NULL, e));
    buf_add_str(out, i > 0 ? ", " : "");
    if (pdf_is(o, PDF_STRING)) {
        pdf_text_utf8(&text, span_part(o->u.text, 0, NAME_BYTES));
    } else if (pdf_is(o, PDF_NAME)) {
        buf_add_span(&text, span_part(o->u.text, 0, NAME_BYTES));
    }
    TRY(buf_check(&text, "name", e));
    AUTO(mem_text) *shown = escape_text(buf_span(&text), 0);
    if (!shown) {
        return fail_memory(e);
    }
    buf_add_str(out, shown);
    return PADES_OK;
}

pades_status doc_get_names(const doc_reading *r, const pdf_obj *dict, const char *key,
                           const char **ret, size_t *ret_n, pades_error **e)
{
    const pdf_obj *list = NULL;
    AUTO_VAL(buf) out = BUF(64 * NAMES_BYTES);
    TRY(doc_get(r, dict, key, &list, e));
    if (!pdf_is(list, PDF_ARRAY)) {
        return PADES_OK;
    }
    *ret_n = list->u.array.n;
    for (size_t i = 0; i < *ret_n && i < NAMES_MAX && out.n < NAMES_BYTES; i++) {
        TRY(add_name(r, list->u.array.items[i], i, &out, e));
    }
    if (*ret_n > NAMES_MAX) {
        buf_addf(&out, " and %zu more", *ret_n - NAMES_MAX);
    }
    TRY(buf_check(&out, "names", e));
    return doc_keep(r->doc, buf_take_text(&out), ret, e);
}

pades_status doc_read_lock(const doc_reading *r, const pdf_obj *dict, pades_lock_info *ret,
                           pades_error **e)
{
    if (!pdf_is(dict, PDF_DICT)) {
        return PADES_OK;
    }
    TRY(doc_get_name(r, dict, "Action", &ret->action, e));
    TRY(doc_get_int(r, dict, "P", &ret->p, e));
    TRY(doc_get_names(r, dict, "Fields", &ret->fields, &ret->fields_n, e));
    return PADES_OK;
}

static pades_status read_reference(const doc_reading *r, const pdf_obj *item,
                                   pades_reference_info *ret, pades_error **e)
{
    const pdf_obj *reference = NULL;
    const pdf_obj *params = NULL;
    TRY(pdf_file_resolve(r->f, item, r->pool, &reference, NULL, e));
    TRY(doc_get_name(r, reference, "TransformMethod", &ret->method, e));
    TRY(doc_get(r, reference, "TransformParams", &params, e));
    return doc_read_lock(r, params, &ret->lock, e);
}

pades_status doc_read_references(const doc_reading *r, const pdf_obj *dict, doc_signature *s,
                                 pades_error **e)
{
    const pdf_obj *list = NULL;
    pades_doc *doc = r->doc;
    s->first_reference = doc->references_n;
    TRY(doc_get(r, dict, "Reference", &list, e));
    for (size_t i = 0; i < REFERENCES_MAX && pdf_array_get(list, i); i++) {
        if (!MEM_GROW(doc->references, doc->references_n, doc->references_cap)) {
            return fail_memory(e);
        }
        pades_reference_info *one = &doc->references[doc->references_n++];
        *one = (pades_reference_info){NULL, {NULL, 0, NULL, 0}};
        s->pub.references++;
        TRY(read_reference(r, pdf_array_get(list, i), one, e));
    }
    return PADES_OK;
}

const pades_reference_info *pades_doc_get_reference(const pades_doc *doc, size_t signature,
                                                    size_t index)
{
    const doc_signature *s = signature < doc->signatures_n ? &doc->signatures[signature] : NULL;
    return s && index < s->pub.references ? &doc->references[s->first_reference + index] : NULL;
}
