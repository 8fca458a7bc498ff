/* The allocator seam: all memory of ours comes through here (tests wrap these three at link time
 * and make the n-th fail), and size arithmetic that says when it overflows. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include "base/compiler.h"

/* Zeroed; NULL when there is none. n 0 gives a valid pointer. */
void *mem_alloc(size_t n) MUST_USE;
/* Grows or shrinks; the old block stays valid on failure. New bytes are not zeroed. */
void *mem_resize(void *p, size_t n) MUST_USE;
/* NULL is allowed. */
void mem_free(void *p);
/* Overwrites in a way the compiler keeps. */
void mem_wipe(void *p, size_t n);
/* A copy with a terminating NUL; NULL for NULL or when there is no memory. */
char *mem_strdup(const char *s) MUST_USE;
char *mem_strndup(const char *s, size_t n) MUST_USE;

/* Zeroed array; NULL on overflow too. */
void *mem_array(size_t count, size_t size) MUST_USE;
/* Grows `*items` (element size `size`) so that one more than `n` fits, doubling *cap; false without
 * memory. */
bool mem_grow(void **items, size_t n, size_t *cap, size_t size) MUST_USE;
/* mem_grow for a typed array `T *items`: copies the pointer in and out, so no aliasing. */
#define MEM_GROW(items, n, cap)                                                                    \
    __extension__({                                                                                \
        void *grown_ = (items);                                                                    \
        bool ok_ = mem_grow(&grown_, (n), &(cap), sizeof *(items));                                \
        (items) = grown_;                                                                          \
        ok_;                                                                                       \
    })

static inline bool size_add(size_t a, size_t b, size_t *ret)
{
    return !__builtin_add_overflow(a, b, ret);
}
static inline bool size_mul(size_t a, size_t b, size_t *ret)
{
    return !__builtin_mul_overflow(a, b, ret);
}
static inline bool u64_add(uint64_t a, uint64_t b, uint64_t *ret)
{
    return !__builtin_add_overflow(a, b, ret);
}
static inline bool u64_mul(uint64_t a, uint64_t b, uint64_t *ret)
{
    return !__builtin_mul_overflow(a, b, ret);
}

typedef char mem_text;
DEFINE_AUTO(mem_text, mem_free)
/* `AUTO(mem_text) *s = mem_strdup(...)`: a string freed at the end of its scope. */

#endif
