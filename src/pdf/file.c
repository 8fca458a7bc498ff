/* Opening a file or one of its revisions, and loading objects. See file.h for what is promised;
 * nothing is repaired or guessed. */
#include "pdf/file.h"

#include "base/mem.h"
#include "pdf/chain.h"
#include "pdf/crypt_impl.h"
#include "pdf/damage.h"
#include "pdf/objstm.h"
#include "pdf/pool.h"
#include "pdf/stream.h"

#include <inttypes.h>

enum { LOAD_DEPTH = 8, RESOLVE_STEPS = 32, OBJECTS_WORTH = 12, TIMES_OVER = 4 };

static const pdf_obj null_object = {.kind = PDF_NULL, .raw = {(const uint8_t *)"null", 4}};

pades_status pdf_file_open(pades_ctx *ctx, pades_source *source, pdf_file **ret, pades_error **e)
{
    return pdf_file_open_at(ctx, source, pades_source_size(source), ret, e);
}

void pdf_file_tell(const pdf_file *f)
{
    int major = 0, minor = 0;
    size_t revisions = 0;
    pdf_file_version(f, &major, &minor);
    for (size_t i = 0; i < pdf_file_sections(f); i++) {
        revisions += pdf_file_section(f, i)->is_hidden ? 0 : 1;
    }
    ctx_log(pdf_file_ctx(f), PADES_LOG_INFO,
            "the document is read: %" PRIu64 " bytes, PDF %d.%d, %zu cross-reference sections, "
            "%" PRIu64 " entries, objects up to %" PRIu32,
            pdf_file_size(f), major, minor, revisions, pdf_file_entries(f), pdf_file_highest_id(f));
}

static void note_dangling(dangling *d, uint32_t id)
{
    for (size_t i = 0; i < d->n; i++) {
        if (d->ids[i] == id) {
            return;
        }
    }
    if (d->n < DANGLING_MAX) {
        d->ids[d->n++] = id;
    } else if (d->beyond == 0 || id < d->beyond) {
        d->beyond = id;
    }
}

/* As deep as the parser let it be. */
static void note_all_dangling(pdf_file *f, const pdf_obj *o)
{
    if (o->kind == PDF_REFERENCE && o->u.ref.id >= f->largest_size) {
        note_dangling(&f->dangling, o->u.ref.id);
    }
    for (size_t i = 0; o->kind == PDF_ARRAY && i < o->u.array.n; i++) {
        note_all_dangling(f, o->u.array.items[i]);
    }
    for (size_t i = 0; o->kind == PDF_DICT && i < o->u.dict.n; i++) {
        note_all_dangling(f, o->u.dict.pairs[i].value);
    }
}

/* What trailers refer to: only when all are read is it known where the numbers end. */
static void note_trailers(pdf_file *f)
{
    bool some = pdf_pool_highest_ref(f->trailers) >= f->largest_size;
    for (size_t i = 0; some && i < f->sections_n; i++) {
        note_all_dangling(f, f->sections[i].pub.trailer);
    }
}

pades_status pdf_file_open_at(pades_ctx *ctx, pades_source *source, uint64_t end, pdf_file **ret,
                              pades_error **e)
{
    if (end > pades_source_size(source) || end > INT64_MAX / TIMES_OVER) {
        return fail(e, PADES_INVALID_ARGUMENT, "a revision that ends behind the end of the file");
    }
    AUTO(pdf_file) *f = mem_alloc(sizeof *f);
    if (!f) {
        return fail_memory(e);
    }
    f->ctx = ctx;
    f->source = source;
    TRY(window_open(&f->window, source, end, e));
    TRY(pdf_pool_new_scratch(ctx, &f->trailers, e));
    TRY(ends_read_header(f, e));
    TRY(ends_read_tail(f, e));
    TRY(chain_read(f, e));
    note_trailers(f);
    TRY(crypt_open(f, e));
    *ret = TAKE(f);
    return PADES_OK;
}

pades_status pdf_file_open_bare(pades_ctx *ctx, pades_source *source, pdf_file **ret,
                                pades_error **e)
{
    AUTO(pdf_file) *f = mem_alloc(sizeof *f);
    if (!f) {
        return fail_memory(e);
    }
    f->ctx = ctx;
    f->source = source;
    TRY(window_open(&f->window, source, pades_source_size(source), e));
    *ret = TAKE(f);
    return PADES_OK;
}

void pdf_file_free(pdf_file *f)
{
    if (!f) {
        return;
    }
    for (size_t i = 0; i < f->sections_n; i++) {
        mem_free(f->sections[i].rows);
    }
    mem_free(f->sections);
    mem_free(f->bounds);
    mem_free(f->ranges);
    mem_free(f->scratch);
    objstm_free(&f->objstm);
    recent_free(&f->recent);
    crypt_free(f->crypt);
    pdf_pool_free(f->trailers);
    window_close(&f->window);
    mem_free(f);
}

pades_ctx *pdf_file_ctx(const pdf_file *f)
{
    return f->ctx;
}

