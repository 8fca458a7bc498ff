/* Cross-reference streams (ISO 32000-1 7.5.8). /W and /Index say how many bytes there must be, so
 * the room is known, and refused when too large, before anything is inflated; what is decoded must
 * be exactly that. Rows are kept packed. */
#include "pdf/section.h"

#include "base/mem.h"
#include "pdf/damage.h"
#include "pdf/decode.h"
#include "pdf/stream.h"

/* Other readers keep hundreds of bytes for each number in /Index. */
enum { LARGEST_PAIRS = 1 << 17 };

static pades_status bad(const xref_section *s, pades_error **e, const char *why)
{
    return pdf_damaged(e, 0, s->pub.offset, "ISO32000-1#7.5.8.2", "%s", why);
}

/* clause: ISO32000-1#7.5.8.2 /W: three widths; we read fields of at most 8 bytes */
static pades_status read_widths(xref_section *s, const pdf_obj *dict, pades_error **e)
{
    const pdf_obj *w = pdf_dict_get(dict, "W");
    if (!pdf_is(w, PDF_ARRAY) || w->u.array.n != 3) {
        return bad(s, e, "a cross-reference stream without three widths in /W");
    }
    for (size_t i = 0; i < 3; i++) {
        int64_t width = 0;
        if (!pdf_get_int(pdf_array_get(w, i), &width) || width < 0 || width > 8) {
            return bad(s, e, "a width in /W of a cross-reference stream is not 0 to 8");
        }
        s->width[i] = (uint8_t)width;
    }
    if (s->width[1] == 0) {
        return bad(s, e, "/W of a cross-reference stream has no second field");
    }
    return PADES_OK;
}

static pades_status read_index(pdf_file *f, xref_section *s, const pdf_obj *dict, pades_error **e)
{
    const pdf_obj *index = pdf_dict_get(dict, "Index");
    if (!index) {
        return section_add_range(f, s, 0, s->pub.size, 0, e);
    }
    if (pdf_is(index, PDF_ARRAY) && index->u.array.n > 2 * LARGEST_PAIRS) {
        (void)fail(e, PADES_LIMIT, "more than %d cross-reference subsections", LARGEST_PAIRS);
        return pdf_place(e, PADES_LIMIT, 0, s->pub.offset);
    }
    if (!pdf_is(index, PDF_ARRAY) || index->u.array.n % 2 != 0) {
        return bad(s, e, "/Index of a cross-reference stream is not a list of pairs");
    }
    uint64_t row = 0;
    for (size_t i = 0; i < index->u.array.n; i += 2) {
        int64_t first = 0, count = 0;
        if (!pdf_get_int(pdf_array_get(index, i), &first) ||
            !pdf_get_int(pdf_array_get(index, i + 1), &count) || first < 0 || count < 0) {
            return bad(s, e, "/Index of a cross-reference stream is not a list of numbers");
        }
        TRY(section_add_range(f, s, (uint64_t)first, (uint64_t)count, row, e));
        row += (uint64_t)count;
    }
    return PADES_OK;
}

/* Bytes of all rows, when they may be kept. */
static pades_status rows_size(pdf_file *f, const xref_section *s, const decode_spec *spec,
                              uint64_t encoded, size_t *ret, pades_error **e)
{
    uint64_t width = (uint64_t)s->width[0] + s->width[1] + s->width[2];
    uint64_t n = s->pub.entries * width; /* entries are below 2^31 */
    uint64_t limit = ctx_limit(f->ctx, PADES_LIMIT_XREF_STREAM_BYTES);
    uint64_t most = encoded;
    if (spec->flate && !u64_mul(encoded, ctx_limit(f->ctx, PADES_LIMIT_INFLATE_RATIO), &most)) {
        most = UINT64_MAX;
    }
    if (n > limit || f->rows_bytes > limit - n) {
        (void)fail(e, PADES_LIMIT, "cross-reference streams of more than %llu bytes",
                   (unsigned long long)limit);
        return pdf_place(e, PADES_LIMIT, 0, s->pub.offset);
    }
    if (n > most) {
        return bad(s, e, "a cross-reference stream is too short for its entries");
    }
    *ret = (size_t)n;
    return PADES_OK;
}

static pades_status read_rows(xref_section *s, decoder *d, size_t n, pades_error **e)
{
    size_t got = 0, more = 0;
    uint8_t extra[1];
    TRY(decoder_read(d, s->rows, n, &got, e));
    if (got == n) {
        TRY(decoder_read(d, extra, sizeof extra, &more, e));
    }
    if (got < n || more > 0) {
        return bad(s, e,
                   got < n ? "a cross-reference stream is too short for its entries"
                           : "a cross-reference stream is longer than its entries");
    }
    return PADES_OK;
}

static pades_status decode_rows(pdf_file *f, xref_section *s, const pdf_indirect *o,
                                uint64_t encoded, pades_error **e)
{
    decode_spec spec;
    AUTO(decoder) *d = NULL;
    size_t n = 0;
    pades_status status = decode_spec_read(f, o->value, true, f->trailers, &spec, e);
    if (status != PADES_OK) {
        return pdf_place(e, status, o->ref.id, o->at);
    }
    TRY(rows_size(f, s, &spec, encoded, &n, e));
    s->rows = mem_alloc(n);
    if (!s->rows) {
        return fail_memory(e);
    }
    f->rows_bytes += n;
    TRY(decoder_new(f, &spec, o->data, encoded, &d, e));
    return read_rows(s, d, n, e);
}

pades_status section_read_stream(pdf_file *f, xref_section *s, pades_error **e)
{
    pdf_indirect o;
    uint64_t encoded = 0, end = 0;
    TRY(indirect_read(f, s->pub.offset, 0, f->trailers, &o, e));
    if (o.data == 0 || !pdf_is_name(pdf_dict_get(o.value, "Type"), "XRef")) {
        return pdf_damaged(e, o.ref.id, s->pub.offset, "ISO32000-1#7.5.8.2",
                           "no cross-reference section stands here, but another object");
    }
    TRY(section_take_trailer(f, s, o.value, e));
    TRY(stream_extent(f, o.value, o.data, o.ref.id, true, &encoded, &end, e));
    TRY(read_widths(s, o.value, e));
    TRY(read_index(f, s, o.value, e));
    TRY(decode_rows(f, s, &o, encoded, e));
    bool found = false;
    TRY(section_read_tail(f, end, &found, &s->names, &s->names_end, e));
    s->names_end = found ? s->names_end : 0;
    return PADES_OK;
}
