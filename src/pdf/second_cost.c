/* qpdf keeps some 300 bytes for each value that it reads, and reads more than it is asked for. A
 * file of a few kilobytes can pack millions of values beside the catalog, where the strict reader
 * never looks. So the text that qpdf would parse is counted, token by token, and never parsed. */
#include "pdf/second_cost.h"

#include "base/ctx.h"
#include "base/fail.h"
#include "base/mem.h"
#include "pdf/damage.h"
#include "pdf/indirect.h"
#include "pdf/objstm.h"
#include "pdf/pool.h"
#include "pdf/survey.h"

#include <string.h>

enum { COST_MAX = 112 << 20, POOL_MAX = 64 << 20, SEEN_MAX = 64, ROW_COST = 100, DEPTH_MAX = 8 };

typedef struct cost {
    pdf_file *f;
    uint64_t sum;
    uint32_t seen[SEEN_MAX]; /* what was met last, newest behind: object streams and objects */
    size_t seen_n;
    unsigned depth;
} cost;

/* What is met again and again, as the parent of many pages is, stays among them. */
static bool seen(cost *c, uint32_t id)
{
    size_t i = 0;
    while (i < c->seen_n && c->seen[i] != id) {
        i++;
    }
    bool found = i < c->seen_n;
    if (!found && c->seen_n < SEEN_MAX) {
        c->seen_n++;
    }
    size_t gone = found || i < SEEN_MAX ? i : 0;
    memmove(c->seen + gone, c->seen + gone + 1, (c->seen_n - gone - 1) * sizeof *c->seen);
    c->seen[c->seen_n - 1] = id;
    return found;
}

static pades_status add(cost *c, uint64_t n, uint32_t id, pades_error **e)
{
    c->sum += n;
    if (c->sum <= COST_MAX) {
        return PADES_OK;
    }
    (void)fail(e, PADES_LIMIT,
               "the second reader would take more than %d MiB of memory for the objects asked for",
               COST_MAX >> 20);
    return pdf_place(e, PADES_LIMIT, id, 0);
}

static pades_status add_number(cost *c, uint32_t id, pades_error **e);

/* What qpdf resolves to read the data of a stream. */
static pades_status add_stream(cost *c, span text, uint32_t id, pades_error **e)
{
    static const char *const keys[] = {"Length", "Filter", "DecodeParms"};
    pdf_obj *dict = NULL;
    size_t used = 0;
    AUTO(pdf_pool) *pool = NULL;
    unsigned depth = pdf_depth_limit(pdf_file_ctx(c->f));
    TRY(pdf_pool_new(POOL_MAX, &pool, e));
    TRY(pdf_place(e, pdf_parse(pool, text, depth, &dict, &used, e), id, 0));
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        const pdf_obj *value = pdf_dict_get(dict, keys[i]);
        for (size_t k = 0; value; k++) { /* itself, or the items of an array */
            const pdf_obj *item = pdf_is(value, PDF_ARRAY) ? pdf_array_get(value, k) : value;
            if (pdf_is(item, PDF_REFERENCE)) {
                TRY(add_number(c, item->u.ref.id, e));
            }
            value = item && pdf_is(value, PDF_ARRAY) ? value : NULL;
        }
    }
    return PADES_OK;
}

static pades_status add_at(cost *c, uint64_t offset, uint32_t id, pades_error **e)
{
    span text;
    bool stream = false;
    TRY(indirect_text(c->f, offset, id, &text, &stream, e));
    TRY(add(c, pdf_survey_text(text), id, e));
    return stream ? add_stream(c, text, id, e) : PADES_OK;
}

static pades_status add_packed(cost *c, uint32_t id, uint32_t container, pades_error **e)
{
    span packed;
    if (seen(c, container)) {
        return PADES_OK;
    }
    TRY(objstm_text(c->f, container, &packed, e));
    TRY(add(c, pdf_survey_text(packed), id, e));
    return add_number(c, container, e);
}

/* What stands under a number, unless it was just counted. What cannot be read here is not given to
 * a reader that may be able to.
 */
static pades_status add_number(cost *c, uint32_t id, pades_error **e)
{
    pdf_entry entry;
    pades_status status = PADES_OK;
    if (seen(c, id)) {
        return PADES_OK;
    }
    TRY(pdf_file_entry(c->f, id, &entry, e));
    if (++c->depth > DEPTH_MAX) {
        return pdf_damaged(e, id, 0, "ISO32000-1#7.3.10",
                           "objects need each other before they can be read");
    }
    if (entry.kind == PDF_ENTRY_OFFSET) {
        status = add_at(c, entry.offset, id, e);
    } else if (entry.kind == PDF_ENTRY_IN_STREAM) {
        status = add_packed(c, id, (uint32_t)entry.offset, e);
    }
    c->depth--;
    return status;
}

static pades_status add_values(cost *c, const pdf_obj *o, unsigned depth, pades_error **e)
{
    for (size_t i = 0; pdf_is(o, PDF_DICT) && i < o->u.dict.n; i++) {
        const pdf_obj *value = o->u.dict.pairs[i].value;
        if (pdf_is(value, PDF_REFERENCE)) {
            TRY(add_number(c, value->u.ref.id, e));
        } else if (depth > 0) {
            TRY(add_values(c, value, depth - 1, e));
        }
    }
    for (size_t i = 0; depth > 0 && pdf_is(o, PDF_ARRAY) && i < o->u.array.n; i++) {
        TRY(add_values(c, o->u.array.items[i], depth - 1, e));
    }
    return PADES_OK;
}

static pades_status add_object(cost *c, pdf_ref ref, bool listed, pades_error **e)
{
    const pdf_obj *o = NULL;
    AUTO(pdf_pool) *pool = NULL;
    TRY(add_number(c, ref.id, e));
    if (!listed) {
        return PADES_OK;
    }
    TRY(pdf_pool_new(POOL_MAX, &pool, e));
    TRY(pdf_file_load(c->f, ref, pool, &o, NULL, e));
    return add_values(c, o, pdf_depth_limit(pdf_file_ctx(c->f)), e);
}

pades_status second_afford(pdf_file *f, const pdf_ref *refs, size_t n, bool listed, pades_error **e)
{
    cost c = {.f = f};
    pdf_ref root = {0, 0};
    unsigned depth = pdf_depth_limit(pdf_file_ctx(f));
    TRY(add(&c, pdf_file_entries(f) * ROW_COST, 0, e));
    for (size_t i = 0; i < pdf_file_sections(f); i++) {
        TRY(add(&c, pdf_survey_text(pdf_file_section(f, i)->trailer->raw), 0, e));
    }
    if (listed) {
        TRY(add_values(&c, pdf_file_trailer(f), depth, e));
    }
    if (pdf_get_ref(pdf_dict_get(pdf_file_trailer(f), "Root"), &root)) {
        TRY(add_object(&c, root, listed, e));
    }
    for (size_t i = 0; i < n; i++) {
        TRY(add_object(&c, refs[i], listed, e));
    }
    return PADES_OK;
}
