/* Bytes that belong to somebody else, by value; and a bounded cursor over them. */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include "base/compiler.h"
#include <string.h>

typedef struct span {
    const uint8_t *p;
    size_t n;
} span;

static inline span span_of(const void *p, size_t n)
{
    return (span){p, n};
}
static inline span span_str(const char *s)
{
    return (span){(const uint8_t *)s, s ? strlen(s) : 0};
}
static inline bool span_eq(span a, span b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
static inline bool span_is(span a, const char *s)
{
    return span_eq(a, span_str(s));
}
/* The part from `at` of at most `n` bytes; empty when out of range. */
static inline span span_part(span a, size_t at, size_t n)
{
    if (at > a.n || a.n == 0) { /* nothing is added to a null pointer */
        return (span){NULL, 0};
    }
    return (span){a.p + at, n < a.n - at ? n : a.n - at};
}
/* First place of `needle` at or after `from`; SIZE_MAX when there is none. */
size_t span_find(span haystack, span needle, size_t from);
/* Last place of `needle`; SIZE_MAX when there is none. */
size_t span_find_last(span haystack, span needle);

/* Cursor. A read beyond the end sets `failed` and returns zero; test `failed` when it matters. */
typedef struct reader {
    span s;
    size_t pos;
    unsigned depth; /* of recursion; every recursive parser counts it against its limit */
    bool failed;
} reader;

static inline reader reader_of(span s)
{
    return (reader){s, 0, 0, false};
}
static inline size_t reader_left(const reader *r)
{
    return r->s.n - r->pos;
}
/* The next byte without taking it, or -1 at the end. */
static inline int reader_peek(const reader *r)
{
    return r->pos < r->s.n ? r->s.p[r->pos] : -1;
}
/* The next byte, or -1 at the end (which is not a failure). */
static inline int reader_next(reader *r)
{
    return r->pos < r->s.n ? r->s.p[r->pos++] : -1;
}
uint64_t reader_be(reader *r, unsigned octets); /* big-endian number of 0..8 octets */
span reader_take(reader *r, size_t n);

#endif
