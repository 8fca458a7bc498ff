/* Text strings of a document as UTF-8. Every input gives valid UTF-8, so two strings that differ
 * only in what is no character may become the same: callers compare names, they do not decide on
 * bytes. Language escapes inside UTF-16 are kept as they stand.
 * clause: ISO32000-1#7.9.2.2 text strings, Annex D.3 PDFDocEncoding */
#include "pdf/text.h"

#include "base/escape.h"

enum { REPLACEMENT = 0xFFFD };

static const uint16_t low_codes[8] = {0x02D8, 0x02C7, 0x02C6, 0x02D9,
                                      0x02DD, 0x02DB, 0x02DA, 0x02DC};
static const uint16_t high_codes[33] = {
    0x2022, 0x2020, 0x2021, 0x2026, 0x2014, 0x2013, 0x0192, 0x2044, 0x2039, 0x203A,      0x2212,
    0x2030, 0x201E, 0x201C, 0x201D, 0x2018, 0x2019, 0x201A, 0x2122, 0xFB01, 0xFB02,      0x0141,
    0x0152, 0x0160, 0x0178, 0x017D, 0x0131, 0x0142, 0x0153, 0x0161, 0x017E, REPLACEMENT, 0x20AC};

static uint32_t doc_code(uint8_t c)
{
    if (c >= 0x18 && c < 0x20) {
        return low_codes[c - 0x18];
    }
    if (c >= 0x80 && c <= 0xA0) {
        return high_codes[c - 0x80];
    }
    return c;
}

int pdf_text_doc_byte(uint32_t code_point)
{
    for (int c = 0; c < 256; c++) {
        bool defined = c != 0x7F && c != 0x9F && c != 0xAD;
        if (defined && doc_code((uint8_t)c) == code_point) {
            return c;
        }
    }
    return -1;
}

static uint32_t unit_at(span s, size_t at, bool little)
{
    unsigned a = s.p[at];
    unsigned b = s.p[at + 1];
    return little ? (b << 8 | a) : (a << 8 | b);
}

static void add_utf16(buf *out, span s, bool little)
{
    for (size_t i = 0; i < s.n; i += 2) {
        uint32_t c = i + 1 < s.n ? unit_at(s, i, little) : REPLACEMENT;
        if (c >= 0xD800 && c < 0xDC00 && i + 3 < s.n) {
            uint32_t low = unit_at(s, i + 2, little);
            if (low >= 0xDC00 && low < 0xE000) {
                c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
                i += 2;
            }
        }
        utf8_add(out, c >= 0xD800 && c < 0xE000 ? REPLACEMENT : c);
    }
}

static void add_utf8(buf *out, span s)
{
    reader r = reader_of(s);
    while (reader_left(&r) > 0) {
        int32_t c = utf8_next(&r);
        utf8_add(out, c < 0 ? REPLACEMENT : (uint32_t)c);
    }
}

static bool starts(span s, const char *mark, size_t n)
{
    return s.n >= n && memcmp(s.p, mark, n) == 0;
}

void pdf_text_utf8(buf *out, span text)
{
    if (starts(text, "\xFE\xFF", 2) || starts(text, "\xFF\xFE", 2)) {
        add_utf16(out, span_part(text, 2, text.n), text.p[0] == 0xFF);
        return;
    }
    if (starts(text, "\xEF\xBB\xBF", 3)) {
        add_utf8(out, span_part(text, 3, text.n));
        return;
    }
    for (size_t i = 0; i < text.n; i++) {
        utf8_add(out, doc_code(text.p[i]));
    }
}
