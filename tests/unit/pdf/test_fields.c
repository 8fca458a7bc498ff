/* The walk over the form's fields. */
#include "base/fail.h"
#include "pdf/fields.h"
#include "pdf/builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

/* "name:type:v name:type ..." of a document's fields; v: it has a value. */
static void assert_fields(const builder_plan *plan, const char *expected)
{
    AUTO_VAL(builder) b;
    AUTO_VAL(buf) text = BUF(1 << 20);
    AUTO_VAL(pdf_fields) fields = {NULL, 0, 0};
    AUTO(pades_error) *e = NULL;
    opened o;
    builder_document(&b, plan);
    opened_open(&o, buf_span(&b.out), span_of(NULL, 0));
    pades_status status = pdf_fields_read(o.f, &fields, &e);
    opened_free(&o);
    if (status != PADES_OK) {
        fail_msg("%s", pades_error_message(e));
    }
    for (size_t i = 0; i < fields.n; i++) {
        const pdf_field *f = &fields.items[i];
        buf_addf(&text, "%s%s:%s%s", i ? " " : "", f->name, f->type, f->has_value ? ":v" : "");
    }
    buf_add_byte(&text, 0);
    assert_string_equal((const char *)text.p, expected);
}

static void fields_are_none_without_a_form(void **state)
{
    (void)state;
    assert_fields(&(builder_plan){.page = ""}, "");
    assert_fields(&(builder_plan){.catalog = "/AcroForm<<>>"}, "");
    assert_fields(&(builder_plan){.catalog = "/AcroForm 44 0 R"}, "");
    assert_fields(&(builder_plan){.catalog = "/AcroForm<</Fields 5>>"}, "");
}

/* clause: ISO32000-1#12.7.3 */
/* clause: ISO32000-1#12.7.3.2 joined by full stops */
static void fields_have_joined_names_and_inherit(void **state)
{
    (void)state;
    assert_fields(
        &(builder_plan){.catalog = "/AcroForm<</Fields[4 0 R 9 0 R]>>",
                        .more = {"<</T(a)/FT/Tx/Kids[5 0 R 6 0 R 7 0 R]>>",
                                 "<</T(b)/Parent 4 0 R>>", "<</T<FEFF00E6>/FT/Btn/V/Off>>",
                                 "<</T(c)/V 8 0 R/Kids[10 0 R 11 0 R]>>", "(x)",
                                 "<</T(d.e)/FT/Sig/V null>>", "<</T(f)>>", "<</T(g)/V(y)>>"}},
        "a.b:Tx a.\xC3\xA6:Btn:v a.c.f:Tx:v a.c.g:Tx:v d.e:Sig");
}

static void fields_own_their_widgets(void **state)
{
    (void)state;
    assert_fields(
        &(builder_plan){.catalog = "/AcroForm<</Fields[4 0 R 7 0 R]>>",
                        .more = {"<</T(radio)/FT/Btn/Kids[5 0 R 6 0 R]>>", "<</Subtype/Widget>>",
                                 "<</Subtype/Widget>>", "<</FT/Tx/Kids[8 0 R]>>", "<<>>"}},
        "radio:Btn :Tx");
}

static void fields_pass_over_what_they_met_before(void **state)
{
    (void)state;
    assert_fields(
        &(builder_plan){.catalog = "/AcroForm<</Fields[4 0 R 4 0 R 5 0 R 6 0 R 33 0 R 7 null]>>",
                        .more = {"<</T(a)/FT/Tx>>", "<</T(b)/Kids[5 0 R 6 0 R]>>",
                                 "<</T(c)/FT/Ch/Kids[5 0 R 6 0 R]>>"}},
        "a:Tx b.c:Ch");
}

static void fields_have_no_type_that_is_longer_than_known(void **state)
{
    (void)state;
    assert_fields(&(builder_plan){.catalog = "/AcroForm<</Fields[4 0 R 5 0 R]>>",
                                  .more = {"<</T(a)/FT/Signature>>", "<</T()/FT 6 0 R>>", "/Sig"}},
                  "a: :Sig");
}

/* clause: ISO32000-1#12.7.3.2 a name with a NUL is never taken for what stands before it */
static void fields_do_not_end_at_a_nul(void **state)
{
    (void)state;
    static const char *const names[] = {"(A\\000B)", "<FEFF004100000042>", "<4100>"};
    static const char *const expected[] = {"A\xEF\xBF\xBD"
                                           "B:",
                                           "A\xEF\xBF\xBD"
                                           "B:",
                                           "A\xEF\xBF\xBD:"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char field[64];
        AUTO_VAL(builder) b;
        AUTO(pades_error) *e = NULL;
        pdf_field_tree tree = {.read = NULL};
        opened o;
        snprintf(field, sizeof field, "<</T%s>>", names[i]);
        const builder_plan plan = {.catalog = "/AcroForm<</Fields[4 0 R]>>", .more = {field}};
        assert_fields(&plan, expected[i]);
        builder_document(&b, &plan);
        opened_open(&o, buf_span(&b.out), span_of(NULL, 0));
        assert_int_equal(pdf_field_tree_read(o.f, &tree, &e), PADES_DOC_DAMAGED);
        assert_non_null(pades_error_clause(e));
        opened_free(&o);
    }
}

static void assert_limited(const builder_plan *plan, pades_limit limit, uint64_t value)
{
    AUTO_VAL(builder) b;
    AUTO_VAL(pdf_fields) fields = {NULL, 0, 0};
    AUTO(pades_error) *e = NULL;
    opened o;
    builder_document(&b, plan);
    opened_open(&o, buf_span(&b.out), span_of(NULL, 0));
    o.ctx->limits[limit] = value;
    assert_int_equal(pdf_fields_read(o.f, &fields, &e), PADES_LIMIT);
    assert_int_equal(pades_error_status(e), PADES_LIMIT);
    opened_free(&o);
}

