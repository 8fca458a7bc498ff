/* Loading and resolving objects, streams, and what a cut or changed byte may and may not do. */
#include "big.h"

#include <stdlib.h>
#include <zlib.h>

/* Objects 1 to 3, then 4 with this text from its header on. */
static void with_four(parts *p, const char *text)
{
    parts_three(p);
    parts_object(p, 5, "11");
    p->at[4] = p->out.n;
    buf_add_str(&p->out, text);
    parts_table(p, 0, 6, "/Size 6/Root 1 0 R");
}

static void objects_load_where_they_stand(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        pdf_kind kind;
    } good[] = {
        {"4 0 obj (x) endobj\n", PDF_STRING},      {"\n \t4 0 obj\n(x)\nendobj\n", PDF_STRING},
        {"4 0 obj%note\n(x)endobj\n", PDF_STRING}, {"4\n0\robj[1]endobj\n", PDF_ARRAY},
        {"4 0 obj 5 0 R endobj\n", PDF_REFERENCE}, {"4 0 obj null endobj\n", PDF_NULL},
        {"0004 00 obj<<>>endobj ", PDF_DICT},
    };
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        AUTO_VAL(parts) p = {0};
        reading r;
        with_four(&p, good[i].text);
        reading_open(&r, buf_span(&p.out));
        assert_int_equal(load(&r, 4)->kind, good[i].kind);
        reading_free(&r);
    }
}

/* clause: ISO32000-1#7.3.10 indirect objects */
/* clause: ISO32000-1#7.3.8.1 the keyword and the end of a stream */
static void objects_that_are_refused(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"5 0 obj (x) endobj\n", "object 4 0 was expected here, not 5 0"},
        {"4 1 obj (x) endobj\n", "object 4 0 was expected here, not 4 1"},
        {"%4\n4 0 obj (x) endobj\n", NULL}, /* a comment is no object: see below */
        {"x 4 0 obj (x) endobj\n", "header of an object"},
        {"4 0 object (x) endobj\n", "header of an object"},
        {"+4 0 obj (x) endobj\n", "header of an object"},
        {"4 0 obj (x)\n5 0 obj 1 endobj\n", "'endobj' was expected"},
        {"4 0 obj (x) 5 endobj\n", "behind an object's value"},
        {"4 0 obj endobj\n", "an object was expected"},
        {"4 0 obj <</A 1> endobj\n", "lone '>'"},
        {"4 0 obj <</A (x>> endobj\n", "not closed"},
        {"4 0 obj [1 2 endobj\n", "an object was expected"},
        {"4 0 obj (x) endobjx\n", "'endobj' was expected"},
        {"4 0 obj (x)\nstream\n", "without a dictionary"},
        {"4 0 obj <</Length 3>>stream\nabc\nendobj\n", "'endstream' and 'endobj'"},
        {"4 0 obj <</Length 3>>stream\nabc\nendstream 5\n", "'endstream' and 'endobj'"},
        {"4 0 obj <</Length 2>>stream\nabc\nendstream endobj\n", "'endstream' and 'endobj'"},
        {"4 0 obj <</Length 4000>>stream\nabc\nendstream endobj\n", "beyond the end"},
        {"4 0 obj <</Length 9223372036854775807>>stream\nabc\nendstream endobj\n",
         "beyond the end"},
        {"4 0 obj <</Length(3)>>stream\nabc\nendstream endobj\n", "usable /Length"},
        {"4 0 obj <</Length 4 0 R>>stream\nabc\nendstream endobj\n", NULL},
        {"4 0 obj <</Length 3 0 R>>stream\nabc\nendstream endobj\n", "usable /Length"},
        {"4 0 obj <</Length 3>>stream\rabc\nendstream endobj\n", "CR LF or LF"},
        {"4 0 obj <</Length 3>>stream abc\nendstream endobj\n", "CR LF or LF"},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        AUTO_VAL(parts) p = {0};
        reading r;
        with_four(&p, bad[i][0]);
        reading_open(&r, buf_span(&p.out));
        if (bad[i][1]) {
            assert_damaged(&r, 4, bad[i][1]);
        } else {
            const pdf_obj *o = NULL;
            pades_status status = pdf_file_load(r.f, (pdf_ref){4, 0}, r.pool, &o, NULL, &r.e);
            assert_int_equal(status, i == 2 ? PADES_OK : PADES_DOC_DAMAGED);
        }
        reading_free(&r);
    }
}

