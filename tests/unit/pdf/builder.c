#include "pdf/builder.h"

#include "base/fail.h"
#include "base/mem.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

void builder_start(builder *b, const char *version)
{
    *b = (builder){.out = BUF(64 << 20)};
    buf_addf(&b->out, "%%PDF-%s\n%%\xE2\xE3\xCF\xD3\n", version);
}

void builder_free(builder *b)
{
    buf_free(&b->out);
}

static void add_row(builder *b, uint32_t id, uint32_t gen, uint64_t offset, uint32_t stream)
{
    assert_true(b->n < ARRAY_LEN(b->rows));
    b->rows[b->n++] = (builder_row){id, gen, offset, stream};
}

void builder_object(builder *b, uint32_t id, uint32_t gen, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    assert_in_range(n, 0, 8 << 20);
    char *text = malloc((size_t)n + 1);
    assert_non_null(text);
    va_start(args, fmt);
    (void)vsnprintf(text, (size_t)n + 1, fmt, args);
    va_end(args);
    add_row(b, id, gen, b->out.n, 0);
    buf_addf(&b->out, "%" PRIu32 " %" PRIu32 " obj\n", id, gen);
    buf_add_str(&b->out, text);
    buf_add_str(&b->out, "\nendobj\n");
    free(text);
}

void builder_objstm(builder *b, uint32_t id, const uint32_t *ids, const char *const *texts,
                    size_t n)
{
    AUTO_VAL(buf) head = BUF(1 << 20);
    AUTO_VAL(buf) body = BUF(8 << 20);
    add_row(b, id, 0, b->out.n, 0);
    for (size_t i = 0; i < n; i++) {
        buf_addf(&head, "%" PRIu32 " %zu ", ids[i], body.n);
        buf_addf(&body, "%s ", texts[i]);
        add_row(b, ids[i], 0, i, id);
    }
    buf_addf(&b->out, "%" PRIu32 " 0 obj\n<</Type/ObjStm/N %zu/First %zu/Length %zu>>\nstream\n",
             id, n, head.n, head.n + body.n);
    buf_add_span(&b->out, buf_span(&head));
    buf_add_span(&b->out, buf_span(&body));
    buf_add_str(&b->out, "\nendstream\nendobj\n");
}

static int by_id(const void *a, const void *b)
{
    const builder_row *x = a;
    const builder_row *y = b;
    return x->id < y->id ? -1 : x->id > y->id;
}

static bool is_free(const builder_row *r)
{
    return r->offset == 0 && r->stream == 0;
}

/* In the first section: a free entry for every id that has none. */
static void fill_free(builder *b, uint32_t size, const builder *hidden)
{
    size_t n = b->n;
    uint32_t last = b->gaps || size > ARRAY_LEN(b->rows) - n ? 1 : size;
    qsort(b->rows, n, sizeof *b->rows, by_id);
    for (uint32_t id = 0; !b->startxref && id < last; id++) {
        builder_row key = {.id = id};
        bool is_hidden = hidden && bsearch(&key, hidden->rows, hidden->n, sizeof key, by_id);
        if (!is_hidden && !bsearch(&key, b->rows, n, sizeof *b->rows, by_id)) {
            b->rows[b->n++] = (builder_row){.id = id, .gen = 65535};
        }
    }
    qsort(b->rows, b->n, sizeof *b->rows, by_id);
}

static size_t run_at(const builder *b, size_t at)
{
    size_t n = 1;
    while (at + n < b->n && b->rows[at + n].id == b->rows[at].id + n) {
        n++;
    }
    return n;
}

static void end_section(builder *b, uint64_t at)
{
    buf_addf(&b->out, "startxref\n%" PRIu64 "\n%%%%EOF\n", at);
    b->startxref = at;
    b->n = 0;
}

