/* The allocator seam: plain malloc with zeroing, one place for tests to wrap. */
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { SMALL = 1024 };

/* glibc's calloc passes its thread's cache of small blocks by. */
void *mem_alloc(size_t n)
{
    if (n > SMALL) {
        return calloc(1, n);
    }
    void *p = malloc(n ? n : 1);
    if (p) {
        memset(p, 0, n ? n : 1);
    }
    return p;
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