static void absent_objects_are_null(void **state)
{
    (void)state;
    static const pdf_ref absent[] = {{0, 0}, {0, 65535}, {6, 0}, {1, 1}, {UINT32_MAX, 0}, {7, 3}};
    AUTO_VAL(parts) p = {0};
    reading r;
    parts_three(&p);
    parts_table(&p, 0, 8, "/Size 8/Root 1 0 R");
    reading_open(&r, buf_span(&p.out));
    for (size_t i = 0; i < ARRAY_LEN(absent); i++) {
        const pdf_obj *o = NULL;
        uint64_t data = 9;
        assert_ok(pdf_file_load(r.f, absent[i], r.pool, &o, &data, &r.e), r.e);
        assert_int_equal(o->kind, PDF_NULL);
        assert_true(span_is(o->raw, "null"));
        assert_int_equal(data, 0);
    }
    reading_free(&r);
}

static void resolve_follows_a_bounded_way(void **state)
{
    (void)state;
    AUTO_VAL(parts) p = {0};
    reading r;
    char text[50];
    const pdf_obj *o = NULL;
    pdf_ref ref = {9, 9};
    parts_three(&p);
    for (uint32_t id = 4; id < 50; id++) {
        snprintf(text, sizeof text, id < 49 ? "%u 0 R" : "(end)", id + 1);
        parts_object(&p, id, text);
    }
    parts_object(&p, 50, "50 0 R");
    parts_table(&p, 0, 51, "/Size 51/Root 1 0 R");
    reading_open(&r, buf_span(&p.out));
    const pdf_obj from = {.kind = PDF_REFERENCE, .u.ref = {18, 0}},
                  far = {.kind = PDF_REFERENCE, .u.ref = {17, 0}},
                  loop = {.kind = PDF_REFERENCE, .u.ref = {50, 0}};
    assert_ok(pdf_file_resolve(r.f, &from, r.pool, &o, &ref, &r.e), r.e); /* 32 steps: 18 to 49 */
    assert_int_equal(o->kind, PDF_STRING);
    assert_int_equal(ref.id, 49);
    assert_fails(pdf_file_resolve(r.f, &far, r.pool, &o, &ref, &r.e), PADES_DOC_DAMAGED, r.e);
    assert_fails(pdf_file_resolve(r.f, &loop, r.pool, &o, &ref, &r.e), PADES_DOC_DAMAGED, r.e);
    assert_int_equal(ref.id, 49);
    assert_ok(pdf_file_resolve(r.f, NULL, r.pool, &o, &ref, &r.e), r.e);
    assert_int_equal(o->kind, PDF_NULL);
    assert_int_equal(ref.id, 0);
    reading_free(&r);
}

/* The decoded text of stream 4, or its status. */
static pades_status decode(const char *object, span data, buf *out)
{
    AUTO_VAL(parts) p = {0};
    reading r;
    const pdf_obj *o = NULL;
    uint64_t at = 0;
    parts_three(&p);
    parts_object(&p, 5, "/FlateDecode");
    parts_object(&p, 6, "<</Predictor 1>>");
    parts_stream(&p, 4, object, data);
    parts_table(&p, 0, 7, "/Size 7/Root 1 0 R");
    reading_open(&r, buf_span(&p.out));
    assert_ok(pdf_file_load(r.f, (pdf_ref){4, 0}, r.pool, &o, &at, &r.e), r.e);
    assert_true(at > 0);
    buf_clear(out);
    pades_status status = pdf_file_stream(r.f, o, at, r.pool, out, &r.e);
    assert_int_equal(pades_error_status(r.e), status);
    reading_free(&r);
    return status;
}

