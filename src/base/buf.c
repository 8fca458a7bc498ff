/* Growable bytes: doubling up to the maximum, sticky failure, wiped when freed or moved. */
#include "base/buf.h"

#include "base/fail.h"
#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>

void buf_free(buf *b)
{
    if (b->p) {
        mem_wipe(b->p, b->cap);
        mem_free(b->p);
    }
    *b = BUF(b->max);
}

void buf_clear(buf *b)
{
    b->n = 0;
}

/* A fresh block instead of realloc, so that the old one can be wiped before it is given back. */
static bool buf_reserve(buf *b, size_t total)
{
    size_t cap = b->cap ? b->cap : 256;
    while (cap < total) {
        cap = cap > SIZE_MAX / 2 ? total : cap * 2;
    }
    cap = cap > b->max ? b->max : cap; /* total is not above it */
    uint8_t *p = mem_alloc(cap);
    if (!p) {
        return false;
    }
    if (b->p) {
        memcpy(p, b->p, b->n);
        mem_wipe(b->p, b->cap);
        mem_free(b->p);
    }
    b->p = p;
    b->cap = cap;
    return true;
}

uint8_t *buf_extend(buf *b, size_t n)
{
    size_t total = 0;
    if (!b->failed && (!size_add(b->n, n, &total) || total > b->max)) {
        b->over = true;
    }
    if (b->failed || b->over || (total > b->cap && !buf_reserve(b, total))) {
        b->failed = true;
        return NULL;
    }
    uint8_t *room = b->p + b->n;
    b->n = total;
    return room;
}

void buf_add(buf *b, const void *p, size_t n)
{
    if (n == 0) {
        return;
    }
    uint8_t *room = buf_extend(b, n);
    if (room) {
        memcpy(room, p, n);
    }
}

void buf_add_span(buf *b, span s)
{
    buf_add(b, s.p, s.n);
}

void buf_add_str(buf *b, const char *s)
{
    buf_add(b, s, strlen(s));
}

void buf_add_byte(buf *b, uint8_t c)
{
    buf_add(b, &c, 1);
}

void buf_add_fill(buf *b, uint8_t c, size_t n)
{
    uint8_t *room = n > 0 ? buf_extend(b, n) : NULL;
    if (room) {
        memset(room, c, n);
    }
}

void buf_addf(buf *b, const char *fmt, ...)
{
    char small[512];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(small, sizeof small, fmt, args);
    va_end(args);
    if (n < 0) {
        b->failed = true;
    } else if ((size_t)n < sizeof small) {
        buf_add(b, small, (size_t)n);
    } else {
        uint8_t *room = buf_extend(b, (size_t)n + 1);
        if (room) {
            va_start(args, fmt);
            vsnprintf((char *)room, (size_t)n + 1, fmt, args);
            va_end(args);
            b->n--;
        }
    }
}

void buf_truncate(buf *b, size_t n)
{
    if (n < b->n) {
        b->n = n;
    }
}

pades_status buf_check(const buf *b, const char *what, pades_error **e)
{
    if (!b->failed) {
        return PADES_OK;
    }
    if (b->over) {
        return fail(e, PADES_LIMIT, "%s: larger than the %zu bytes that are allowed", what, b->max);
    }
    return fail_memory(e);
}

char *buf_take_text(buf *b)
{
    if (b->failed) {
        return NULL;
    }
    char *text = mem_strndup((const char *)(b->p ? b->p : (const uint8_t *)""), b->n);
    buf_free(b);
    return text;
}

void buf_add_hex(buf *b, span s, bool upper)
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    uint8_t *room = s.n <= SIZE_MAX / 2 ? buf_extend(b, s.n * 2) : NULL;
    for (size_t i = 0; room && i < s.n; i++) {
        room[2 * i] = (uint8_t)digits[s.p[i] >> 4];
        room[2 * i + 1] = (uint8_t)digits[s.p[i] & 15];
    }
}

void buf_add_base64(buf *b, span s)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t at = 0; at < s.n; at += 3) {
        span three = span_part(s, at, 3);
        uint32_t bits = (uint32_t)three.p[0] << 16;
        bits |= three.n > 1 ? (uint32_t)three.p[1] << 8 : 0;
        bits |= three.n > 2 ? three.p[2] : 0U;
        for (size_t i = 0; i < 4; i++) {
            buf_add_byte(b, (uint8_t)(i > three.n ? '=' : digits[bits >> (18 - 6 * i) & 63]));
        }
    }
}
