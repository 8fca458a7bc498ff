/* A signature dictionary and where its /Contents stands in the file. The gap that /ByteRange
 * leaves is compared with the place of the very string that was parsed, so that a dictionary
 * cannot name a gap that lies elsewhere.
 * clause: ISO32000-1#12.8.1 /ByteRange, EN319142-1#5.3 */
#include "pdf/fields.h"

#include "base/fail.h"
#include "pdf/damage.h"

enum { HEADER_MAX = 256, CONTENTS_MAX = 16 << 20 };

static bool is_space(int c)
{
    return c == 0 || c == '\t' || c == '\n' || c == '\f' || c == '\r' || c == ' ';
}

static void skip_space(reader *r)
{
    while (is_space(reader_peek(r)) || reader_peek(r) == '%') {
        if (reader_next(r) == '%') {
            while (reader_peek(r) >= 0 && reader_peek(r) != '\n' && reader_peek(r) != '\r') {
                reader_next(r);
            }
        }
    }
}

static void skip_number(reader *r)
{
    while (reader_peek(r) >= '0' && reader_peek(r) <= '9') {
        reader_next(r);
    }
    skip_space(r);
}

pades_status pdf_body_offset(pdf_file *f, pdf_ref ref, uint64_t *ret, pades_error **e)
{
    pdf_entry entry;
    uint8_t head[HEADER_MAX];
    size_t n = 0;
    *ret = 0;
    TRY(pdf_file_entry(f, ref.id, &entry, e));
    if (entry.kind != PDF_ENTRY_OFFSET || entry.gen != ref.gen) {
        return PADES_OK;
    }
    TRY(source_read_some(pdf_file_source(f), SOURCE_STRUCTURE, entry.offset, head, sizeof head, &n,
                         e));
    reader r = reader_of(span_of(head, n));
    skip_space(&r);
    skip_number(&r);
    skip_number(&r);
    span word = reader_take(&r, 3);
    skip_space(&r);
    if (!r.failed && span_is(word, "obj") && reader_left(&r) > 0) {
        *ret = entry.offset + r.pos;
    }
    return PADES_OK;
}

static bool read_numbers(const pdf_obj *range, uint64_t out[4])
{
    if (!pdf_is(range, PDF_ARRAY) || range->u.array.n != 4) {
        return false;
    }
    for (size_t i = 0; i < 4; i++) {
        int64_t value = 0;
        if (!pdf_get_int(range->u.array.items[i], &value) || value < 0) {
            return false;
        }
        out[i] = (uint64_t)value;
    }
    return true;
}

static bool range_fits(const uint64_t r[4], uint64_t size)
{
    return r[0] == 0 && r[1] < r[2] && r[2] <= size && r[3] <= size - r[2];
}

/* What holds the dictionary: its own object, or the field's. */
typedef struct holder {
    pdf_ref ref;
    const pdf_obj *o;
} holder;

static pades_status load_dict(pdf_file *f, const pdf_field *field, pdf_pool *pool,
                              holder *ret_holder, const pdf_obj **ret, pades_error **e)
{
    const pdf_obj *link = NULL;
    holder h = {field->value, NULL};
    if (h.ref.id == 0) {
        h.ref = field->ref;
        TRY(pdf_file_load(f, h.ref, pool, &h.o, NULL, e));
        link = pdf_dict_get(h.o, "V");
        *ret = link;
    } else {
        const pdf_obj start = {.kind = PDF_REFERENCE, .u.ref = field->value};
        TRY(pdf_file_resolve(f, &start, pool, &h.o, &h.ref, e));
        *ret = h.o;
    }
    *ret_holder = h;
    if (!pdf_is(*ret, PDF_DICT)) {
        return pdf_damaged(e, h.ref.id, 0, "ISO32000-1#12.7.4.5",
                           "the value of a signature field is not a dictionary");
    }
    return PADES_OK;
}

/* Only an unambiguous dictionary can hold: no key twice, a hex string, in no object stream. */
static pades_status check_gap(pdf_file *f, const holder *h, pdf_signature *s,
                              const pdf_obj *contents, pades_error **e)
{
    uint64_t body = 0;
    bool fits = range_fits(s->byte_range, pdf_file_size(f));
    TRY(pdf_body_offset(f, h->ref, &body, e));
    bool twice = s->dict->u.dict.dup_keys || h->o->u.dict.dup_keys;
    if (!fits || !body || twice || contents->raw.p[0] != '<') {
        return PADES_OK;
    }
    uint64_t from = body + (uint64_t)(contents->raw.p - h->o->raw.p);
    s->byte_range_ok = s->byte_range[1] == from && s->byte_range[2] == from + contents->raw.n;
    return PADES_OK;
}

pades_status pdf_signature_read(pdf_file *f, const pdf_field *field, pdf_pool *pool,
                                pdf_signature *ret, pades_error **e)
{
    holder h;
    AUTO_VAL(pdf_signature) s = {.contents = BUF(CONTENTS_MAX)};
    TRY(load_dict(f, field, pool, &h, &s.dict, e));
    const pdf_obj *contents = pdf_dict_get(s.dict, "Contents");
    if (pdf_is(contents, PDF_STRING)) {
        buf_add_span(&s.contents, contents->u.text);
        TRY(buf_check(&s.contents, "signature", e));
    }
    uint64_t numbers[4];
    if (read_numbers(pdf_dict_get(s.dict, "ByteRange"), numbers)) {
        memcpy(s.byte_range, numbers, sizeof numbers);
        if (pdf_is(contents, PDF_STRING)) {
            TRY(check_gap(f, &h, &s, contents, e));
        }
    }
    *ret = s;
    s.contents = BUF(0);
    return PADES_OK;
}

void pdf_signature_free(pdf_signature *s)
{
    buf_free(&s->contents);
}
