/* The chain file -> decryption -> inflate -> predictor behind decode.h. */
#include "pdf/decode.h"

#include "base/mem.h"
#include "pdf/crypt_impl.h"
#include "pdf/damage.h"
#include "pdf/state.h"

struct decoder {
    pdf_file *f;
    uint64_t start, at, left;
    uint64_t allowed; /* decoded bytes that may still be taken */
    crypt_stream *crypt;
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

static pades_status pull_plain(void *user, uint8_t *p, size_t n, size_t *ret_n, pades_error **e)
{
    decoder *d = user;
    return d->crypt ? crypt_stream_read(d->crypt, p, n, ret_n, e) : pull_file(d, p, n, ret_n, e);
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
    if (spec->encrypted != CRYPT_NONE) {
        TRY(crypt_stream_new(f, spec->encrypted, spec->home, pull_file, d, &d->crypt, e));
    }
    if (spec->flate) {
        TRY(flate_new(pull_plain, d, &d->flate, e));
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
        crypt_stream_free(d->crypt);
        mem_free(d);
    }
}

static pades_status pull(decoder *d, uint8_t *p, size_t n, size_t *ret_n, pades_error **e)
{
    if (d->predictor) {
        return predictor_read(d->predictor, p, n, ret_n, e);
    }
    return d->flate ? flate_read(d->flate, p, n, ret_n, e) : pull_plain(d, p, n, ret_n, e);
}

uint64_t decoder_consumed(const decoder *d)
{
    return d->at - d->start;
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

/* The list of filters, or of their parameters; a single value is a list of one. */
typedef struct filter_list {
    const pdf_obj *o;
    size_t n;
} filter_list;

static pades_status list_of(pdf_file *f, const pdf_obj *dict, const char *key, bool direct,
                            pdf_pool *pool, filter_list *ret, pades_error **e)
{
    TRY(follow(f, pdf_dict_get(dict, key), direct, pool, &ret->o, e));
    ret->n = pdf_is(ret->o, PDF_ARRAY)             ? ret->o->u.array.n
             : ret->o && !pdf_is(ret->o, PDF_NULL) ? 1
                                                   : 0;
    return PADES_OK;
}

/* NULL beyond the end. */
static pades_status item_of(pdf_file *f, const filter_list *list, size_t i, bool direct,
                            pdf_pool *pool, const pdf_obj **ret, pades_error **e)
{
    const pdf_obj *o = i >= list->n                 ? NULL
                       : pdf_is(list->o, PDF_ARRAY) ? pdf_array_get(list->o, i)
                                                    : list->o;
    return follow(f, o, direct || !o, pool, ret, e);
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

static pades_status read_predictor(pdf_file *f, const pdf_obj *params, bool direct, pdf_pool *pool,
                                   predictor_params *q, pades_error **e)
{
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

/* clause: ISO32000-1#7.4.10 the crypt filter that a stream names; Identity when it names none */
static pades_status read_crypt_name(pdf_file *f, const pdf_obj *params, pdf_pool *pool, span *ret,
                                    pades_error **e)
{
    const pdf_obj *name = NULL;
    TRY(pdf_file_resolve(f, pdf_dict_get(params, "Name"), pool, &name, NULL, e));
    *ret = pdf_is(name, PDF_NAME) ? name->u.text : span_str("Identity");
    return PADES_OK;
}

/* The abbreviation is meant for inline images, but every reader takes it for any stream. */
static bool is_flate(const pdf_obj *filter)
{
    return pdf_is_name(filter, "FlateDecode") || pdf_is_name(filter, "Fl");
}

/* A /Crypt filter may stand first, then one other at most. */
static pades_status read_filters(pdf_file *f, const pdf_obj *dict, bool direct, pdf_pool *pool,
                                 span *ret_crypt, decode_spec *ret, pades_error **e)
{
    filter_list filters = {NULL, 0}, all_params = {NULL, 0};
    const pdf_obj *filter = NULL, *params = NULL;
    TRY(list_of(f, dict, "Filter", direct, pool, &filters, e));
    TRY(list_of(f, dict, "DecodeParms", direct, pool, &all_params, e));
    TRY(item_of(f, &filters, 0, direct, pool, &filter, e));
    TRY(item_of(f, &all_params, 0, direct, pool, &params, e));
    bool crypt = pdf_is_name(filter, "Crypt") && !direct;
    if (crypt) {
        TRY(read_crypt_name(f, params, pool, ret_crypt, e));
        TRY(item_of(f, &filters, 1, direct, pool, &filter, e));
        TRY(item_of(f, &all_params, 1, direct, pool, &params, e));
    }
    if (filters.n > (crypt ? 2 : 1)) {
        return fail(e, PADES_DOC_UNSUPPORTED, "a stream with more than one filter");
    }
    ret->flate = is_flate(filter);
    if (filter && filter->kind != PDF_NULL && !ret->flate) {
        return fail(e, PADES_DOC_UNSUPPORTED, "a stream with a filter other than FlateDecode");
    }
    return ret->flate ? read_predictor(f, params, direct, pool, &ret->predictor, e) : PADES_OK;
}

/* clause: ISO32000-1#7.5.8.2 cross-reference streams are not encrypted */
pades_status decode_spec_read(pdf_file *f, const pdf_obj *dict, bool direct, pdf_pool *pool,
                              decode_spec *ret, pades_error **e)
{
    span crypt = {NULL, 0};
    *ret = (decode_spec){.predictor = {1, 1, 8, 1}};
    if (pdf_dict_get(dict, "F")) {
        return fail(e, PADES_DOC_UNSUPPORTED, "a stream whose data is in another file");
    }
    TRY(read_filters(f, dict, direct, pool, &crypt, ret, e));
    if (direct) {
        return PADES_OK;
    }
    ret->home = (pdf_ref){dict->u.dict.home_id, dict->u.dict.home_gen};
    return crypt_stream_method(f, dict, crypt, &ret->encrypted, e);
}
