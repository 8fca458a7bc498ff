/* Parsing: kinds and values, raw bytes kept, references, nesting, duplicate keys, refusals. */
#include "unit.h"

#include "pdf/object.h"

typedef struct parsed {
    pdf_pool *pool;
    pdf_obj *o;
    size_t used;
    pades_error *e;
    pades_status status;
} parsed;

static parsed parse(span text, unsigned depth)
{
    parsed p = {0};
    assert_ok(pdf_pool_new(32 << 20, &p.pool, &p.e), p.e);
    p.status = pdf_parse(p.pool, text, depth, &p.o, &p.used, &p.e);
    return p;
}

static void drop(parsed *p)
{
    pdf_pool_free(p->pool);
    pades_error_free(p->e);
}

static void refused(const char *text, pades_status status)
{
    parsed p = parse(span_str(text), 10);
    if (p.status != status) {
        print_error("'%s' gives %s\n", text, pades_status_name(p.status));
    }
    assert_int_equal(p.status, status);
    assert_int_equal(pades_error_status(p.e), status);
    assert_null(p.o);
    drop(&p);
}

static void parse_gives_kinds_and_values(void **state)
{
    (void)state;
    static const char list[] = "[true false null 12 -3.5 (a\\(b) <6162> /N#41 7 0 R]";
    char text[80];
    snprintf(text, sizeof text, " %s rest", list);
    parsed p = parse(span_str(text), 10);
    assert_ok(p.status, p.e);
    assert_int_equal(p.used, sizeof list);
    assert_int_equal(p.o->kind, PDF_ARRAY);
    assert_int_equal(p.o->u.array.n, 9);
    pdf_obj **i = p.o->u.array.items;
    assert_true(i[0]->kind == PDF_BOOL && i[0]->u.boolean);
    assert_true(i[1]->kind == PDF_BOOL && !i[1]->u.boolean);
    assert_int_equal(i[2]->kind, PDF_NULL);
    assert_true(i[3]->kind == PDF_INT && i[3]->u.integer == 12);
    assert_true(i[4]->kind == PDF_REAL && i[4]->u.real > -3.51 && i[4]->u.real < -3.49);
    assert_true(i[5]->kind == PDF_STRING && span_is(i[5]->u.text, "a(b"));
    assert_true(i[6]->kind == PDF_STRING && span_is(i[6]->u.text, "ab"));
    assert_true(pdf_is_name(i[7], "NA"));
    assert_true(i[8]->kind == PDF_REFERENCE && i[8]->u.ref.id == 7 && i[8]->u.ref.gen == 0);
    assert_true(span_is(i[5]->raw, "(a\\(b)"));
    assert_true(span_is(i[7]->raw, "/N#41"));
    assert_true(span_is(i[8]->raw, "7 0 R"));
    assert_true(span_is(p.o->raw, list));
    drop(&p);
}

static void parse_tells_numbers_from_references(void **state)
{
    (void)state;
    parsed p = parse(span_str("[1 2 3 0 R 4 5 0 6 65535 R -1 0 +1 0 0 0 R]"), 10);
    static const pdf_kind kinds[] = {PDF_INT, PDF_INT, PDF_REFERENCE, PDF_INT,
                                     PDF_INT, PDF_INT, PDF_REFERENCE, PDF_INT,
                                     PDF_INT, PDF_INT, PDF_INT,       PDF_NULL};
    assert_ok(p.status, p.e);
    assert_int_equal(p.o->u.array.n, ARRAY_LEN(kinds));
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        assert_int_equal(p.o->u.array.items[i]->kind, kinds[i]);
    }
    drop(&p);
    p = parse(span_str("8 0 R"), 10);
    assert_ok(p.status, p.e);
    assert_int_equal(p.o->kind, PDF_REFERENCE);
    drop(&p);
    p = parse(span_str("8 0 obj"), 10);
    assert_ok(p.status, p.e);
    assert_int_equal(p.o->kind, PDF_INT);
    assert_int_equal(p.used, 1);
    drop(&p);
}

static void parse_keeps_pairs_in_order_with_their_bytes(void **state)
{
    (void)state;
    parsed p = parse(span_str("<</B 1/A#42<</C[]>>\n/D(x)>>"), 10);
    assert_ok(p.status, p.e);
    assert_int_equal(p.o->kind, PDF_DICT);
    assert_int_equal(p.o->u.dict.n, 3);
    assert_true(span_is(p.o->u.dict.pairs[0].key, "B"));
    assert_true(span_is(p.o->u.dict.pairs[1].key, "AB"));
    assert_true(span_is(p.o->u.dict.pairs[1].key_raw, "/A#42"));
    assert_true(span_is(p.o->u.dict.pairs[1].value->raw, "<</C[]>>"));
    assert_false(p.o->u.dict.dup_keys);
    drop(&p);
}

