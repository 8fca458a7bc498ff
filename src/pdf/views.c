/* Compares the two views of a hybrid file, object by object, for every number that a hidden section
 * has, whether a seal touches it or not: what is on a page hangs on objects that no seal touches.
 * clause: ISO32000-1#7.5.8.4 objects of hidden sections replace free ones, none that old readers
 * see */
#include "pdf/views.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"
#include "pdf/pool.h"
#include "pdf/same.h"
#include "pdf/section.h"

#include <inttypes.h>
#include <stdio.h>

enum { POOL_MAX = 64 << 20, TREE_DEPTH = 64 };

typedef struct views {
    pdf_file *f;
    size_t hidden; /* the section that is gone through */
} views;

static bool is_used(const pdf_entry *entry)
{
    return entry->kind == PDF_ENTRY_OFFSET || entry->kind == PDF_ENTRY_IN_STREAM;
}

static uint32_t generation(const pdf_entry *entry)
{
    return entry->kind == PDF_ENTRY_OFFSET ? entry->gen : 0;
}

static bool is_same_place(const pdf_entry *a, const pdf_entry *b)
{
    return (!is_used(a) && !is_used(b)) ||
           (a->kind == b->kind && a->offset == b->offset && a->gen == b->gen);
}

/* As a reader looks a number up that knows only tables. */
static pades_status table_entry(pdf_file *f, uint32_t id, pdf_entry *ret, pades_error **e)
{
    *ret = (pdf_entry){0};
    TRY(pdf_file_spend(f, f->sections_n, e));
    for (size_t i = 0; i < f->sections_n; i++) {
        const xref_bounds *b = &f->bounds[i];
        bool may = id >= b->low && id < b->high && !f->sections[i].pub.is_hidden;
        const xref_range *range = may ? section_find(f, i, id) : NULL;
        if (range) {
            return section_entry(f, i, range, id - range->first, ret, e);
        }
    }
    return PADES_OK;
}

/* A reading for the message: the value where they part, or the stream by its place. */
static char *reading(const pdf_obj *o, const pdf_entry *entry, bool is_stream)
{
    AUTO_VAL(buf) text = BUF(100);
    if (!is_stream) {
        return pdf_shown(o);
    }
    buf_addf(&text, "a stream at byte %" PRIu64, entry->offset);
    return escape_text(buf_span(&text), 0);
}

static pades_status refuse(const char *what, uint32_t id, const char *seen, const char *hidden,
                           pades_error **e)
{
    fail(e, PADES_DOC_READERS_DISAGREE,
         "%s of a hybrid file: the tables have '%s', the hidden section '%s'", what, seen, hidden);
    error_hint(e, "readers would show different documents; have the file rewritten first");
    error_place(e, id, -1);
    return PADES_DOC_READERS_DISAGREE;
}

static pades_status compare(pdf_file *f, uint32_t id, const pdf_entry *seen,
                            const pdf_entry *hidden, pades_error **e)
{
    const pdf_obj *a = NULL;
    const pdf_obj *b = NULL;
    char what[32];
    bool is_stream[2] = {false, false};
    AUTO(pdf_pool) *pool = NULL;
    AUTO(pdf_pool) *other = NULL;
    TRY(pdf_pool_new(POOL_MAX, &pool, e));
    TRY(pdf_pool_new(POOL_MAX, &other, e));
    TRY(pdf_file_load_entry(f, id, seen, pool, &a, &is_stream[0], e));
    TRY(pdf_file_load_entry(f, id, hidden, other, &b, &is_stream[1], e));
    pdf_difference d = {true, a, b};
    if (!is_stream[0] && !is_stream[1] &&
        (!is_used(hidden) || generation(seen) == generation(hidden))) {
        TRY(pdf_compare(f, a, b, &d, e));
    }
    if (!d.differs) {
        return PADES_OK;
    }
    AUTO(mem_text) *ours = reading(d.ours, seen, is_stream[0]);
    AUTO(mem_text) *theirs = reading(d.theirs, hidden, is_stream[1]);
    snprintf(what, sizeof what, "object %" PRIu32, id);
    return ours && theirs ? refuse(what, id, ours, theirs, e) : fail_memory(e);
}

