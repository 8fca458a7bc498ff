/* Searching in spans, and the bounded cursor. */
#include "base/span.h"

size_t span_find(span haystack, span needle, size_t from)
{
    if (from >= haystack.n || needle.n == 0) {
        return SIZE_MAX;
    }
    const uint8_t *hit = memmem(haystack.p + from, haystack.n - from, needle.p, needle.n);
    return hit ? (size_t)(hit - haystack.p) : SIZE_MAX;
}

size_t span_find_last(span haystack, span needle)
{
    if (needle.n == 0 || needle.n > haystack.n) {
        return SIZE_MAX;
    }
    for (size_t i = haystack.n - needle.n + 1; i-- > 0;) {
        if (memcmp(haystack.p + i, needle.p, needle.n) == 0) {
            return i;
        }
    }
    return SIZE_MAX;
}

uint64_t reader_be(reader *r, unsigned octets)
{
    uint64_t value = 0;
    if (octets > 8 || reader_left(r) < octets) {
        r->failed = true;
        return 0;
    }
    for (unsigned i = 0; i < octets; i++) {
        value = value << 8 | r->s.p[r->pos++];
    }
    return value;
}

span reader_take(reader *r, size_t n)
{
    if (reader_left(r) < n) {
        r->failed = true;
        return span_of(NULL, 0);
    }
    span taken = span_of(r->s.p + r->pos, n);
    r->pos += n;
    return taken;
}
