/* Growable bytes with a hard maximum and a sticky failure: append as often as needed, test once
 * with buf_ok(). Freed memory is wiped. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/span.h"
#include <pades/types.h>
#include <pades/error.h>

typedef struct buf {
    uint8_t *p;
    size_t n;
    size_t cap;
    size_t max;
    bool failed; /* out of memory or over the maximum: contents are not to be used */
    bool over;   /* it was the maximum */
} buf;

#define BUF(maximum) ((buf){NULL, 0, 0, (maximum), false, false})

void buf_free(buf *b); /* leaves an empty buf with the same maximum */
void buf_clear(buf *b);
void buf_add(buf *b, const void *p, size_t n);
void buf_add_span(buf *b, span s);
void buf_add_str(buf *b, const char *s);
void buf_add_byte(buf *b, uint8_t c);
void buf_add_fill(buf *b, uint8_t c, size_t n);
/* Locale plays no part: only %d %u %s %x %c %zu %llu and PRI* of them are used. */
void buf_addf(buf *b, const char *fmt, ...) PRINTF(2, 3);
/* n fresh bytes to write to, or NULL (sticky). */
uint8_t *buf_extend(buf *b, size_t n);
void buf_truncate(buf *b, size_t n);
static inline span buf_span(const buf *b)
{
    return (span){b->p, b->n};
}
static inline bool buf_ok(const buf *b)
{
    return !b->failed;
}
/* PADES_OK, or NO_MEMORY/LIMIT with an error that names `what`. */
pades_status buf_check(const buf *b, const char *what, pades_error **e) MUST_USE;
/* NUL-terminated text that the caller frees with mem_free; NULL when the buf failed. Empties it. */
char *buf_take_text(buf *b) MUST_USE;
void buf_add_hex(buf *b, span s, bool upper);
void buf_add_base64(buf *b, span s); /* padded, without line breaks (RFC 4648 4) */

#endif
