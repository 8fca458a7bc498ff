/* Hostile text made harmless; UTF-8 as RFC 3629 has it (no surrogates, no overlong forms). */
#include "base/escape.h"

#include "base/mem.h"

static int utf8_length(uint8_t c)
{
    if (c < 0x80) {
        return 1;
    }
    if (c < 0xc2 || c > 0xf4) {
        return 0;
    }
    return c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

static bool utf8_in_range(int32_t c, int n)
{
    static const int32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};
    return c >= lowest[n] && c <= 0x10ffff && !(c >= 0xd800 && c <= 0xdfff);
}

int32_t utf8_next(reader *r)
{
    int first = reader_next(r);
    if (first < 0x80) {
        return first;
    }
    int n = utf8_length((uint8_t)first);
    if (n == 0 || reader_left(r) < (size_t)n - 1) {
        return -1;
    }
    int32_t c = first & (0x7f >> n);
    for (int i = 0; i < n - 1; i++) {
        uint8_t next = r->s.p[r->pos + (size_t)i];
        if ((next & 0xc0) != 0x80) {
            return -1;
        }
        c = c << 6 | (next & 0x3f);
    }
    if (!utf8_in_range(c, n)) {
        return -1;
    }
    r->pos += (size_t)n - 1;
    return c;
}

bool utf8_valid(span text)
{
    reader r = reader_of(text);
    while (reader_left(&r) > 0) {
        if (utf8_next(&r) < 0) {
            return false;
        }
    }
    return true;
}

void utf8_add(buf *out, uint32_t c)
{
    if (c < 0x80) {
        buf_add_byte(out, (uint8_t)c);
    } else if (c < 0x800) {
        buf_add_byte(out, (uint8_t)(0xc0 | c >> 6));
        buf_add_byte(out, (uint8_t)(0x80 | (c & 0x3f)));
    } else if (c < 0x10000) {
        buf_add_byte(out, (uint8_t)(0xe0 | c >> 12));
        buf_add_byte(out, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
        buf_add_byte(out, (uint8_t)(0x80 | (c & 0x3f)));
    } else {
        buf_add_byte(out, (uint8_t)(0xf0 | (c >> 18 & 7)));
        buf_add_byte(out, (uint8_t)(0x80 | (c >> 12 & 0x3f)));
        buf_add_byte(out, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
        buf_add_byte(out, (uint8_t)(0x80 | (c & 0x3f)));
    }
}

/* Controls, and what moves, hides or joins text: bidirectional marks, embeddings and isolates,
 * zero-width characters, line and paragraph separators, tags, variation of the byte order mark. */
static bool is_hostile(int32_t c)
{
    static const struct {
        int32_t from, to;
    } ranges[] = {{0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},      {0x61c, 0x61c},
                  {0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e},  {0x2060, 0x206f},
                  {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe0fff}};
    for (size_t i = 0; i < ARRAY_LEN(ranges); i++) {
        if (c >= ranges[i].from && c <= ranges[i].to) {
            return true;
        }
    }
    return false;
}

void escape_add(buf *out, span text)
{
    reader r = reader_of(text);
    while (reader_left(&r) > 0) {
        size_t start = r.pos;
        int32_t c = utf8_next(&r);
        if (c < 0) {
            r.pos = start + 1;
            buf_addf(out, "\\x%02x", text.p[start]);
        } else if (is_hostile(c)) {
            buf_addf(out, c < 0x80 ? "\\x%02x" : "\\u{%04x}", (unsigned)c);
        } else {
            buf_add(out, text.p + start, r.pos - start);
        }
    }
}

char *escape_text(span text, size_t max)
{
    size_t limit = max ? max : 1024;
    AUTO_VAL(buf) out = BUF(SIZE_MAX / 4);
    escape_add(&out, span_part(text, 0, limit));
    if (out.n > limit || text.n > limit) {
        size_t cut = out.n < limit - 3 ? out.n : limit - 3;
        while (cut > 0 && cut < out.n && (out.p[cut] & 0xc0) == 0x80) {
            cut--;
        }
        buf_truncate(&out, cut);
        buf_add_str(&out, "...");
    }
    return buf_take_text(&out);
}
