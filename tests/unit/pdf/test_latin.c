/* Encodings, glyph names and widths, against values from the standard's own tables. */
#include "pdf/latin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

/* clause: ISO32000-1#9.6.2.2 widths of the standard fonts */
static void latin_widths_are_those_of_the_standard_fonts(void **state)
{
    (void)state;
    static const struct {
        latin_face face;
        uint32_t c;
        unsigned width;
    } cases[] = {
        {LATIN_HELVETICA, 'A', 667},
        {LATIN_HELVETICA, ' ', 278},
        {LATIN_HELVETICA, 'W', 944},
        {LATIN_HELVETICA, 0x20AC, 556},
        {LATIN_HELVETICA_BOLD, 'A', 722},
        {LATIN_HELVETICA_BOLD, 'm', 889},
        {LATIN_TIMES, 'A', 722},
        {LATIN_TIMES, 'i', 278},
        {LATIN_TIMES_BOLD, 'i', 278},
        {LATIN_TIMES_ITALIC, 'A', 611},
        {LATIN_TIMES_BOLD_ITALIC, 'A', 667},
        {LATIN_COURIER, 'i', 600},
        {LATIN_HELVETICA, 0x00C5, 667},
        {LATIN_HELVETICA, 0x4E2D, 0},
        {LATIN_COURIER, 0x4E2D, 0},
        {LATIN_NO_FACE, 'A', 0},
        {LATIN_HELVETICA, 0, 0},
        {LATIN_HELVETICA, 0x10FFFF, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(latin_width(cases[i].face, cases[i].c), cases[i].width);
    }
}

static void latin_encodings_differ_where_they_should(void **state)
{
    (void)state;
    static const struct {
        latin_encoding encoding;
        uint8_t code;
        uint32_t c;
    } cases[] = {
        {LATIN_WIN, 0x80, 0x20AC},      {LATIN_WIN, 0xE5, 0xE5},      {LATIN_WIN, 0x81, 0},
        {LATIN_MAC, 0x8C, 0xE5},        {LATIN_MAC, 0xDB, 0xA4},      {LATIN_MAC, 0xAD, 0},
        {LATIN_STANDARD, 0x27, 0x2019}, {LATIN_STANDARD, 0xE9, 0xD8}, {LATIN_STANDARD, 0xC4, 0x2DC},
        {LATIN_STANDARD, 0xE5, 0},      {LATIN_DOC, 0xA0, 0x20AC},    {LATIN_DOC, 0x18, 0x2D8},
        {LATIN_DOC, 0x95, 0x141},       {LATIN_DOC, 0x9F, 0},         {LATIN_WIN, '\n', 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(latin_decode(cases[i].encoding, cases[i].code), cases[i].c);
    }
    for (unsigned code = 'A'; code <= 'Z'; code++) {
        for (int encoding = LATIN_STANDARD; encoding <= LATIN_DOC; encoding++) {
            assert_int_equal(latin_decode((latin_encoding)encoding, (uint8_t)code), code);
        }
    }
}

static void latin_names_of_glyphs(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint32_t c;
    } cases[] = {{"Aring", 0xC5},   {"Lslash", 0x141}, {"Euro", 0x20AC},
                 {"uni00C5", 0xC5}, {"u00C5", 0xC5},   {"u1F600", 0x1F600},
                 {"uniD800", 0},    {"u110000", 0},    {"uni00c5", 0},
                 {"uni00C", 0},     {"g17", 0},        {".notdef", 0},
                 {"u0000000", 0},   {"", 0},           {"a", 'a'},
                 {"space", ' '}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(latin_of_name(span_str(cases[i].name)), cases[i].c);
    }
}

static void latin_faces_by_their_names(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        latin_face face;
    } cases[] = {{"Helvetica", LATIN_HELVETICA},
                 {"Helvetica-Oblique", LATIN_HELVETICA},
                 {"ABCDEF+Helvetica-Bold", LATIN_HELVETICA_BOLD},
                 {"ArialMT", LATIN_HELVETICA},
                 {"Arial,BoldItalic", LATIN_HELVETICA_BOLD},
                 {"Times-Roman", LATIN_TIMES},
                 {"TimesNewRomanPSMT", LATIN_TIMES},
                 {"Times-BoldItalic", LATIN_TIMES_BOLD_ITALIC},
                 {"Courier-BoldOblique", LATIN_COURIER},
                 {"HelveticaNeue", LATIN_NO_FACE},
                 {"abcdef+Helvetica", LATIN_NO_FACE},
                 {"Symbol", LATIN_NO_FACE},
                 {"", LATIN_NO_FACE}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(latin_face_of(span_str(cases[i].name)), cases[i].face);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(latin_widths_are_those_of_the_standard_fonts),
        cmocka_unit_test(latin_encodings_differ_where_they_should),
        cmocka_unit_test(latin_names_of_glyphs),
        cmocka_unit_test(latin_faces_by_their_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