static void streams_decode(void **state)
{
    (void)state;
    AUTO_VAL(buf) out = BUF(1 << 20);
    uint8_t packed[200];
    uLongf n = sizeof packed;
    span plain = span_str("the text of a stream, the text of a stream");
    assert_int_equal(compress(packed, &n, plain.p, plain.n), Z_OK);
    assert_int_equal(decode("", plain, &out), PADES_OK);
    assert_true(span_eq(buf_span(&out), plain));
    assert_int_equal(decode("", span_of(NULL, 0), &out), PADES_OK);
    assert_int_equal(out.n, 0);
    static const char *const keys[] = {
        "/Filter/FlateDecode", "/Filter/Fl", "/Filter[/FlateDecode]/DecodeParms[null]",
        "/Filter 5 0 R/DecodeParms 6 0 R", "/Filter[5 0 R]/DecodeParms[6 0 R]"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        assert_int_equal(decode(keys[i], span_of(packed, n), &out), PADES_OK);
        assert_true(span_eq(buf_span(&out), plain));
    }
    assert_int_equal(decode("/Filter/FlateDecode", span_of(packed, n - 1), &out),
                     PADES_DOC_DAMAGED);
    assert_int_equal(decode("/Filter/DCTDecode", plain, &out), PADES_DOC_UNSUPPORTED);
    assert_int_equal(decode("/Filter/F", span_of(packed, n), &out), PADES_DOC_UNSUPPORTED);
    assert_int_equal(decode("/Filter[/ASCIIHexDecode/FlateDecode]", plain, &out),
                     PADES_DOC_UNSUPPORTED);
}

static void inflating_is_limited_by_ratio_and_size(void **state)
{
    (void)state;
    static uint8_t zeros[1 << 20], packed[1 << 12];
    uLongf n = sizeof packed;
    assert_int_equal(compress(packed, &n, zeros, sizeof zeros), Z_OK);
    for (int i = 0; i < 4; i++) {
        AUTO_VAL(parts) p = {0};
        AUTO_VAL(buf) out = BUF(i == 3 ? 1000 : 2 << 20);
        reading r;
        const pdf_obj *o = NULL;
        uint64_t at = 0;
        parts_three(&p);
        parts_stream(&p, 4, "/Filter/FlateDecode", span_of(packed, n));
        parts_table(&p, 0, 5, "/Size 5/Root 1 0 R");
        reading_start(&r, buf_span(&p.out));
        assert_ok(pades_ctx_set_limit(r.ctx,
                                      i == 1 ? PADES_LIMIT_INFLATE_RATIO : PADES_LIMIT_STREAM_BYTES,
                                      i == 1   ? 100
                                      : i == 2 ? sizeof zeros - 1
                                               : sizeof zeros,
                                      &r.e),
                  r.e);
        assert_ok(pdf_file_open(r.ctx, r.source, &r.f, &r.e), r.e);
        assert_ok(pdf_file_load(r.f, (pdf_ref){4, 0}, r.pool, &o, &at, &r.e), r.e);
        assert_int_equal(pdf_file_stream(r.f, o, at, r.pool, &out, &r.e),
                         i == 0 ? PADES_OK : PADES_LIMIT);
        reading_free(&r);
    }
}

/* An object far larger than the first window, in a file large enough to need blocks and the tail.
 */
static void large_objects_are_read_in_growing_windows(void **state)
{
    (void)state;
    AUTO_VAL(parts) p = {0};
    reading r;
    parts_three(&p);
    p.at[4] = p.out.n;
    buf_add_str(&p.out, "4 0 obj\n[");
    for (int i = 0; i < 60000; i++) {
        buf_addf(&p.out, "%d ", i);
    }
    buf_add_str(&p.out, "]\nendobj\n");
    parts_table(&p, 0, 5, "/Size 5/Root 1 0 R");
    reading_open(&r, buf_span(&p.out));
    pdf_pool_free(r.pool);
    assert_ok(pdf_pool_new(32 << 20, &r.pool, &r.e), r.e);
    const pdf_obj *o = load(&r, 4);
    assert_int_equal(o->u.array.n, 60000);
    for (int i = 0; i < 60000; i++) {
        assert_int_equal(pdf_array_get(o, (size_t)i)->u.integer, i);
    }
    uint64_t pass = 0, structure = 0;
    pades_source_counts(r.source, &pass, &structure);
    assert_true(structure < p.out.n + 100000);
    reading_free(&r);
}

