/* Object streams: what is in them, and what two readers would see differently. */
#include "parts.h"

#include <zlib.h>

/* Objects 10 and 11 in object stream 4, whose text is given. */
static void build(parts *p, const char *keys, span data, unsigned index10, unsigned index11)
{
    AUTO_VAL(buf) rows = BUF(1000);
    parts_three(p);
    parts_stream(p, 4, keys, data);
    add_row(&rows, 0, 0, 255);
    for (uint32_t id = 1; id < 5; id++) {
        add_row(&rows, 1, p->at[id], 0);
    }
    add_row(&rows, 1, p->out.n, 0);
    add_row(&rows, 2, 4, index10);
    add_row(&rows, 2, 4, index11);
    parts_xref_stream(p, 5, "/Size 20/Root 1 0 R/Index[0 6 10 2]", buf_span(&rows));
}

static void objects_are_found_inside(void **state)
{
    (void)state;
    static const char text[] = "10 0 11 6 (ten)\n<</A 11 0 R>>\n";
    uint8_t packed[200];
    uLongf n = sizeof packed;
    assert_int_equal(compress(packed, &n, (const uint8_t *)text, sizeof text - 1), Z_OK);
    for (int i = 0; i < 2; i++) {
        AUTO_VAL(parts) p = {0};
        reading r;
        uint64_t data = 7;
        const pdf_obj *o = NULL;
        build(&p, i ? "/Type/ObjStm/N 2/First 10/Filter/FlateDecode" : "/Type/ObjStm/N 2/First 10",
              i ? span_of(packed, n) : span_str(text), 0, 1);
        reading_open(&r, buf_span(&p.out));
        assert_true(span_is(load(&r, 10)->u.text, "ten"));
        assert_ok(pdf_file_load(r.f, (pdf_ref){11, 0}, r.pool, &o, &data, &r.e), r.e);
        assert_true(span_is(o->raw, "<</A 11 0 R>>"));
        assert_int_equal(data, 0);
        assert_ok(pdf_file_load(r.f, (pdf_ref){11, 1}, r.pool, &o, &data, &r.e), r.e);
        assert_int_equal(o->kind, PDF_NULL); /* there are no other generations in a stream */
        reading_free(&r);
    }
}

/* clause: ISO32000-1#7.5.7 object streams */
static void object_streams_that_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *keys, *text;
        unsigned index;
        const char *what;
    } bad[] = {
        {"/Type/ObjStm/N 2/First 10", "10 0 11 6 (ten)\n(eleven)", 1, "not where it should be"},
        {"/Type/ObjStm/N 2/First 10", "10 0 11 6 (ten)\n(eleven)", 2, "not where it should be"},
        {"/Type/ObjStm/N 2/First 10", "10 0 10 6 (ten)\n(again)\n", 0, "not where it should be"},
        {"/Type/ObjStm/N 2/First 10", "12 0 11 6 (ten)\n(eleven)", 0, "not where it should be"},
        {"/Type/ObjStm/N 2/First 10", "10 0 11 2 5 0 R (x)", 0, NULL}, /* 5, then 0 R: see below */
        {"/Type/ObjStm/N 1/First 5", "10 0 5 0 obj", 0, "is damaged"},
        {"/Type/ObjStm/N 1/First 5", "10 0 (ten", 0, "is damaged"},
        {"/Type/ObjStm/N 1/First 5", "10 0 ", 0, "is damaged"},
        {"/Type/ObjStm/N 1/First 5", "10 0 1 2", 0, "is damaged"},
        {"/Type/ObjStm/N 1/First 5", "10 0 <</A 1>>endobj", 0, "is damaged"},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        AUTO_VAL(parts) p = {0};
        reading r;
        build(&p, bad[i].keys, span_str(bad[i].text), bad[i].index, 1);
        reading_open(&r, buf_span(&p.out));
        if (bad[i].what) {
            assert_damaged(&r, 10, bad[i].what);
        } else { /* the text of object 10 ends where object 11 begins: an integer, no reference */
            assert_int_equal(load(&r, 10)->kind, PDF_INT);
            assert_damaged(&r, 11, "is damaged");
        }
        reading_free(&r);
    }
}

