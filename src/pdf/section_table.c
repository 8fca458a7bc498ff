/* Cross-reference tables (ISO 32000-1 7.5.4): the subsection headers are read, the entries skipped,
 * 20 bytes each. Of every subsection the first and the last entry are looked at, so that lines of
 * another length are noticed here and not at the first lookup. */
#include "pdf/section.h"

#include "base/mem.h"
#include "pdf/damage.h"
#include "pdf/indirect.h"
#include "pdf/lexer.h"

enum { LINE_BYTES = 80, BLANKS = 8, WHITE = 32, ID_DIGITS = 10 };

/* Exactly n digits. Millions of entries come through here, so nothing branches on a digit. */
static inline bool fixed_digits(const uint8_t *p, size_t n, uint64_t *ret)
{
    uint64_t value = 0;
    unsigned bad = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned digit = (unsigned)p[i] - '0';
        bad |= digit > 9;
        value = value * 10 + digit;
    }
    *ret = value;
    return !bad;
}

/* clause: ISO32000-1#7.5.4 nnnnnnnnnn ggggg n, and two bytes of end-of-line
 * The generation of a free entry means nothing to a reader: MuPDF has long written 65536 there. */
bool section_parse_entry(const uint8_t p[XREF_ENTRY_BYTES], pdf_entry *ret)
{
    uint64_t offset = 0, gen = 0;
    bool is_free = p[17] == 'f';
    bool eol =
        (p[18] == ' ' && (p[19] == '\r' || p[19] == '\n')) || (p[18] == '\r' && p[19] == '\n');
    if (!fixed_digits(p, 10, &offset) || !fixed_digits(p + 11, 5, &gen) || p[10] != ' ' ||
        p[16] != ' ' || (!is_free && (p[17] != 'n' || gen > MAX_GENERATION)) || !eol) {
        return false;
    }
    ret->kind = is_free ? PDF_ENTRY_FREE : PDF_ENTRY_OFFSET;
    ret->offset = offset;
    ret->gen = (uint32_t)gen;
    return true;
}

/* Length of an end-of-line at the start of s, blanks before it included; 0: there is none. */
static size_t line_end(span s)
{
    size_t i = 0;
    while (i < s.n && i < BLANKS && s.p[i] == ' ') {
        i++;
    }
    if (i < s.n && s.p[i] == '\n') {
        return i + 1;
    }
    if (i < s.n && s.p[i] == '\r') {
        return i + 1 + (i + 1 < s.n && s.p[i + 1] == '\n');
    }
    return 0;
}

static size_t count_digits(span s)
{
    size_t n = 0;
    while (n < s.n && n <= ID_DIGITS && pdf_is_digit(s.p[n])) {
        n++;
    }
    return n <= ID_DIGITS ? n : 0;
}

static size_t count_blanks(span s)
{
    size_t n = 0;
    while (n < s.n && n <= BLANKS && s.p[n] == ' ') {
        n++;
    }
    return n <= BLANKS ? n : 0;
}

static size_t count_white(span s)
{
    size_t n = 0;
    while (n < s.n && n < WHITE && pdf_is_white(s.p[n])) {
        n++;
    }
    return n;
}

/* "first count" and end-of-line; returns its length, 0 when it is something else. One blank is what
 * the clause has between the two and PDF/A insists on; other readers take more. */
static size_t parse_header(span line, uint64_t *ret_first, uint64_t *ret_count)
{
    size_t a = count_digits(line);
    size_t blanks = a > 0 ? count_blanks(span_part(line, a, line.n)) : 0;
    if (blanks == 0) {
        return 0;
    }
    span rest = span_part(line, a + blanks, line.n);
    size_t b = count_digits(rest);
    size_t eol = b > 0 ? line_end(span_part(rest, b, rest.n)) : 0;
    if (eol == 0 || !pdf_digits(span_part(line, 0, a), ret_first) ||
        !pdf_digits(span_part(rest, 0, b), ret_count)) {
        return 0;
    }
    return a + blanks + b + eol;
}