/* Leaves out what the hidden section has: qpdf 12 does not look there for what is free here. */
static void write_table(builder *b, uint32_t size, const char *entries, const builder *hidden)
{
    uint64_t at = b->out.n;
    fill_free(b, size, hidden);
    buf_add_str(&b->out, "xref\n");
    for (size_t i = 0; i < b->n;) {
        size_t n = run_at(b, i);
        buf_addf(&b->out, "%" PRIu32 " %zu\n", b->rows[i].id, n);
        for (size_t k = i; k < i + n; k++) {
            buf_addf(&b->out, "%010" PRIu64 " %05" PRIu32 " %c \n", b->rows[k].offset,
                     b->rows[k].gen, is_free(&b->rows[k]) ? 'f' : 'n');
        }
        i += n;
    }
    buf_addf(&b->out, "trailer\n<</Root 1 0 R/Size %" PRIu32 "%s", size, entries);
    if (b->startxref) {
        buf_addf(&b->out, "/Prev %" PRIu64, b->startxref);
    }
    buf_add_str(&b->out, ">>\n");
    end_section(b, at);
}

void builder_table(builder *b, uint32_t size, const char *entries)
{
    write_table(b, size, entries, NULL);
}

static void add_be(buf *out, uint64_t v, unsigned octets)
{
    while (octets-- > 0) {
        buf_add_byte(out, (uint8_t)(v >> (8 * octets)));
    }
}

static void add_rows(builder *b, buf *rows, buf *index)
{
    for (size_t i = 0; i < b->n; i++) {
        const builder_row *r = &b->rows[i];
        buf_addf(index, "%" PRIu32 " 1 ", r->id);
        add_be(rows, is_free(r) ? 0 : r->stream ? 2 : 1, 1);
        add_be(rows, r->stream ? r->stream : r->offset, 4);
        add_be(rows, r->stream ? r->offset : r->gen, 2);
    }
}

/* The stream object alone; false for the caller's own startxref. */
static uint64_t add_stream(builder *b, uint32_t id, uint32_t size, const char *entries)
{
    AUTO_VAL(buf) rows = BUF(1 << 20);
    AUTO_VAL(buf) index = BUF(1 << 20);
    uint64_t at = b->out.n;
    add_row(b, id, 0, at, 0);
    fill_free(b, size, NULL);
    add_rows(b, &rows, &index);
    buf_addf(&b->out,
             "%" PRIu32 " 0 obj\n<</Type/XRef/Root 1 0 R/W[1 4 2]/Size %" PRIu32
             "%s/Length %zu/Index[",
             id, size, entries, rows.n);
    buf_add_span(&b->out, buf_span(&index));
    buf_add_str(&b->out, "]");
    if (b->startxref) {
        buf_addf(&b->out, "/Prev %" PRIu64, b->startxref);
    }
    buf_add_str(&b->out, ">>\nstream\n");
    buf_add_span(&b->out, buf_span(&rows));
    buf_add_str(&b->out, "\nendstream\nendobj\n");
    return at;
}

void builder_stream(builder *b, uint32_t id, uint32_t size, const char *entries)
{
    end_section(b, add_stream(b, id, size, entries));
}

enum { OBJSTM = 90, XREF = 91 };

static size_t texts_of(const builder_plan *plan, char texts[19][4096], const char *list[19])
{
    size_t n = 3;
    snprintf(texts[0], 4096, "<</Type/Catalog/Pages 2 0 R%s>>", plan->catalog ? plan->catalog : "");
    snprintf(texts[1], 4096, "<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 595 842]%s>>",
             plan->pages ? plan->pages : "");
    snprintf(texts[2], 4096, "<</Type/Page/Parent 2 0 R%s>>", plan->page ? plan->page : "");
    for (size_t i = 0; i < ARRAY_LEN(plan->more) && plan->more[i]; i++) {
        snprintf(texts[n++], 4096, "%s", plan->more[i]);
    }
    for (size_t i = 0; i < n; i++) {
        list[i] = texts[i];
    }
    return n;
}