pades_source *pdf_file_source(const pdf_file *f)
{
    return f->source;
}

uint64_t pdf_file_size(const pdf_file *f)
{
    return f->window.size;
}

void pdf_file_version(const pdf_file *f, int *ret_major, int *ret_minor)
{
    *ret_major = f->major;
    *ret_minor = f->minor;
}

size_t pdf_file_sections(const pdf_file *f)
{
    return f->sections_n;
}

const pdf_section *pdf_file_section(const pdf_file *f, size_t i)
{
    return i < f->sections_n ? &f->sections[i].pub : NULL;
}

const pdf_obj *pdf_file_trailer(const pdf_file *f)
{
    return f->sections[0].pub.trailer;
}

uint64_t pdf_file_entries(const pdf_file *f)
{
    return f->entries;
}

uint64_t pdf_file_startxref(const pdf_file *f)
{
    return f->startxref;
}

uint32_t pdf_file_highest_id(const pdf_file *f)
{
    return f->highest_id;
}

uint32_t pdf_file_largest_size(const pdf_file *f)
{
    return f->largest_size;
}

pades_status pdf_file_spend(pdf_file *f, uint64_t n, pades_error **e)
{
    uint64_t objects = 0, allowed = 0, whole = f->window.size * TIMES_OVER; /* size is below 2^61 */
    if (!u64_add(ctx_limit(f->ctx, PADES_LIMIT_OBJECT_BYTES),
                 ctx_limit(f->ctx, PADES_LIMIT_STREAM_BYTES), &objects) ||
        !u64_mul(objects, OBJECTS_WORTH, &allowed) || !u64_add(allowed, whole, &allowed)) {
        allowed = UINT64_MAX;
    }
    if (n > allowed - f->spent) {
        return fail(e, PADES_LIMIT,
                    "reading the objects asked for takes more than %llu bytes of work",
                    (unsigned long long)allowed);
    }
    f->spent += n;
    return PADES_OK;
}

static pades_status load_at(pdf_file *f, pdf_ref ref, uint64_t at, pdf_pool *pool,
                            const pdf_obj **ret, uint64_t *ret_stream, pades_error **e)
{
    pdf_indirect o;
    uint64_t n = 0;
    TRY(indirect_read(f, at, ref.id, pool, &o, e));
    if (o.ref.id != ref.id || o.ref.gen != ref.gen) {
        return pdf_damaged(e, ref.id, o.at, "ISO32000-1#7.5.4",
                           "object %u %u was expected here, not %u %u", ref.id, ref.gen, o.ref.id,
                           o.ref.gen);
    }
    if (o.data > 0) {
        TRY(stream_extent(f, o.value, o.data, ref.id, false, &n, NULL, e));
    }
    TRY(crypt_strings(f, ref, o.value, pool, e));
    *ret = o.value;
    if (ret_stream) {
        *ret_stream = o.data;
    }
    return PADES_OK;
}

static pades_status load_entry(pdf_file *f, pdf_ref ref, const pdf_entry *entry, pdf_pool *pool,
                               const pdf_obj **ret, uint64_t *ret_stream, pades_error **e)
{
    if (entry->kind == PDF_ENTRY_OFFSET) {
        return load_at(f, ref, entry->offset, pool, ret, ret_stream, e);
    }
    TRY(objstm_load(f, (uint32_t)entry->offset, entry->gen, ref.id, pool, ret, e));
    if (ret_stream) {
        *ret_stream = 0;
    }
    return PADES_OK;
}

pades_status pdf_file_load_entry(pdf_file *f, uint32_t id, const pdf_entry *entry, pdf_pool *pool,
                                 const pdf_obj **ret, bool *ret_is_stream, pades_error **e)
{
    pdf_indirect o;
    *ret_is_stream = false;
    TRY(pdf_crypt_check(f, e));
    if (entry->kind == PDF_ENTRY_IN_STREAM) {
        return objstm_load(f, (uint32_t)entry->offset, entry->gen, id, pool, ret, e);
    }
    if (entry->kind != PDF_ENTRY_OFFSET) {
        *ret = &null_object;
        return PADES_OK;
    }
    TRY(indirect_read(f, entry->offset, id, pool, &o, e));
    if (o.ref.id != id) {
        return pdf_damaged(e, id, o.at, "ISO32000-1#7.5.4", "object %u was expected here, not %u",
                           id, o.ref.id);
    }
    TRY(crypt_strings(f, o.ref, o.value, pool, e));
    *ret = o.value;
    *ret_is_stream = o.data > 0;
    return PADES_OK;
}

pades_status pdf_file_first_object(pdf_file *f, pdf_pool *pool, const pdf_obj **ret,
                                   pades_error **e)
{
    pdf_indirect o;
    TRY(indirect_read(f, 0, 0, pool, &o, e)); /* the header is a comment */
    *ret = o.value;
    return PADES_OK;
}

uint64_t pdf_file_spent(const pdf_file *f)
{
    return f->spent;
}

