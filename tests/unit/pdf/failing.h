/* The n-th allocation of ours fails; every seam of base/mem.h, for tests that link with --wrap of
 * them. */
#ifndef UNIT_PDF_FAILING_H
#define UNIT_PDF_FAILING_H

#include "base/mem.h"

static long fail_at = -1, calls;

static bool may_allocate(void)
{
    return calls++ != fail_at;
}

void *__real_mem_alloc(size_t n);
void *__wrap_mem_alloc(size_t n);
void *__wrap_mem_alloc(size_t n)
{
    return may_allocate() ? __real_mem_alloc(n) : NULL;
}
void *__real_mem_resize(void *p, size_t n);
void *__wrap_mem_resize(void *p, size_t n);
void *__wrap_mem_resize(void *p, size_t n)
{
    return may_allocate() ? __real_mem_resize(p, n) : NULL;
}
void *__real_mem_array(size_t count, size_t size);
void *__wrap_mem_array(size_t count, size_t size);
void *__wrap_mem_array(size_t count, size_t size)
{
    return may_allocate() ? __real_mem_array(count, size) : NULL;
}
bool __real_mem_grow(void **items, size_t n, size_t *cap, size_t size);
bool __wrap_mem_grow(void **items, size_t n, size_t *cap, size_t size);
bool __wrap_mem_grow(void **items, size_t n, size_t *cap, size_t size)
{
    return (n < *cap || may_allocate()) && __real_mem_grow(items, n, cap, size);
}
char *__real_mem_strndup(const char *s, size_t n);
char *__wrap_mem_strndup(const char *s, size_t n);
char *__wrap_mem_strndup(const char *s, size_t n)
{
    return may_allocate() ? __real_mem_strndup(s, n) : NULL;
}

#endif
