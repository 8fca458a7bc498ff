/* Streams of the security store that are too large for memory: written from a spool into a spool,
 * compressed where that helps, encrypted as the document is, and read back the same way. */
#include "base/digest.h"
#include "base/fail.h"
#include "base/mem.h"
#include "pdf/builder.h"
#include "pdf/crypt.h"
#include "pdf/dss.h"
#include "unit.h"

#include <stdlib.h>

enum { DULL = BULK_MEMORY + (3 << 20) + 5, NOISE = BULK_MEMORY + 77 };

/* Two large ones (one that can be compressed, one that cannot) and a small one between them. */
typedef struct lists {
    pades_ctx *ctx;
    bulk dull, noise;
    view items[3];
} lists;

static void add_dull(bulk *out)
{
    uint8_t piece[4096];
    for (uint32_t at = 0; at < DULL; at += sizeof piece) {
        for (uint32_t i = 0; i < sizeof piece; i++) {
            piece[i] = (uint8_t)((at + i) % 251 + (at >> 16));
        }
        size_t n = DULL - at < sizeof piece ? DULL - at : sizeof piece;
        assert_int_equal(bulk_add(out, span_of(piece, n), NULL), PADES_OK);
    }
}

static void add_noise(bulk *out)
{
    uint8_t piece[8192];
    for (size_t at = 0; at < NOISE; at += sizeof piece) {
        size_t n = NOISE - at < sizeof piece ? NOISE - at : sizeof piece;
        assert_int_equal(random_bytes(piece, n, NULL), PADES_OK);
        assert_int_equal(bulk_add(out, span_of(piece, n), NULL), PADES_OK);
    }
}

static int set_up(void **state)
{
    static lists l;
    assert_int_equal(pades_ctx_new(&l.ctx, NULL), PADES_OK);
    l.dull = BULK(l.ctx, DULL);
    l.noise = BULK(l.ctx, NOISE);
    add_dull(&l.dull);
    add_noise(&l.noise);
    assert_int_equal(bulk_end(&l.dull, NULL), PADES_OK);
    assert_int_equal(bulk_end(&l.noise, NULL), PADES_OK);
    l.items[0] = bulk_view(&l.dull);
    l.items[1] = view_of(span_str("small"));
    l.items[2] = bulk_view(&l.noise);
    *state = &l;
    return 0;
}

static int tear_down(void **state)
{
    lists *l = *state;
    bulk_free(&l->dull);
    bulk_free(&l->noise);
    pades_ctx_free(l->ctx);
    return 0;
}

/* The document with a revision behind it, which may have a part in a spool. */
typedef struct grown {
    pades_source *base, *front, *all;
    pdf_file *f;
} grown;

static void grow(grown *g, pades_ctx *ctx, span document, const char *password,
                 const pdf_seal *made)
{
    pades_error *e = NULL;
    *g = (grown){NULL, NULL, NULL, NULL};
    assert_ok(pades_source_new_memory(document.p, document.n, &g->base, &e), e);
    assert_ok(pades_source_set_password(g->base, password, strlen(password), &e), e);
    if (made) {
        assert_non_null(made->front);
        assert_ok(source_new_joined(g->base, document.n, spool_view(made->front), &g->front, &e),
                  e);
        assert_ok(source_new_joined(g->front, pades_source_size(g->front),
                                    view_of(buf_span(&made->revision)), &g->all, &e),
                  e);
    }
    assert_ok(pdf_file_open(ctx, made ? g->all : g->base, &g->f, &e), e);
}

static void grown_free(grown *g)
{
    pdf_file_free(g->f);
    pades_source_free(g->all);
    pades_source_free(g->front);
    pades_source_free(g->base);
}

static void build(pdf_file *f, const pdf_dss_plan *plan, pdf_seal *made)
{
    pades_error *e = NULL;
    AUTO_VAL(pdf_dss) old = {.bytes = {0}};
    assert_ok(pdf_dss_read(f, &old, &e), e);
    assert_ok(pdf_dss_build(f, &old, plan, made, &e), e);
}

