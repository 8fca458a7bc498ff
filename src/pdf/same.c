/* Compares our reading of an object with that of another reader that prints dictionaries sorted
 * and without the keys whose value is null. Dictionaries are sorted first, so the time is that of
 * sorting however many keys there are.
 * clause: ISO32000-1#7.3.7 a key whose value is null is absent */
#include "pdf/same.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"
#include "pdf/crypt.h"

#include <inttypes.h>
#include <stdlib.h>

enum { DEPTH_MAX = 10000, POOL_MAX = 64 << 20, SHOWN = 80 };

typedef struct comparison {
    pdf_file *f;
    pdf_difference *ret;
    unsigned depth;
    pades_error **e;
} comparison;

typedef const pdf_pair *pair_ref;
DEFINE_AUTO(pair_ref, mem_free)

static int key_order(pair_ref x, pair_ref y)
{
    size_t n = x->key.n < y->key.n ? x->key.n : y->key.n;
    int order = n ? memcmp(x->key.p, y->key.p, n) : 0;
    if (order == 0 && x->key.n != y->key.n) {
        order = x->key.n < y->key.n ? -1 : 1;
    }
    return order;
}

static int by_key(const void *a, const void *b)
{
    pair_ref x = *(const pair_ref *)a;
    pair_ref y = *(const pair_ref *)b;
    int order = key_order(x, y);
    if (order == 0) {
        order = x < y ? -1 : x > y; /* file order: the pairs are one array */
    }
    return order;
}

/* Sorted by key, of a key twice the last only. */
static pair_ref *sorted(const pdf_obj *dict, size_t *ret_n)
{
    size_t n = 0;
    pair_ref *pairs = mem_array(dict->u.dict.n + 1, sizeof *pairs);
    if (!pairs) {
        return NULL;
    }
    for (size_t i = 0; i < dict->u.dict.n; i++) {
        pairs[i] = &dict->u.dict.pairs[i];
    }
    if (dict->u.dict.n > 1) {
        qsort(pairs, dict->u.dict.n, sizeof(pair_ref), by_key);
    }
    for (size_t i = 0; i < dict->u.dict.n; i++) {
        bool last = i + 1 == dict->u.dict.n || !span_eq(pairs[i]->key, pairs[i + 1]->key);
        if (last) {
            pairs[n++] = pairs[i];
        }
    }
    *ret_n = n;
    return pairs;
}

static pades_status differ(const comparison *c, const pdf_obj *ours, const pdf_obj *theirs)
{
    *c->ret = (pdf_difference){true, ours, theirs};
    return PADES_OK;
}

static pades_status compare(comparison *c, const pdf_obj *ours, const pdf_obj *theirs);

/* A key of ours that the other does not print. */
static pades_status only_ours(comparison *c, const pdf_obj *value)
{
    AUTO(pdf_pool) *pool = NULL;
    const pdf_obj *o = NULL;
    TRY(pdf_pool_new(POOL_MAX, &pool, c->e));
    TRY(pdf_file_resolve(c->f, value, pool, &o, NULL, c->e));
    return o->kind == PDF_NULL ? PADES_OK : differ(c, value, NULL);
}

/* The hole of a signature in an encrypted document: to us it is as it stands; qpdf 11 decrypts it
 * when the dictionary does not say that it is a signature, which it need not.
 * clause: ISO32000-1#12.8.1 /Type of a signature dictionary is optional */
static bool is_read_apart(const comparison *c, const pdf_obj *dict, const pdf_pair *pair)
{
    return pdf_crypt_get_info(c->f) && span_is(pair->key, "Contents") &&
           pdf_is(pdf_dict_get(dict, "ByteRange"), PDF_ARRAY) &&
           !pdf_is_name(pdf_dict_get(dict, "Type"), "Sig");
}

