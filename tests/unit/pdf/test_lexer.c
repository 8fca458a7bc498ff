/* Tokens: what they are, what is refused, and that a window never changes what is seen. */
#include "unit.h"

#include "pdf/lexer.h"

static pdf_token first(const char *text, bool partial)
{
    pdf_lexer lx = {span_str(text), 0, partial};
    return pdf_lex(&lx);
}

static void lexer_knows_every_kind(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        pdf_token_kind kind;
        const char *raw;
    } cases[] = {
        {" 12 ", TOKEN_INT, "12"},
        {"-7/N", TOKEN_INT, "-7"},
        {"+3.5]", TOKEN_REAL, "+3.5"},
        {".5 ", TOKEN_REAL, ".5"},
        {"4. ", TOKEN_REAL, "4."},
        {"(a(b)\\)c) ", TOKEN_STRING, "(a(b)\\)c)"},
        {"<0aF>", TOKEN_HEX, "<0aF>"},
        {"<<", TOKEN_DICT_OPEN, "<<"},
        {">>", TOKEN_DICT_CLOSE, ">>"},
        {"[", TOKEN_ARRAY_OPEN, "["},
        {"]", TOKEN_ARRAY_CLOSE, "]"},
        {"/A#20b(", TOKEN_NAME, "/A#20b"},
        {"/ 1", TOKEN_NAME, "/"},
        {"endobj\n", TOKEN_WORD, "endobj"},
        {"%c\n\f\t\r true", TOKEN_WORD, "true"},
        {"", TOKEN_END, ""},
        {" % all comment", TOKEN_END, ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        pdf_token t = first(cases[i].text, false);
        assert_int_equal(t.kind, cases[i].kind);
        assert_true(span_is(t.raw, cases[i].raw));
    }
}

static void lexer_refuses_what_readers_take_differently(void **state)
{
    (void)state;
    static const char *const cases[] = {"--5 ", "5-3 ",  "1.2.3 ", "1e5 ", "- ",  ". ",
                                        "+. ",  "(open", "(a\\)",  "<0",   "<0(", "< <",
                                        ">",    "> >",   ")",      "{",    "}",   "1R "};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        pdf_token t = first(cases[i], false);
        assert_int_equal(t.kind, TOKEN_BAD);
        assert_non_null(t.why);
    }
}

/* clause: ISO32000-1#7.3.3 numbers */
static void lexer_gives_values_of_numbers(void **state)
{
    (void)state;
    assert_int_equal(first("0000000123 ", false).integer, 123);
    assert_int_equal(first("-123 ", false).integer, -123);
    assert_int_equal(first("9223372036854775807 ", false).integer, INT64_MAX);
    assert_true(first("12 ", false).digits_only);
    assert_false(first("+12 ", false).digits_only);
    assert_false(first("1.0 ", false).digits_only);
    pdf_token large = first("9223372036854775808 ", false);
    assert_int_equal(large.kind, TOKEN_REAL);
    assert_false(large.digits_only);
    assert_float_equal(large.real, 9.2233720368547758e18, 1e6);
    assert_float_equal(first("-12.25 ", false).real, -12.25, 0);
    assert_float_equal(first("12 ", false).real, 12, 0);
}

static void digits_are_digits_alone(void **state)
{
    (void)state;
    uint64_t v = 7;
    assert_true(pdf_digits(span_str("0000000042"), &v));
    assert_int_equal(v, 42);
    assert_false(pdf_digits(span_str(""), &v));
    assert_false(pdf_digits(span_str(" 1"), &v));
    assert_false(pdf_digits(span_str("-1"), &v));
    assert_false(pdf_digits(span_str("12345678901234567890"), &v));
    assert_int_equal(v, 42);
}

/* Cutting the text anywhere gives, token by token, the same as the whole, until "more" is said. */
static void lexer_never_decides_on_half_a_token(void **state)
{
    (void)state;
    static const char text[] =
        "12 0 obj <</A#41 [1 2 R (x(y)\\\\z)<ab c>] % note\r/B -4.5>> endobj startxref";
    for (size_t cut = 0; cut < sizeof text - 1; cut++) {
        pdf_lexer whole = {span_of(text, sizeof text - 1), 0, false};
        pdf_lexer part = {span_of(text, cut), 0, true};
        pdf_token a, b = pdf_lex(&part);
        for (int i = 0; b.kind != TOKEN_MORE; b = pdf_lex(&part), i++) {
            a = pdf_lex(&whole);
            assert_int_equal(a.kind, b.kind);
            assert_int_equal(a.at, b.at);
            assert_true(span_eq(a.raw, b.raw));
            assert_true(i < 100);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lexer_knows_every_kind),
        cmocka_unit_test(lexer_refuses_what_readers_take_differently),
        cmocka_unit_test(lexer_gives_values_of_numbers),
        cmocka_unit_test(digits_are_digits_alone),
        cmocka_unit_test(lexer_never_decides_on_half_a_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
