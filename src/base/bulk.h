/* Bytes of which nobody knows how many will come: in memory up to 8 MiB, beyond that in a spool. */
#ifndef BASE_BULK_H
#define BASE_BULK_H

#include "base/spool.h"

enum { BULK_MEMORY = 8 << 20 };

typedef struct bulk {
    const pades_ctx *ctx;
    uint64_t max;
    buf mem;
    spool *file; /* NULL: all of it is in memory */
} bulk;

static inline bulk bulk_of(const pades_ctx *ctx, uint64_t max)
{
    size_t small = max < BULK_MEMORY ? (size_t)max : (size_t)BULK_MEMORY;
    return (bulk){ctx, max, BUF(small), NULL};
}
#define BULK(context, maximum) bulk_of((context), (maximum))

/* PADES_LIMIT beyond the maximum. */
pades_status bulk_add(bulk *b, span bytes, pades_error **e) MUST_USE;
uint64_t bulk_size(const bulk *b);
/* Nothing is added any more. */
pades_status bulk_end(bulk *b, pades_error **e) MUST_USE;
/* What it holds, once it is ended; as long as it lives. */
view bulk_view(const bulk *b);
void bulk_free(bulk *b);

#endif
