/* What a document brings for later years: the security store, read and added to, and signatures,
 * taken apart and checked. The input is the bodies of the objects from 4 on, each ended by a line
 * of
 * '%' alone: 4 is /DSS, 5 and 6 are fields. Where a body says "/ByteRange[?" and 47 blanks before
 * "]/Contents<", the range that fits is put in, so that what lies behind that check is reached.
 * What was there stays, what is added is there, and nothing is believed that was not read. */
#include "base/fail.h"
#include "fuzz_document.h"
#include "pdf/dss.h"
#include "sign/existing.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { RANGE_ROOM = 48 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void fill_ranges(document *d)
{
    char text[RANGE_ROOM + 1];
    const span key = span_str("/ByteRange[?"), hole = span_str("]/Contents<");
    for (size_t at = 0; (at = span_find(buf_span(&d->out), key, at)) != SIZE_MAX; at++) {
        size_t slot = at + key.n - 1;
        size_t open = slot + RANGE_ROOM;
        size_t close = span_find(buf_span(&d->out), span_str(">"), open);
        if (!span_eq(span_part(buf_span(&d->out), open, hole.n), hole) || close == SIZE_MAX) {
            continue;
        }
        size_t start = open + hole.n - 1;
        int n =
            snprintf(text, sizeof text, "0 %zu %zu %zu", start, close + 1, d->out.n - close - 1);
        memset(d->out.p + slot, ' ', RANGE_ROOM);
        memcpy(d->out.p + slot, text, (size_t)n);
    }
}

static bool holds(const pdf_dss_list *list, view item)
{
    bool found = false;
    for (size_t i = 0; i < list->n; i++) {
        found = found || view_eq(bulk_view(&list->items[i].data), item);
    }
    return found;
}

/* The old entries in their order, and the new ones. */
static void read_again(pades_ctx *ctx, pades_source *base, const pdf_seal *made, const pdf_dss *old,
                       const pdf_dss_plan *plan)
{
    AUTO(pades_source) *whole = NULL;
    AUTO(pdf_file) *f = NULL;
    AUTO_VAL(pdf_dss) now = {.bytes = {0}};
    must(source_new_joined(base, pades_source_size(base), view_of(buf_span(&made->revision)),
                           &whole, NULL) == PADES_OK);
    must(pdf_file_open(ctx, whole, &f, NULL) == PADES_OK);
    must(pdf_dss_read(f, &now, NULL) == PADES_OK);
    for (size_t k = 0; k < PDF_DSS_KINDS; k++) {
        must(now.lists[k].n >= old->lists[k].n);
        for (size_t i = 0; i < old->lists[k].n; i++) {
            must(view_eq(bulk_view(&old->lists[k].items[i].data),
                         bulk_view(&now.lists[k].items[i].data)));
        }
        for (size_t i = 0; i < plan->n[k]; i++) {
            must(holds(&now.lists[k], plan->items[k][i]));
        }
    }
}

static void store(pades_ctx *ctx, pades_source *source, pdf_file *f, bool vri)
{
    static const char keys[1][PDF_VRI_KEY] = {"A9993E364706816ABA3E25717850C26C9CD0D89D"};
    const view items[] = {view_of(span_str("AAAA")), view_of(span_str("a new one"))};
    const pdf_dss_plan plan = {
        .items = {items, items, items + 1}, .n = {2, 1, 1}, .vri = keys, .vri_n = vri ? 1 : 0};
    AUTO(pades_error) *e = NULL;
    AUTO_VAL(pdf_dss) old = {.bytes = {0}};
    AUTO_VAL(pdf_seal) made = {.hole = 0};
    pades_status status = pdf_dss_read(f, &old, &e);
    if (status == PADES_OK) {
        status = pdf_dss_build(f, &old, &plan, &made, &e);
    }
    must(status == pades_error_status(e));
    if (status == PADES_OK && made.revision.n > 0) {
        read_again(ctx, source, &made, &old, &plan);
    }
}

static void check(pades_ctx *ctx, pades_source *source, pdf_file *f)
{
    AUTO(pades_error) *e = NULL;
    AUTO(digest) *at_end = NULL;
    AUTO_VAL(existing) all = {.n = 0};
    pades_status status = existing_read(f, NULL, 0, &all, &e);
    if (status == PADES_OK) {
        status = existing_pass(ctx, source, NULL, &all, PADES_DIGEST_SHA256, NULL, &at_end, &e);
    }
    if (status == PADES_OK) {
        status = existing_check(ctx, &all, &e);
    }
    must(status == pades_error_status(e));
    for (size_t i = 0; status == PADES_OK && i < all.n; i++) {
        const existing_signature *by = existing_cover(&all, &all.items[i]);
        must(!by || by->is_timestamp);
        must(all.items[i].signer || all.items[i].is_unusable);
    }
}

static void use(pades_ctx *ctx, document *d, unsigned way)
{
    AUTO(pades_source) *source = NULL;
    AUTO(pdf_file) *f = NULL;
    must(pades_source_new_memory(d->out.p, d->out.n, &source, NULL) == PADES_OK);
    if (pdf_file_open(ctx, source, &f, NULL) == PADES_OK) {
        store(ctx, source, f, way & 1);
        check(ctx, source, f);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    pades_ctx *ctx = NULL;
    document d = {.out = BUF(16 << 20)};
    if (n == 0) {
        return 0;
    }
    must(pades_ctx_new(&ctx, NULL) == PADES_OK);
    must(pades_ctx_set_limit(ctx, PADES_LIMIT_FIELDS, 1000, NULL) == PADES_OK);
    make(&d, "<</Type/Catalog/Pages 2 0 R/DSS 4 0 R/AcroForm<</Fields[5 0 R 6 0 R]>>>>",
         span_of(data + 1, n - 1));
    fill_ranges(&d);
    use(ctx, &d, data[0]);
    buf_free(&d.out);
    pades_ctx_free(ctx);
    return 0;
}
