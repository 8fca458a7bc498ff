/* Encryption dictionaries: the data stands as /Encrypt in a small document whose strings and
 * streams are then decrypted, when a password opens it. A leading 'p' gives the password "owner".
 * What is written must read back. */
#include "base/fail.h"
#include "pdf/crypt_impl.h"

#include <stdio.h>
#include <stdlib.h>

enum { DOCUMENT_MAX = 1 << 20, OBJECTS = 5 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

static const char digits[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
                             "8a1b2c3d4e5f60718293a4b5c6d7e8f9";

static void add_object(buf *out, size_t places[OBJECTS], uint32_t id, const char *dict,
                       const char *data)
{
    places[id] = out->n;
    buf_addf(out, "%u 0 obj\n%s", id, dict);
    if (data) {
        buf_addf(out, "\nstream\n%s\nendstream", data);
    }
    buf_add_str(out, "\nendobj\n");
}

static void make(buf *out, span encrypt)
{
    size_t places[OBJECTS] = {0};
    char text[512];
    buf_add_str(out, "%PDF-1.7\n");
    snprintf(text, sizeof text, "<</Type/Catalog/A<%s>/B[(sixteen octets..)()]>>", digits);
    add_object(out, places, 1, text, NULL);
    snprintf(text, sizeof text, "<</Length %zu>>", strlen(digits));
    add_object(out, places, 2, text, digits);
    snprintf(text, sizeof text,
             "<</Filter[/Crypt]/DecodeParms[<</Name/StdCF>>]/Type/Metadata/Length %zu>>",
             strlen(digits));
    add_object(out, places, 3, text, digits);
    add_object(out, places, 4, "<</ByteRange[0 1 2 3]/Contents<00>/Reason(x)>>", NULL);
    size_t xref = out->n;
    buf_add_str(out, "xref\n0 5\n0000000000 65535 f \n");
    for (size_t i = 1; i < OBJECTS; i++) {
        buf_addf(out, "%010zu 00000 n \n", places[i]);
    }
    buf_add_str(out, "trailer\n<</Root 1 0 R/Size 5/ID[<00><01>]/Encrypt ");
    buf_add_span(out, encrypt);
    buf_addf(out, ">>\nstartxref\n%zu\n%%%%EOF\n", xref);
}

static void load_all(pdf_file *f)
{
    for (uint32_t id = 1; id < OBJECTS; id++) {
        AUTO(pdf_pool) *pool = NULL;
        AUTO(pades_error) *e = NULL;
        AUTO_VAL(buf) out = BUF(DOCUMENT_MAX);
        const pdf_obj *o = NULL;
        uint64_t at = 0;
        must(pdf_pool_new(1 << 20, &pool, NULL) == PADES_OK);
        pades_status status = pdf_file_load(f, (pdf_ref){id, 0}, pool, &o, &at, &e);
        must(status == pades_error_status(e));
        if (status == PADES_OK && at > 0) {
            must(pdf_file_stream(f, o, at, pool, &out, &e) == pades_error_status(e));
        }
    }
}

static void write_and_read(pdf_file *f)
{
    static const char text[] = "<</A(plain)/B[<00>]>>";
    const pdf_ref ref = {99, 1};
    AUTO(pdf_pool) *pool = NULL;
    AUTO_VAL(buf) out = BUF(DOCUMENT_MAX);
    pdf_obj *o = NULL, *plain = NULL;
    size_t used = 0;
    must(pdf_pool_new(1 << 20, &pool, NULL) == PADES_OK);
    must(crypt_write_object(f, ref, span_str(text), &out, NULL) == PADES_OK);
    must(pdf_parse(pool, buf_span(&out), 8, &o, &used, NULL) == PADES_OK);
    must(pdf_parse(pool, span_str(text), 8, &plain, &used, NULL) == PADES_OK);
    must(crypt_strings(f, ref, o, pool, NULL) == PADES_OK && pdf_same(o, plain));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    pades_ctx *ctx = NULL;
    AUTO(pades_source) *source = NULL;
    AUTO(pades_error) *e = NULL;
    AUTO_VAL(buf) bytes = BUF(DOCUMENT_MAX);
    pdf_file *f = NULL;
    bool given = n > 0 && data[0] == 'p';
    make(&bytes, span_of(n > 0 ? data + given : NULL, n - given));
    if (!buf_ok(&bytes)) {
        return 0;
    }
    must(pades_ctx_new(&ctx, NULL) == PADES_OK);
    must(pades_source_new_memory(bytes.p, bytes.n, &source, NULL) == PADES_OK);
    must(pades_source_set_password(source, "owner", given ? 5 : 0, NULL) == PADES_OK);
    if (pdf_file_open(ctx, source, &f, &e) == PADES_OK) {
        bool open = pdf_crypt_check(f, NULL) == PADES_OK;
        const pdf_crypt_info *info = pdf_crypt_get_info(f);
        must(!info || open == (info->access != PDF_CRYPT_LOCKED));
        load_all(f);
        if (open) {
            write_and_read(f);
        }
    }
    pdf_file_free(f);
    pades_ctx_free(ctx);
    return 0;
}
