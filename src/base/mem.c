/* The allocator seam: plain malloc with zeroing, one place for tests to wrap. */
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

void *mem_alloc(size_t n)
{
    return calloc(1, n ? n : 1);
}

void *mem_resize(void *p, size_t n)
{
    return realloc(p, n ? n : 1);
}

void mem_free(void *p)
{
    free(p);
}

void mem_wipe(void *p, size_t n)
{
    if (n > 0) {
        explicit_bzero(p, n);
    }
}
