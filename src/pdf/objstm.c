/* Object streams. The place that the cross-reference entry gives must hold that very object, its
 * number must not come twice in the stream, and its text ends where the next one begins: readers
 * that go by number, by index or by "parse what stands there" then see the same. */
#include "pdf/objstm.h"

#include "base/mem.h"
#include "pdf/damage.h"
#include "pdf/indirect.h"
#include "pdf/lexer.h"
#include "pdf/pool.h"
#include "pdf/sort.h"

/* PLACE_WORK: bytes of work that listing one object counts for. */
enum { LARGEST_COUNT = 1 << 20, PLACE_WORK = 128 };

void objstm_free(objstm *o)
{
    buf_free(&o->data);
    mem_free(o->places);
    *o = (objstm){0};
}

/* Where the container itself stands; it must not be in an object stream. */
static pades_status find_container(pdf_file *f, uint32_t id, pdf_pool *pool, pdf_indirect *ret,
                                   pades_error **e)
{
    pdf_entry entry;
    TRY(pdf_file_entry(f, id, &entry, e));
    if (entry.kind != PDF_ENTRY_OFFSET || entry.gen != 0) {
        return pdf_damaged(e, id, 0, "ISO32000-1#7.5.7",
                           "object stream %u is missing or is itself in an object stream", id);
    }
    TRY(indirect_read(f, entry.offset, id, pool, ret, e));
    if (ret->ref.id != id || ret->ref.gen != 0 || ret->data == 0 || ret->value->u.dict.dup_keys ||
        !pdf_is_name(pdf_dict_get(ret->value, "Type"), "ObjStm")) {
        return pdf_damaged(e, id, entry.offset, "ISO32000-1#7.5.7",
                           "object stream %u was expected here", id);
    }
    return PADES_OK;
}

static bool next_number(pdf_lexer *lx, uint32_t *ret)
{
    pdf_token t = pdf_lex(lx);
    if (t.kind != TOKEN_INT || !t.digits_only || (uint64_t)t.integer > MAX_OBJECT_ID) {
        return false;
    }
    *ret = (uint32_t)t.integer;
    return true;
}

/* /N and /First, as far as the data can hold them: a pair takes at least four bytes. */
static bool read_counts(objstm *o, const pdf_obj *dict)
{
    int64_t n = 0, first = 0;
    if (!pdf_get_int(pdf_dict_get(dict, "N"), &n) || n < 0 || n > LARGEST_COUNT ||
        !pdf_get_int(pdf_dict_get(dict, "First"), &first) || first < 0 ||
        (uint64_t)first > o->data.n || n > (first + 1) / 4) {
        return false;
    }
    o->first = (size_t)first;
    o->n = (size_t)n;
    return true;
}

/* clause: ISO32000-1#7.5.7 N pairs of integers, then from /First on the objects */
static bool read_places(objstm *o)
{
    pdf_lexer lx = {span_part(buf_span(&o->data), 0, o->first), 0, false};
    for (size_t i = 0; i < o->n; i++) {
        if (!next_number(&lx, &o->places[i].id) || !next_number(&lx, &o->places[i].at) ||
            o->places[i].at > o->data.n - o->first) {
            return false;
        }
    }
    return true;
}

typedef struct place_order {
    objstm_place *places;
    uint32_t *order;
} place_order;

static bool at_before(const void *user, size_t a, size_t b)
{
    const place_order *o = user;
    return o->places[o->order[a]].at < o->places[o->order[b]].at;
}

static bool id_before(const void *user, size_t a, size_t b)
{
    const place_order *o = user;
    return o->places[o->order[a]].id < o->places[o->order[b]].id;
}

static void order_swap(void *user, size_t a, size_t b)
{
    const place_order *o = user;
    uint32_t t = o->order[a];
    o->order[a] = o->order[b];
    o->order[b] = t;
}

/* Most writers list them in order already. */
static void sort_places(place_order *o, size_t n, pdf_before_fn before)
{
    for (size_t i = 1; i < n; i++) {
        if (before(o, i, i - 1)) {
            pdf_sort(o, n, before, order_swap);
            return;
        }
    }
}

/* Each text ends where the next one begins; and which numbers come twice. */
static void bound_places(place_order *o, size_t n, uint32_t end)
{
    sort_places(o, n, at_before);
    for (size_t i = n; i > 0; i--) {
        objstm_place *place = &o->places[o->order[i - 1]];
        if (i < n && o->places[o->order[i]].at > place->at) {
            end = o->places[o->order[i]].at;
        }
        place->end = end;
    }
    sort_places(o, n, id_before);
    for (size_t i = 1; i < n; i++) {
        objstm_place *a = &o->places[o->order[i - 1]], *b = &o->places[o->order[i]];
        if (a->id == b->id) {
            a->is_twice = b->is_twice = true;
        }
    }
}

