/* Text fields: one line, many, or a character a cell; never more characters than the form allows.
 * clause: ISO32000-1#12.7.4.3 text fields */
#include "pdf/fill.h"

#include "base/escape.h"
#include "base/fail.h"

#include <inttypes.h>

enum {
    MULTILINE = 1 << 12,
    PASSWORD = 1 << 13,
    FILE_SELECT = 1 << 20,
    COMB = 1 << 24,
    RICH_TEXT = 1 << 25,
    CELLS_MAX = 10000
};

/* A line break of two characters counts as one. */
static uint64_t count(span utf8)
{
    uint64_t n = 0;
    reader r = reader_of(utf8);
    while (reader_left(&r) > 0) {
        int32_t c = utf8_next(&r);
        n += !(c == '\r' && reader_peek(&r) == '\n');
    }
    return n;
}

static pades_status check_kind(sealing *s, fill_field *field, pades_error **e)
{
    const char *text = field->plan->value;
    if (field->flags & (PASSWORD | FILE_SELECT)) {
        return fill_refuse(field, PADES_DOC_UNSUPPORTED, e,
                           field->flags & PASSWORD ? "is for a password, which is never stored"
                                                   : "is for the name of a file that is sent");
    }
    if (!(field->flags & MULTILINE) && strpbrk(text, "\r\n")) {
        return fill_refuse(field, PADES_INVALID_ARGUMENT, e, "has one line only");
    }
    if (field->flags & RICH_TEXT) {
        fill_warn(s, field, "is for formatted text: it is filled with plain text");
        field->drop_rich = true;
    }
    return PADES_OK;
}

static pades_status check_length(const fill_field *field, int64_t *ret_max, pades_error **e)
{
    int64_t most = 0;
    uint64_t n = count(span_str(field->plan->value));
    if (!pdf_get_int(field->inherited.max_len, &most) || most <= 0) {
        return PADES_OK;
    }
    *ret_max = most;
    if (n > (uint64_t)most) {
        (void)fill_refuse(field, PADES_INVALID_ARGUMENT, e,
                          "takes %" PRId64 " characters, the value has %" PRIu64, most, n);
        error_clause(e, "ISO32000-1#12.7.4.3");
        return PADES_INVALID_ARGUMENT;
    }
    return PADES_OK;
}

pades_status fill_text(sealing *s, fill_field *field, pades_error **e)
{
    int64_t most = 0;
    TRY(check_kind(s, field, e));
    TRY(check_length(field, &most, e));
    bool comb = (field->flags & COMB) && !(field->flags & MULTILINE) && most > 0;
    const fill_words words = {.text = span_str(field->plan->value),
                              .multiline = (field->flags & MULTILINE) != 0,
                              .cells = comb && most <= CELLS_MAX ? (unsigned)most : 0,
                              .chosen = SIZE_MAX};
    return fill_look(s, field, &words, e);
}