/* The stream itself is damaged: the error names the stream, 4. */
static void containers_that_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *keys, *text, *what;
    } bad[] = {
        {"/Type/ObjStm/N 1/First 99", "10 0 (x)", "list of objects"},
        {"/Type/ObjStm/N 1/First -1", "10 0 (x)", "list of objects"},
        {"/Type/ObjStm/N 2/First 5", "10 0 (x)", "list of objects"},
        {"/Type/ObjStm/N -1/First 5", "10 0 (x)", "list of objects"},
        {"/Type/ObjStm/N 99999999/First 5", "10 0 (x)", "list of objects"},
        {"/Type/ObjStm/N 1/First 5", "10 9 (x)", "list of objects"},
        {"/Type/ObjStm/N 1/First 5", "1x 0 (x)", "list of objects"},
        {"/Type/ObjStm/N 1/First 5", "-1 0 (x)", "list of objects"},
        {"/Type/ObjStm/First 5", "10 0 (x)", "list of objects"},
        {"/Type/ObjStm/N 1", "10 0 (x)", "list of objects"},
        {"/Type/ObjStm/N 1/N 1/First 5", "10 0 (x)", "object stream 4 was expected"},
        {"/Type/Other/N 1/First 5", "10 0 (x)", "object stream 4 was expected"},
        {"/N 1/First 5", "10 0 (x)", "object stream 4 was expected"},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        AUTO_VAL(parts) p = {0};
        reading r;
        const pdf_obj *o = NULL;
        build(&p, bad[i].keys, span_str(bad[i].text), 0, 1);
        reading_open(&r, buf_span(&p.out));
        assert_int_equal(pdf_file_load(r.f, (pdf_ref){10, 0}, r.pool, &o, NULL, &r.e),
                         PADES_DOC_DAMAGED);
        assert_non_null(strstr(pades_error_message(r.e), bad[i].what));
        assert_int_equal(pades_error_object(r.e), 4);
        reading_free(&r);
    }
}

static void container_must_be_a_stream_of_the_file_itself(void **state)
{
    (void)state;
    static const unsigned containers[] = {2, 5, 10, 11,
                                          17}; /* a dictionary, /XRef, two inside, absent */
    for (size_t i = 0; i < ARRAY_LEN(containers); i++) {
        AUTO_VAL(parts) p = {0};
        AUTO_VAL(buf) rows = BUF(1000);
        reading r;
        const pdf_obj *o = NULL;
        parts_three(&p);
        parts_stream(&p, 4, "/Type/ObjStm/N 1/First 5", span_str("11 0 (x)"));
        add_row(&rows, 0, 0, 255);
        for (uint32_t id = 1; id < 5; id++) {
            add_row(&rows, 1, p.at[id], 0);
        }
        add_row(&rows, 1, p.out.n, 0);
        add_row(&rows, 2, containers[i], 0);
        add_row(&rows, 2, 4, 0);
        parts_xref_stream(&p, 5, "/Size 20/Root 1 0 R/Index[0 6 10 2]", buf_span(&rows));
        reading_open(&r, buf_span(&p.out));
        assert_int_equal(load(&r, 11)->kind, PDF_STRING);
        assert_fails(pdf_file_load(r.f, (pdf_ref){10, 0}, r.pool, &o, NULL, &r.e),
                     PADES_DOC_DAMAGED, r.e);
        assert_int_equal(load(&r, 11)->kind, PDF_STRING);
        reading_free(&r);
    }
}

