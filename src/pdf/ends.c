/* The first and the last bytes of a file (ISO 32000-1 7.5.2, 7.5.5). Bytes before the header shift
 * what others take as offsets, bytes behind %%EOF are read by some and not by others: both are
 * refused. */
#include "pdf/chain.h"

#include "pdf/damage.h"
#include "pdf/lexer.h"
#include "pdf/section.h"

enum { HEADER_BYTES = 1024, EOF_BYTES = 1024, TAIL_BYTES = 2048 };

static pades_status refuse_header(span start, pades_error **e)
{
    size_t at = span_find(start, span_str("%PDF-"), 0);
    if (start.n == 0) {
        (void)fail(e, PADES_DOC_NOT_PDF, "the file is empty");
        return pdf_place(e, PADES_DOC_NOT_PDF, 0, 0);
    }
    if (at == SIZE_MAX) {
        (void)fail(e, PADES_DOC_NOT_PDF, "not a PDF file: it does not begin with '%%PDF-'");
        (void)error_clause(e, "ISO32000-1#7.5.2");
        return pdf_place(e, PADES_DOC_NOT_PDF, 0, 0);
    }
    (void)pdf_damaged(e, 0, 0, "ISO32000-1#7.5.2",
                      "%zu bytes stand before the header '%%PDF-', and shift every offset", at);
    (void)error_hint(e,
                     "remove the first %zu bytes, or write the file anew with `pades repair IN "
                     "OUT`, before it is signed",
                     at);
    return PADES_DOC_DAMAGED;
}

/* clause: ISO32000-1#7.5.2 %PDF- and the version in the very first bytes */
pades_status ends_read_header(pdf_file *f, pades_error **e)
{
    uint8_t room[HEADER_BYTES];
    size_t n = 0;
    TRY(window_read_some(&f->window, 0, room, sizeof room, &n, e));
    if (n < 5 || memcmp(room, "%PDF-", 5) != 0) {
        return refuse_header(span_of(room, n), e);
    }
    if (n < 9 || !pdf_is_digit(room[5]) || room[6] != '.' || !pdf_is_digit(room[7]) ||
        !pdf_is_white(room[8])) {
        return pdf_damaged(e, 0, 5, "ISO32000-1#7.5.2", "the header gives no version");
    }
    f->major = room[5] - '0';
    f->minor = room[7] - '0';
    return PADES_OK;
}

static size_t skip_white(span s, size_t at)
{
    while (at < s.n && pdf_is_white(s.p[at])) {
        at++;
    }
    return at;
}

/* No %%EOF where it belongs: one further up means that something was appended, or that a later
 * revision is cut off. */
static pades_status refuse_tail(const pdf_file *f, pades_error **e)
{
    span tail = span_of(f->window.tail, (size_t)(f->window.size - f->window.tail_at));
    size_t at = span_find_last(tail, span_str("%%EOF"));
    if (at == SIZE_MAX) {
        (void)pdf_damaged(e, 0, f->window.size, "ISO32000-1#7.5.5",
                          "the file is truncated: it does not end with %%%%EOF");
        (void)error_hint(e, "get the file again: its end is missing");
        return PADES_DOC_DAMAGED;
    }
    return pdf_damaged(e, 0, f->window.tail_at + at + 5, "ISO32000-1#7.5.5",
                       "something stands behind the last %%%%EOF: bytes were appended, or a "
                       "revision is truncated");
}

pades_status ends_read_tail(pdf_file *f, pades_error **e)
{
    uint8_t room[TAIL_BYTES];
    uint64_t size = f->window.size;
    uint64_t base = size < TAIL_BYTES ? 0 : size - TAIL_BYTES;
    size_t n = 0;
    TRY(window_read_some(&f->window, base, room, sizeof room, &n, e));
    span text = span_of(room, n);
    size_t eof = span_find_last(text, span_str("%%EOF"));
    if (eof == SIZE_MAX || n - eof > EOF_BYTES || skip_white(text, eof + 5) < n) {
        return refuse_tail(f, e);
    }
    size_t word = span_find_last(span_part(text, 0, eof), span_str("startxref"));
    bool found = false;
    uint64_t end = 0;
    if (word != SIZE_MAX) {
        TRY(section_read_tail(f, base + word, &found, &f->startxref, &end, e));
    }
    if (!found || end < base + eof + 5) {
        return pdf_damaged(e, 0, base + eof, "ISO32000-1#7.5.5",
                           "'startxref' and an offset were expected before the last %%%%EOF");
    }
    if (f->startxref >= size) {
        return pdf_damaged(e, 0, base + word, "ISO32000-1#7.5.5",
                           "startxref gives an offset beyond the end of the file");
    }
    f->eof_end = end;
    return PADES_OK;
}
