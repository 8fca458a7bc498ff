/* What a signature dictionary covers: the gap must be its own /Contents, nothing else. */
#include "base/fail.h"
#include "pdf/fields.h"
#include "pdf/builder.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

/* `text` is the signature's object, with one %s for the three numbers of the range, which are
 * those of the text between the first '<' behind /Contents and its '>'. `shift` moves the gap. */
typedef struct gap_case {
    const char *head; /* of the object: "8 0 obj\n" */
    const char *before, *hex, *after;
    int from, to; /* added to the numbers */
    bool ok;
} gap_case;

static void build(builder *b, const gap_case *c)
{
    builder_start(b, "1.7");
    builder_object(b, 1, 0, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]>>>>");
    builder_object(b, 2, 0, "<</Type/Pages/Kids[3 0 R]/Count 1>>");
    builder_object(b, 3, 0, "<</Type/Page/Parent 2 0 R>>");
    builder_object(b, 4, 0, "<</T(a)/FT/Sig/V 8 0 R>>");
    b->rows[b->n++] = (builder_row){8, 0, b->out.n, 0};
    size_t from = b->out.n + strlen(c->head) + strlen(c->before);
    buf_addf(&b->out, "%s%s%s%s/ByteRange[0 %zu %zu 10]>>\nendobj\n", c->head, c->before, c->hex,
             c->after, from + (size_t)c->from, from + strlen(c->hex) + (size_t)c->to);
    builder_table(b, 9, "");
}

static void assert_gap(const gap_case *c)
{
    AUTO_VAL(builder) b;
    AUTO_VAL(pdf_fields) fields = {NULL, 0, 0};
    AUTO_VAL(pdf_signature) s = {.contents = BUF(0)};
    opened o;
    build(&b, c);
    opened_open(&o, buf_span(&b.out), span_of(NULL, 0));
    assert_int_equal(pdf_fields_read(o.f, &fields, NULL), PADES_OK);
    assert_int_equal(fields.n, 1);
    assert_int_equal(pdf_signature_read(o.f, &fields.items[0], o.pool, &s, NULL), PADES_OK);
    if (s.byte_range_ok != c->ok) {
        fail_msg("%s%s", c->before, c->hex);
    }
    opened_free(&o);
}

/* clause: ISO32000-1#12.8.1 */
static void signature_gap_is_its_own_contents(void **state)
{
    (void)state;
    static const gap_case cases[] = {
        {"8 0 obj\n", "<</Contents", "<3000>", "", 0, 0, true},
        {"8 0 obj\n", "<</A<</Contents<00>>>/Contents ", "<30 00\n>", "/B 1", 0, 0, true},
        {"8 0 obj%<</Contents<3000>>>\r\n\f ", "<</Contents", "<3000>", "", 0, 0, true},
        {"8 0 obj", "<</Contents", "<3000>", "", 0, 0, true},
        {"8 0 obj\n", "<</Contents", "<3000>", "", 1, 0, false},
        {"8 0 obj\n", "<</Contents", "<3000>", "", 0, -1, false},
        {"8 0 obj\n", "<</Contents", "<3000>", "", -1, 0, false},
        {"8 0 obj\n", "<</Contents", "<3000>", "", 0, 1, false},
        {"8 0 obj\n", "<</Contents", "(3000)", "", 0, 0, false},
        {"8 0 obj\n", "<</Contents<3000>/A", "<3000>", "", 0, 0, false},
        {"8 0 obj\n", "<</Contents<3000>/Contents", "<3000>", "", 0, 0, false},
        {"8 0 obj\n", "<</A<</Contents", "<3000>", ">>/Contents<3000>", 0, 0, false},
        {"8 0 obj\n", "<</Contents", "<3000>", "", 0, 100000, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_gap(&cases[i]);
    }
}

/* Loads object 8 of a file made of one field and that object. */
static pades_status read_one(builder_kind kind, const char *field, const char *text,
                             pdf_signature *ret)
{
    AUTO_VAL(builder) b;
    AUTO_VAL(pdf_fields) fields = {NULL, 0, 0};
    static opened o; /* keeps the pool that `ret` points into until the next call */
    if (o.f) {
        opened_free(&o);
    }
    builder_document(&b, &(builder_plan){.kind = kind,
                                         .catalog = "/AcroForm<</Fields[4 0 R]>>",
                                         .more = {field, text}});
    opened_open(&o, buf_span(&b.out), span_of(NULL, 0));
    assert_int_equal(pdf_fields_read(o.f, &fields, NULL), PADES_OK);
    assert_int_equal(fields.n, 1);
    return pdf_signature_read(o.f, &fields.items[0], o.pool, ret, NULL);
}

static void signature_range_must_be_four_numbers(void **state)
{
    (void)state;
    static const char *const ranges[] = {"[0 1 2]",
                                         "[0 1 2 3 4]",
                                         "[0 -1 2 3]",
                                         "[0 1.0 2 3]",
                                         "7",
                                         "null",
                                         "[1 1 2 3]",
                                         "[0 2 1 3]",
                                         "[0 1 2 99999999]",
                                         "[0 1 9223372036854775807 9223372036854775807]",
                                         "[0 1 0 R 2 3]"};
    for (size_t i = 0; i < ARRAY_LEN(ranges); i++) {
        char text[128];
        AUTO_VAL(pdf_signature) s = {.contents = BUF(0)};
        snprintf(text, sizeof text, "<</ByteRange %s/Contents<3000>>>", ranges[i]);
        assert_int_equal(read_one(BUILD_TABLE, "<</T(a)/FT/Sig/V 5 0 R>>", text, &s), PADES_OK);
        assert_false(s.byte_range_ok);
        assert_int_equal(s.contents.n, 2);
    }
}

static void signature_in_an_object_stream_covers_nothing(void **state)
{
    (void)state;
    AUTO_VAL(pdf_signature) s = {.contents = BUF(0)};
    assert_int_equal(read_one(BUILD_OBJSTM, "<</T(a)/FT/Sig/V 5 0 R>>",
                              "<</ByteRange[0 11 17 3]/Contents<3000>>>", &s),
                     PADES_OK);
    assert_false(s.byte_range_ok);
    assert_int_equal(s.byte_range[1], 11);
    assert_int_equal(s.contents.n, 2);
}

static void signature_may_stand_in_its_field(void **state)
{
    (void)state;
    AUTO_VAL(pdf_signature) s = {.contents = BUF(0)};
    assert_int_equal(
        read_one(BUILD_TABLE, "<</T(a)/FT/Sig/V<</Contents<3000>/SubFilter/X>>>>", "null", &s),
        PADES_OK);
    assert_true(pdf_is_name(pdf_dict_get(s.dict, "SubFilter"), "X"));
}

static void signature_must_be_a_dictionary(void **state)
{
    (void)state;
    static const char *const values[] = {"/Off", "5 0 R", "[<<>>]"};
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        char text[64];
        pdf_signature s = {.contents = BUF(0)};
        snprintf(text, sizeof text, "<</T(a)/FT/Sig/V %s>>", values[i]);
        assert_int_equal(read_one(BUILD_TABLE, text, "(x)", &s), PADES_DOC_DAMAGED);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signature_gap_is_its_own_contents),
        cmocka_unit_test(signature_range_must_be_four_numbers),
        cmocka_unit_test(signature_in_an_object_stream_covers_nothing),
        cmocka_unit_test(signature_may_stand_in_its_field),
        cmocka_unit_test(signature_must_be_a_dictionary),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
