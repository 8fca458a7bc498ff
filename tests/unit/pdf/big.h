/* Huge files that are never there: a source that makes up its middle while it is read. */
#ifndef UNIT_PDF_BIG_H
#define UNIT_PDF_BIG_H

#include "parts.h"

typedef struct big {
    parts head;      /* objects, and what stands before the middle */
    buf tail;        /* what stands behind it */
    uint64_t middle; /* bytes */
    bool is_table;   /* entries of 20 bytes, else zeros */
} big;

static inline UNUSED void big_free(big *b)
{
    parts_free(&b->head);
    buf_free(&b->tail);
}

/* A byte of the table: objects 1 to 3 where they are, all others where object 3 is. */
static inline UNUSED uint8_t big_entry_byte(const big *b, uint64_t place)
{
    static _Thread_local uint64_t made = UINT64_MAX;
    static _Thread_local char text[24];
    uint64_t id = place / 20;
    if (made != id || id == 0) {
        snprintf(text, sizeof text, "%010" PRIu64 " %05d %c \n",
                 id ? b->head.at[id < 3 ? id : 3] : 0, id ? 0 : 65535, id ? 'n' : 'f');
        made = id;
    }
    return (uint8_t)text[place % 20];
}

static inline UNUSED int big_read(void *user, uint64_t offset, void *buffer, size_t n)
{
    const big *b = user;
    uint8_t *out = buffer;
    for (size_t i = 0; i < n; i++) {
        uint64_t at = offset + i;
        if (at < b->head.out.n) {
            out[i] = b->head.out.p[at];
        } else if (at - b->head.out.n < b->middle) {
            out[i] = b->is_table ? big_entry_byte(b, at - b->head.out.n) : 0;
        } else {
            out[i] = b->tail.p[at - b->head.out.n - b->middle];
        }
    }
    return 0;
}

/* A table of `count` entries. */
static inline UNUSED void big_table(big *b, uint64_t count)
{
    *b = (big){.is_table = true, .middle = count * 20, .tail = BUF(1000)};
    parts_three(&b->head);
    uint64_t at = b->head.out.n;
    buf_addf(&b->head.out, "xref\n0 %" PRIu64 "\n", count);
    buf_addf(&b->tail,
             "trailer\n<</Size %" PRIu64 "/Root 1 0 R>>\nstartxref\n%" PRIu64 "\n%%%%EOF\n", count,
             at);
}

/* Object 4 is a stream of `n` bytes. */
static inline UNUSED void big_stream(big *b, uint64_t n)
{
    *b = (big){.middle = n, .tail = BUF(1000)};
    parts_three(&b->head);
    b->head.at[4] = b->head.out.n;
    buf_addf(&b->head.out, "4 0 obj\n<</Length %" PRIu64 ">>\nstream\n", n);
    buf_add_str(&b->tail, "\nendstream\nendobj\n");
    uint64_t at = b->head.out.n + n + b->tail.n;
    buf_add_str(&b->tail, "xref\n0 5\n0000000000 65535 f \n");
    for (uint32_t id = 1; id < 5; id++) {
        buf_addf(&b->tail, "%010" PRIu64 " 00000 n \n", b->head.at[id]);
    }
    buf_addf(&b->tail, "trailer\n<</Size 5/Root 1 0 R>>\nstartxref\n%" PRIu64 "\n%%%%EOF\n", at);
}

static inline UNUSED void big_start(reading *r, big *b)
{
    static const pades_source_callbacks callbacks = {big_read, NULL};
    *r = (reading){0};
    assert_ok(pades_ctx_new(&r->ctx, &r->e), r->e);
    assert_ok(pades_source_new_callbacks(&callbacks, b, b->head.out.n + b->middle + b->tail.n,
                                         &r->source, &r->e),
              r->e);
    assert_ok(pdf_pool_new(1 << 20, &r->pool, &r->e), r->e);
}

static inline UNUSED uint64_t structure_bytes(const reading *r)
{
    uint64_t pass = 0, structure = 0;
    pades_source_counts(r->source, &pass, &structure);
    assert_int_equal(pass, 0);
    return structure;
}

#endif
