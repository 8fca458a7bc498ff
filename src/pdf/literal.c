/* Values of string and name tokens (ISO 32000-1 7.3.4, 7.3.5). What needs no decoding is given as
 * the bytes where they stand. */
#include "pdf/lexer.h"

static int hex_value(int c)
{
    if (pdf_is_digit(c)) {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool contains(span s, int c)
{
    return s.n > 0 && memchr(s.p, c, s.n) != NULL;
}

/* Up to three octal digits; the high bit of a value above 255 is ignored. */
static uint8_t take_octal(reader *r)
{
    unsigned value = 0;
    for (int i = 0; i < 3; i++) {
        int c = reader_peek(r);
        if (c < '0' || c > '7') {
            break;
        }
        value = value * 8 + (unsigned)(c - '0');
        (void)reader_next(r);
    }
    return (uint8_t)value;
}

static void skip_line_feed(reader *r)
{
    if (reader_peek(r) == '\n') {
        (void)reader_next(r);
    }
}

/* What a backslash stands for: a byte, or -1 for nothing. */
static int take_escape(reader *r)
{
    int c = reader_peek(r);
    if (c >= '0' && c <= '7') {
        return take_octal(r);
    }
    (void)reader_next(r);
    switch (c) {
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case '\r':
        skip_line_feed(r);
        return -1;
    case '\n':
        return -1;
    default:
        return c; /* parentheses, the backslash, and any other: the backslash is ignored */
    }
}

bool pdf_decode_literal(pdf_pool *pool, span raw, span *ret, const char **ret_why)
{
    span in = span_part(raw, 1, raw.n - 2);
    *ret_why = NULL;
    if (!contains(in, '\\') && !contains(in, '\r')) {
        *ret = in;
        return true;
    }
    uint8_t *out = pdf_pool_take(pool, in.n);
    if (!out) {
        return false;
    }
    size_t n = 0;
    reader r = reader_of(in);
    while (reader_left(&r) > 0) {
        int c = reader_next(&r);
        if (c == '\\') {
            c = take_escape(&r);
        } else if (c == '\r') { /* clause: ISO32000-1#7.3.4.2 an end-of-line reads as LF */
            skip_line_feed(&r);
            c = '\n';
        }
        if (c >= 0) {
            out[n++] = (uint8_t)c;
        }
    }
    *ret = span_of(out, n);
    return true;
}

bool pdf_decode_hex(pdf_pool *pool, span raw, span *ret, const char **ret_why)
{
    span in = span_part(raw, 1, raw.n - 2);
    *ret_why = NULL;
    uint8_t *out = pdf_pool_take(pool, in.n / 2 + 1);
    if (!out) {
        return false;
    }
    size_t digits = 0;
    for (size_t i = 0; i < in.n; i++) {
        int v = hex_value(in.p[i]);
        if (v < 0 && !pdf_is_white(in.p[i])) {
            *ret_why = "a hexadecimal string holds something else";
            return false;
        }
        if (v >= 0) { /* clause: ISO32000-1#7.3.4.3 a missing last digit is 0 */
            out[digits / 2] = (uint8_t)(digits % 2 ? out[digits / 2] | v : v << 4);
            digits++;
        }
    }
    *ret = span_of(out, (digits + 1) / 2);
    return true;
}

/* clause: ISO32000-1#7.3.5 '#' is followed by two digits that are not 00 */
bool pdf_decode_name(pdf_pool *pool, span raw, span *ret, const char **ret_why)
{
    span in = span_part(raw, 1, raw.n - 1);
    *ret_why = NULL;
    if (!contains(in, '#')) {
        *ret = in;
        return true;
    }
    uint8_t *out = pdf_pool_take(pool, in.n);
    if (!out) {
        return false;
    }
    size_t n = 0;
    for (size_t i = 0; i < in.n; i++) {
        int c = in.p[i];
        if (c == '#') {
            int high = in.n - i > 2 ? hex_value(in.p[i + 1]) : -1;
            int low = in.n - i > 2 ? hex_value(in.p[i + 2]) : -1;
            if (high < 0 || low < 0 || high + low == 0) {
                *ret_why = "a name with '#' that is no escape";
                return false;
            }
            c = high << 4 | low;
            i += 2;
        }
        out[n++] = (uint8_t)c;
    }
    *ret = span_of(out, n);
    return true;
}
