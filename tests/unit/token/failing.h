/* The n-th allocation of this thread fails, for tests that link with --wrap of the two. */
#ifndef UNIT_TOKEN_FAILING_H
#define UNIT_TOKEN_FAILING_H

#include "base/mem.h"

void *__real_mem_alloc(size_t n);
void *__real_mem_resize(void *p, size_t n);
void *__wrap_mem_alloc(size_t n);
void *__wrap_mem_resize(void *p, size_t n);

static _Thread_local long countdown = -1; /* the allocation that fails; -1: none */

static bool fails_now(void)
{
    return countdown >= 0 && countdown-- == 0;
}

void *__wrap_mem_alloc(size_t n)
{
    return fails_now() ? NULL : __real_mem_alloc(n);
}

void *__wrap_mem_resize(void *p, size_t n)
{
    return fails_now() ? NULL : __real_mem_resize(p, n);
}

#endif
