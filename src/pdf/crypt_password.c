/* Passwords as bytes. What a user typed is UTF-8; up to revision 4 the rules want PDFDocEncoding,
 * from 5 on SASLprep'd UTF-8. Without libidn the second is done in part: other spaces become spaces
 * and what is mapped to nothing goes, but there is no normalization (NFKC), so a password is best
 * typed the way its maker typed it. The bytes as given are always tried too.
 * clause: ISO32000-1#7.6.3.3 PDFDocEncoding, ISO32000-2#7.6.4.3.3 SASLprep */
#include "base/escape.h"
#include "pdf/crypt_impl.h"
#include "pdf/saslprep.h"
#include "pdf/text.h"

static bool is_other_space(uint32_t c)
{
    return c == 0x00A0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200B) || c == 0x202F ||
           c == 0x205F || c == 0x3000;
}

static bool is_nothing(uint32_t c)
{
    return c == 0x00AD || c == 0x034F || c == 0x1806 || (c >= 0x180B && c <= 0x180D) ||
           c == 0x200C || c == 0x200D || c == 0x2060 || (c >= 0xFE00 && c <= 0xFE0F) || c == 0xFEFF;
}

/* Bytes of one character in the form; 0: none. False: it cannot be said in it. */
static bool put(const crypt_dict *d, uint32_t c, span as_given, uint8_t out[4], size_t *ret_n)
{
    if (d->info.revision < 5) {
        int byte = pdf_text_doc_byte(c);
        out[0] = (uint8_t)byte;
        *ret_n = 1;
        return byte >= 0;
    }
    if (is_other_space(c)) {
        as_given = span_str(" ");
    }
    *ret_n = is_nothing(c) ? 0 : as_given.n;
    memcpy(out, as_given.p, *ret_n);
    return true;
}

static bool is_ascii(span given)
{
    for (size_t i = 0; i < given.n; i++) {
        if (given.p[i] >= 0x80) {
            return false;
        }
    }
    return true;
}

static bool is_utf8(span given)
{
    reader r = reader_of(given);
    while (reader_left(&r) > 0) {
        if (utf8_next(&r) < 0) {
            return false;
        }
    }
    return true;
}

/* Character by character. */
static void map(const crypt_dict *d, span given, secret *ret)
{
    uint8_t *room = secret_room(ret);
    size_t n = 0;
    reader r = reader_of(given);
    while (reader_left(&r) > 0) {
        size_t from = r.pos, more = 0;
        int32_t c = utf8_next(&r);
        if (c < 0 || !put(d, (uint32_t)c, span_part(given, from, r.pos - from), room + n, &more)) {
            secret_wipe(ret);
            return;
        }
        n += more; /* no form is longer than what was given */
    }
    secret_set_length(ret, n);
}

bool crypt_password_form(const crypt_dict *d, span given, secret *ret)
{
    bool whole = d->info.revision < 5 || is_ascii(given) || !is_utf8(given);
    if (!whole) {
        whole = saslprep(given, ret) != SASLPREP_ABSENT;
    }
    if (secret_span(ret).n == 0) {
        map(d, given, ret);
    }
    if (span_eq(secret_span(ret), given)) {
        secret_wipe(ret);
    }
    return whole;
}
