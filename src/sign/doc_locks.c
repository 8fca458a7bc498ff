/* What signatures and fields forbid: the transforms of a signature (DocMDP, FieldMDP, usage
 * rights), and the /Lock that an empty field announces. What stands there, not what follows.
 * clause: ISO32000-1#12.8.2 transform methods */
#include "sign/doc_impl.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"
#include "pdf/text.h"

enum { REFERENCES_MAX = 16, NAMES_MAX = 32, NAME_BYTES = 512 };

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

static pades_status get_item(const doc_reading *r, const pdf_obj *item, const char **ret,
                             pades_error **e)
{
    const pdf_obj *o = NULL;
    AUTO_VAL(buf) text = BUF(4 * NAME_BYTES);
    TRY(pdf_file_resolve(r->f, item, r->pool, &o, NULL, e));
    if (pdf_is(o, PDF_STRING)) {
        pdf_text_utf8(&text, span_part(o->u.text, 0, NAME_BYTES));
    } else if (pdf_is(o, PDF_NAME)) {
        buf_add_span(&text, span_part(o->u.text, 0, NAME_BYTES));
    }
    TRY(buf_check(&text, "name", e));
    return doc_keep_escaped(r->doc, buf_span(&text), ret, e);
}

/* Text strings or names of /Fields; the first NAMES_MAX of them. */
static pades_status get_fields(const doc_reading *r, const pdf_obj *dict, pades_lock_info *ret,
                               pades_error **e)
{
    const pdf_obj *list = NULL;
    const char *block = NULL;
    TRY(doc_get(r, dict, "Fields", &list, e));
    if (!pdf_is(list, PDF_ARRAY) || list->u.array.n == 0) {
        return PADES_OK;
    }
    size_t n = list->u.array.n < NAMES_MAX ? list->u.array.n : NAMES_MAX;
    const char **names = mem_array(n, sizeof *names);
    TRY(doc_keep(r->doc, (char *)names, &block, e)); /* a block like any text */
    for (size_t i = 0; i < n; i++) {
        TRY(get_item(r, list->u.array.items[i], &names[i], e));
    }
    ret->fields = names;
    ret->fields_listed = n;
    ret->fields_n = list->u.array.n;
    return PADES_OK;
}

pades_status doc_read_lock(const doc_reading *r, const pdf_obj *dict, pades_lock_info *ret,
                           pades_error **e)
{
    if (!pdf_is(dict, PDF_DICT)) {
        return PADES_OK;
    }
    TRY(doc_get_name(r, dict, "Action", &ret->action, e));
    TRY(doc_get_int(r, dict, "P", &ret->p, e));
    return get_fields(r, dict, ret, e);
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
        *one = (pades_reference_info){.method = NULL};
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
