/* Values of strings and names. */
#include "unit.h"

#include "pdf/lexer.h"

typedef bool (*decode_fn)(pdf_pool *pool, span raw, span *ret, const char **ret_why);

static void expect(decode_fn fn, const char *raw, const char *value, size_t n)
{
    pades_error *e = NULL;
    pdf_pool *pool = NULL;
    span got = {NULL, 0};
    const char *why = NULL;
    assert_ok(pdf_pool_new(4096, &pool, &e), e);
    bool ok = fn(pool, span_str(raw), &got, &why);
    if (!value) {
        assert_false(ok);
        assert_non_null(why);
    } else {
        assert_true(ok);
        assert_true(span_eq(got, span_of(value, n)));
    }
    pdf_pool_free(pool);
}

/* clause: ISO32000-1#7.3.4.2 escapes and line ends in literal strings */
static void literal_decodes_escapes(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"()", ""},
        {"(plain)", "plain"},
        {"(a(b)c)", "a(b)c"},
        {"(\\n\\r\\t\\b\\f)", "\n\r\t\b\f"},
        {"(\\(\\)\\\\)", "()\\"},
        {"(\\101\\7z\\0053)", "A\7z\0053"},
        {"(\\q)", "q"},
        {"(a\\\nb)", "ab"},
        {"(a\\\r\nb)", "ab"},
        {"(a\\\rb)", "ab"},
        {"(a\r\nb)", "a\nb"},
        {"(a\rb\nc)", "a\nb\nc"},
        {"(\\400)", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        size_t n = i == ARRAY_LEN(pairs) - 1 ? 1 : strlen(pairs[i][1]); /* \400 is a zero byte */
        expect(pdf_decode_literal, pairs[i][0], pairs[i][1], n);
    }
}

/* clause: ISO32000-1#7.3.4.3 hexadecimal strings */
static void hex_decodes_with_blanks_and_odd_digits(void **state)
{
    (void)state;
    expect(pdf_decode_hex, "<>", "", 0);
    expect(pdf_decode_hex, "<48 65\n6C6c6F>", "Hello", 5);
    expect(pdf_decode_hex, "<7>", "p", 1);
    expect(pdf_decode_hex, "<48657>", "Hep", 3);
    expect(pdf_decode_hex, "<4x>", NULL, 0);
}

/* clause: ISO32000-1#7.3.5 names */
static void name_decodes_hashes_or_refuses(void **state)
{
    (void)state;
    expect(pdf_decode_name, "/", "", 0);
    expect(pdf_decode_name, "/Name", "Name", 4);
    expect(pdf_decode_name, "/A#20B#2f", "A B/", 4);
    expect(pdf_decode_name, "/#41", "A", 1);
    expect(pdf_decode_name, "/A#", NULL, 0);
    expect(pdf_decode_name, "/A#4", NULL, 0);
    expect(pdf_decode_name, "/A#4g", NULL, 0);
    expect(pdf_decode_name, "/A#00", NULL, 0);
}

static void full_pool_is_told_apart_from_bad_text(void **state)
{
    (void)state;
    pades_error *e = NULL;
    pdf_pool *pool = NULL;
    span got = {NULL, 0};
    const char *why = "unset";
    assert_ok(pdf_pool_new(8, &pool, &e), e);
    assert_false(pdf_decode_literal(pool, span_str("(longer than\\n eight)"), &got, &why));
    assert_null(why);
    why = "unset";
    assert_false(pdf_decode_hex(pool, span_str("<00112233445566778899>"), &got, &why));
    assert_null(why);
    why = "unset";
    assert_false(pdf_decode_name(pool, span_str("/longer#20than#20eight"), &got, &why));
    assert_null(why);
    pdf_pool_free(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(literal_decodes_escapes),
        cmocka_unit_test(hex_decodes_with_blanks_and_odd_digits),
        cmocka_unit_test(name_decodes_hashes_or_refuses),
        cmocka_unit_test(full_pool_is_told_apart_from_bad_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
