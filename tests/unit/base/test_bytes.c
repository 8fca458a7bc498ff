/* Spans, readers, bufs, text: limits hold, failures stick, hostile text is harmless. */
#include "unit.h"

#include "base/buf.h"
#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"

static void buf_stops_at_its_maximum_and_stays_failed(void **state)
{
    (void)state;
    pades_error *e = NULL;
    AUTO_VAL(buf) b = BUF(10);
    buf_add_str(&b, "12345");
    buf_add_str(&b, "12345");
    assert_true(buf_ok(&b));
    buf_add_byte(&b, 'x');
    assert_false(buf_ok(&b));
    buf_truncate(&b, 0);
    buf_add_byte(&b, 'x'); /* sticky: what was lost stays lost */
    assert_false(buf_ok(&b));
    assert_null(buf_take_text(&b));
    assert_fails(buf_check(&b, "thing", &e), PADES_LIMIT, e);
    AUTO_VAL(buf) early = BUF(10);
    assert_null(buf_extend(&early, 11)); /* the first append too */
    assert_fails(buf_check(&early, "thing", &e), PADES_LIMIT, e);
}

static void buf_addf_formats_longer_than_its_room(void **state)
{
    (void)state;
    AUTO_VAL(buf) b = BUF(4096);
    char wide[1001];
    memset(wide, 'y', 1000);
    wide[1000] = '\0';
    buf_addf(&b, "<%s>", wide);
    assert_int_equal(b.n, 1002);
    assert_int_equal(b.p[1001], '>');
}

static void buf_add_hex_writes_both_cases(void **state)
{
    (void)state;
    AUTO_VAL(buf) b = BUF(64);
    buf_add_hex(&b, span_of("\x0f\xa0", 2), true);
    buf_add_hex(&b, span_of("\x0f\xa0", 2), false);
    assert_true(span_is(buf_span(&b), "0FA00fa0"));
}

static void reader_fails_beyond_its_end_and_not_before(void **state)
{
    (void)state;
    reader r = reader_of(span_str("abc"));
    assert_int_equal(reader_be(&r, 2), 0x6162);
    assert_false(r.failed);
    assert_int_equal(reader_be(&r, 2), 0);
    assert_true(r.failed);
    assert_int_equal(reader_next(&r), 'c');
    assert_int_equal(reader_next(&r), -1);
    assert_null(reader_take(&r, 1).p);
}

static void span_find_sees_first_and_last(void **state)
{
    (void)state;
    span hay = span_str("abcabc");
    assert_int_equal(span_find(hay, span_str("bc"), 0), 1);
    assert_int_equal(span_find(hay, span_str("bc"), 2), 4);
    assert_int_equal(span_find_last(hay, span_str("bc")), 4);
    assert_int_equal(span_find(hay, span_str("x"), 0), SIZE_MAX);
    assert_int_equal(span_find(hay, span_str("abcabca"), 0), SIZE_MAX);
    assert_int_equal(span_find(hay, span_str("a"), 99), SIZE_MAX);
}

static void escape_is(const char *in, size_t n, const char *want)
{
    char *got = escape_text(span_of(in, n), 0);
    assert_string_equal(got, want);
    mem_free(got);
}

static void escape_replaces_what_moves_a_terminal(void **state)
{
    (void)state;
    escape_is("\x1b]0;owned\x07", 10, "\\x1b]0;owned\\x07");
    escape_is("a\xe2\x80\xae"
              "b",
              5, "a\\u{202e}b");
    escape_is("\xc2\x9b"
              "31m",
              5, "\\u{009b}31m");
    escape_is("line\nend", 8, "line\\x0aend");
    escape_is("\xff\xfe", 2, "\\xff\\xfe");
    escape_is("\xed\xa0\x80", 3, "\\xed\\xa0\\x80"); /* a surrogate */
    escape_is("\xc0\xaf", 2, "\\xc0\\xaf");          /* overlong '/' */
    escape_is("Sørensen & Sønn", 17, "Sørensen & Sønn");
}

static void escape_cuts_between_characters(void **state)
{
    (void)state;
    char *got = escape_text(span_str("ååååååååå"), 10);
    assert_string_equal(got, "ååå...");
    mem_free(got);
}

static void utf8_accepts_only_rfc_3629(void **state)
{
    (void)state;
    assert_true(utf8_valid(span_str("aé€😀")));
    assert_false(utf8_valid(span_of("\xf4\x90\x80\x80", 4)));
    assert_false(utf8_valid(span_of("\xe2\x82", 2)));
    assert_false(utf8_valid(span_of("\x80", 1)));
    AUTO_VAL(buf) b = BUF(64);
    utf8_add(&b, 0x1f600);
    utf8_add(&b, 0x20ac);
    utf8_add(&b, 0xe9);
    assert_true(span_is(buf_span(&b), "😀€é"));
}

static void error_chain_gives_the_outermost_hint(void **state)
{
    (void)state;
    pades_error *e = NULL;
    (void)fail(&e, PADES_DOC_DAMAGED, "inner %d", 1);
    (void)error_place(&e, 12, 345);
    (void)error_clause(&e, "ISO32000-1#7.5.4");
    assert_int_equal(fail_wrap(&e, PADES_DOC_UNSUPPORTED, "outer"), PADES_DOC_UNSUPPORTED);
    (void)error_hint(&e, "do that");
    assert_string_equal(pades_error_message(e), "outer");
    assert_string_equal(pades_error_hint(e), "do that");
    assert_int_equal(pades_error_object(e), 12);
    assert_int_equal(pades_error_offset(e), 345);
    assert_string_equal(pades_error_clause(e), "ISO32000-1#7.5.4");
    assert_string_equal(pades_error_message(pades_error_cause(e)), "inner 1");
    assert_null(pades_error_native(e));
    pades_error_free(e);
    assert_int_equal(fail(NULL, PADES_LIMIT, "nobody asks"), PADES_LIMIT);
}

static void error_without_memory_is_still_an_error(void **state)
{
    (void)state;
    pades_error *e = NULL;
    assert_int_equal(fail_memory(&e), PADES_NO_MEMORY);
    assert_int_equal(pades_error_status(e), PADES_NO_MEMORY);
    assert_string_equal(pades_error_message(e), "out of memory");
    (void)error_hint(&e, "cannot be stored");
    assert_null(pades_error_hint(e));
    pades_error_free(e);
}

static void mem_array_refuses_overflow(void **state)
{
    (void)state;
    assert_null(mem_array(SIZE_MAX / 2, 3));
    size_t cap = 0;
    int *items = NULL;
    for (int i = 0; i < 100; i++) {
        assert_true(MEM_GROW(items, (size_t)i, cap));
        assert_int_equal(items[i], 0);
        items[i] = i;
    }
    assert_int_equal(items[63], 63);
    mem_free(items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(buf_stops_at_its_maximum_and_stays_failed),
        cmocka_unit_test(buf_addf_formats_longer_than_its_room),
        cmocka_unit_test(buf_add_hex_writes_both_cases),
        cmocka_unit_test(reader_fails_beyond_its_end_and_not_before),
        cmocka_unit_test(span_find_sees_first_and_last),
        cmocka_unit_test(escape_replaces_what_moves_a_terminal),
        cmocka_unit_test(escape_cuts_between_characters),
        cmocka_unit_test(utf8_accepts_only_rfc_3629),
        cmocka_unit_test(error_chain_gives_the_outermost_hint),
        cmocka_unit_test(error_without_memory_is_still_an_error),
        cmocka_unit_test(mem_array_refuses_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
