/* Makes a document of the parts that hold the encryption, and lets the strict reader open that:
 * what an encryption dictionary has to be is decided in one place only. */
#include "pdf/keys.h"

#include "base/fail.h"
#include "base/mem.h"
#include "pdf/crypt.h"
#include "pdf/pool.h"
#include "pdf/state.h"

enum { DICT_MAX = 64 * 1024, TEXT_MAX = 3 * DICT_MAX };

void pdf_keys_free(pdf_keys *keys)
{
    pdf_file_free(keys->file);
    pades_source_free(keys->source);
    buf_free(&keys->text);
}

/* The dictionary that begins at `at`, with its text; NULL when none can be read there. */
static pades_status read_dict(pades_ctx *ctx, pades_source *source, uint64_t at, pdf_pool *pool,
                              pdf_obj **ret, pades_error **e)
{
    AUTO(pades_error) *why = NULL;
    size_t n = 0, used = 0;
    *ret = NULL;
    uint8_t *text = at > 0 ? pdf_pool_take(pool, DICT_MAX) : NULL;
    if (!text) {
        return at > 0 ? pdf_pool_fail(pool, e) : PADES_OK;
    }
    TRY(source_read_some(source, SOURCE_STRUCTURE, at, text, DICT_MAX, &n, e));
    pades_status status = pdf_parse(pool, span_of(text, n), pdf_depth_limit(ctx), ret, &used, &why);
    if (status != PADES_OK || !pdf_is(*ret, PDF_DICT)) {
        *ret = NULL;
    }
    return status == PADES_NO_MEMORY ? fail_memory(e) : PADES_OK;
}

static void write_document(buf *out, span encrypt, span id)
{
    buf_add_str(out, "%PDF-2.0\n1 0 obj\n<</Type/Catalog>>\nendobj\n");
    size_t table = out->n;
    buf_addf(out, "xref\n0 2\n0000000000 65535 f \n%010d 00000 n \n", 9);
    buf_add_str(out, "trailer\n<</Size 2/Root 1 0 R/Encrypt ");
    buf_add_span(out, encrypt);
    if (id.n > 0) {
        buf_add_str(out, "/ID ");
        buf_add_span(out, id);
    }
    buf_addf(out, ">>\nstartxref\n%zu\n%%%%EOF\n", table);
}

/* The text of a value; nothing when there is none or it stands elsewhere. */
static span text_of(const pdf_obj *o)
{
    return o && o->kind != PDF_REFERENCE ? o->raw : span_of(NULL, 0);
}

static pades_status open_document(pades_ctx *ctx, span password, pdf_keys *k, pades_error **e)
{
    AUTO(pades_error) *why = NULL;
    AUTO(pdf_file) *file = NULL;
    TRY(buf_check(&k->text, "keys", e));
    TRY(pades_source_new_memory(k->text.p, k->text.n, &k->source, e));
    TRY(pades_source_set_password(k->source, password.p, password.n, e));
    pades_status status = pdf_file_open(ctx, k->source, &file, &why);
    if (status == PADES_OK) {
        status = pdf_crypt_check(file, &why);
    }
    if (status == PADES_OK) {
        k->file = TAKE(file);
    }
    return status == PADES_NO_MEMORY ? fail_memory(e) : PADES_OK;
}

pades_status pdf_keys_guess(pades_ctx *ctx, pades_source *source, const pdf_survey *found,
                            pdf_keys *ret, pades_error **e)
{
    AUTO(pdf_pool) *pool = NULL;
    pdf_obj *holder = NULL, *handler = NULL;
    pdf_ref ref;
    TRY(pdf_pool_new(4 << 20, &pool, e));
    TRY(read_dict(ctx, source, found->encrypt_at, pool, &holder, e));
    TRY(read_dict(ctx, source, found->handler_at, pool, &handler, e));
    const pdf_obj *encrypt = pdf_dict_get(holder, "Encrypt");
    if (pdf_get_ref(encrypt, &ref)) {
        encrypt = ref.id == found->handler.id ? handler : NULL;
    }
    if (!pdf_is(encrypt, PDF_DICT)) {
        return PADES_OK;
    }
    ret->text = BUF(TEXT_MAX);
    write_document(&ret->text, text_of(encrypt), text_of(pdf_dict_get(holder, "ID")));
    return open_document(ctx, source_password(source), ret, e);
}
