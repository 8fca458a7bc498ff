/* Where the lines of a filled field come to stand, and what of /DA is taken. */
#include "base/fail.h"
#include "base/mem.h"
#include "pdf/appear.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

/* A font in which every letter is half as wide as high. */
static pdf_font plain(void)
{
    pdf_font font = {.ascent = 0.8, .descent = -0.2};
    for (unsigned c = ' '; c < 127; c++) {
        font.unicode[c] = c;
        font.widths[c] = 0.5;
    }
    pdf_font_index(&font);
    return font;
}

static char *laid_out(const appear_box *box, double size, const char *text, bool *ret_fits)
{
    buf out = BUF(1 << 20);
    pdf_font font = plain();
    AUTO_VAL(appear_style) style = {span_str("F"), size, BUF(64)};
    appear_text(box, &style, &font, style.font, span_str(text), &out, ret_fits);
    return buf_take_text(&out);
}

static void holds(const appear_box *box, double size, const char *text, bool fits,
                  const char *const *parts, size_t n)
{
    bool really = !fits;
    char *content = laid_out(box, size, text, &really);
    for (size_t i = 0; i < n; i++) {
        if (!strstr(content, parts[i])) {
            fail_msg("'%s' is not in '%s'", parts[i], content);
        }
    }
    assert_int_equal(really, fits);
    mem_free(content);
}

static const appear_box usual = {.w = 104, .h = 20, .chosen = SIZE_MAX, .tag = "Tx"};

/* clause: ISO32000-1#12.7.3.3 quadding */
static void appear_one_line_left_centred_right(void **state)
{
    (void)state;
    static const char *const at[] = {"1 0 0 1 2 7 Tm (abcd) Tj", "1 0 0 1 42 7 Tm (abcd) Tj",
                                     "1 0 0 1 82 7 Tm (abcd) Tj"};
    for (unsigned q = 0; q < 3; q++) {
        appear_box box = usual;
        box.quadding = q;
        holds(&box, 10, "abcd", true, &at[q], 1);
    }
    holds(&usual, 10, "twenty-one letters ..", false, NULL, 0);
    holds(&usual, 21, "x", false, NULL, 0);
}

static void appear_size_that_fits(void **state)
{
    (void)state;
    static const char *const high[] = {"/F 16 Tf"}, *const wide[] = {"/F 10 Tf"},
                             *const least[] = {"/F 4 Tf"};
    holds(&usual, 0, "abcd", true, high, 1);
    holds(&usual, 0, "twenty letters .....", true, wide, 1);
    holds(&usual, 0, "fifty-one letters, one more than there is room for ", false, least, 1);
}

static void appear_many_lines_wrapped_at_words(void **state)
{
    (void)state;
    appear_box box = {.w = 54, .h = 100, .multiline = true, .chosen = SIZE_MAX, .tag = "Tx"};
    static const char *const lines[] = {"1 0 0 1 2 90 Tm (one two) Tj",
                                        "1 0 0 1 2 78.5 Tm (three) Tj", "(abcdefghij) Tj",
                                        "(klm) Tj", "Tm (end) Tj"};
    holds(&box, 10, "one two three abcdefghijklm\n\nend", true, lines, ARRAY_LEN(lines));
    static const char *const small[] = {"/F 8.5 Tf"};
    box.h = 24;
    holds(&box, 0, "one two three four", true, small, 1);
    holds(&box, 10, "a\nb\nc", false, NULL, 0);
}

static void appear_a_character_a_cell(void **state)
{
    (void)state;
    appear_box box = {.w = 100, .h = 20, .cells = 5, .chosen = SIZE_MAX, .tag = "Tx"};
    static const char *const left[] = {"1 0 0 1 7.5 7 Tm (a)", "1 0 0 1 27.5 7 Tm (b)"},
                             *const right[] = {"1 0 0 1 67.5 7 Tm (a)", "1 0 0 1 87.5 7 Tm (b)"};
    holds(&box, 10, "ab", true, left, 2);
    box.quadding = 2;
    holds(&box, 10, "ab", true, right, 2);
}

static void appear_list_with_its_choice(void **state)
{
    (void)state;
    appear_box box = {.w = 104, .h = 104, .list = true, .chosen = 1, .tag = "Tx"};
    static const char *const parts[] = {"0 79 104 11.5 re f", "1 0 0 1 2 82.5 Tm (two) Tj"};
    holds(&box, 10, "one\ntwo", true, parts, 2);
}