static pades_status check_entry(pdf_file *f, uint64_t at, uint64_t id, pades_error **e)
{
    uint8_t room[XREF_ENTRY_BYTES];
    pdf_entry entry;
    TRY(window_read(&f->window, at, room, sizeof room, e));
    if (!section_parse_entry(room, &entry)) {
        return pdf_damaged(e, (uint32_t)id, at, "ISO32000-1#7.5.4",
                           "a cross-reference entry is not of the form that is 20 bytes long");
    }
    return PADES_OK;
}

/* The entries of one subsection, which begin at *at; moves behind them. */
static pades_status take_subsection(pdf_file *f, xref_section *s, uint64_t first, uint64_t count,
                                    uint64_t *at, pades_error **e)
{
    TRY(section_add_range(f, s, first, count, *at, e)); /* bounds count below 2^31 */
    uint64_t n = count * XREF_ENTRY_BYTES;
    if (n > f->window.size - *at) {
        return pdf_damaged(e, 0, *at, "ISO32000-1#7.5.4",
                           "a cross-reference table of %llu entries reaches beyond the end of the "
                           "file",
                           (unsigned long long)count);
    }
    if (count > 0) {
        TRY(check_entry(f, *at, first, e));
        TRY(check_entry(f, *at + n - XREF_ENTRY_BYTES, first + count - 1, e));
    }
    *at += n;
    return PADES_OK;
}

/* Where `trailer` ends when it stands in `line`, white space before it allowed; else 0. */
static size_t find_trailer(span line)
{
    size_t i = count_white(line);
    bool found = span_is(span_part(line, i, 7), "trailer") && i + 7 < line.n &&
                 (pdf_is_white(line.p[i + 7]) || line.p[i + 7] == '<');
    return found ? i + 7 : 0;
}

/* All subsections; *at goes from behind `xref` to behind `trailer`. */
static pades_status read_subsections(pdf_file *f, xref_section *s, uint64_t *at, pades_error **e)
{
    for (size_t i = 0;; i++) {
        uint8_t room[LINE_BYTES];
        size_t n = 0;
        TRY(window_read_some(&f->window, *at, room, sizeof room, &n, e));
        span line = span_of(room, n);
        size_t trailer = i > 0 ? find_trailer(line) : 0;
        if (trailer > 0) {
            *at += trailer;
            return PADES_OK;
        }
        uint64_t first = 0, count = 0;
        size_t empty = i == 0 ? count_white(line) : 0; /* lines; later they would be of entries */
        size_t header = parse_header(span_part(line, empty, line.n), &first, &count);
        if (header == 0) {
            return pdf_damaged(e, 0, *at, "ISO32000-1#7.5.4",
                               "a subsection of the cross-reference table%s was expected here",
                               i > 0 ? " or 'trailer'" : "");
        }
        *at += empty + header;
        TRY(take_subsection(f, s, first, count, at, e));
    }
}

pades_status section_read_table(pdf_file *f, xref_section *s, pades_error **e)
{
    uint64_t at = s->pub.offset + 4, end = 0;
    uint8_t room[BLANKS + 3];
    size_t n = 0;
    TRY(window_read_some(&f->window, at, room, sizeof room, &n, e));
    size_t eol = line_end(span_of(room, n));
    if (eol == 0) {
        return pdf_damaged(e, 0, at, "ISO32000-1#7.5.4", "'xref' does not stand alone on its line");
    }
    at += eol;
    TRY(read_subsections(f, s, &at, e));
    const pdf_obj *trailer = NULL;
    TRY(indirect_read_trailer(f, at, f->trailers, &trailer, &end, e));
    TRY(section_take_trailer(f, s, trailer, e));
    bool found = false;
    TRY(section_read_tail(f, end, &found, &s->names, &s->names_end, e));
    s->names_end = found ? s->names_end : 0;
    return PADES_OK;
}