/* clause: ISO32000-1#7.3.7 keys are unique */
static void parse_notices_duplicate_keys(void **state)
{
    (void)state;
    parsed p = parse(span_str("<</A 1/B 2/#41 3>>"), 10);
    assert_ok(p.status, p.e);
    assert_true(p.o->u.dict.dup_keys);
    assert_int_equal(pdf_dict_get(p.o, "A")->u.integer, 3);
    drop(&p);
    AUTO_VAL(buf) text = BUF(1 << 20);
    buf_add_str(&text, "<<");
    for (int i = 0; i < 1000; i++) {
        buf_addf(&text, "/K%d %d", i * 7919 % 1000, i);
    }
    size_t unique = text.n;
    buf_add_str(&text, ">>");
    p = parse(buf_span(&text), 10);
    assert_ok(p.status, p.e);
    assert_false(p.o->u.dict.dup_keys);
    for (int i = 0; i < 1000; i++) {
        char key[16];
        snprintf(key, sizeof key, "K%d", i * 7919 % 1000);
        assert_int_equal(pdf_dict_get(p.o, key)->u.integer, i);
    }
    assert_null(pdf_dict_get(p.o, "K1000"));
    assert_null(pdf_dict_get(p.o, "A"));
    assert_null(pdf_dict_get(p.o, "Z"));
    drop(&p);
    buf_truncate(&text, unique);
    buf_add_str(&text, "/K500(last)>>");
    p = parse(buf_span(&text), 10);
    assert_ok(p.status, p.e);
    assert_true(p.o->u.dict.dup_keys);
    assert_true(span_is(pdf_dict_get(p.o, "K500")->u.text, "last"));
    drop(&p);
}

static void parse_counts_its_depth(void **state)
{
    (void)state;
    parsed p = parse(span_str("[[[[[[[[[[1]]]]]]]]]]"), 10);
    assert_ok(p.status, p.e);
    drop(&p);
    refused("[[[[[[[[[[[1]]]]]]]]]]]", PADES_LIMIT);
    refused("<</A<</A<</A<</A<</A<</A<</A<</A<</A<</A<</A 1>>", PADES_LIMIT);
    AUTO_VAL(buf) deep = BUF(1 << 20);
    buf_add_fill(&deep, '[', 1 << 19);
    p = parse(buf_span(&deep), 500);
    assert_int_equal(p.status, PADES_LIMIT);
    drop(&p);
}

static void parse_refuses_what_is_no_object(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",        "  %x",        "R",
        "endobj",  "]",           ">>",
        "[1 2",    "<</A 1",      "<</A>>",
        "<<1 2>>", "<</A",        "[1 >>",
        "<</A 1]", "(x",          "<0g>",
        "/A#",     "[/B#0]",      "<</A#00 1>>",
        "True",    "[5 70000 R]", "[3000000000 0 R]",
        "[(a)",    "{1}",         "<</A 1/B endobj>>",
        "nul",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        refused(bad[i], PADES_DOC_DAMAGED);
    }
}

static void parse_stays_inside_its_pool(void **state)
{
    (void)state;
    AUTO_VAL(buf) text = BUF(1 << 20);
    pades_error *e = NULL;
    pdf_pool *pool = NULL;
    pdf_obj *o = NULL;
    buf_add_str(&text, "[");
    for (int i = 0; i < 10000; i++) {
        buf_add_str(&text, "0 ");
    }
    buf_add_str(&text, "]");
    assert_ok(pdf_pool_new(100000, &pool, &e), e);
    assert_fails(pdf_parse(pool, buf_span(&text), 10, &o, NULL, &e), PADES_LIMIT, e);
    assert_null(o);
    pdf_pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parse_gives_kinds_and_values),
        cmocka_unit_test(parse_tells_numbers_from_references),
        cmocka_unit_test(parse_keeps_pairs_in_order_with_their_bytes),
        cmocka_unit_test(parse_notices_duplicate_keys),
        cmocka_unit_test(parse_counts_its_depth),
        cmocka_unit_test(parse_refuses_what_is_no_object),
        cmocka_unit_test(parse_stays_inside_its_pool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
