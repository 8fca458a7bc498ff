/* The claims of a document: the catalog's metadata, decoded with a bound, and the one key of the
 * information dictionary in which PDF/X was claimed before there was XMP. A claim only ever makes
 * a seal write less, so what cannot be read counts as none.
 * clause: ISO32000-1#14.3.2 metadata streams */
#include "pdf/claims.h"

#include "pdf/damage.h"
#include "pdf/decode.h"
#include "pdf/stream.h"

enum { PACKET_MAX = 4 << 20, PIECE = 64 << 10, CLAIMS_POOL_MAX = 32 << 20 };

static pades_status pull_packet(decoder *d, buf *out, pades_error **e)
{
    size_t got = 1;
    while (got > 0 && out->n < PACKET_MAX) {
        size_t had = out->n;
        uint8_t *p = buf_extend(out, PIECE);
        TRY(buf_check(out, "XMP metadata", e));
        pades_status status = decoder_read(d, p, PIECE, &got, e);
        buf_truncate(out, had + (status == PADES_OK ? got : 0));
        TRY(status);
    }
    return PADES_OK;
}

static pades_status read_packet(pdf_file *f, const pdf_obj *catalog, pdf_pool *pool, buf *out,
                                pades_error **e)
{
    pdf_ref ref = {0, 0};
    uint64_t data = 0;
    uint64_t n = 0;
    decode_spec spec;
    const pdf_obj *dict = NULL;
    AUTO(decoder) *d = NULL;
    if (!pdf_get_ref(pdf_dict_get(catalog, "Metadata"), &ref)) {
        return PADES_OK;
    }
    TRY(pdf_file_load(f, ref, pool, &dict, &data, e));
    if (data == 0) {
        return PADES_OK;
    }
    TRY(stream_extent(f, dict, data, ref.id, false, &n, NULL, e));
    TRY(decode_spec_read(f, dict, false, pool, &spec, e));
    TRY(decoder_new(f, &spec, data, n, &d, e));
    return pull_packet(d, out, e);
}

static pades_status read_info(pdf_file *f, pdf_pool *pool, pdf_claims *ret, pades_error **e)
{
    const pdf_obj *info = NULL;
    TRY(pdf_file_resolve(f, pdf_dict_get(pdf_file_trailer(f), "Info"), pool, &info, NULL, e));
    ret->pdfx = ret->pdfx || pdf_dict_get(info, "GTS_PDFXVersion") != NULL;
    return PADES_OK;
}

static pades_status read_all(pdf_file *f, pdf_pool *pool, buf *packet, pdf_claims *ret,
                             pades_error **e)
{
    const pdf_obj *catalog = NULL;
    TRY(read_info(f, pool, ret, e));
    TRY(pdf_file_resolve(f, pdf_dict_get(pdf_file_trailer(f), "Root"), pool, &catalog, NULL, e));
    return read_packet(f, catalog, pool, packet, e);
}

pades_status pdf_claims_read(pdf_file *f, pdf_claims *ret, pades_error **e)
{
    pdf_claims claims = {0, 0, 0, false, false};
    AUTO(pdf_pool) *pool = NULL;
    AUTO(pades_error) *why = NULL;
    AUTO_VAL(buf) packet = BUF(PACKET_MAX + PIECE);
    TRY(pdf_pool_new(CLAIMS_POOL_MAX, &pool, e));
    pades_status status = read_all(f, pool, &packet, &claims, &why);
    TRY(pdf_forgive(status, &why, e));
    TRY(xmp_claims(buf_span(&packet), &claims, e));
    *ret = claims;
    return PADES_OK;
}
