/* The read cache of a PDF file; see window.h. */
#include "pdf/window.h"

#include "base/mem.h"
#include "pdf/damage.h"

pades_status window_open(window *w, pades_source *source, uint64_t size, pades_error **e)
{
    size_t n = size < WINDOW_TAIL ? (size_t)size : WINDOW_TAIL;
    w->source = source;
    w->size = size;
    TRY(source_hold(source, e));
    w->tail = source_memory(source).p;
    if (w->tail) { /* of the whole file */
        return PADES_OK;
    }
    w->tail_at = size - n;
    w->own_tail = mem_alloc(n);
    w->tail = w->own_tail;
    if (!w->tail) {
        return fail_memory(e);
    }
    return source_read(source, SOURCE_STRUCTURE, w->tail_at, w->own_tail, n, e);
}

void window_close(window *w)
{
    mem_free(w->own_tail);
    mem_free(w->room);
    w->own_tail = NULL;
    w->tail = NULL;
    w->room = NULL;
}

static size_t oldest_block(const window *w)
{
    size_t oldest = 0;
    for (size_t i = 1; i < WINDOW_BLOCKS; i++) {
        if (w->blocks[i].used < w->blocks[oldest].used) {
            oldest = i;
        }
    }
    return oldest;
}

/* The block that starts at `at`, which lies before the tail. */
static pades_status get_block(window *w, uint64_t at, const uint8_t **ret, pades_error **e)
{
    if (!w->room) {
        w->room = mem_alloc((size_t)WINDOW_BLOCK * WINDOW_BLOCKS);
        if (!w->room) {
            return fail_memory(e);
        }
    }
    size_t i = 0;
    while (i < WINDOW_BLOCKS && (w->blocks[i].n == 0 || w->blocks[i].at != at)) {
        i++;
    }
    if (i == WINDOW_BLOCKS) {
        i = oldest_block(w);
        uint64_t left = w->tail_at - at;
        size_t n = left < WINDOW_BLOCK ? (size_t)left : WINDOW_BLOCK;
        w->blocks[i].n = 0;
        TRY(source_read(w->source, SOURCE_STRUCTURE, at, w->room + i * WINDOW_BLOCK, n, e));
        w->blocks[i].at = at;
        w->blocks[i].n = n;
    }
    w->blocks[i].used = ++w->clock;
    *ret = w->room + i * WINDOW_BLOCK;
    return PADES_OK;
}

static pades_status read_blocks(window *w, uint64_t at, uint8_t *p, size_t n, pades_error **e)
{
    while (n > 0) {
        size_t skip = (size_t)(at % WINDOW_BLOCK);
        size_t part = WINDOW_BLOCK - skip < n ? WINDOW_BLOCK - skip : n;
        const uint8_t *block = NULL;
        TRY(get_block(w, at - skip, &block, e));
        memcpy(p, block + skip, part);
        p += part;
        at += part;
        n -= part;
    }
    return PADES_OK;
}

pades_status window_read(window *w, uint64_t at, void *p, size_t n, pades_error **e)
{
    if (at > w->size || n > w->size - at) {
        return pdf_damaged(e, 0, at, "ISO32000-1#7.5.1", "the file ends before something it names");
    }
    size_t before = at >= w->tail_at ? 0 : w->tail_at - at < n ? (size_t)(w->tail_at - at) : n;
    if (before > 2 * WINDOW_BLOCK) {
        TRY(source_read(w->source, SOURCE_STRUCTURE, at, p, before, e));
    } else {
        TRY(read_blocks(w, at, p, before, e));
    }
    if (before < n) {
        memcpy((uint8_t *)p + before, w->tail + (size_t)(at + before - w->tail_at), n - before);
    }
    return PADES_OK;
}

pades_status window_read_some(window *w, uint64_t at, void *p, size_t n, size_t *ret_n,
                              pades_error **e)
{
    size_t left = at >= w->size ? 0 : w->size - at < n ? (size_t)(w->size - at) : n;
    if (left > 0) {
        TRY(window_read(w, at, p, left, e));
    }
    *ret_n = left;
    return PADES_OK;
}