/* /Length of the stream is inside that very stream. */
static void length_inside_itself_ends(void **state)
{
    (void)state;
    AUTO_VAL(parts) p = {0};
    AUTO_VAL(buf) rows = BUF(1000);
    reading r;
    const pdf_obj *o = NULL;
    parts_three(&p);
    p.at[4] = p.out.n;
    buf_add_str(
        &p.out,
        "4 0 obj\n<</Type/ObjStm/N 1/First 5/Length 10 0 R>>\nstream\n10 0 7\nendstream\nendobj\n");
    add_row(&rows, 1, p.at[1], 0);
    add_row(&rows, 1, p.at[4], 0);
    add_row(&rows, 2, 4, 0);
    parts_xref_stream(&p, 5, "/Size 20/Root 1 0 R/Index[1 1 4 1 10 1]", buf_span(&rows));
    reading_open(&r, buf_span(&p.out));
    assert_int_equal(pdf_file_load(r.f, (pdf_ref){10, 0}, r.pool, &o, NULL, &r.e),
                     PADES_DOC_DAMAGED);
    assert_non_null(strstr(pades_error_message(r.e), "need each other"));
    reading_free(&r);
}

static void decoded_size_is_limited(void **state)
{
    (void)state;
    AUTO_VAL(parts) p = {0};
    static const char text[] = "10 0 11 6 (ten)\n(eleven)";
    build(&p, "/Type/ObjStm/N 2/First 10", span_str(text), 0, 1);
    for (uint64_t limit = sizeof text - 2; limit < sizeof text; limit++) {
        reading r;
        const pdf_obj *o = NULL;
        reading_start(&r, buf_span(&p.out));
        assert_ok(pades_ctx_set_limit(r.ctx, PADES_LIMIT_STREAM_BYTES, limit, &r.e), r.e);
        assert_ok(pdf_file_open(r.ctx, r.source, &r.f, &r.e), r.e);
        assert_int_equal(pdf_file_load(r.f, (pdf_ref){10, 0}, r.pool, &o, NULL, &r.e),
                         limit < sizeof text - 1 ? PADES_LIMIT : PADES_OK);
        reading_free(&r);
    }
}

/* Going back and forth between two streams gives the same each time. */
static void one_stream_is_kept_at_a_time(void **state)
{
    (void)state;
    AUTO_VAL(parts) p = {0};
    AUTO_VAL(buf) rows = BUF(1000);
    reading r;
    parts_three(&p);
    parts_stream(&p, 4, "/Type/ObjStm/N 1/First 5", span_str("10 0 (a)"));
    parts_stream(&p, 5, "/Type/ObjStm/N 1/First 5", span_str("11 0 (b)"));
    for (uint32_t id = 1; id < 6; id++) {
        add_row(&rows, 1, p.at[id], 0);
    }
    add_row(&rows, 2, 4, 0);
    add_row(&rows, 2, 5, 0);
    parts_xref_stream(&p, 6, "/Size 20/Root 1 0 R/Index[1 5 10 2]", buf_span(&rows));
    reading_open(&r, buf_span(&p.out));
    for (int i = 0; i < 5; i++) {
        assert_true(span_is(load(&r, 10)->u.text, "a"));
        assert_true(span_is(load(&r, 11)->u.text, "b"));
    }
    reading_free(&r);
}

/* Objects may stand in any order in the text; each still ends where the next one begins. */
static void order_of_the_text_is_free(void **state)
{
    (void)state;
    AUTO_VAL(parts) p = {0};
    reading r;
    build(&p, "/Type/ObjStm/N 4/First 23", span_str("10 9 11 4 13 5 12 0    (a) (bbb)(c) (d) "), 0,
          1);
    reading_open(&r, buf_span(&p.out));
    assert_damaged(&r, 10, "is damaged"); /* two strings up to the end */
    assert_damaged(&r, 11, "is damaged"); /* 13 begins in the middle of it */
    reading_free(&r);
    AUTO_VAL(parts) q = {0};
    build(&q, "/Type/ObjStm/N 4/First 23", span_str("10 9 11 4 13 13 12 0   (a) (bbb)(c) (d) "), 0,
          1);
    reading_open(&r, buf_span(&q.out));
    assert_true(span_is(load(&r, 10)->u.text, "c"));
    assert_true(span_is(load(&r, 11)->u.text, "bbb"));
    reading_free(&r);
}

