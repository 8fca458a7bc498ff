/* Whole files: opened at their end and, when that works, at the end of each revision, every entry
 * walked, some objects loaded and decoded. */
#include "pdf/file.h"

#include "base/fail.h"

#include <stdlib.h>

enum { LOADED = 64, DECODED_BYTES = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

static void set(pades_ctx *ctx, pades_limit limit, uint64_t value)
{
    must(pades_ctx_set_limit(ctx, limit, value, NULL) == PADES_OK);
}

static pades_ctx *small_ctx(void)
{
    pades_ctx *ctx = NULL;
    must(pades_ctx_new(&ctx, NULL) == PADES_OK);
    set(ctx, PADES_LIMIT_XREF_ENTRIES, 100000);
    set(ctx, PADES_LIMIT_XREF_STREAM_BYTES, DECODED_BYTES);
    set(ctx, PADES_LIMIT_STREAM_BYTES, DECODED_BYTES);
    set(ctx, PADES_LIMIT_XREF_SECTIONS, 100);
    return ctx;
}

static pades_status see(void *user, uint32_t id, const pdf_entry *entry, pades_error **e)
{
    const pdf_file *f = user;
    (void)e;
    must(id <= pdf_file_highest_id(f));
    must(entry->kind == PDF_ENTRY_IN_STREAM || entry->offset < pdf_file_size(f));
    return PADES_OK;
}

static void load(pdf_file *f, uint32_t id)
{
    AUTO(pdf_pool) *pool = NULL;
    AUTO(pades_error) *e = NULL;
    AUTO_VAL(buf) out = BUF(DECODED_BYTES);
    const pdf_obj *o = NULL;
    uint64_t at = 0;
    pdf_entry entry;
    must(pdf_pool_new(1 << 20, &pool, NULL) == PADES_OK);
    if (pdf_file_entry(f, id, &entry, &e) != PADES_OK) {
        must(pades_error_status(e) != PADES_OK);
        return;
    }
    pdf_ref ref = {id, entry.kind == PDF_ENTRY_OFFSET ? entry.gen : 0};
    if (pdf_file_load(f, ref, pool, &o, &at, &e) != PADES_OK) {
        must(o == NULL && pades_error_status(e) != PADES_OK);
        return;
    }
    must(o != NULL && at < pdf_file_size(f));
    if (at > 0 && pdf_file_stream(f, o, at, pool, &out, &e) == PADES_OK) {
        must(out.n <= DECODED_BYTES);
    }
}

static void read_file(pades_ctx *ctx, pades_source *source, uint64_t end, bool revisions)
{
    AUTO(pdf_file) *f = NULL;
    AUTO(pades_error) *e = NULL;
    if (pdf_file_open_at(ctx, source, end, &f, &e) != PADES_OK) {
        must(f == NULL && pades_error_status(e) != PADES_OK);
        return;
    }
    must(pdf_is(pdf_file_trailer(f), PDF_DICT) && pdf_file_sections(f) > 0);
    for (size_t i = 0; i < pdf_file_sections(f); i++) {
        const pdf_section *s = pdf_file_section(f, i);
        must(s->offset < end && s->end <= end);
        error_clear(&e);
        must(pdf_file_each_entry(f, i, see, f, &e) == pades_error_status(e));
        if (revisions && s->end < end && s->end > 0) {
            read_file(ctx, source, s->end, false);
        }
    }
    for (uint32_t id = 0; id < LOADED && id <= pdf_file_highest_id(f); id++) {
        load(f, id);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    AUTO(pades_source) *source = NULL;
    pades_ctx *ctx = small_ctx();
    must(pades_source_new_memory(data, n, &source, NULL) == PADES_OK);
    read_file(ctx, source, n, true);
    pades_ctx_free(ctx);
    return 0;
}
