/* Objects written as text, and text strings read. */
#include "base/fail.h"
#include "pdf/incr.h"
#include "pdf/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static void assert_buf(const buf *b, const char *expected)
{
    assert_true(buf_ok(b));
    assert_int_equal(b->n, strlen(expected));
    assert_memory_equal(b->p ? (const void *)b->p : "", expected, b->n);
}

static void assert_text(const char *utf8, const char *expected)
{
    AUTO_VAL(buf) out = BUF(1024);
    assert_int_equal(pdf_write_text(&out, span_str(utf8), NULL), PADES_OK);
    assert_buf(&out, expected);
}

static void write_text_keeps_ascii_literal(void **state)
{
    (void)state;
    assert_text("", "()");
    assert_text("Faktura 12/2026", "(Faktura 12/2026)");
    assert_text("a(b)c\\d", "(a\\(b\\)c\\\\d)");
    assert_text("one\r\ntwo\tthree", "(one\\r\\ntwo\\tthree)");
}

/* clause: ISO32000-1#7.9.2.2 */
static void write_text_uses_utf16_for_the_rest(void **state)
{
    (void)state;
    assert_text("\xC3\xA6", "<FEFF00E6>");
    assert_text("\xF0\x9F\x96\x8B", "<FEFFD83DDD8B>");
    assert_text("\x1B]0;", "<FEFF001B005D0030003B>");
    assert_text("\x7F", "<FEFF007F>");
}

static void write_text_refuses_what_is_not_utf8(void **state)
{
    (void)state;
    AUTO_VAL(buf) out = BUF(1024);
    AUTO(pades_error) *e = NULL;
    assert_int_equal(pdf_write_text(&out, span_str("\xC3("), &e), PADES_INVALID_ARGUMENT);
    assert_int_equal(out.n, 0);
}

/* clause: ISO32000-1#7.3.5 */
static void write_name_escapes_what_is_not_regular(void **state)
{
    (void)state;
    AUTO_VAL(buf) out = BUF(1024);
    pdf_write_name(&out, span_of("A b#/\0(\xE6", 8));
    assert_buf(&out, "/A#20b#23#2F#00#28#E6");
}

static const pdf_obj *parsed(pdf_pool *pool, const char *text)
{
    pdf_obj *o = NULL;
    size_t used = 0;
    assert_int_equal(pdf_parse(pool, span_str(text), 20, &o, &used, NULL), PADES_OK);
    return o;
}

/* clause: ISO32000-1#7.3 */
static void write_dict_keeps_raw_bytes_and_changes_keys(void **state)
{
    (void)state;
    AUTO_VAL(buf) out = BUF(1024);
    AUTO(pdf_pool) *pool = NULL;
    assert_int_equal(pdf_pool_new(1 << 20, &pool, NULL), PADES_OK);
    const pdf_obj *d = parsed(pool, "<< /A#41 +001.50 /B [ 1  2 ]\n/C(x\\)y) /D null /E 7 0 R >>");
    const pdf_change set[] = {
        {"B", span_str("[9]")}, {"D", {NULL, 0}}, {"New", span_str("12 0 R")}, {"None", {NULL, 0}}};
    pdf_write_dict(&out, d, set, ARRAY_LEN(set));
    assert_buf(&out, "<</A#41 +001.50/B[9]/C(x\\)y)/E 7 0 R/New 12 0 R>>");
}

static void write_dict_makes_one_from_nothing(void **state)
{
    (void)state;
    AUTO_VAL(buf) out = BUF(1024);
    const pdf_change set[] = {{"Fields", span_str("[1 0 R]")}, {"SigFlags", span_str("3")}};
    pdf_write_dict(&out, NULL, set, ARRAY_LEN(set));
    assert_buf(&out, "<</Fields[1 0 R]/SigFlags 3>>");
}

static void assert_utf8(const char *raw, size_t n, const char *expected)
{
    AUTO_VAL(buf) out = BUF(1024);
    pdf_text_utf8(&out, span_of(raw, n));
    assert_buf(&out, expected);
}

/* clause: ISO32000-1#7.9.2.2 */
static void text_reads_every_encoding(void **state)
{
    (void)state;
    assert_utf8("Sig", 3, "Sig");
    assert_utf8("\xE6\x80\xA0", 3, "\xC3\xA6\xE2\x80\xA2\xE2\x82\xAC");
    assert_utf8("\xFE\xFF\x00\xE6\xD8\x3D\xDD\x8B", 8, "\xC3\xA6\xF0\x9F\x96\x8B");
    assert_utf8("\xFF\xFE\xE6\x00", 4, "\xC3\xA6");
    assert_utf8("\xEF\xBB\xBF\xC3\xA6", 5, "\xC3\xA6");
}

static void text_replaces_what_is_no_character(void **state)
{
    (void)state;
    assert_utf8("\xFE\xFF\xD8\x3D\x00", 5, "\xEF\xBF\xBD\xEF\xBF\xBD");
    assert_utf8("\xFE\xFF\xDC\x00", 4, "\xEF\xBF\xBD");
    assert_utf8("\xEF\xBB\xBF\xC3", 4, "\xEF\xBF\xBD");
    assert_utf8("\x9F", 1, "\xEF\xBF\xBD");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(write_text_keeps_ascii_literal),
        cmocka_unit_test(write_text_uses_utf16_for_the_rest),
        cmocka_unit_test(write_text_refuses_what_is_not_utf8),
        cmocka_unit_test(write_name_escapes_what_is_not_regular),
        cmocka_unit_test(write_dict_keeps_raw_bytes_and_changes_keys),
        cmocka_unit_test(write_dict_makes_one_from_nothing),
        cmocka_unit_test(text_reads_every_encoding),
        cmocka_unit_test(text_replaces_what_is_no_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