static pades_status list_places(pdf_file *f, const pdf_indirect *container, objstm *o,
                                pades_error **e)
{
    bool ok = o->data.n <= UINT32_MAX && read_counts(o, container->value);
    if (ok) {
        TRY(pdf_file_spend(f, (uint64_t)o->n * PLACE_WORK, e));
        o->places = mem_array(o->n, sizeof *o->places);
        if (!o->places) {
            return fail_memory(e);
        }
        ok = read_places(o);
    }
    if (!ok) {
        return pdf_damaged(e, container->ref.id, container->at, "ISO32000-1#7.5.7",
                           "the list of objects in object stream %u is damaged", container->ref.id);
    }
    place_order order = {o->places, mem_array(o->n, sizeof(uint32_t))};
    if (!order.order) {
        return fail_memory(e);
    }
    for (size_t i = 0; i < o->n; i++) {
        order.order[i] = (uint32_t)i;
    }
    bound_places(&order, o->n, (uint32_t)(o->data.n - o->first));
    mem_free(order.order);
    return PADES_OK;
}

static pades_status decode(pdf_file *f, const pdf_indirect *container, pdf_pool *pool, objstm *ret,
                           pades_error **e)
{
    uint64_t limit = ctx_limit(f->ctx, PADES_LIMIT_STREAM_BYTES);
    ret->data = BUF(limit < SIZE_MAX ? (size_t)limit : SIZE_MAX);
    TRY(pdf_file_stream(f, container->value, container->data, pool, &ret->data, e));
    return list_places(f, container, ret, e);
}

static pades_status fetch(pdf_file *f, uint32_t id, pades_error **e)
{
    AUTO(pdf_pool) *pool = NULL;
    AUTO_VAL(objstm) fresh = {0};
    pdf_indirect container;
    if (f->objstm.id == id) {
        return PADES_OK;
    }
    TRY(pdf_pool_new_scratch(f->ctx, &pool, e));
    TRY(find_container(f, id, pool, &container, e));
    TRY(decode(f, &container, pool, &fresh, e));
    fresh.id = id;
    objstm_free(&f->objstm);
    f->objstm = fresh;
    fresh = (objstm){0};
    return PADES_OK;
}

static pades_status parse_all(pdf_file *f, span text, pdf_pool *pool, const pdf_obj **ret,
                              pades_error **e)
{
    pdf_obj *value = NULL;
    size_t used = 0;
    while (text.n > 0 && pdf_is_white(text.p[text.n - 1])) {
        text.n--;
    }
    span copy = pdf_pool_copy(pool, text);
    if (!copy.p) {
        return pdf_pool_fail(pool, e);
    }
    TRY(pdf_parse(pool, copy, pdf_depth_limit(f->ctx), &value, &used, e));
    pdf_lexer lx = {copy, used, false};
    if (pdf_lex(&lx).kind != TOKEN_END) {
        return fail(e, PADES_DOC_DAMAGED, "something stands behind an object's value");
    }
    *ret = value;
    return PADES_OK;
}

pades_status objstm_text(pdf_file *f, uint32_t stream, span *ret, pades_error **e)
{
    TRY(fetch(f, stream, e));
    *ret = span_part(buf_span(&f->objstm.data), f->objstm.first, f->objstm.data.n);
    return PADES_OK;
}

pades_status objstm_load(pdf_file *f, uint32_t stream, uint32_t index, uint32_t id, pdf_pool *pool,
                         const pdf_obj **ret, pades_error **e)
{
    TRY(fetch(f, stream, e));
    const objstm *o = &f->objstm;
    const objstm_place *place = index < o->n ? &o->places[index] : NULL;
    if (!place || place->id != id || place->is_twice) {
        return pdf_damaged(e, id, 0, "ISO32000-1#7.5.7",
                           "object %u is not where it should be in object stream %u", id, stream);
    }
    span text = span_part(buf_span(&o->data), o->first + place->at, place->end - place->at);
    TRY(pdf_file_spend(f, text.n, e));
    pades_status status = parse_all(f, text, pool, ret, e);
    if (status == PADES_DOC_DAMAGED) {
        (void)fail_wrap(e, status, "object %u in object stream %u is damaged", id, stream);
        return pdf_place(e, status, id, 0);
    }
    return status;
}
