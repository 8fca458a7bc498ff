/* Object streams. The place that the cross-reference entry gives must hold that very object, its
 * number must not come twice in the stream, and its text ends where the next one begins: readers
 * that go by number, by index or by "parse what stands there" then see the same. */
#include "pdf/objstm.h"

#include "base/mem.h"
#include "pdf/damage.h"
#include "pdf/indirect.h"
#include "pdf/lexer.h"
#include "pdf/pool.h"

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

/* clause: ISO32000-1#7.5.7 N pairs of integers, then from /First on the objects */
static bool read_places(objstm *o, const pdf_obj *dict)
{
    int64_t n = 0, first = 0;
    if (!pdf_get_int(pdf_dict_get(dict, "N"), &n) || n < 0 ||
        !pdf_get_int(pdf_dict_get(dict, "First"), &first) || first < 0 ||
        (uint64_t)first > o->data.n || (uint64_t)n > (uint64_t)first) {
        return false;
    }
    o->first = (size_t)first;
    o->n = (size_t)n;
    o->places = mem_array(o->n, sizeof *o->places);
    pdf_lexer lx = {span_part(buf_span(&o->data), 0, o->first), 0, false};
    for (size_t i = 0; o->places && i < o->n; i++) {
        if (!next_number(&lx, &o->places[i].id) || !next_number(&lx, &o->places[i].at) ||
            o->places[i].at > o->data.n - o->first) {
            return false;
        }
    }
    return true;
}

static pades_status decode(pdf_file *f, const pdf_indirect *container, pdf_pool *pool, objstm *ret,
                           pades_error **e)
{
    uint64_t limit = ctx_limit(f->ctx, PADES_LIMIT_STREAM_BYTES);
    ret->data = BUF(limit < SIZE_MAX ? (size_t)limit : SIZE_MAX);
    TRY(pdf_file_stream(f, container->value, container->data, pool, &ret->data, e));
    if (!read_places(ret, container->value)) {
        return pdf_damaged(e, container->ref.id, container->at, "ISO32000-1#7.5.7",
                           "the list of objects in object stream %u is damaged", container->ref.id);
    }
    return ret->places ? PADES_OK : fail_memory(e);
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

/* The text of place `index`; false when the same object is listed twice. */
static bool find_text(const objstm *o, uint32_t index, span *ret)
{
    size_t end = o->data.n - o->first, at = o->places[index].at;
    for (size_t i = 0; i < o->n; i++) {
        if (i != index && o->places[i].id == o->places[index].id) {
            return false;
        }
        if (o->places[i].at > at && o->places[i].at < end) {
            end = o->places[i].at;
        }
    }
    *ret = span_part(buf_span(&o->data), o->first + at, end - at);
    return true;
}

static pades_status parse_all(pdf_file *f, span text, pdf_pool *pool, const pdf_obj **ret,
                              pades_error **e)
{
    pdf_obj *value = NULL;
    size_t used = 0;
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

pades_status objstm_load(pdf_file *f, uint32_t stream, uint32_t index, uint32_t id, pdf_pool *pool,
                         const pdf_obj **ret, pades_error **e)
{
    span text;
    TRY(fetch(f, stream, e));
    const objstm *o = &f->objstm;
    if (index >= o->n || o->places[index].id != id || !find_text(o, index, &text)) {
        return pdf_damaged(e, id, 0, "ISO32000-1#7.5.7",
                           "object %u is not where it should be in object stream %u", id, stream);
    }
    pades_status status = parse_all(f, text, pool, ret, e);
    if (status == PADES_DOC_DAMAGED) {
        (void)fail_wrap(e, status, "object %u in object stream %u is damaged", id, stream);
        return pdf_place(e, status, id, 0);
    }
    return status;
}