/* Rows that only the hidden section has: from object 3 on. */
static void finish_hybrid(builder *b, uint32_t size, const char *trailer)
{
    char entries[512];
    builder_row seen[3];
    size_t n = 0;
    builder hidden = *b;
    hidden.n = 0;
    for (size_t i = 0; i < b->n; i++) {
        if (b->rows[i].stream) {
            hidden.rows[hidden.n++] = b->rows[i];
        } else {
            assert_true(n < ARRAY_LEN(seen));
            seen[n++] = b->rows[i];
        }
    }
    uint64_t at = b->out.n;
    AUTO_VAL(buf) rows = BUF(1 << 20);
    AUTO_VAL(buf) index = BUF(1 << 20);
    add_rows(&hidden, &rows, &index);
    qsort(hidden.rows, hidden.n, sizeof *hidden.rows, by_id);
    buf_addf(&b->out, "%d 0 obj\n<</Type/XRef/W[1 4 2]/Size %" PRIu32 "/Length %zu/Index[", XREF,
             size, rows.n);
    buf_add_span(&b->out, buf_span(&index));
    buf_add_str(&b->out, "]>>\nstream\n");
    buf_add_span(&b->out, buf_span(&rows));
    buf_add_str(&b->out, "\nendstream\nendobj\n");
    memcpy(b->rows, seen, n * sizeof *seen);
    b->n = n;
    add_row(b, XREF, 0, at, 0);
    snprintf(entries, sizeof entries, "%s/XRefStm %" PRIu64, trailer, at);
    write_table(b, size, entries, &hidden);
}

void builder_document(builder *b, const builder_plan *plan)
{
    static char texts[19][4096];
    const char *list[19];
    uint32_t ids[19];
    size_t n = texts_of(plan, texts, list);
    size_t plain = plan->kind == BUILD_OBJSTM ? 0 : plan->kind == BUILD_HYBRID ? 2 : n;
    const char *trailer = plan->trailer ? plan->trailer : "/ID[<00><01>]";
    uint32_t size = plan->size ? plan->size : 100;
    builder_start(b, plan->version ? plan->version : "1.7");
    b->gaps = plan->gaps;
    for (size_t i = 0; i < n; i++) {
        ids[i] = (uint32_t)i + 1;
        if (i < plain) {
            builder_object(b, ids[i], 0, "%s", list[i]);
        }
    }
    if (plain < n) {
        builder_objstm(b, OBJSTM, ids + plain, list + plain, n - plain);
    }
    if (plan->kind == BUILD_TABLE) {
        builder_table(b, size, trailer);
    } else if (plan->kind == BUILD_HYBRID) {
        finish_hybrid(b, size, trailer);
    } else {
        builder_stream(b, XREF, size, trailer);
    }
}

/* `error` by address: it is set while the call that gives `status` is evaluated. */
static void must(pades_status status, pades_error **error)
{
    if (status != PADES_OK) {
        fail_msg("%s", pades_error_message(*error));
    }
}

void opened_open(opened *o, span a, span b)
{
    pades_error *e = NULL;
    *o = (opened){.n = a.n + b.n};
    o->bytes = malloc(o->n + 1);
    assert_non_null(o->bytes);
    memcpy(o->bytes, a.p, a.n);
    if (b.n > 0) {
        memcpy(o->bytes + a.n, b.p, b.n);
    }
    must(pades_ctx_new(&o->ctx, &e), &e);
    must(pades_source_new_memory(o->bytes, o->n, &o->source, &e), &e);
    must(pdf_file_open(o->ctx, o->source, &o->f, &e), &e);
    must(pdf_pool_new(64 << 20, &o->pool, &e), &e);
}

void opened_free(opened *o)
{
    pdf_pool_free(o->pool);
    pdf_file_free(o->f);
    pades_source_free(o->source);
    pades_ctx_free(o->ctx);
    free(o->bytes);
}

const pdf_obj *opened_path(opened *o, const char *path, pdf_ref *ret_ref)
{
    pades_error *e = NULL;
    char copy[256];
    char *rest = NULL;
    const pdf_obj *at = pdf_file_trailer(o->f);
    snprintf(copy, sizeof copy, "%s", path);
    for (char *key = strtok_r(copy, ".", &rest); key; key = strtok_r(NULL, ".", &rest)) {
        const pdf_obj *next = pdf_is(at, PDF_ARRAY) ? pdf_array_get(at, strtoul(key, NULL, 10))
                                                    : pdf_dict_get(at, key);
        must(pdf_file_resolve(o->f, next, o->pool, &at, ret_ref, &e), &e);
    }
    return at;
}