static void fields_are_bounded(void **state)
{
    (void)state;
    const builder_plan flat = {.catalog = "/AcroForm<</Fields[4 0 R 5 0 R 6 0 R]>>",
                               .more = {"<</T(a)>>", "<</T(b)>>", "<</T(c)>>"}};
    const builder_plan deep = {
        .catalog = "/AcroForm<</Fields[4 0 R]>>",
        .more = {"<</T(a)/Kids[5 0 R]>>", "<</T(b)/Kids[6 0 R]>>", "<</T(c)>>"}};
    assert_limited(&flat, PADES_LIMIT_FIELDS, 2);
    assert_limited(&deep, PADES_LIMIT_DEPTH, 2);
    assert_fields(&deep, "a.b.c:");
}

/* Enough of them that the set of numbers seen must grow. */
static void fields_walk_many(void **state)
{
    (void)state;
    AUTO_VAL(builder) b;
    AUTO_VAL(buf) kids = BUF(1 << 20);
    AUTO_VAL(pdf_fields) fields = {NULL, 0, 0};
    opened o;
    builder_start(&b, "1.7");
    builder_object(&b, 1, 0, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]>>>>");
    builder_object(&b, 4, 0, "<</T(a)/FT/Tx/Kids 5 0 R>>");
    for (uint32_t i = 0; i < 200; i++) {
        builder_object(&b, 10 + i, 0, "<</T(%u)>>", i);
        buf_addf(&kids, "%u 0 R %u 0 R ", 10 + i, 10 + i / 2);
    }
    builder_object(&b, 5, 0, "[%.*s]", (int)kids.n, (const char *)kids.p);
    builder_table(&b, 300, "");
    opened_open(&o, buf_span(&b.out), span_of(NULL, 0));
    assert_int_equal(pdf_fields_read(o.f, &fields, NULL), PADES_OK);
    assert_int_equal(fields.n, 200);
    assert_string_equal(fields.items[199].name, "a.199");
    opened_free(&o);
}

/* A parent's name is in each name below it. */
static void fields_have_names_of_bounded_size_together(void **state)
{
    (void)state;
    AUTO_VAL(builder) b;
    AUTO_VAL(buf) kids = BUF(1 << 20);
    AUTO_VAL(buf) name = BUF(1 << 20);
    AUTO_VAL(pdf_fields) fields = {NULL, 0, 0};
    AUTO(pades_error) *e = NULL;
    opened o;
    builder_start(&b, "1.7");
    builder_object(&b, 1, 0, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]>>>>");
    for (size_t i = 0; i < 60000; i++) {
        buf_add_byte(&name, 'n');
    }
    for (uint32_t i = 0; i < 600; i++) {
        builder_object(&b, 10 + i, 0, "<</T(%u)>>", i);
        buf_addf(&kids, "%u 0 R ", 10 + i);
    }
    builder_object(&b, 4, 0, "<</T(%.*s)/FT/Tx/Kids[%.*s]>>", (int)name.n, (const char *)name.p,
                   (int)kids.n, (const char *)kids.p);
    builder_table(&b, 700, "");
    opened_open(&o, buf_span(&b.out), span_of(NULL, 0));
    assert_int_equal(pdf_fields_read(o.f, &fields, &e), PADES_LIMIT);
    assert_non_null(strstr(pades_error_message(e), "names of the form's fields"));
    opened_free(&o);
}

/* What many lead to is parsed for each of them, up to a bound. */
static void fields_share_what_is_large_up_to_a_bound(void **state)
{
    (void)state;
    AUTO_VAL(builder) b;
    AUTO_VAL(buf) value = BUF(8 << 20);
    AUTO_VAL(buf) kids = BUF(1 << 20);
    AUTO_VAL(pdf_fields) fields = {NULL, 0, 0};
    AUTO(pades_error) *e = NULL;
    opened o;
    builder_start(&b, "1.7");
    builder_object(&b, 1, 0, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields 4 0 R>>>>");
    for (size_t i = 0; i < 100000; i++) {
        buf_add_str(&value, "0 ");
    }
    builder_object(&b, 5, 0, "[%.*s]", (int)value.n, (const char *)value.p);
    for (uint32_t i = 0; i < 900; i++) {
        builder_object(&b, 10 + i, 0, "<</T(%u)/FT/Tx/V 5 0 R>>", i);
        buf_addf(&kids, "%u 0 R ", 10 + i);
    }
    builder_object(&b, 4, 0, "[%.*s]", (int)kids.n, (const char *)kids.p);
    builder_table(&b, 1000, "");
    opened_open(&o, buf_span(&b.out), span_of(NULL, 0));
    assert_int_equal(pdf_fields_read(o.f, &fields, &e), PADES_LIMIT);
    assert_non_null(strstr(pades_error_message(e), "share so much"));
    opened_free(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_none_without_a_form),
        cmocka_unit_test(fields_have_joined_names_and_inherit),
        cmocka_unit_test(fields_own_their_widgets),
        cmocka_unit_test(fields_pass_over_what_they_met_before),
        cmocka_unit_test(fields_have_no_type_that_is_longer_than_known),
        cmocka_unit_test(fields_do_not_end_at_a_nul),
        cmocka_unit_test(fields_are_bounded),
        cmocka_unit_test(fields_walk_many),
        cmocka_unit_test(fields_have_names_of_bounded_size_together),
        cmocka_unit_test(fields_share_what_is_large_up_to_a_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