static void assert_read_back(const lists *l, pdf_file *f)
{
    pades_error *e = NULL;
    AUTO_VAL(pdf_dss) now = {.bytes = {0}};
    assert_ok(pdf_dss_read(f, &now, &e), e);
    assert_int_equal(now.warnings.n, 0);
    const pdf_dss_list *list = &now.lists[PDF_DSS_CRL];
    assert_int_equal(list->n, 3);
    for (size_t i = 0; i < 3; i++) {
        view got = bulk_view(&list->items[i].data);
        assert_int_equal(got.home != NULL, i != 1);
        assert_true(view_eq(got, l->items[i]));
    }
    assert_int_equal(now.bytes[0], 5);
    assert_int_equal(now.bytes[1], DULL + NOISE);
}

static pades_status save(void *user, span piece, pades_error **e)
{
    (void)e;
    return fwrite(piece.p, 1, piece.n, user) == piece.n ? PADES_OK : PADES_OUTPUT_FAILED;
}

/* Another maker's reader finds no fault with it. */
static void assert_qpdf_agrees(span document, const char *password, const pdf_seal *made)
{
    char path[] = "/tmp/pades-dss-XXXXXX";
    char command[512];
    int fd = mkstemp(path);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "wb");
    assert_non_null(f);
    assert_int_equal(save(f, document, NULL), PADES_OK);
    assert_int_equal(view_each(spool_view(made->front), save, f, NULL), PADES_OK);
    assert_int_equal(save(f, buf_span(&made->revision), NULL), PADES_OK);
    assert_int_equal(fclose(f), 0);
    snprintf(command, sizeof command, "qpdf --check --password=%s %s >/dev/null", password, path);
    int result = system(command);
    assert_int_equal(remove(path), 0);
    assert_int_equal(result, 0);
}

/* Stored, read back, and not stored again. clause: ISO32000-1#7.3.8.2 /Length, written last */
static void store(const lists *l, span document, const char *password)
{
    const pdf_dss_plan plan = {.items = {NULL, NULL, l->items}, .n = {0, 0, 3}};
    AUTO_VAL(pdf_seal) made = {.hole = 0};
    AUTO_VAL(pdf_seal) again = {.hole = 0};
    AUTO_VAL(grown) before;
    AUTO_VAL(grown) after;
    grow(&before, l->ctx, document, password, NULL);
    build(before.f, &plan, &made);
    assert_true(made.revision.n < 4096);
    uint64_t n = spool_size(made.front);
    assert_true(n > NOISE && n < NOISE + 4096 + DULL / 8);
    grow(&after, l->ctx, document, password, &made);
    assert_read_back(l, after.f);
    assert_qpdf_agrees(document, password, &made);
    build(after.f, &plan, &again);
    assert_null(again.front);
    assert_int_equal(again.revision.n, 0);
}

static void large_ones_in_files_of_every_kind(void **state)
{
    static const builder_kind kinds[] = {BUILD_TABLE, BUILD_STREAM};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        AUTO_VAL(builder) b;
        builder_document(&b, &(builder_plan){.kind = kinds[i], .catalog = ""});
        store(*state, buf_span(&b.out), "");
    }
}

static void read_whole(const char *path, buf *out)
{
    uint8_t part[4096];
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    for (size_t n = fread(part, 1, sizeof part, f); n > 0; n = fread(part, 1, sizeof part, f)) {
        buf_add(out, part, n);
    }
    fclose(f);
    assert_true(buf_ok(out) && out->n > 0);
}

static void qpdf_encrypts(const char *arguments, buf *out)
{
    char dir[] = "/tmp/pades-crypt-XXXXXX";
    char command[512];
    char path[64];
    AUTO_VAL(builder) b;
    builder_document(&b, &(builder_plan){.catalog = "/X(text)"});
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/in.pdf", dir);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(save(f, buf_span(&b.out), NULL), PADES_OK);
    assert_int_equal(fclose(f), 0);
    snprintf(command, sizeof command,
             "qpdf --allow-weak-crypto %s -- %s/in.pdf %s/out.pdf 2>%s/log; [ $? != 2 ]", arguments,
             dir, dir, dir);
    assert_int_equal(system(command), 0);
    snprintf(path, sizeof path, "%s/out.pdf", dir);
    read_whole(path, out);
    snprintf(command, sizeof command, "rm -r %s", dir);
    assert_int_equal(system(command), 0);
}

