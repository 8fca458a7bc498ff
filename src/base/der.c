/* DER written and read by hand: X.690 8 to 11, definite minimal lengths, one-octet tags. */
#include "base/der.h"

#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>

size_t der_header_size(size_t n)
{
    size_t octets = 2;
    for (size_t rest = n; n >= 0x80 && rest > 0; rest >>= 8) {
        octets++;
    }
    return octets;
}

void der_add_header(buf *out, int tag, size_t n)
{
    buf_add_byte(out, (uint8_t)tag);
    if (n < 0x80) {
        buf_add_byte(out, (uint8_t)n);
        return;
    }
    size_t octets = der_header_size(n) - 2;
    buf_add_byte(out, (uint8_t)(0x80 | octets));
    for (size_t i = octets; i-- > 0;) {
        buf_add_byte(out, (uint8_t)(n >> (8 * i)));
    }
}

void der_add(buf *out, int tag, span content)
{
    der_add_header(out, tag, content.n);
    buf_add_span(out, content);
}

void der_add_uint_bytes(buf *out, span m)
{
    while (m.n > 1 && m.p[0] == 0) {
        m = span_part(m, 1, m.n);
    }
    bool zero = m.n == 0;
    bool pad = zero || (m.p[0] & 0x80) != 0;
    der_add_header(out, DER_INTEGER, m.n + (pad ? 1 : 0));
    if (pad) {
        buf_add_byte(out, 0);
    }
    buf_add_span(out, m);
}

void der_add_uint(buf *out, uint64_t value)
{
    uint8_t octets[8];
    for (size_t i = 0; i < 8; i++) {
        octets[i] = (uint8_t)(value >> (56 - 8 * i));
    }
    der_add_uint_bytes(out, span_of(octets, 8));
}

void der_add_bool(buf *out, bool value)
{
    uint8_t octet = value ? 0xff : 0;
    der_add(out, DER_BOOLEAN, span_of(&octet, 1));
}

void der_add_null(buf *out)
{
    der_add(out, DER_NULL, span_of(NULL, 0));
}

static bool next_arc(const char **at, uint64_t *ret)
{
    const char *p = *at;
    uint64_t value = 0;
    if (*p < '0' || *p > '9' || (p[0] == '0' && p[1] >= '0' && p[1] <= '9')) {
        return false;
    }
    while (*p >= '0' && *p <= '9') {
        if (!u64_mul(value, 10, &value) || !u64_add(value, (uint64_t)(*p - '0'), &value)) {
            return false;
        }
        p++;
    }
    if (*p != '.' && *p != '\0') {
        return false;
    }
    *at = *p == '.' ? p + 1 : p;
    *ret = value;
    return *p == '\0' || p[1] != '\0';
}

enum { BASE128_MAX = 10 };

/* X.690 8.19.2: seven bits an octet, the highest first. */
static size_t put_base128(uint8_t out[BASE128_MAX], uint64_t value)
{
    size_t n = 1;
    for (uint64_t rest = value >> 7; rest > 0; rest >>= 7) {
        n++;
    }
    for (size_t i = n; i-- > 0; value >>= 7) {
        out[i] = (uint8_t)((value & 0x7f) | (i + 1 < n ? 0x80 : 0));
    }
    return n;
}

static void add_base128(buf *out, uint64_t value)
{
    uint8_t octets[BASE128_MAX];
    buf_add(out, octets, put_base128(octets, value));
}

static bool oid_content(const char *dotted, buf *out)
{
    uint64_t first = 0, second = 0, arc = 0;
    const char *at = dotted;
    if (!dotted || !next_arc(&at, &first) || *at == '\0' || !next_arc(&at, &second) || first > 2 ||
        (first < 2 && second > 39) || second > UINT64_MAX - 80) {
        return false;
    }
    add_base128(out, first * 40 + second);
    while (*at != '\0') {
        if (!next_arc(&at, &arc)) {
            return false;
        }
        add_base128(out, arc);
    }
    return buf_ok(out);
}

void der_add_oid(buf *out, const char *dotted)
{
    AUTO_VAL(buf) content = BUF(256);
    if (!oid_content(dotted, &content)) {
        out->failed = true;
        return;
    }
    der_add(out, DER_OID, buf_span(&content));
}

bool der_oid_valid(const char *dotted)
{
    AUTO_VAL(buf) content = BUF(256);
    return oid_content(dotted, &content);
}

