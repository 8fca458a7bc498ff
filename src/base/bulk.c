/* See bulk.h. */
#include "base/bulk.h"

#include "base/fail.h"

enum { SMALL = 1 << 20 };

static pades_status move_to_file(bulk *b, pades_error **e)
{
    AUTO(spool) *file = NULL;
    TRY(spool_new(b->ctx, &file, e));
    TRY(spool_add(file, buf_span(&b->mem), e));
    buf_free(&b->mem);
    b->file = TAKE(file);
    return PADES_OK;
}

/* All the room at once for what is not small: growing would hold it half as much again. */
static void make_room(buf *mem, size_t more)
{
    const size_t n = mem->n;
    if (n + more > SMALL && mem->cap < mem->max && buf_extend(mem, mem->max - n)) {
        buf_truncate(mem, n);
    }
}

uint64_t bulk_size(const bulk *b)
{
    return b->file ? spool_size(b->file) : b->mem.n;
}

pades_status bulk_add(bulk *b, span bytes, pades_error **e)
{
    if (bytes.n > b->max - bulk_size(b)) {
        return fail(e, PADES_LIMIT, "more than the %llu bytes allowed", (unsigned long long)b->max);
    }
    if (!b->file && bytes.n > BULK_MEMORY - b->mem.n) {
        TRY(move_to_file(b, e));
    }
    if (b->file) {
        return spool_add(b->file, bytes, e);
    }
    make_room(&b->mem, bytes.n);
    buf_add_span(&b->mem, bytes);
    return buf_check(&b->mem, "bytes", e);
}

pades_status bulk_end(bulk *b, pades_error **e)
{
    return b->file ? spool_end(b->file, e) : PADES_OK;
}

view bulk_view(const bulk *b)
{
    return b->file ? spool_view(b->file) : view_of(buf_span(&b->mem));
}

void bulk_free(bulk *b)
{
    buf_free(&b->mem);
    spool_free(b->file);
    b->file = NULL;
}