static pades_status compare_dicts(comparison *c, const pdf_obj *ours, const pdf_obj *theirs)
{
    size_t n = 0;
    size_t m = 0;
    size_t at = 0;
    AUTO(pair_ref) *a = sorted(ours, &n);
    AUTO(pair_ref) *b = sorted(theirs, &m);
    if (!a || !b) {
        return fail_memory(c->e);
    }
    for (size_t i = 0; i < n && !c->ret->differs; i++) {
        int order = at < m ? key_order(a[i], b[at]) : -1;
        if (order > 0) {
            return differ(c, NULL, b[at]->value);
        }
        if (order == 0 && is_read_apart(c, ours, a[i])) {
            at++;
        } else if (order == 0) {
            TRY(compare(c, a[i]->value, b[at++]->value));
        } else {
            TRY(only_ours(c, a[i]->value));
        }
    }
    if (at < m && !c->ret->differs) {
        return differ(c, NULL, b[at]->value);
    }
    return PADES_OK;
}

static pades_status compare_arrays(comparison *c, const pdf_obj *ours, const pdf_obj *theirs)
{
    if (ours->u.array.n != theirs->u.array.n) {
        return differ(c, ours, theirs);
    }
    for (size_t i = 0; i < ours->u.array.n && !c->ret->differs; i++) {
        TRY(compare(c, ours->u.array.items[i], theirs->u.array.items[i]));
    }
    return PADES_OK;
}

static pades_status compare(comparison *c, const pdf_obj *ours, const pdf_obj *theirs)
{
    if (c->depth >= DEPTH_MAX) {
        return fail(c->e, PADES_LIMIT, "an object is nested deeper than %d", DEPTH_MAX);
    }
    c->depth++;
    if (pdf_is(ours, PDF_DICT) && pdf_is(theirs, PDF_DICT)) {
        TRY(compare_dicts(c, ours, theirs));
    } else if (pdf_is(ours, PDF_ARRAY) && pdf_is(theirs, PDF_ARRAY)) {
        TRY(compare_arrays(c, ours, theirs));
    } else if (pdf_is(ours, PDF_REFERENCE) && pdf_is(theirs, PDF_NULL)) {
        TRY(only_ours(c, ours)); /* qpdf 12 reads a reference to nothing as null at once */
    } else if (!pdf_same(ours, theirs)) {
        TRY(differ(c, ours, theirs));
    }
    c->depth--;
    return PADES_OK;
}

pades_status pdf_compare(pdf_file *f, const pdf_obj *ours, const pdf_obj *theirs,
                         pdf_difference *ret, pades_error **e)
{
    pdf_difference found = {false, NULL, NULL};
    comparison c = {f, &found, 0, e};
    TRY(compare(&c, ours, theirs));
    *ret = found;
    return PADES_OK;
}

char *pdf_shown(const pdf_obj *o)
{
    AUTO_VAL(buf) text = BUF(1024);
    if (!o || o->kind == PDF_NULL || o->raw.n > 0) {
        return escape_text(o && o->raw.n > 0 ? o->raw : span_str("nothing"), SHOWN);
    }
    switch (o->kind) {
    case PDF_BOOL:
        buf_add_str(&text, o->u.boolean ? "true" : "false");
        break;
    case PDF_INT:
        buf_addf(&text, "%" PRId64, o->u.integer);
        break;
    case PDF_REFERENCE:
        buf_addf(&text, "%" PRIu32 " %" PRIu32 " R", o->u.ref.id, o->u.ref.gen);
        break;
    case PDF_NAME:
    case PDF_STRING:
        buf_add_str(&text, o->kind == PDF_NAME ? "/" : "");
        buf_add_span(&text, span_part(o->u.text, 0, SHOWN));
        break;
    case PDF_ARRAY:
    case PDF_DICT:
    case PDF_NULL:
    case PDF_REAL:
        buf_add_str(&text, o->kind == PDF_ARRAY ? "an array" : "a dictionary");
        break;
    }
    return escape_text(buf_span(&text), SHOWN);
}
