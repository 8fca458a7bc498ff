/* Looking into parsed objects. Nothing here fails: what is absent or of another kind is NULL or
 * false, so that callers need no checks in between. */
#include "pdf/object.h"

enum { SAME_DEPTH = 512 };

bool pdf_is(const pdf_obj *o, pdf_kind kind)
{
    return o && o->kind == kind;
}

bool pdf_is_name(const pdf_obj *o, const char *name)
{
    return pdf_is(o, PDF_NAME) && span_is(o->u.text, name);
}

bool pdf_get_int(const pdf_obj *o, int64_t *ret)
{
    if (!pdf_is(o, PDF_INT)) {
        return false;
    }
    *ret = o->u.integer;
    return true;
}

bool pdf_get_ref(const pdf_obj *o, pdf_ref *ret)
{
    if (!pdf_is(o, PDF_REFERENCE)) {
        return false;
    }
    *ret = o->u.ref;
    return true;
}

const pdf_obj *pdf_array_get(const pdf_obj *array, size_t i)
{
    return pdf_is(array, PDF_ARRAY) && i < array->u.array.n ? array->u.array.items[i] : NULL;
}

static int compare(span a, span b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n > 0 ? memcmp(a.p, b.p, n) : 0;
    return c != 0 ? c : (a.n > b.n) - (a.n < b.n);
}

/* Place of the last pair with this key, or SIZE_MAX. */
static size_t find_sorted(const pdf_obj *dict, span key)
{
    size_t low = 0, high = dict->u.dict.n;
    while (low < high) { /* the first place behind all that are <= key */
        size_t middle = low + (high - low) / 2;
        if (compare(dict->u.dict.pairs[dict->u.dict.by_key[middle]].key, key) <= 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    size_t place = low > 0 ? dict->u.dict.by_key[low - 1] : SIZE_MAX;
    return place != SIZE_MAX && span_eq(dict->u.dict.pairs[place].key, key) ? place : SIZE_MAX;
}

static size_t find(const pdf_obj *dict, span key)
{
    if (dict->u.dict.by_key) {
        return find_sorted(dict, key);
    }
    for (size_t i = dict->u.dict.n; i > 0; i--) {
        if (span_eq(dict->u.dict.pairs[i - 1].key, key)) {
            return i - 1;
        }
    }
    return SIZE_MAX;
}

const pdf_obj *pdf_dict_find(const pdf_obj *dict, span key)
{
    size_t at = pdf_is(dict, PDF_DICT) ? find(dict, key) : SIZE_MAX;
    return at != SIZE_MAX ? dict->u.dict.pairs[at].value : NULL;
}

const pdf_obj *pdf_dict_get(const pdf_obj *dict, const char *key)
{
    return pdf_dict_find(dict, span_str(key));
}

static bool same_at(const pdf_obj *a, const pdf_obj *b, unsigned depth);

static bool same_array(const pdf_obj *a, const pdf_obj *b, unsigned depth)
{
    if (a->u.array.n != b->u.array.n) {
        return false;
    }
    for (size_t i = 0; i < a->u.array.n; i++) {
        if (!same_at(a->u.array.items[i], b->u.array.items[i], depth)) {
            return false;
        }
    }
    return true;
}

/* clause: ISO32000-1#7.3.7 a null value is the same as an absent key */
static bool counts(const pdf_obj *dict, size_t i)
{
    return dict->u.dict.pairs[i].value->kind != PDF_NULL &&
           find(dict, dict->u.dict.pairs[i].key) == i;
}

static size_t count(const pdf_obj *dict)
{
    size_t n = 0;
    for (size_t i = 0; i < dict->u.dict.n; i++) {
        n += counts(dict, i);
    }
    return n;
}

static bool same_dict(const pdf_obj *a, const pdf_obj *b, unsigned depth)
{
    if (count(a) != count(b)) {
        return false;
    }
    for (size_t i = 0; i < a->u.dict.n; i++) {
        size_t j = counts(a, i) ? find(b, a->u.dict.pairs[i].key) : 0;
        if (counts(a, i) && (j == SIZE_MAX ||
                             !same_at(a->u.dict.pairs[i].value, b->u.dict.pairs[j].value, depth))) {
            return false;
        }
    }
    return true;
}

static bool same_number(const pdf_obj *a, const pdf_obj *b)
{
    if (a->kind == PDF_INT && b->kind == PDF_INT) {
        return a->u.integer == b->u.integer;
    }
    double x = a->kind == PDF_INT ? (double)a->u.integer : a->u.real;
    double y = b->kind == PDF_INT ? (double)b->u.integer : b->u.real;
    return !(x < y) && !(x > y);
}

static bool is_number(const pdf_obj *o)
{
    return o->kind == PDF_INT || o->kind == PDF_REAL;
}

static bool same_at(const pdf_obj *a, const pdf_obj *b, unsigned depth)
{
    if (depth == SAME_DEPTH) {
        return false;
    }
    if (is_number(a) && is_number(b)) {
        return same_number(a, b);
    }
    if (a->kind != b->kind) {
        return false;
    }
    switch (a->kind) {
    case PDF_BOOL:
        return a->u.boolean == b->u.boolean;
    case PDF_STRING:
    case PDF_NAME:
        return span_eq(a->u.text, b->u.text);
    case PDF_REFERENCE:
        return a->u.ref.id == b->u.ref.id && a->u.ref.gen == b->u.ref.gen;
    case PDF_ARRAY:
        return same_array(a, b, depth + 1);
    case PDF_DICT:
        return same_dict(a, b, depth + 1);
    case PDF_NULL:
    case PDF_INT:
    case PDF_REAL:
        break;
    }
    return true;
}

bool pdf_same(const pdf_obj *a, const pdf_obj *b)
{
    bool no_a = !a || a->kind == PDF_NULL, no_b = !b || b->kind == PDF_NULL;
    return no_a || no_b ? no_a == no_b : same_at(a, b, 0);
}