/* Objects inside each other's strings: each is read to the end of the file. */
/* What did not go into a pool is not read again for one that is no larger, but for a larger one. */
static void what_is_too_large_is_read_once(void **state)
{
    (void)state;
    enum { NUMBERS = 40000, SMALL = 1 << 20, LARGE = 64 << 20 };
    AUTO_VAL(parts) p = {0};
    AUTO_VAL(buf) text = BUF(1 << 20);
    reading r;
    const pdf_ref four = {4, 0};
    buf_add_str(&text, "4 0 obj[");
    for (size_t i = 0; i < NUMBERS; i++) {
        buf_add_str(&text, "1 ");
    }
    buf_add_str(&text, "]endobj\n");
    buf_add_byte(&text, 0);
    with_four(&p, (const char *)text.p);
    reading_open(&r, buf_span(&p.out));
    uint64_t spent = 0;
    for (int i = 0; i < 3; i++) {
        AUTO(pdf_pool) *pool = NULL;
        AUTO(pades_error) *e = NULL;
        const pdf_obj *o = NULL;
        assert_int_equal(pdf_pool_new(SMALL, &pool, NULL), PADES_OK);
        assert_int_equal(pdf_file_load(r.f, four, pool, &o, NULL, &e), PADES_LIMIT);
        assert_non_null(strstr(pades_error_message(e), "objects need more than 1048576 bytes"));
        assert_int_equal(pades_error_object(e), 4);
        assert_true(i == 0 || pdf_file_spent(r.f) == spent);
        spent = pdf_file_spent(r.f);
    }
    AUTO(pdf_pool) *pool = NULL;
    const pdf_obj *o = NULL;
    assert_int_equal(pdf_pool_new(LARGE, &pool, NULL), PADES_OK);
    assert_int_equal(pdf_file_load(r.f, four, pool, &o, NULL, NULL), PADES_OK);
    assert_int_equal(o->u.array.n, NUMBERS);
    reading_free(&r);
}

static void nested_objects_come_to_an_end(void **state)
{
    (void)state;
    enum { NESTED = 40, BODY = 2000 };
    AUTO_VAL(parts) p = {0};
    reading r;
    parts_three(&p);
    for (uint32_t id = 4; id < NESTED; id++) {
        p.at[id] = p.out.n;
        buf_addf(&p.out, "%u 0 obj (", id);
    }
    buf_add_fill(&p.out, 'x', BODY);
    for (uint32_t id = 4; id < NESTED; id++) {
        buf_add_str(&p.out, ") endobj\n");
    }
    parts_table(&p, 0, NESTED, "/Size 40/Root 1 0 R");
    reading_start(&r, buf_span(&p.out));
    pdf_pool_free(r.pool);
    assert_ok(pdf_pool_new(64 << 20, &r.pool, &r.e), r.e);
    assert_ok(pades_ctx_set_limit(r.ctx, PADES_LIMIT_OBJECT_BYTES, 3000, &r.e), r.e);
    assert_ok(pades_ctx_set_limit(r.ctx, PADES_LIMIT_STREAM_BYTES, 1, &r.e), r.e);
    assert_ok(pdf_file_open(r.ctx, r.source, &r.f, &r.e), r.e);
    pades_status status = PADES_OK;
    uint32_t n = 0;
    for (; status == PADES_OK && n < 1000; n++) {
        const pdf_obj *o = NULL;
        status = pdf_file_load(r.f, (pdf_ref){4 + n % (NESTED - 4), 0}, r.pool, &o, NULL, &r.e);
    }
    assert_int_equal(status, PADES_LIMIT);
    assert_in_range(n, 20, 200);
    reading_free(&r);
}

static int fail_read(void *user, uint64_t offset, void *buffer, size_t n)
{
    (void)user;
    (void)offset;
    (void)buffer;
    (void)n;
    return -1;
}

static void failing_source_is_no_damage(void **state)
{
    (void)state;
    static const pades_source_callbacks callbacks = {fail_read, NULL};
    reading r = {0};
    assert_ok(pades_ctx_new(&r.ctx, &r.e), r.e);
    assert_ok(pades_source_new_callbacks(&callbacks, NULL, 100000, &r.source, &r.e), r.e);
    assert_fails(pdf_file_open(r.ctx, r.source, &r.f, &r.e), PADES_INPUT_UNREADABLE, r.e);
    reading_free(&r);
}

