/* The decoded text of an object stream: bytes 0 and 1 are /N and /First, the rest is the text. The
 * file around it is sound; objects 10 to 17 are said to be number 0 to 7 in it. */
#include "pdf/file.h"

#include "base/fail.h"

#include <inttypes.h>
#include <stdlib.h>

enum { FIRST = 10, COUNT = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

static void build(buf *out, span text, unsigned count, unsigned first)
{
    buf_add_str(out, "%PDF-1.7\n");
    size_t container = out->n;
    buf_addf(out, "4 0 obj\n<</Type/ObjStm/N %u/First %u/Length %zu>>\nstream\n", count, first,
             text.n);
    buf_add_span(out, text);
    buf_add_str(out, "\nendstream\nendobj\n");
    size_t at = out->n;
    buf_addf(
        out,
        "5 0 obj\n<</Type/XRef/W[1 4 1]/Size 30/Root %d 0 R/Index[4 1 %d %d]/Length %d>>\nstream\n",
        FIRST, FIRST, COUNT, 6 * (COUNT + 1));
    for (unsigned i = 0; i <= COUNT; i++) {
        uint64_t second = i == 0 ? container : 4;
        const uint8_t row[6] = {i == 0 ? 1 : 2,          (uint8_t)(second >> 24),
                                (uint8_t)(second >> 16), (uint8_t)(second >> 8),
                                (uint8_t)second,         (uint8_t)(i == 0 ? 0 : i - 1)};
        buf_add(out, row, sizeof row);
    }
    buf_addf(out, "\nendstream\nendobj\nstartxref\n%zu\n%%%%EOF\n", at);
}

static void load_all(pdf_file *f)
{
    for (uint32_t id = FIRST; id < FIRST + COUNT; id++) {
        AUTO(pdf_pool) *pool = NULL;
        AUTO(pades_error) *e = NULL;
        const pdf_obj *a = NULL, *b = NULL;
        must(pdf_pool_new(1 << 20, &pool, NULL) == PADES_OK);
        pades_status status = pdf_file_load(f, (pdf_ref){id, 0}, pool, &a, NULL, &e);
        must(status == pades_error_status(e));
        if (status == PADES_OK &&
            pdf_file_load(f, (pdf_ref){id, 0}, pool, &b, NULL, &e) == PADES_OK) {
            must(pdf_same(a, b));
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    AUTO_VAL(buf) out = BUF(4 << 20);
    AUTO(pades_source) *source = NULL;
    AUTO(pdf_file) *f = NULL;
    pades_ctx *ctx = NULL;
    if (n < 2 || n > 1 << 20) {
        return 0;
    }
    build(&out, span_of(data + 2, n - 2), data[0], data[1]);
    must(buf_ok(&out) && pades_ctx_new(&ctx, NULL) == PADES_OK);
    must(pades_source_new_memory(out.p, out.n, &source, NULL) == PADES_OK);
    must(pdf_file_open(ctx, source, &f, NULL) == PADES_OK); /* what is around is sound */
    load_all(f);
    pdf_file_free(TAKE(f));
    pades_ctx_free(ctx);
    return 0;
}