/* clause: ISO32000-1#7.6.2 the data of every new stream is encrypted with its object's key */
static void large_ones_in_encrypted_files(void **state)
{
    static const char *const kinds[] = {"--encrypt user owner 128",
                                        "--encrypt user owner 128 --use-aes=y",
                                        "--encrypt user owner 256"};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        AUTO_VAL(buf) document = BUF(1 << 20);
        qpdf_encrypts(kinds[i], &document);
        store(*state, buf_span(&document), "user");
    }
}

static pades_status no_room(const lists *l, pades_ctx *ctx, span document, pades_error **e)
{
    const pdf_dss_plan plan = {.items = {NULL, NULL, l->items}, .n = {0, 0, 3}};
    AUTO_VAL(pdf_dss) old = {.bytes = {0}};
    AUTO_VAL(pdf_seal) made = {.hole = 0};
    AUTO_VAL(grown) g;
    grow(&g, ctx, document, "", NULL);
    TRY(pdf_dss_read(g.f, &old, e));
    return pdf_dss_build(g.f, &old, &plan, &made, e);
}

static void no_room_is_one_clear_error(void **state)
{
    AUTO(pades_error) *e = NULL;
    AUTO_VAL(builder) b;
    pades_ctx *ctx = NULL;
    builder_document(&b, &(builder_plan){.catalog = ""});
    assert_int_equal(pades_ctx_new(&ctx, NULL), PADES_OK);
    assert_int_equal(pades_ctx_set_temp_dir(ctx, "/nowhere", NULL), PADES_OK);
    assert_int_equal(no_room(*state, ctx, buf_span(&b.out), &e), PADES_OUTPUT_FAILED);
    assert_non_null(strstr(pades_error_message(e), "'/nowhere'"));
    pades_ctx_free(ctx);
}

/* A list beyond the limit of a fetched one is passed over, with a word, when it is read. */
static void what_is_beyond_the_limit_is_passed_over(void **state)
{
    const lists *l = *state;
    const pdf_dss_plan plan = {.items = {NULL, NULL, l->items}, .n = {0, 0, 3}};
    pades_ctx *ctx = NULL;
    AUTO_VAL(builder) b;
    AUTO_VAL(pdf_seal) made = {.hole = 0};
    AUTO_VAL(pdf_dss) now = {.bytes = {0}};
    AUTO_VAL(grown) before;
    AUTO_VAL(grown) after;
    builder_document(&b, &(builder_plan){.catalog = ""});
    grow(&before, l->ctx, buf_span(&b.out), "", NULL);
    build(before.f, &plan, &made);
    assert_int_equal(pades_ctx_new(&ctx, NULL), PADES_OK);
    assert_int_equal(pades_ctx_set_limit(ctx, PADES_LIMIT_CRL_BYTES, NOISE, NULL), PADES_OK);
    grow(&after, ctx, buf_span(&b.out), "", &made);
    assert_int_equal(pdf_dss_read(after.f, &now, NULL), PADES_OK);
    assert_int_equal(bulk_size(&now.lists[PDF_DSS_CRL].items[0].data), 0);
    assert_int_equal(bulk_size(&now.lists[PDF_DSS_CRL].items[2].data), NOISE);
    assert_non_null(
        strstr((const char *)now.warnings.p, "is passed over: a stream decodes to more"));
    pdf_dss_free(&now);
    grown_free(&after);
    after = (grown){NULL, NULL, NULL, NULL};
    pades_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(large_ones_in_files_of_every_kind),
        cmocka_unit_test(large_ones_in_encrypted_files),
        cmocka_unit_test(no_room_is_one_clear_error),
        cmocka_unit_test(what_is_beyond_the_limit_is_passed_over),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