/* X.690 11.6: ascending, the shorter padded with trailing zeros. */
static int compare_elements(const void *a, const void *b)
{
    const span *x = a, *y = b;
    size_t n = x->n < y->n ? x->n : y->n;
    int order = memcmp(x->p, y->p, n);
    return order != 0 ? order : x->n < y->n ? -1 : x->n > y->n;
}

void der_add_set_of(buf *out, int tag, const span *elements, size_t n)
{
    size_t total = 0;
    span *sorted = mem_array(n, sizeof *sorted);
    if (!sorted) {
        out->failed = true;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        sorted[i] = elements[i];
        if (!size_add(total, elements[i].n, &total)) {
            out->failed = true;
        }
    }
    qsort(sorted, n, sizeof *sorted, compare_elements);
    der_add_header(out, tag, total);
    for (size_t i = 0; i < n; i++) {
        buf_add_span(out, sorted[i]);
    }
    mem_free(sorted);
}

static bool read_length(reader *r, size_t *ret)
{
    int first = reader_next(r);
    if (first < 0 || first == 0x80) {
        return false;
    }
    if (first < 0x80) {
        *ret = (size_t)first;
        return true;
    }
    unsigned octets = (unsigned)first & 0x7f;
    uint64_t n = octets <= 8 ? reader_be(r, octets) : 0;
    if (octets > 8 || r->failed || n < 0x80 || n > SIZE_MAX || (n >> (8 * (octets - 1))) == 0) {
        return false;
    }
    *ret = (size_t)n;
    return true;
}

bool der_next(reader *r, der_tlv *ret)
{
    size_t start = r->pos, n = 0;
    int tag = reader_next(r);
    if (r->failed || tag < 0 || (tag & 0x1f) == 0x1f || !read_length(r, &n) || n > reader_left(r)) {
        r->failed = true;
        r->pos = start;
        return false;
    }
    ret->tag = tag;
    ret->content = reader_take(r, n);
    ret->whole = span_of(r->s.p + start, r->pos - start);
    return true;
}

bool der_expect(reader *r, int tag, der_tlv *ret)
{
    if (reader_peek(r) != tag) {
        r->failed = true;
        return false;
    }
    return der_next(r, ret);
}

bool der_optional(reader *r, int tag, der_tlv *ret)
{
    return !r->failed && reader_peek(r) == tag && der_next(r, ret);
}

static bool read_base128(reader *r, uint64_t *ret)
{
    uint64_t value = 0;
    for (int i = 0; i < 9; i++) {
        int c = reader_next(r);
        if (c < 0 || (i == 0 && c == 0x80)) {
            return false;
        }
        value = value << 7 | ((uint64_t)c & 0x7f);
        if ((c & 0x80) == 0) {
            *ret = value;
            return true;
        }
    }
    return false;
}

bool der_oid_text(span content, char *out, size_t cap)
{
    reader r = reader_of(content);
    uint64_t arc = 0;
    if (cap == 0 || !read_base128(&r, &arc)) {
        return false;
    }
    uint64_t first = arc < 40 ? 0 : arc < 80 ? 1 : 2;
    int n = snprintf(out, cap, "%llu.%llu", (unsigned long long)first,
                     (unsigned long long)(arc - 40 * first));
    size_t used = (size_t)n;
    while (reader_left(&r) > 0) {
        if (used >= cap || !read_base128(&r, &arc)) {
            return false;
        }
        n = snprintf(out + used, cap - used, ".%llu", (unsigned long long)arc);
        used += (size_t)n;
    }
    return used < cap;
}

bool der_oid_is(span content, const char *dotted)
{
    uint8_t room[64];
    size_t n = 0;
    uint64_t first = 0, arc = 0;
    const char *at = dotted;
    if (!next_arc(&at, &first) || !next_arc(&at, &arc)) {
        return false;
    }
    n += put_base128(room, first * 40 + arc);
    while (*at != '\0') {
        if (n > sizeof room - BASE128_MAX || !next_arc(&at, &arc)) {
            return false;
        }
        n += put_base128(room + n, arc);
    }
    return span_eq(content, span_of(room, n));
}

bool der_small_uint(span content, uint64_t *ret)
{
    if (content.n == 0 || content.n > 9 || (content.p[0] & 0x80) != 0 ||
        (content.n > 1 && content.p[0] == 0 && (content.p[1] & 0x80) == 0) ||
        (content.n == 9 && content.p[0] != 0)) {
        return false;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < content.n; i++) {
        value = value << 8 | content.p[i];
    }
    *ret = value;
    return true;
}
