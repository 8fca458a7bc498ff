/* qpdf's reading of an object as one of our trees, value by value. Its own printing is not used:
 * up to 11.x it leaves a '#' within a name as it is, so that two names print alike. Handles are
 * given back at once, so a long array does not fill qpdf's table of them.
 * clause: ISO32000-1#7.3.5 names */
#include "pdf/second_tree.h"

#include "base/fail.h"
#include "base/mem.h"
#include "pdf/pool.h"

static pades_status read_value(const second_reader *r, qpdf_oh oh, unsigned depth, pdf_obj **ret,
                               pades_error **e);

/* A string that qpdf lent until its next call. */
static pades_status copy_text(const second_reader *r, const char *text, size_t n, span *ret,
                              pades_error **e)
{
    *ret = pdf_pool_copy(r->pool, span_of(text, text ? n : 0));
    return ret->p ? PADES_OK : pdf_pool_fail(r->pool, e);
}

static pades_status read_name(const second_reader *r, qpdf_oh oh, pdf_obj *o, pades_error **e)
{
    const char *text = r->q->oh_get_name(r->data, oh);
    size_t n = r->q->get_last_string_length(r->data);
    o->kind = PDF_NAME;
    return copy_text(r, n > 0 ? text + 1 : text, n > 0 ? n - 1 : 0, &o->u.text, e);
}

static pades_status read_string(const second_reader *r, qpdf_oh oh, pdf_obj *o, pades_error **e)
{
    size_t n = 0;
    const char *text = r->q->oh_get_binary_string_value(r->data, oh, &n);
    o->kind = PDF_STRING;
    return copy_text(r, text, n, &o->u.text, e);
}

/* As it is spelled in the file. */
static pades_status read_real(const second_reader *r, qpdf_oh oh, pdf_obj **ret, pades_error **e)
{
    span copy;
    size_t used = 0;
    const char *text = r->q->oh_get_real_value(r->data, oh);
    TRY(copy_text(r, text, r->q->get_last_string_length(r->data), &copy, e));
    pades_status status = pdf_parse(r->pool, copy, 1, ret, &used, e);
    if (status == PADES_DOC_DAMAGED) {
        return fail_wrap(e, PADES_DOC_READERS_DISAGREE,
                         "the second reader takes something for a number");
    }
    return status;
}

/* What is indirect is not followed; the handle is given back. */
static pades_status read_element(const second_reader *r, qpdf_oh oh, unsigned depth, pdf_obj **ret,
                                 pades_error **e)
{
    pades_status status = PADES_OK;
    if (r->q->oh_is_indirect(r->data, oh)) {
        *ret = pdf_pool_take(r->pool, sizeof **ret);
        if (!*ret) {
            return pdf_pool_fail(r->pool, e);
        }
        (*ret)->kind = PDF_REFERENCE;
        (*ret)->u.ref = (pdf_ref){(uint32_t)r->q->oh_get_object_id(r->data, oh),
                                  (uint32_t)r->q->oh_get_generation(r->data, oh)};
    } else {
        status = read_value(r, oh, depth + 1, ret, e);
    }
    r->q->oh_release(r->data, oh);
    return status;
}

static pades_status read_array(const second_reader *r, qpdf_oh oh, unsigned depth, pdf_obj *o,
                               pades_error **e)
{
    int n = r->q->oh_get_array_n_items(r->data, oh);
    o->kind = PDF_ARRAY;
    o->u.array.n = n > 0 ? (size_t)n : 0;
    o->u.array.items = pdf_pool_take(r->pool, o->u.array.n * sizeof *o->u.array.items);
    if (!o->u.array.items && n > 0) {
        return pdf_pool_fail(r->pool, e);
    }
    for (int i = 0; i < n; i++) {
        TRY(read_element(r, r->q->oh_get_array_item(r->data, oh, i), depth, &o->u.array.items[i],
                         e));
    }
    return PADES_OK;
}

typedef struct key_list {
    pdf_pair *pairs;
    size_t n, cap;
} key_list;