/* A hidden entry beside one of its own table is read by nobody who keeps to the order of the
 * standard, but by others. One that is free says only that the number is not hidden. */
static pades_status check_entry(void *user, uint32_t id, const pdf_entry *hidden, pades_error **e)
{
    const views *v = user;
    pdf_entry seen, full;
    TRY(table_entry(v->f, id, &seen, e));
    if (!is_used(&seen)) {
        return PADES_OK;
    }
    TRY(pdf_file_entry(v->f, id, &full, e));
    if (!is_same_place(&seen, &full)) {
        return compare(v->f, id, &seen, &full, e);
    }
    if (seen.section + 1 == v->hidden && is_used(hidden) && !is_same_place(&seen, hidden)) {
        return compare(v->f, id, &seen, hidden, e);
    }
    return PADES_OK;
}

/* The hidden section of the newest table may say again what its trailer says, not anew. */
static pades_status check_trailer(pdf_file *f, pades_error **e)
{
    static const char *const keys[] = {"Root", "Encrypt"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        pdf_difference d = {false, NULL, NULL};
        const pdf_obj *hidden = pdf_dict_get(f->sections[1].pub.trailer, keys[i]);
        if (hidden) {
            TRY(pdf_compare(f, pdf_dict_get(pdf_file_trailer(f), keys[i]), hidden, &d, e));
        }
        if (d.differs) {
            AUTO(mem_text) *ours = pdf_shown(d.ours);
            AUTO(mem_text) *theirs = pdf_shown(d.theirs);
            char what[32];
            snprintf(what, sizeof what, "/%s of the trailer", keys[i]);
            return ours && theirs ? refuse(what, 0, ours, theirs, e) : fail_memory(e);
        }
    }
    return PADES_OK;
}

pades_status pdf_views_check(pdf_file *f, pades_error **e)
{
    if (f->sections_n > 1 && f->sections[1].pub.is_hidden) {
        TRY(check_trailer(f, e));
    }
    for (size_t i = 1; i < f->sections_n; i++) {
        views v = {f, i};
        if (f->sections[i].pub.is_hidden) {
            TRY(pdf_file_each_entry_or_free(f, i, check_entry, &v, e));
        }
    }
    return PADES_OK;
}

static bool is_hybrid(const pdf_file *f)
{
    bool hybrid = false;
    for (size_t i = 0; i < f->sections_n; i++) {
        hybrid = hybrid || f->sections[i].pub.is_hidden;
    }
    return hybrid;
}

/* From the catalog down the first pages of the tree. */
pades_status pdf_views_old_sees_nothing(pdf_file *f, bool *ret, pades_error **e)
{
    const pdf_obj *next = pdf_dict_get(pdf_file_trailer(f), "Root");
    bool nothing = false;
    AUTO(pdf_pool) *pool = NULL;
    TRY(pdf_pool_new(POOL_MAX, &pool, e));
    for (int i = 0; i < TREE_DEPTH && next && !nothing && is_hybrid(f); i++) {
        pdf_entry entry = {.kind = PDF_ENTRY_OFFSET};
        const pdf_obj *o = NULL;
        pdf_ref ref = {0, 0};
        if (pdf_get_ref(next, &ref)) {
            TRY(table_entry(f, ref.id, &entry, e));
        }
        nothing = !is_used(&entry);
        TRY(pdf_file_resolve(f, next, pool, &o, NULL, e));
        const pdf_obj *kids = pdf_dict_get(o, "Kids");
        TRY(pdf_file_resolve(f, kids, pool, &kids, NULL, e));
        next = i == 0                                           ? pdf_dict_get(o, "Pages")
               : pdf_is(kids, PDF_ARRAY) && kids->u.array.n > 0 ? kids->u.array.items[0]
                                                                : NULL;
    }
    *ret = nothing;
    return PADES_OK;
}
