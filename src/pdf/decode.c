/* The chain file -> inflate -> predictor behind decode.h. */
#include "pdf/decode.h"

#include "base/mem.h"
#include "pdf/damage.h"
#include "pdf/state.h"

struct decoder {
    pdf_file *f;
    uint64_t start, at, left;
    uint64_t allowed; /* decoded bytes that may still be taken */
    flate *flate;
    predictor *predictor;
};

static pades_status pull_file(void *user, uint8_t *p, size_t n, size_t *ret_n, pades_error **e)
{
    decoder *d = user;
    size_t part = d->left < n ? (size_t)d->left : n;
    if (part > 0) {
        TRY(window_read(&d->f->window, d->at, p, part, e));
    }
    d->at += part;
    d->left -= part;
    *ret_n = part;
    return PADES_OK;
}

static pades_status pull_flate(void *user, uint8_t *p, size_t n, size_t *ret_n, pades_error **e)
{
    decoder *d = user;
    return flate_read(d->flate, p, n, ret_n, e);
}

pades_status decoder_new(pdf_file *f, const decode_spec *spec, uint64_t at, uint64_t n,
                         decoder **ret, pades_error **e)
{
    AUTO(decoder) *d = mem_alloc(sizeof *d);
    if (!d) {
        return fail_memory(e);
    }
    d->f = f;
    d->start = d->at = at;
    d->left = n;
    if (!u64_mul(n, ctx_limit(f->ctx, PADES_LIMIT_INFLATE_RATIO), &d->allowed) || !spec->flate) {
        d->allowed = UINT64_MAX;
    }
    if (spec->flate) {
        TRY(flate_new(pull_file, d, &d->flate, e));
    }
    if (spec->flate && spec->predictor.predictor != 1) {
        pades_status status = predictor_new(&spec->predictor, pull_flate, d, &d->predictor, e);
        if (status != PADES_OK) {
            return pdf_place(e, status, 0, at);
        }
    }
    *ret = TAKE(d);
    return PADES_OK;
}

void decoder_free(decoder *d)
{
    if (d) {
        predictor_free(d->predictor);
        flate_free(d->flate);
        mem_free(d);
    }
}

static pades_status pull(decoder *d, uint8_t *p, size_t n, size_t *ret_n, pades_error **e)
{
    if (d->predictor) {
        return predictor_read(d->predictor, p, n, ret_n, e);
    }
    return d->flate ? flate_read(d->flate, p, n, ret_n, e) : pull_file(d, p, n, ret_n, e);
}

pades_status decoder_read(decoder *d, uint8_t *p, size_t n, size_t *ret_n, pades_error **e)
{
    size_t got = 0;
    size_t most = n > d->allowed ? (size_t)d->allowed + 1 : n; /* one too many tells */
    pades_status status = pull(d, p, most, &got, e);
    if (status != PADES_OK) {
        return pdf_place(e, status, 0, d->start);
    }
    if (got > d->allowed) {
        (void)fail(e, PADES_LIMIT, "compressed data grows more than %llu times",
                   (unsigned long long)ctx_limit(d->f->ctx, PADES_LIMIT_INFLATE_RATIO));
        return pdf_place(e, PADES_LIMIT, 0, d->start);
    }
    d->allowed -= got;
    *ret_n = got;
    return PADES_OK;
}

/* `o`, followed when it is a reference and references are allowed here. */
static pades_status follow(pdf_file *f, const pdf_obj *o, bool direct, pdf_pool *pool,
                           const pdf_obj **ret, pades_error **e)
{
    if (!direct) {
        return pdf_file_resolve(f, o, pool, ret, NULL, e);
    }
    if (pdf_is(o, PDF_REFERENCE)) {
        return fail(e, PADES_DOC_DAMAGED,
                    "a cross-reference stream must not need another object to be read");
    }
    *ret = o;
    return PADES_OK;
}

/* The only value of a list of at most one, or the value itself. */
static pades_status only(pdf_file *f, const pdf_obj *dict, const char *key, bool direct,
                         pdf_pool *pool, const pdf_obj **ret, pades_error **e)
{
    const pdf_obj *o = NULL;
    TRY(follow(f, pdf_dict_get(dict, key), direct, pool, &o, e));
    if (pdf_is(o, PDF_ARRAY) && o->u.array.n > 1) {
        return fail(e, PADES_DOC_UNSUPPORTED, "a stream with more than one filter");
    }
    if (pdf_is(o, PDF_ARRAY)) {
        return follow(f, pdf_array_get(o, 0), direct, pool, ret, e);
    }
    *ret = o;
    return PADES_OK;
}

static pades_status read_param(pdf_file *f, const pdf_obj *params, const char *key, bool direct,
                               pdf_pool *pool, int64_t *value, pades_error **e)
{
    const pdf_obj *o = NULL;
    TRY(follow(f, pdf_dict_get(params, key), direct, pool, &o, e));
    if (o && o->kind != PDF_NULL && !pdf_get_int(o, value)) {
        return fail(e, PADES_DOC_DAMAGED, "/%s of a filter is not an integer", key);
    }
    return PADES_OK;
}

static pades_status read_predictor(pdf_file *f, const pdf_obj *dict, bool direct, pdf_pool *pool,
                                   predictor_params *q, pades_error **e)
{
    const pdf_obj *params = NULL;
    *q = (predictor_params){1, 1, 8, 1};
    TRY(only(f, dict, "DecodeParms", direct, pool, &params, e));
    if (!params || params->kind == PDF_NULL) {
        return PADES_OK;
    }
    if (params->kind != PDF_DICT) {
        return fail(e, PADES_DOC_DAMAGED, "/DecodeParms is not a dictionary");
    }
    TRY(read_param(f, params, "Predictor", direct, pool, &q->predictor, e));
    TRY(read_param(f, params, "Colors", direct, pool, &q->colors, e));
    TRY(read_param(f, params, "BitsPerComponent", direct, pool, &q->bits, e));
    return read_param(f, params, "Columns", direct, pool, &q->columns, e);
}

pades_status decode_spec_read(pdf_file *f, const pdf_obj *dict, bool direct, pdf_pool *pool,
                              decode_spec *ret, pades_error **e)
{
    const pdf_obj *filter = NULL;
    *ret = (decode_spec){false, {1, 1, 8, 1}};
    if (pdf_dict_get(dict, "F")) {
        return fail(e, PADES_DOC_UNSUPPORTED, "a stream whose data is in another file");
    }
    TRY(only(f, dict, "Filter", direct, pool, &filter, e));
    if (!filter || filter->kind == PDF_NULL) {
        return PADES_OK;
    }
    if (!pdf_is_name(filter, "FlateDecode")) {
        return fail(e, PADES_DOC_UNSUPPORTED, "a stream with a filter other than FlateDecode");
    }
    ret->flate = true;
    return read_predictor(f, dict, direct, pool, &ret->predictor, e);
}
