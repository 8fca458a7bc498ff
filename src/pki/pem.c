/* See pem.h. */
#include "pki/pem.h"

enum { LABEL_MAX = 64 };

static int base64_value(uint8_t c)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(alphabet, c) : NULL;
    return at ? (int)(at - alphabet) : -1;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* clause: RFC7468#3 base64 with line breaks anywhere; padding ends it */
bool pem_decode(span text, buf *out)
{
    uint32_t bits = 0;
    unsigned have = 0;
    unsigned padding = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (is_blank(text.p[i])) {
            continue;
        }
        if (text.p[i] == '=') {
            padding++;
            continue;
        }
        int v = base64_value(text.p[i]);
        if (v < 0 || padding > 0) {
            return false;
        }
        bits = (bits << 6 | (uint32_t)v) & 0xffffffU;
        have += 6;
        if (have >= 8) {
            have -= 8;
            buf_add_byte(out, (uint8_t)(bits >> have & 0xffU));
        }
    }
    return padding <= 2 && have < 6 && out->n > 0 && buf_ok(out);
}

static bool find_end(span text, size_t from, span label, size_t *ret_start, size_t *ret_after)
{
    AUTO_VAL(buf) line = BUF(LABEL_MAX + 32);
    buf_add_str(&line, "-----END ");
    buf_add_span(&line, label);
    buf_add_str(&line, "-----");
    size_t at = buf_ok(&line) ? span_find(text, buf_span(&line), from) : SIZE_MAX;
    if (at == SIZE_MAX) {
        return false;
    }
    *ret_start = at;
    *ret_after = at + line.n;
    return true;
}

/* Octets before the five dashes; 0: no label. */
static size_t label_length(span text)
{
    size_t n = 0;
    while (n < text.n && text.p[n] >= ' ' && text.p[n] <= 'Z' && text.p[n] != '-') {
        n++;
    }
    return span_is(span_part(text, n, 5), "-----") ? n : 0;
}

/* A BEGIN line at or after `at`: the place behind it, or SIZE_MAX. */
static size_t find_begin(span text, size_t at, span *ret_label)
{
    static const char begin[] = "-----BEGIN ";
    while ((at = span_find(text, span_str(begin), at)) != SIZE_MAX) {
        at += sizeof begin - 1;
        size_t n = label_length(span_part(text, at, LABEL_MAX));
        if (n > 0) {
            *ret_label = span_part(text, at, n);
            return at + n + 5;
        }
    }
    return SIZE_MAX;
}

bool pem_next(span text, size_t *at, span *ret_label, span *ret_body)
{
    size_t start = find_begin(text, *at, ret_label);
    size_t end = 0;
    if (start == SIZE_MAX || !find_end(text, start, *ret_label, &end, at)) {
        return false;
    }
    *ret_body = span_part(text, start, end - start);
    return true;
}
