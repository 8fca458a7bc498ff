/* The store as it is there. Every entry is loaded into memory of its own, so that a million of them
 * cost no more than the largest.
 * clause: EN319142-1#5.4.2.2 /DSS: /Certs, /OCSPs and /CRLs are arrays of references to streams */
#include "pdf/dss.h"

#include "base/fail.h"
#include "base/mem.h"
#include "pdf/damage.h"

#include <inttypes.h>

enum { POOL_MAX = 64 << 20, ITEMS_MAX = 10000, WARNINGS_MAX = 64 << 10, LINE_MAX_BYTES = 4096 };
static const uint64_t bytes_max[2] = {(uint64_t)256 << 20, (uint64_t)1 << 30};

static const char *const keys[PDF_DSS_KINDS] = {"Certs", "OCSPs", "CRLs"};

static pades_status note_read(pdf_dss *d, pdf_ref ref, pades_error **e)
{
    if (ref.id == 0) {
        return PADES_OK;
    }
    if (!MEM_GROW(d->read, d->read_n, d->read_cap)) {
        return fail_memory(e);
    }
    d->read[d->read_n++] = ref;
    return PADES_OK;
}

/* A value of the dictionary, of this kind; NULL when it is absent or null. */
static pades_status get(pdf_file *f, pdf_dss *d, const pdf_obj *dict, const char *key,
                        pdf_kind kind, const pdf_obj **ret, pdf_ref *ret_ref, pades_error **e)
{
    const pdf_obj *o = NULL;
    TRY(pdf_file_resolve(f, pdf_dict_get(dict, key), d->pool, &o, ret_ref, e));
    TRY(note_read(d, *ret_ref, e));
    if (pdf_is(o, PDF_NULL)) {
        *ret = NULL;
        return PADES_OK;
    }
    if (!pdf_is(o, kind)) {
        return pdf_damaged(e, ret_ref->id, 0, "EN319142-1#5.4.2.2", "/%s is not %s", key,
                           kind == PDF_DICT ? "a dictionary" : "an array");
    }
    *ret = o;
    return PADES_OK;
}

/* Each line once: of many entries that are broken alike, the first is told of. */
static void warn(pdf_dss *d, const char *key, uint32_t id, const char *why)
{
    AUTO_VAL(buf) line = BUF(LINE_MAX_BYTES);
    buf_addf(&line,
             "an entry of /%s in the document's security store (object %" PRIu32
             ") is passed over: %s",
             key, id, why);
    buf_add_byte(&line, 0);
    bool room = d->warnings.n + line.n <= WARNINGS_MAX;
    if (buf_ok(&line) && room &&
        span_find(buf_span(&d->warnings), buf_span(&line), 0) == SIZE_MAX) {
        buf_add_span(&d->warnings, buf_span(&line));
    }
}

static pades_status load_stream(pdf_file *f, pdf_ref ref, bulk *out, pades_error **e)
{
    uint64_t at = 0;
    const pdf_obj *dict = NULL;
    AUTO(pdf_pool) *pool = NULL;
    TRY(pdf_pool_new(POOL_MAX, &pool, e));
    TRY(pdf_file_load(f, ref, pool, &dict, &at, e));
    if (!pdf_is(dict, PDF_DICT) || at == 0) {
        return pdf_damaged(e, ref.id, 0, "EN319142-1#5.4.2.2", "it is no stream");
    }
    return pdf_file_stream_bulk(f, dict, at, pool, out, e);
}

