/* Files put together piece by piece, right or wrong on purpose, and what a test needs to read them.
 * (builder.h makes whole documents that are right.) */
#ifndef UNIT_PDF_PARTS_H
#define UNIT_PDF_PARTS_H

#include "pdf/file.h"

#include "unit.h"

#include "base/fail.h"

#include <inttypes.h>

typedef struct parts {
    buf out;
    uint64_t at[64]; /* of objects by number; 0: free */
} parts;

static inline UNUSED void parts_free(parts *p)
{
    buf_free(&p->out);
}

static inline UNUSED void parts_start(parts *p)
{
    *p = (parts){.out = BUF(256 << 20)};
    buf_add_str(&p->out, "%PDF-1.7\n");
}

static inline UNUSED void parts_object(parts *p, uint32_t id, const char *body)
{
    p->at[id] = p->out.n;
    buf_addf(&p->out, "%" PRIu32 " 0 obj\n", id);
    buf_add_str(&p->out, body);
    buf_add_str(&p->out, "\nendobj\n");
}

/* `keys` beside /Length. */
static inline UNUSED void parts_stream(parts *p, uint32_t id, const char *keys, span data)
{
    p->at[id] = p->out.n;
    buf_addf(&p->out, "%" PRIu32 " 0 obj\n<<%s/Length %zu>>\nstream\n", id, keys, data.n);
    buf_add_span(&p->out, data);
    buf_add_str(&p->out, "\nendstream\nendobj\n");
}

static inline UNUSED void parts_tail(parts *p, uint64_t at)
{
    buf_addf(&p->out, "startxref\n%" PRIu64 "\n%%%%EOF\n", at);
}

/* The entries first .. first + count as one subsection. */
static inline UNUSED void parts_entries(parts *p, uint32_t first, uint32_t count)
{
    buf_addf(&p->out, "%" PRIu32 " %" PRIu32 "\n", first, count);
    for (uint32_t id = first; id < first + count; id++) {
        bool is_free = p->at[id] == 0;
        buf_addf(&p->out, "%010" PRIu64 " %05d %c \n", p->at[id], is_free ? 65535 : 0,
                 is_free ? 'f' : 'n');
    }
}

/* A whole table section; `keys` are those of the trailer. Returns its offset. */
static inline UNUSED uint64_t parts_table(parts *p, uint32_t first, uint32_t count,
                                          const char *keys)
{
    uint64_t at = p->out.n;
    buf_add_str(&p->out, "xref\n");
    parts_entries(p, first, count);
    buf_addf(&p->out, "trailer\n<<%s>>\n", keys);
    parts_tail(p, at);
    return at;
}

/* A whole stream section whose rows are given, /W [1 2 1]. */
static inline UNUSED uint64_t parts_xref_stream(parts *p, uint32_t id, const char *keys, span rows)
{
    char all[512];
    snprintf(all, sizeof all, "/Type/XRef/W[1 2 1]%s", keys);
    parts_stream(p, id, all, rows);
    parts_tail(p, p->at[id]);
    return p->at[id];
}

static inline UNUSED void add_row(buf *rows, unsigned type, uint64_t second, unsigned third)
{
    uint8_t row[4] = {(uint8_t)type, (uint8_t)(second >> 8), (uint8_t)second, (uint8_t)third};
    buf_add(rows, row, sizeof row);
}

/* A sound file of one page: a catalog 1, pages 2, a page 3. */
static inline UNUSED void parts_three(parts *p)
{
    parts_start(p);
    parts_object(p, 1, "<</Type/Catalog/Pages 2 0 R>>");
    parts_object(p, 2, "<</Type/Pages/Kids[3 0 R]/Count 1>>");
    parts_object(p, 3, "<</Type/Page/Parent 2 0 R>>");
}

typedef struct reading {
    pades_ctx *ctx;
    pades_source *source;
    pdf_file *f;
    pdf_pool *pool;
    pades_error *e;
} reading;

static inline UNUSED void reading_free(reading *r)
{
    pdf_pool_free(r->pool);
    pdf_file_free(r->f);
    pades_source_free(r->source);
    pades_ctx_free(r->ctx);
    pades_error_free(r->e);
    *r = (reading){0};
}

/* Everything but the file itself; `data` must stay. */
static inline UNUSED void reading_start(reading *r, span data)
{
    *r = (reading){0};
    assert_ok(pades_ctx_new(&r->ctx, &r->e), r->e);
    assert_ok(pades_source_new_memory(data.p, data.n, &r->source, &r->e), r->e);
    assert_ok(pdf_pool_new(1 << 20, &r->pool, &r->e), r->e);
}

static inline UNUSED void reading_open(reading *r, span data)
{
    reading_start(r, data);
    assert_ok(pdf_file_open(r->ctx, r->source, &r->f, &r->e), r->e);
}

/* Opening is refused with this status and a message that contains `what`; frees everything. */
static inline UNUSED void assert_refused(span data, pades_status status, const char *what)
{
    reading r;
    reading_start(&r, data);
    pades_status got = pdf_file_open(r.ctx, r.source, &r.f, &r.e);
    if (got != status || !strstr(pades_error_message(r.e), what)) {
        print_error("%s: '%s' instead of '%s'\n", pades_status_name(got), pades_error_message(r.e),
                    what);
    }
    assert_int_equal(got, status);
    assert_int_equal(pades_error_status(r.e), status);
    assert_non_null(strstr(pades_error_message(r.e), what));
    assert_null(r.f);
    if (status == PADES_DOC_DAMAGED) {
        assert_non_null(pades_error_hint(r.e));
        assert_true(pades_error_offset(r.e) >= 0);
    }
    reading_free(&r);
}

/* The object, which must load. */
static inline UNUSED const pdf_obj *load(reading *r, uint32_t id)
{
    const pdf_obj *o = NULL;
    assert_ok(pdf_file_load(r->f, (pdf_ref){id, 0}, r->pool, &o, NULL, &r->e), r->e);
    return o;
}

/* Loading it is refused as damage, about this object, with a message that contains `what`. */
static inline UNUSED void assert_damaged(reading *r, uint32_t id, const char *what)
{
    const pdf_obj *o = NULL;
    pades_status got = pdf_file_load(r->f, (pdf_ref){id, 0}, r->pool, &o, NULL, &r->e);
    if (got != PADES_DOC_DAMAGED || !strstr(pades_error_message(r->e), what)) {
        print_error("%s: '%s' instead of '%s'\n", pades_status_name(got), pades_error_message(r->e),
                    what);
    }
    assert_int_equal(got, PADES_DOC_DAMAGED);
    assert_non_null(strstr(pades_error_message(r->e), what));
    assert_int_equal(pades_error_object(r->e), id);
    assert_true(pades_error_offset(r->e) >= 0);
    assert_non_null(pades_error_hint(r->e));
    assert_null(o);
    error_clear(&r->e);
}

#endif
