/* Forms: the input is the bodies of the objects from 4 on, each ended by a line of '%' alone; its
 * first byte chooses which field is sealed, and how. What is sealed opens again and has its field.
 */
#include "fuzz_document.h"
#include "pdf/demands.h"
#include "pdf/fields.h"
#include "pdf/seal.h"

#include "base/fail.h"

#include <inttypes.h>
#include <stdlib.h>

enum { LOCKED = 1 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void read_again(pades_ctx *ctx, span before, const pdf_seal *seal)
{
    bool found = false;
    AUTO(pades_source) *base = NULL;
    AUTO(pades_source) *whole = NULL;
    AUTO(pdf_file) *f = NULL;
    AUTO_VAL(pdf_fields) fields = {NULL, 0, 0};
    must(pades_source_new_memory(before.p, before.n, &base, NULL) == PADES_OK);
    must(source_new_joined(base, before.n, view_of(buf_span(&seal->revision)), &whole, NULL) ==
         PADES_OK);
    must(pdf_file_open(ctx, whole, &f, NULL) == PADES_OK);
    pades_status status = pdf_fields_read(f, &fields, NULL);
    must(status == PADES_OK || status == PADES_LIMIT); /* one node more than before */
    found = status == PADES_LIMIT;
    for (size_t i = 0; i < fields.n; i++) {
        found =
            found || (fields.items[i].has_value && strcmp(fields.items[i].name, seal->field) == 0);
    }
    must(found);
}

static void seal_one(pades_ctx *ctx, pdf_file *f, span before, unsigned way)
{
    static const char *const names[] = {NULL, "a", "a.b", "b"};
    static char locked[] = "a";
    static char *lock_names[] = {locked};
    static const pdf_lock lock = {.action = PDF_LOCK_EXCLUDE, .names = lock_names, .n = LOCKED};
    AUTO(pades_error) *e = NULL;
    AUTO_VAL(pdf_seal) seal = {.hole = 0};
    const pdf_seal_plan plan = {.field = names[way & 3],
                                .sub_filter = "ETSI.CAdES.detached",
                                .contents_bytes = 64,
                                .certification = (int)(way >> 2 & 3),
                                .lock = way & 16 ? &lock : NULL,
                                .drop_usage_rights = true};
    pades_status status = pdf_seal_build(f, &plan, &seal, &e);
    must(status == pades_error_status(e));
    if (status == PADES_OK) {
        read_again(ctx, before, &seal);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    pades_ctx *ctx = NULL;
    AUTO(pades_source) *source = NULL;
    AUTO(pdf_file) *f = NULL;
    document d = {.out = BUF(16 << 20)};
    if (n == 0) {
        return 0;
    }
    must(pades_ctx_new(&ctx, NULL) == PADES_OK);
    must(pades_ctx_set_limit(ctx, PADES_LIMIT_FIELDS, 1000, NULL) == PADES_OK);
    make(&d, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R 5 0 R]>>>>",
         span_of(data + 1, n - 1));
    must(pades_source_new_memory(d.out.p, d.out.n, &source, NULL) == PADES_OK);
    if (pdf_file_open(ctx, source, &f, NULL) == PADES_OK) {
        seal_one(ctx, f, buf_span(&d.out), data[0]);
    }
    buf_free(&d.out);
    pdf_file_free(f);
    f = NULL;
    pades_source_free(source);
    source = NULL;
    pades_ctx_free(ctx);
    return 0;
}