/* What fails is passed over, unless nothing else can go well either. */
static pades_status read_item(pdf_file *f, pdf_dss *d, const char *key, pdf_dss_item *item,
                              pades_error **e)
{
    AUTO(pades_error) *own = NULL;
    if (d->bytes[0] > bytes_max[0] || d->bytes[1] > bytes_max[1]) {
        warn(d, key, item->ref.id, "the store is larger than is reasonable");
        return PADES_OK;
    }
    pades_status status = item->ref.id == 0 ? fail(&own, PADES_DOC_DAMAGED, "it is no reference")
                                            : load_stream(f, item->ref, &item->data, &own);
    d->bytes[item->data.file != NULL] += bulk_size(&item->data);
    if (status == PADES_OK) {
        return PADES_OK;
    }
    bulk_free(&item->data);
    if (status == PADES_NO_MEMORY || status == PADES_CANCELLED || status == PADES_OUTPUT_FAILED ||
        status == PADES_INPUT_UNREADABLE || status == PADES_INPUT_CHANGED) {
        if (e) {
            *e = TAKE(own);
        }
        return status;
    }
    warn(d, key, item->ref.id, own ? pades_error_message(own) : "it cannot be read");
    return PADES_OK;
}

/* A list may be as large as one that is fetched. */
static uint64_t most_of(const pdf_file *f, pdf_dss_kind kind)
{
    return ctx_limit(pdf_file_ctx(f),
                     kind == PDF_DSS_CRL ? PADES_LIMIT_CRL_BYTES : PADES_LIMIT_STREAM_BYTES);
}

static pades_status read_list(pdf_file *f, pdf_dss *d, pdf_dss_kind kind, pades_error **e)
{
    pdf_ref ref;
    pdf_dss_list *list = &d->lists[kind];
    const uint64_t most = most_of(f, kind);
    TRY(get(f, d, d->dict, keys[kind], PDF_ARRAY, &list->array, &ref, e));
    for (size_t i = 0; pdf_array_get(list->array, i); i++) {
        if (i == ITEMS_MAX) {
            warn(d, keys[kind], ref.id, "there are more than 10,000, of which those are kept");
            break;
        }
        if (!MEM_GROW(list->items, list->n, list->cap)) {
            return fail_memory(e);
        }
        pdf_dss_item *item = &list->items[list->n++];
        *item = (pdf_dss_item){.data = BULK(pdf_file_ctx(f), most)};
        (void)pdf_get_ref(pdf_array_get(list->array, i), &item->ref);
        TRY(read_item(f, d, keys[kind], item, e));
    }
    return PADES_OK;
}

static pades_status read_store(pdf_file *f, pdf_dss *d, pades_error **e)
{
    const pdf_obj *catalog = NULL;
    TRY(pdf_file_resolve(f, pdf_dict_get(pdf_file_trailer(f), "Root"), d->pool, &catalog, NULL, e));
    TRY(get(f, d, catalog, "DSS", PDF_DICT, &d->dict, &d->ref, e));
    if (!d->dict) {
        return PADES_OK;
    }
    TRY(get(f, d, d->dict, "VRI", PDF_DICT, &d->vri, &d->vri_ref, e));
    for (pdf_dss_kind kind = PDF_DSS_CERT; kind < PDF_DSS_KINDS; kind++) {
        TRY(read_list(f, d, kind, e));
    }
    return PADES_OK;
}

pades_status pdf_dss_read(pdf_file *f, pdf_dss *ret, pades_error **e)
{
    AUTO_VAL(pdf_dss) d = {.warnings = BUF(WARNINGS_MAX)};
    TRY(pdf_pool_new(POOL_MAX, &d.pool, e));
    TRY(read_store(f, &d, e));
    TRY(buf_check(&d.warnings, "warnings", e));
    *ret = d;
    d = (pdf_dss){.warnings = BUF(0)};
    return PADES_OK;
}

void pdf_dss_free(pdf_dss *dss)
{
    for (size_t k = 0; k < PDF_DSS_KINDS; k++) {
        for (size_t i = 0; i < dss->lists[k].n; i++) {
            bulk_free(&dss->lists[k].items[i].data);
        }
        mem_free(dss->lists[k].items);
    }
    mem_free(dss->read);
    buf_free(&dss->warnings);
    pdf_pool_free(dss->pool);
    *dss = (pdf_dss){.warnings = BUF(0)};
}
