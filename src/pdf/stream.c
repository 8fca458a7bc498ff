/* Streams (ISO 32000-1 7.3.8): the length that the dictionary gives is believed only when
 * `endstream` stands behind it, and is never guessed. */
#include "pdf/stream.h"

#include "pdf/damage.h"
#include "pdf/decode.h"
#include "pdf/lexer.h"
#include "pdf/pool.h"
#include "pdf/state.h"

enum { SMALL_POOL = 64 * 1024, TAIL_BYTES = 64, DECODE_STEP = 16 * 1024 };

static pades_status read_length(pdf_file *f, const pdf_obj *dict, bool direct, int64_t *ret,
                                pades_error **e)
{
    const pdf_obj *length = pdf_dict_get(dict, "Length");
    if (!direct && pdf_is(length, PDF_REFERENCE)) {
        AUTO(pdf_pool) *pool = NULL;
        TRY(pdf_pool_new(SMALL_POOL, &pool, e));
        TRY(pdf_file_resolve(f, length, pool, &length, NULL, e));
        if (!pdf_get_int(length, ret)) {
            *ret = -1;
        }
        return PADES_OK;
    }
    if (!pdf_get_int(length, ret)) {
        *ret = -1;
    }
    return PADES_OK;
}

/* clause: ISO32000-1#7.3.8.1 /Length bytes, perhaps an end-of-line, `endstream` */
static bool closes(span tail, size_t *ret_end)
{
    pdf_lexer lx = {tail, 0, false};
    while (lx.pos < tail.n && pdf_is_white(tail.p[lx.pos])) {
        lx.pos++;
    }
    pdf_token stream = pdf_lex(&lx);
    if (stream.kind != TOKEN_WORD || !span_is(stream.raw, "endstream")) {
        return false;
    }
    pdf_token object = pdf_lex(&lx);
    *ret_end = lx.pos;
    return object.kind == TOKEN_WORD && span_is(object.raw, "endobj");
}

pades_status stream_extent(pdf_file *f, const pdf_obj *dict, uint64_t data, uint32_t id,
                           bool direct, uint64_t *ret_n, uint64_t *ret_end, pades_error **e)
{
    int64_t n = 0;
    TRY(read_length(f, dict, direct, &n, e));
    if (n < 0) {
        return pdf_damaged(e, id, data, "ISO32000-1#7.3.8.2", "a stream without a usable /Length");
    }
    if (data > f->window.size || (uint64_t)n > f->window.size - data) {
        return pdf_damaged(e, id, data, "ISO32000-1#7.3.8.2",
                           "a stream of %lld bytes reaches beyond the end of the file",
                           (long long)n);
    }
    uint8_t room[TAIL_BYTES];
    size_t room_n = 0, end = 0;
    uint64_t at = data + (uint64_t)n;
    TRY(window_read_some(&f->window, at, room, sizeof room, &room_n, e));
    if (!closes(span_of(room, room_n), &end)) {
        return pdf_damaged(e, id, at, "ISO32000-1#7.3.8.1",
                           "'endstream' and 'endobj' were expected here, behind the %lld bytes "
                           "that /Length gives",
                           (long long)n);
    }
    *ret_n = (uint64_t)n;
    if (ret_end) {
        *ret_end = at + end;
    }
    return PADES_OK;
}

/* Who gets what was decoded. */
typedef pades_status (*decoded_fn)(void *user, span piece, pades_error **e);

static pades_status decode_all(pdf_file *f, decoder *d, uint64_t most, decoded_fn fn, void *user,
                               pades_error **e)
{
    uint8_t room[DECODE_STEP];
    uint64_t left = most;
    size_t n = DECODE_STEP;
    while (n == DECODE_STEP) {
        TRY(decoder_read(d, room, DECODE_STEP, &n, e));
        TRY(pdf_file_spend(f, n, e));
        if (n > left) {
            return fail(e, PADES_LIMIT, "a stream decodes to more than %llu bytes",
                        (unsigned long long)most);
        }
        left -= n;
        TRY(fn(user, span_of(room, n), e));
    }
    return PADES_OK;
}

static pades_status decode(pdf_file *f, const pdf_obj *dict, uint64_t data_offset, pdf_pool *pool,
                           uint64_t most, decoded_fn fn, void *user, pades_error **e)
{
    uint64_t n = 0;
    decode_spec spec;
    AUTO(decoder) *d = NULL;
    TRY(stream_extent(f, dict, data_offset, 0, false, &n, NULL, e));
    pades_status status = decode_spec_read(f, dict, false, pool, &spec, e);
    if (status != PADES_OK) {
        return pdf_place(e, status, 0, data_offset);
    }
    TRY(decoder_new(f, &spec, data_offset, n, &d, e));
    status = decode_all(f, d, most, fn, user, e);
    return status == PADES_OK ? status : pdf_place(e, status, 0, data_offset);
}

static pades_status into_buf(void *user, span piece, pades_error **e)
{
    buf_add_span(user, piece);
    return buf_check(user, "a decoded stream", e);
}

pades_status pdf_file_stream(pdf_file *f, const pdf_obj *dict, uint64_t data_offset, pdf_pool *pool,
                             buf *out, pades_error **e)
{
    uint64_t limit = ctx_limit(f->ctx, PADES_LIMIT_STREAM_BYTES);
    uint64_t most = limit < out->max - out->n ? limit : out->max - out->n;
    return decode(f, dict, data_offset, pool, most, into_buf, out, e);
}

static pades_status into_bulk(void *user, span piece, pades_error **e)
{
    return bulk_add(user, piece, e);
}

pades_status pdf_file_stream_bulk(pdf_file *f, const pdf_obj *dict, uint64_t data_offset,
                                  pdf_pool *pool, bulk *out, pades_error **e)
{
    TRY(decode(f, dict, data_offset, pool, out->max - bulk_size(out), into_bulk, out, e));
    return bulk_end(out, e);
}