/* clause: ISO32000-1#7.3.10 a reference to an object that is not there is null */
static bool is_absent(pdf_ref ref, const pdf_entry *entry)
{
    return ref.id == 0 || entry->kind == PDF_ENTRY_NONE || entry->kind == PDF_ENTRY_FREE ||
           ref.gen != (entry->kind == PDF_ENTRY_OFFSET ? entry->gen : 0);
}

bool pdf_file_is_dangling(const pdf_file *f, uint32_t id)
{
    bool found = f->dangling.beyond > 0 && id >= f->dangling.beyond;
    for (size_t i = 0; !found && i < f->dangling.n; i++) {
        found = f->dangling.ids[i] == id;
    }
    return found;
}

uint32_t pdf_file_highest_dangling(const pdf_file *f, uint32_t below)
{
    uint32_t highest = 0;
    for (size_t i = 0; i < f->dangling.n; i++) {
        uint32_t id = f->dangling.ids[i];
        highest = id < below && id > highest ? id : highest;
    }
    return highest;
}

static pades_status load_fresh(pdf_file *f, pdf_ref ref, const pdf_entry *entry, pdf_pool *pool,
                               const pdf_obj **ret, uint64_t *ret_stream, pades_error **e)
{
    if (f->depth == LOAD_DEPTH) { /* /Length in the very stream whose length it is */
        return pdf_damaged(e, ref.id, 0, "ISO32000-1#7.3.10",
                           "objects need each other before they can be read");
    }
    f->depth++;
    pades_status status = load_entry(f, ref, entry, pool, ret, ret_stream, e);
    f->depth--;
    if (status == PADES_OK && pdf_pool_highest_ref(pool) >= f->largest_size) {
        note_all_dangling(f, *ret);
    }
    return status;
}

static bool is_too_large(const pdf_file *f, pdf_ref ref)
{
    return ref.id > 0 && f->too_large.ref.id == ref.id && f->too_large.ref.gen == ref.gen;
}

/* Into the room for what is kept, or, when that is used up, into the caller's pool. */
static pades_status load_and_keep(pdf_file *f, pdf_ref ref, const pdf_entry *entry, pdf_pool *pool,
                                  const pdf_obj **ret, uint64_t *ret_stream, pades_error **e)
{
    uint64_t stream = 0;
    pdf_pool *room = recent_room(&f->recent);
    AUTO(pades_error) *small = NULL;
    pades_status status = PADES_LIMIT;
    if (is_too_large(f, ref)) {
        if (pdf_pool_left(pool) <= f->too_large.left) {
            return pdf_place(e, pdf_pool_overflow(pool, e), ref.id, f->too_large.at);
        }
        room = NULL;
    }
    if (room) {
        status = load_fresh(f, ref, entry, room, ret, &stream, &small);
    }
    if (status == PADES_OK) {
        recent_keep(&f->recent, ref, *ret, stream);
    } else if (!room || recent_is_full(&f->recent)) {
        size_t left = pdf_pool_left(pool);
        status = load_fresh(f, ref, entry, pool, ret, &stream, e);
        if (status == PADES_LIMIT && pdf_pool_is_over(pool)) {
            f->too_large = (unfit){ref, entry->kind == PDF_ENTRY_OFFSET ? entry->offset : 0, left};
        }
    } else if (e) {
        *e = TAKE(small);
    }
    if (status == PADES_OK && ret_stream) {
        *ret_stream = stream;
    }
    return status;
}

pades_status pdf_file_load(pdf_file *f, pdf_ref ref, pdf_pool *pool, const pdf_obj **ret,
                           uint64_t *ret_stream, pades_error **e)
{
    pdf_entry entry;
    TRY(pdf_crypt_check(f, e));
    const recent_object *kept = recent_find(&f->recent, ref);
    if (kept) {
        *ret = kept->o;
        if (ret_stream) {
            *ret_stream = kept->stream;
        }
        return PADES_OK;
    }
    TRY(pdf_file_entry(f, ref.id, &entry, e));
    if (is_absent(ref, &entry)) {
        *ret = &null_object;
        if (ret_stream) {
            *ret_stream = 0;
        }
        return PADES_OK;
    }
    return load_and_keep(f, ref, &entry, pool, ret, ret_stream, e);
}

pades_status pdf_file_resolve(pdf_file *f, const pdf_obj *o, pdf_pool *pool, const pdf_obj **ret,
                              pdf_ref *ret_ref, pades_error **e)
{
    pdf_ref ref = {0, 0};
    const pdf_obj *value = o ? o : &null_object;
    for (int i = 0; value->kind == PDF_REFERENCE; i++) {
        ref = value->u.ref;
        if (i == RESOLVE_STEPS) {
            return pdf_damaged(e, ref.id, 0, "ISO32000-1#7.3.10",
                               "more than %d references that lead to references", RESOLVE_STEPS);
        }
        TRY(pdf_file_load(f, ref, pool, &value, NULL, e));
    }
    *ret = value;
    if (ret_ref) {
        *ret_ref = ref;
    }
    return PADES_OK;
}