/* A stream of `n` strings with the numbers from `first` on. */
static void add_strings(parts *p, uint32_t id, uint32_t first, uint32_t n)
{
    AUTO_VAL(buf) text = BUF(10000);
    for (uint32_t i = 0; i < n; i++) {
        buf_addf(&text, "%02u %03u ", first + i, 4 * i);
    }
    for (uint32_t i = 0; i < n; i++) {
        buf_add_str(&text, "(x) ");
    }
    buf_add_fill(&text, ' ', 4000);
    parts_stream(p, id, "/Type/ObjStm/N 20/First 140", buf_span(&text));
}

/* Reading two streams by turns decodes them again each time: that comes to an end, though the first
 * few objects are kept. */
static void work_is_bounded(void **state)
{
    (void)state;
    AUTO_VAL(parts) p = {0};
    AUTO_VAL(buf) rows = BUF(1000);
    reading r;
    const pdf_obj *o = NULL;
    parts_three(&p);
    add_strings(&p, 4, 10, 20);
    add_strings(&p, 5, 30, 20);
    for (uint32_t id = 1; id < 6; id++) {
        add_row(&rows, 1, p.at[id], 0);
    }
    for (uint32_t i = 0; i < 40; i++) {
        add_row(&rows, 2, 4 + i / 20, (uint8_t)(i % 20));
    }
    parts_xref_stream(&p, 6, "/Size 50/Root 1 0 R/Index[1 5 10 40]", buf_span(&rows));
    reading_start(&r, buf_span(&p.out));
    pdf_pool_free(r.pool);
    assert_ok(pdf_pool_new(64 << 20, &r.pool, &r.e), r.e);
    assert_ok(pades_ctx_set_limit(r.ctx, PADES_LIMIT_OBJECT_BYTES, 5000, &r.e), r.e);
    assert_ok(pades_ctx_set_limit(r.ctx, PADES_LIMIT_STREAM_BYTES, 5000, &r.e), r.e);
    assert_ok(pdf_file_open(r.ctx, r.source, &r.f, &r.e), r.e);
    pades_status status = PADES_OK;
    uint32_t n = 0;
    for (; status == PADES_OK && n < 1000; n++) {
        pdf_ref ref = {10 + 20 * (n % 2) + n / 2 % 20, 0};
        status = pdf_file_load(r.f, ref, r.pool, &o, NULL, &r.e);
    }
    assert_int_equal(status, PADES_LIMIT);
    assert_non_null(strstr(pades_error_message(r.e), "bytes of work"));
    assert_in_range(n, 20, 200);
    reading_free(&r);
}

/* What is kept is what was loaded, also when its place is too small for some. */
static void small_objects_are_kept(void **state)
{
    (void)state;
    AUTO_VAL(parts) p = {0};
    AUTO_VAL(buf) large = BUF(1 << 20);
    reading r;
    uint64_t structure[2], pass = 0;
    buf_add_str(&large, "4 0 obj (");
    buf_add_fill(&large, 'x', 600 << 10);
    buf_add_str(&large, ") endobj\n");
    parts_three(&p);
    p.at[4] = p.out.n;
    buf_add_span(&p.out, buf_span(&large));
    parts_table(&p, 0, 5, "/Size 5/Root 1 0 R");
    reading_open(&r, buf_span(&p.out));
    const pdf_obj *first = load(&r, 1);
    assert_ptr_equal(load(&r, 1), first);
    assert_int_equal(load(&r, 4)->u.text.n, 600 << 10);
    assert_int_equal(load(&r, 2)->kind, PDF_DICT);
    pades_source_counts(r.source, &pass, &structure[0]);
    assert_ptr_equal(load(&r, 1), first);
    pades_source_counts(r.source, &pass, &structure[1]);
    assert_int_equal(structure[0], structure[1]);
    reading_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_are_found_inside),
        cmocka_unit_test(object_streams_that_are_refused),
        cmocka_unit_test(containers_that_are_refused),
        cmocka_unit_test(container_must_be_a_stream_of_the_file_itself),
        cmocka_unit_test(length_inside_itself_ends),
        cmocka_unit_test(decoded_size_is_limited),
        cmocka_unit_test(one_stream_is_kept_at_a_time),
        cmocka_unit_test(order_of_the_text_is_free),
        cmocka_unit_test(work_is_bounded),
        cmocka_unit_test(small_objects_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