static void appear_frame(void **state)
{
    (void)state;
    appear_box box = usual;
    box.border = 2;
    box.edge = span_str("1 0 0 RG");
    box.fill = span_str("0.9 g");
    static const char *const parts[] = {"0.9 g 0 0 104 20 re f", "1 0 0 RG 2 w 1 1 102 18 re S",
                                        "2 2 100 16 re W n", "1 0 0 1 4 7 Tm"};
    holds(&box, 10, "a", true, parts, 4);
}

static void appear_numbers(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {{0, "0"},      {1.5, "1.5"},      {-0.25, "-0.25"}, {0.004, "0"},
                 {-0.001, "0"}, {12.345, "12.35"}, {99.999, "100"},  {1e300, "0"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_VAL(buf) out = BUF(64);
        appear_number(&out, cases[i].value);
        assert_true(span_is(buf_span(&out), cases[i].text));
    }
}

static void appear_style_takes_font_and_colour_alone(void **state)
{
    (void)state;
    static const struct {
        const char *da, *font;
        double size;
        const char *colour;
    } cases[] = {
        {"/Helv 12 Tf 0 g", "Helv", 12, "0 g\n"},
        {"0.1 .2 0 rg /F#31 0 Tf", "F1", 0, "0.1 .2 0 rg\n"},
        {"q BT (x) Tj /A 9.5 Tf ET Q 1 g 0 0 0 1 k", "A", 9.5, "0 0 0 1 k\n"},
        {"/A 9 Tf /B 8 Tf", "B", 8, ""},
        {"/A -9 Tf", "A", 0, ""},
        {"/A 1e9 Tf 0 0 rg (x) g", NULL, 0, ""},
        {"9 Tf", NULL, 0, ""},
        {"/A 9 Tf ) 0 g", "A", 9, ""},
        {"", NULL, 0, ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO(pdf_pool) *pool = NULL;
        AUTO_VAL(appear_style) style = {.size = 0};
        assert_int_equal(pdf_pool_new(1 << 16, &pool, NULL), PADES_OK);
        assert_int_equal(appear_style_read(pool, span_str(cases[i].da), &style, NULL), PADES_OK);
        assert_true(cases[i].font ? span_is(style.font, cases[i].font) : !style.font.p);
        assert_true(style.size >= cases[i].size && style.size <= cases[i].size);
        assert_true(span_is(buf_span(&style.colour), cases[i].colour));
    }
}

static void appear_encodes_or_names_the_character(void **state)
{
    (void)state;
    pdf_font font = plain();
    uint32_t bad = 0;
    AUTO_VAL(buf) codes = BUF(64);
    assert_true(appear_encode(&font, span_str("a\tb\r\nc\rd\ne"), &codes, &bad));
    assert_true(span_is(buf_span(&codes), "a b\nc\nd\ne"));
    assert_false(appear_encode(&font, span_str("a\xC3\xA4"), &codes, &bad));
    assert_int_equal(bad, 0xE4);
    font.widths['z'] = 0; /* in the encoding, not in the font */
    pdf_font_index(&font);
    assert_false(appear_encode(&font, span_str("z"), &codes, &bad));
    assert_int_equal(bad, 'z');
}

/* Every code is found by its character, the first one where several show it. */
static void appear_finds_the_first_code_of_a_character(void **state)
{
    (void)state;
    pdf_font font = {.ascent = 0.8, .descent = -0.2};
    for (unsigned code = 0; code < 256; code++) {
        font.unicode[code] = code < 250 ? 0x20 + code * 1024 : 0x20;
        font.widths[code] = code == 1 || code == 7 ? 0 : 0.5;
    }
    pdf_font_index(&font);
    for (unsigned code = 0; code < 250; code++) {
        int found = pdf_font_code(&font, font.unicode[code]);
        assert_int_equal(found, code == 1 || code == 7 ? -1 : (int)code);
    }
    assert_int_equal(pdf_font_code(&font, 0), -1);
    assert_int_equal(pdf_font_code(&font, 0x10FFFF), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appear_one_line_left_centred_right),
        cmocka_unit_test(appear_size_that_fits),
        cmocka_unit_test(appear_many_lines_wrapped_at_words),
        cmocka_unit_test(appear_a_character_a_cell),
        cmocka_unit_test(appear_list_with_its_choice),
        cmocka_unit_test(appear_frame),
        cmocka_unit_test(appear_numbers),
        cmocka_unit_test(appear_style_takes_font_and_colour_alone),
        cmocka_unit_test(appear_encodes_or_names_the_character),
        cmocka_unit_test(appear_finds_the_first_code_of_a_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