/* Two revisions, the second with everything: stream section, object stream, packed rows. */
static size_t rich_file(parts *p, uint64_t *ret_first_end)
{
    AUTO_VAL(buf) rows = BUF(1000);
    char keys[200];
    parts_three(p);
    uint64_t at = parts_table(p, 0, 4, "/Size 4/Root 1 0 R");
    *ret_first_end = p->out.n;
    parts_stream(p, 6, "/Type/ObjStm/N 2/First 10",
                 span_str("7 0 8 17  <</Type/Catalog>>(string)"));
    add_row(&rows, 1, p->at[6], 0);
    add_row(&rows, 2, 6, 0);
    add_row(&rows, 2, 6, 1);
    add_row(&rows, 1, p->out.n, 0);
    snprintf(keys, sizeof keys, "/Size 10/Root 7 0 R/Index[6 4]/Prev %" PRIu64, at);
    parts_xref_stream(p, 9, keys, buf_span(&rows));
    return p->out.n;
}

/* What is read through every door; nothing may crash. Returns the id of the root, 0 when refused.
 */
static uint32_t read_everything(span data)
{
    reading r;
    pdf_ref root = {0, 0};
    reading_start(&r, data);
    if (pdf_file_open(r.ctx, r.source, &r.f, &r.e) == PADES_OK) {
        assert_true(pdf_get_ref(pdf_dict_get(pdf_file_trailer(r.f), "Root"), &root));
        for (uint32_t id = 0; id < 12; id++) {
            const pdf_obj *o = NULL;
            uint64_t at = 0;
            AUTO_VAL(buf) out = BUF(1 << 20);
            error_clear(&r.e);
            if (pdf_file_load(r.f, (pdf_ref){id, 0}, r.pool, &o, &at, &r.e) == PADES_OK && at > 0) {
                error_clear(&r.e);
                assert_int_equal(pdf_file_stream(r.f, o, at, r.pool, &out, &r.e),
                                 pades_error_status(r.e));
            }
        }
    }
    reading_free(&r);
    return root.id;
}

/* No prefix of a file is taken for a whole one, except a whole revision. */
static void cut_file_is_never_read_as_another(void **state)
{
    (void)state;
    AUTO_VAL(parts) p = {0};
    uint64_t first_end = 0;
    size_t n = rich_file(&p, &first_end);
    for (size_t cut = 0; cut <= n; cut++) {
        uint8_t *copy = malloc(cut ? cut : 1); /* exact, so that a sanitizer sees an overread */
        assert_non_null(copy);
        memcpy(copy, p.out.p, cut);
        uint32_t root = read_everything(span_of(copy, cut));
        uint32_t wanted = cut == n || cut + 1 == n                   ? 7
                          : cut == first_end || cut + 1 == first_end ? 1
                                                                     : 0;
        assert_int_equal(root, wanted);
        free(copy);
    }
}

static void changed_byte_never_crashes(void **state)
{
    (void)state;
    AUTO_VAL(parts) p = {0};
    uint64_t first_end = 0;
    size_t n = rich_file(&p, &first_end);
    static const uint8_t masks[] = {0x01, 0x10, 0x80, 0xff};
    for (size_t i = 0; i < n; i++) {
        for (size_t m = 0; m < ARRAY_LEN(masks); m++) {
            uint8_t old = p.out.p[i];
            p.out.p[i] ^= masks[m];
            (void)read_everything(buf_span(&p.out));
            p.out.p[i] = old;
        }
    }
    assert_int_equal(read_everything(buf_span(&p.out)), 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(objects_load_where_they_stand),
        cmocka_unit_test(objects_that_are_refused),
        cmocka_unit_test(absent_objects_are_null),
        cmocka_unit_test(resolve_follows_a_bounded_way),
        cmocka_unit_test(streams_decode),
        cmocka_unit_test(inflating_is_limited_by_ratio_and_size),
        cmocka_unit_test(large_objects_are_read_in_growing_windows),
        cmocka_unit_test(what_is_too_large_is_read_once),
        cmocka_unit_test(nested_objects_come_to_an_end),
        cmocka_unit_test(failing_source_is_no_damage),
        cmocka_unit_test(cut_file_is_never_read_as_another),
        cmocka_unit_test(changed_byte_never_crashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