static void key_list_free(key_list *list)
{
    mem_free(list->pairs);
}

/* A handle has but one iterator, and starting it makes qpdf look at every value: all keys are
 * taken in one go, before any value is asked for. */
static pades_status read_keys(const second_reader *r, qpdf_oh oh, pdf_obj *o, pades_error **e)
{
    AUTO_VAL(key_list) list = {NULL, 0, 0};
    r->q->oh_begin_dict_key_iter(r->data, oh);
    while (r->q->oh_dict_more_keys(r->data)) {
        const char *key = r->q->oh_dict_next_key(r->data);
        if (!MEM_GROW(list.pairs, list.n, list.cap)) {
            return fail_memory(e);
        }
        pdf_pair *pair = &list.pairs[list.n++];
        TRY(copy_text(r, key, strlen(key) + 1, &pair->key_raw, e)); /* with its NUL */
        pair->key = span_part(pair->key_raw, 1, pair->key_raw.n - 2);
    }
    o->u.dict.n = list.n;
    o->u.dict.pairs = pdf_pool_take(r->pool, (list.n + 1) * sizeof *list.pairs);
    if (!o->u.dict.pairs) {
        return pdf_pool_fail(r->pool, e);
    }
    if (list.n > 0) {
        memcpy(o->u.dict.pairs, list.pairs, list.n * sizeof *list.pairs);
    }
    return PADES_OK;
}

static pades_status read_dict(const second_reader *r, qpdf_oh oh, unsigned depth, pdf_obj *o,
                              pades_error **e)
{
    o->kind = PDF_DICT;
    TRY(read_keys(r, oh, o, e));
    for (size_t i = 0; i < o->u.dict.n; i++) {
        pdf_pair *pair = &o->u.dict.pairs[i];
        qpdf_oh value = r->q->oh_get_key(r->data, oh, (const char *)pair->key_raw.p);
        TRY(read_element(r, value, depth, &pair->value, e));
    }
    return PADES_OK;
}

static pades_status read_stream(const second_reader *r, qpdf_oh oh, unsigned depth, pdf_obj *o,
                                pades_error **e)
{
    qpdf_oh dict = r->q->oh_get_dict(r->data, oh);
    pades_status status = read_dict(r, dict, depth, o, e);
    r->q->oh_release(r->data, dict);
    return status;
}

static pades_status read_value(const second_reader *r, qpdf_oh oh, unsigned depth, pdf_obj **ret,
                               pades_error **e)
{
    pdf_obj *o = pdf_pool_take(r->pool, sizeof *o);
    if (!o) {
        return pdf_pool_fail(r->pool, e);
    }
    if (depth > r->depth_max) {
        return fail(e, PADES_DOC_READERS_DISAGREE, "the second reader nests deeper than %u",
                    r->depth_max);
    }
    *ret = o;
    switch ((int)r->q->oh_get_type_code(r->data, oh)) {
    case ot_boolean:
        o->kind = PDF_BOOL;
        o->u.boolean = r->q->oh_get_bool_value(r->data, oh);
        return PADES_OK;
    case ot_integer:
        o->kind = PDF_INT;
        o->u.integer = r->q->oh_get_int_value(r->data, oh);
        return PADES_OK;
    case ot_real:
        return read_real(r, oh, ret, e);
    case ot_string:
        return read_string(r, oh, o, e);
    case ot_name:
        return read_name(r, oh, o, e);
    case ot_array:
        return read_array(r, oh, depth, o, e);
    case ot_dictionary:
        return read_dict(r, oh, depth, o, e);
    case ot_stream:
        return read_stream(r, oh, depth, o, e);
    default:
        o->kind = PDF_NULL;
        return PADES_OK;
    }
}

pades_status second_tree(const second_reader *r, qpdf_oh oh, bool follow, pdf_obj **ret,
                         pades_error **e)
{
    if (!follow) {
        return read_element(r, oh, 0, ret, e);
    }
    pades_status status = read_value(r, oh, 0, ret, e);
    r->q->oh_release(r->data, oh);
    return status;
}
