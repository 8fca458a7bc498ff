/* See text.h. The characters shown as escapes are those of the library's own messages. */
#include "text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static bool between(uint32_t c, uint32_t low, uint32_t high)
{
    return c >= low && c <= high;
}

/* Control, line separators, bidirectional marks and characters that leave no trace. */
static bool is_hostile(uint32_t c)
{
    return c < 0x20 || between(c, 0x7F, 0x9F) || c == 0xAD || c == 0x61C ||
           between(c, 0x200B, 0x200F) || between(c, 0x2028, 0x202E) || between(c, 0x2060, 0x206F) ||
           c == 0xFEFF || between(c, 0xFFF9, 0xFFFB) || between(c, 0xE0000, 0xE007F);
}

static size_t sequence_length(unsigned char lead)
{
    if (lead < 0x80) {
        return 1;
    }
    if (lead >= 0xC2 && lead < 0xE0) {
        return 2;
    }
    if (lead >= 0xE0 && lead < 0xF0) {
        return 3;
    }
    return lead >= 0xF0 && lead < 0xF5 ? 4 : 0;
}

/* One code point (RFC 3629) and its length, 0 when the bytes are none. */
static size_t decode(const char *text, uint32_t *ret)
{
    static const uint32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *p = (const unsigned char *)text;
    size_t n = sequence_length(p[0]);
    uint32_t c = n < 2 ? p[0] : p[0] & (0x7FU >> n);
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xC0) != 0x80) {
            return 0;
        }
        c = c << 6 | (p[i] & 0x3FU);
    }
    if (n == 0 || c < lowest[n] || c > 0x10FFFF || between(c, 0xD800, 0xDFFF)) {
        return 0;
    }
    *ret = c;
    return n;
}

bool text_is_utf8(const char *text)
{
    uint32_t c;
    while (*text != '\0') {
        size_t n = decode(text, &c);
        if (n == 0) {
            return false;
        }
        text += n;
    }
    return true;
}

/* What one character becomes; returns how many bytes of the input it was. */
static size_t piece_of(const char *text, char piece[16])
{
    uint32_t c = 0;
    size_t n = decode(text, &c);
    if (n == 0) {
        snprintf(piece, 16, "\\x%02x", (unsigned)(unsigned char)text[0]);
        return 1;
    }
    if (is_hostile(c) && c < 0x80) {
        snprintf(piece, 16, "\\x%02x", (unsigned)c);
    } else if (is_hostile(c)) {
        snprintf(piece, 16, "\\u{%04" PRIx32 "}", c);
    } else {
        memcpy(piece, text, n);
        piece[n] = '\0';
    }
    return n;
}

void text_escape(const char *text, char *to, size_t n)
{
    char piece[16];
    size_t used = 0;
    while (*text != '\0') {
        text += piece_of(text, piece);
        size_t length = strlen(piece);
        if (used + length + sizeof "..." > n) {
            memcpy(to + used, "...", 3);
            used += 3;
            break;
        }
        memcpy(to + used, piece, length);
        used += length;
    }
    to[used] = '\0';
}

struct shown show(const char *text)
{
    struct shown out;
    text_escape(text == NULL ? "" : text, out.text, sizeof out.text);
    return out;
}

static struct tm parts_of(int64_t seconds)
{
    struct tm parts = {0};
    time_t t = (time_t)seconds;
    return gmtime_r(&t, &parts) == NULL ? (struct tm){0} : parts;
}

struct instant show_time(int64_t seconds)
{
    struct instant out;
    struct tm parts = parts_of(seconds);
    if (strftime(out.text, sizeof out.text, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0) {
        out.text[0] = '\0';
    }
    return out;
}

struct instant show_day(int64_t seconds)
{
    struct instant out;
    struct tm parts = parts_of(seconds);
    if (strftime(out.text, sizeof out.text, "%Y-%m-%d", &parts) == 0) {
        out.text[0] = '\0';
    }
    return out;
}

bool text_ends(const char *text, const char *suffix)
{
    size_t n = strlen(text);
    size_t k = strlen(suffix);
    return n >= k && strcasecmp(text + n - k, suffix) == 0;
}
