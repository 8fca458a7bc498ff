/* An arena for parsed objects: chunks that double up to 256 KiB, zeroed, freed together, and never
 * more than `max` bytes in total. */
#include "pdf/pool.h"

#include "base/fail.h"
#include "base/mem.h"

enum { FIRST_CHUNK = 1024, LARGEST_CHUNK = 256 * 1024, NODE_FACTOR = 4, DEEPEST = 500 };

typedef struct chunk chunk;
struct chunk {
    chunk *next;
    size_t cap;
    size_t used;
};

struct pdf_pool {
    chunk *chunks; /* the first is the one being filled */
    size_t taken;
    size_t max;
    size_t next_cap;
    bool over;
    uint32_t highest_ref;
};

pades_status pdf_pool_new(size_t max, pdf_pool **ret, pades_error **e)
{
    pdf_pool *pool = mem_alloc(sizeof *pool);
    if (!pool) {
        return fail_memory(e);
    }
    pool->max = max;
    pool->next_cap = FIRST_CHUNK;
    *ret = pool;
    return PADES_OK;
}

pades_status pdf_pool_new_scratch(const pades_ctx *ctx, pdf_pool **ret, pades_error **e)
{
    uint64_t max = ctx_limit(ctx, PADES_LIMIT_OBJECT_BYTES);
    return pdf_pool_new(max > SIZE_MAX / NODE_FACTOR ? SIZE_MAX : (size_t)max * NODE_FACTOR, ret,
                        e);
}

unsigned pdf_depth_limit(const pades_ctx *ctx)
{
    uint64_t depth = ctx_limit(ctx, PADES_LIMIT_DEPTH);
    return depth < DEEPEST ? (unsigned)depth : DEEPEST;
}

size_t pdf_pool_left(const pdf_pool *pool)
{
    return pool->max > pool->taken ? pool->max - pool->taken : 0;
}

pades_status pdf_pool_overflow(pdf_pool *pool, pades_error **e)
{
    pool->over = true;
    return pdf_pool_fail(pool, e);
}

void pdf_pool_free(pdf_pool *pool)
{
    if (!pool) {
        return;
    }
    chunk *c = pool->chunks;
    while (c) {
        chunk *next = c->next;
        mem_free(c);
        c = next;
    }
    mem_free(pool);
}

static chunk *add_chunk(pdf_pool *pool, size_t need)
{
    size_t cap = pool->next_cap > need ? pool->next_cap : need;
    size_t total = 0;
    chunk *c = size_add(cap, sizeof(chunk), &total) ? mem_alloc(total) : NULL;
    if (!c) {
        return NULL;
    }
    c->cap = cap;
    if (pool->next_cap < LARGEST_CHUNK) {
        pool->next_cap *= 2;
    }
    bool is_single = need == cap && pool->chunks;
    if (is_single) { /* an outsize block goes behind, the chunk being filled stays first */
        c->next = pool->chunks->next;
        pool->chunks->next = c;
    } else {
        c->next = pool->chunks;
        pool->chunks = c;
    }
    return c;
}

size_t pdf_pool_taken(const pdf_pool *pool)
{
    return pool->taken;
}

void *pdf_pool_take(pdf_pool *pool, size_t n)
{
    size_t total = 0;
    if (n > SIZE_MAX - 8 || !size_add(pool->taken, (n + 7) & ~(size_t)7, &total) ||
        total > pool->max) {
        pool->over = true;
        return NULL;
    }
    size_t need = total - pool->taken;
    chunk *c = pool->chunks;
    if (!c || c->cap - c->used < need) {
        c = add_chunk(pool, need);
    }
    if (!c) {
        return NULL;
    }
    uint8_t *p = (uint8_t *)(c + 1) + c->used;
    c->used += need;
    pool->taken = total;
    return p;
}

span pdf_pool_copy(pdf_pool *pool, span s)
{
    uint8_t *p = pdf_pool_take(pool, s.n ? s.n : 1);
    if (!p) {
        return span_of(NULL, 0);
    }
    if (s.n > 0) {
        memcpy(p, s.p, s.n);
    }
    return span_of(p, s.n);
}

void pdf_pool_note_ref(pdf_pool *pool, uint32_t id)
{
    pool->highest_ref = id > pool->highest_ref ? id : pool->highest_ref;
}

uint32_t pdf_pool_highest_ref(const pdf_pool *pool)
{
    return pool->highest_ref;
}

bool pdf_pool_is_over(const pdf_pool *pool)
{
    return pool && pool->over;
}

pades_status pdf_pool_fail(const pdf_pool *pool, pades_error **e)
{
    if (pool->over) {
        return fail(e, PADES_LIMIT, "objects need more than %zu bytes of memory", pool->max);
    }
    return fail_memory(e);
}
