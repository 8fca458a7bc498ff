/* What is built on the allocator seam; apart from it, so that tests that wrap the seam see these
 * calls. */
#include "base/mem.h"

#include <string.h>

char *mem_strndup(const char *s, size_t n)
{
    char *copy = s ? mem_alloc(n + 1) : NULL;
    if (copy) {
        memcpy(copy, s, n);
    }
    return copy;
}

char *mem_strdup(const char *s)
{
    return s ? mem_strndup(s, strlen(s)) : NULL;
}

void *mem_array(size_t count, size_t size)
{
    size_t n = 0;
    return size_mul(count, size, &n) ? mem_alloc(n) : NULL;
}

bool mem_grow(void **items, size_t n, size_t *cap, size_t size)
{
    if (n < *cap) {
        return true;
    }
    size_t wanted = *cap ? *cap * 2 : 8;
    size_t bytes = 0;
    if (wanted <= *cap || !size_mul(wanted, size, &bytes)) {
        return false;
    }
    void *grown = mem_resize(*items, bytes);
    if (!grown) {
        return false;
    }
    memset((char *)grown + *cap * size, 0, (wanted - *cap) * size);
    *items = grown;
    *cap = wanted;
    return true;
}
