/* Form fields filled in the revision of a seal: what they hold and show afterwards, and what is
 * refused. */
#include "base/fail.h"
#include "pdf/second.h"
#include "pdf/seal.h"
#include "pdf/builder.h"
#include "pdf/failing.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#define WIDGET "/Type/Annot/Subtype/Widget/P 3 0 R"

/* Objects from 4 on; the form is the catalog's own dictionary, with /Fields of its own choice. */
static const char form[] = "/AcroForm<</Fields[4 0 R 5 0 R 6 0 R 7 0 R 10 0 R 11 0 R 14 0 R]"
                           "/DR<</Font<</Helv 13 0 R/Bad<</Subtype/Type0>>>>>>"
                           "/DA(/Helv 10 Tf 0 0 1 rg (x) evil)/Q 1>>";
static const builder_plan document = {
    .kind = BUILD_STREAM,
    .catalog = form,
    .page = "/Annots[4 0 R 5 0 R 6 0 R 8 0 R 9 0 R 10 0 R 12 0 R]",
    .more = {
        "<<" WIDGET
        "/FT/Tx/T(text)/MaxLen 12/Rect[10 10 30 110]/MK<</R 90/BC[1 0 0]/BG[1]>>/AP<</N "
        "3 0 R/D 13 0 R>>/Keep(it)>>",
        "<<" WIDGET "/FT/Ch/Ff 131072/T(combo)/Rect[10 50 110 70]/Opt[[(fi)(Finland)](se)]/I[1]>>",
        "<<" WIDGET "/FT/Btn/T(check)/Rect[0 0 9 9]/AS/Off/AP<</N<</Yes 13 0 R/Off 13 0 R>>>>>>",
        "<</FT/Btn/Ff 49152/T(radio)/Kids[8 0 R 9 0 R]/Opt[(first)(second)]>>",
        "<<" WIDGET "/Parent 7 0 R/Rect[0 0 9 9]/AS/a/AP<</N<</a 13 0 R/Off 13 0 R>>>>>>",
        "<<" WIDGET "/Parent 7 0 R/Rect[0 0 9 9]/AP<</N<</b 13 0 R/Off 13 0 R>>>>>>",
        "<<" WIDGET "/FT/Ch/T(list)/Rect[10 90 110 190]/Opt[(One)(Two)(Three)]>>",
        "<</T(up)/FT/Tx/Ff 4096/Kids[15 0 R]>>",
        "<<" WIDGET "/Parent 15 0 R/Rect[10 200 110 260]>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        "<</FT/Sig/T(sig)>>",
        "<</T<FEFF00E4>/Parent 11 0 R/Kids[12 0 R]>>",
    }};

typedef struct filled {
    builder b;
    opened before, after;
    pdf_seal seal;
    pades_error *e;
} filled;

static void filled_free(filled *f)
{
    pdf_seal_free(&f->seal);
    opened_free(&f->before);
    opened_free(&f->after);
    builder_free(&f->b);
    pades_error_free(f->e);
}

static pades_status try_fill(filled *f, const builder_plan *doc, const pdf_fill *fills, size_t n)
{
    const pdf_seal_plan plan = {.sub_filter = "ETSI.CAdES.detached",
                                .time = 1795341600,
                                .contents_bytes = 64,
                                .fills = fills,
                                .fills_n = n};
    *f = (filled){.seal = {.hole = 0}};
    builder_document(&f->b, doc);
    opened_open(&f->before, buf_span(&f->b.out), span_of(NULL, 0));
    return pdf_seal_build(f->before.f, &plan, &f->seal, &f->e);
}

/* Both readers see one document, before and after. */
static void must_fill(filled *f, const builder_plan *doc, const pdf_fill *fills, size_t n)
{
    pdf_second_result result;
    if (try_fill(f, doc, fills, n) != PADES_OK) {
        fail_msg("%s", pades_error_message(f->e));
    }
    opened_open(&f->after, buf_span(&f->b.out), buf_span(&f->seal.revision));
    assert_memory_equal(f->after.bytes, f->b.out.p, f->b.out.n);
    if (pdf_second_check(f->before.f, f->seal.touched, f->seal.touched_n, &result, &f->e) ||
        pdf_second_check(f->after.f, f->seal.touched, f->seal.touched_n, &result, &f->e)) {
        fail_msg("%s", pades_error_message(f->e));
    }
}

static const pdf_obj *object(filled *f, uint32_t id)
{
    const pdf_obj *o = NULL;
    assert_int_equal(pdf_file_load(f->after.f, (pdf_ref){id, 0}, f->after.pool, &o, NULL, NULL),
                     PADES_OK);
    return o;
}

static bool text_is(const pdf_obj *o, const char *key, const char *text)
{
    const pdf_obj *value = pdf_dict_get(o, key);
    return (pdf_is(value, PDF_STRING) || pdf_is(value, PDF_NAME)) && span_is(value->u.text, text);
}

/* The content of a widget's new appearance, which has to say what it is. */
static buf look_of(filled *f, uint32_t id)
{
    pdf_ref ref;
    uint64_t data = 0;
    buf out = BUF(1 << 20);
    const pdf_obj *dict = NULL;
    assert_true(pdf_get_ref(pdf_dict_get(pdf_dict_get(object(f, id), "AP"), "N"), &ref));
    assert_int_equal(pdf_file_load(f->after.f, ref, f->after.pool, &dict, &data, NULL), PADES_OK);
    assert_true(pdf_is_name(pdf_dict_get(dict, "Subtype"), "Form") && data);
    assert_int_equal(pdf_file_stream(f->after.f, dict, data, f->after.pool, &out, NULL), PADES_OK);
    buf_add_byte(&out, 0);
    assert_null(strstr((char *)out.p, "evil"));
    return out;
}

static void shows(filled *f, uint32_t id, const char *part)
{
    AUTO_VAL(buf) content = look_of(f, id);
    if (!strstr((char *)content.p, part)) {
        fail_msg("'%s' is not in '%s'", part, (char *)content.p);
    }
}

static void warned(const filled *f, const char *part)
{
    span all = buf_span(&f->seal.warnings);
    if (span_find(all, span_str(part), 0) == SIZE_MAX) {
        fail_msg("no warning of '%s'", part);
    }
}

static void refused_in(const builder_plan *doc, const char *name, const char *value,
                       pades_status status, const char *part)
{
    AUTO_VAL(filled) f;
    const pdf_fill fills[] = {{name, value}};
    pades_status got = try_fill(&f, doc, fills, 1);
    if (got != status || !strstr(pades_error_message(f.e), part)) {
        fail_msg("%s=%s: %d, '%s'", name, value, got, pades_error_message(f.e));
    }
    assert_null(f.seal.revision.p);
}

/* clause: ISO32000-1#12.7.4.3 */
/* clause: ISO32000-1#12.5.5 a form of its own for each widget */
/* clause: ISO32000-1#12.7.3.3 */
static void fill_text_with_a_look_and_nothing_else(void **state)
{
    (void)state;
    AUTO_VAL(filled) f;
    const pdf_fill fills[] = {{"text", "a(b)\\\xE2\x82\xAC"}};
    must_fill(&f, &document, fills, 1);
    const pdf_obj *o = object(&f, 4);
    static const char utf16[] = "\xFE\xFF\0a\0(\0b\0)\0\\\x20\xAC";
    assert_true(span_eq(pdf_dict_get(o, "V")->u.text, span_of(utf16, sizeof utf16 - 1)));
    assert_true(text_is(o, "Keep", "it"));
    assert_int_equal(o->u.dict.n, 11); /* what was there, and /V */
    assert_true(pdf_is(pdf_dict_get(pdf_dict_get(o, "AP"), "D"), PDF_REFERENCE));
    shows(&f, 4, "(a\\(b\\)\\\\\\200) Tj");
    shows(&f, 4, "0 0 1 rg");
    shows(&f, 4, "/Helv 10 Tf");
    shows(&f, 4, "1 0 0 RG 1 w 0.5 0.5 99 19 re S"); /* turned with the widget */
    assert_int_equal(f.seal.warnings.n, 0);
}

static void fill_fields_below_others_by_their_full_names(void **state)
{
    (void)state;
    AUTO_VAL(filled) f;
    const pdf_fill fills[] = {{"up.\xC3\xA4", "one\r\ntwo"}};
    must_fill(&f, &document, fills, 1);
    assert_true(text_is(object(&f, 15), "V", "one\r\ntwo"));
    assert_null(pdf_dict_get(object(&f, 12), "V"));
    shows(&f, 12, "(one) Tj");
    shows(&f, 12, "(two) Tj");
}

/* A node without /T adds nothing to the names below it, but hands down what it has. */
/* clause: ISO32000-1#12.7.3.2 */
static void fill_fields_below_nodes_without_a_name(void **state)
{
    (void)state;
    AUTO_VAL(filled) f;
    const builder_plan doc = {
        .catalog = "/AcroForm<</Fields[4 0 R 6 0 R]>>",
        .more = {"<</FT/Tx/Kids[5 0 R]>>", "<<" WIDGET "/Parent 4 0 R/T(A)/Rect[0 0 99 20]>>",
                 "<</T(up)/Kids[7 0 R]>>", "<</FT/Tx/Parent 6 0 R/Kids[8 0 R]>>",
                 "<<" WIDGET "/Parent 7 0 R/T(B)/Rect[0 0 99 20]>>"}};
    const pdf_fill fills[] = {{"A", "x"}, {"up.B", "y"}};
    must_fill(&f, &doc, fills, 2);
    assert_true(text_is(object(&f, 5), "V", "x") && text_is(object(&f, 8), "V", "y"));
    shows(&f, 8, "(y) Tj");
    refused_in(&doc, "up", "x", PADES_DOC_UNSUPPORTED, "neither a field nor a widget");
}

/* What a widget says itself wins over its field. */
/* clause: ISO32000-1#12.7.3.3 /Q; ISO32000-1#12.5.2 /Border */
static void fill_widgets_as_each_of_them_says(void **state)
{
    (void)state;
    AUTO_VAL(filled) f;
    const builder_plan doc = {
        .catalog = "/AcroForm<</Fields[4 0 R]/DR<</Font<</F 5 0 R>>>>/DA(/F 10 Tf)>>",
        .more = {"<</FT/Tx/T(f)/Q 2/Kids[6 0 R 7 0 R 8 0 R 9 0 R]>>",
                 "<</Type/Font/Subtype/Type1/BaseFont/Courier/Encoding/WinAnsiEncoding>>",
                 "<<" WIDGET "/Parent 4 0 R/Q 0/Rect[0 0 100 20]/MK<</BC[0]>>/Border[0 0 3]>>",
                 "<<" WIDGET "/Parent 4 0 R/Q 1/Rect[0 0 100 20]/MK<</BC[0]>>/Border[0 0 0]>>",
                 "<<" WIDGET
                 "/Parent 4 0 R/Rect[0 0 100 20]/MK<</BC[0]>>/BS<</W 2>>/Border[0 0 9]>>",
                 "<<" WIDGET "/Parent 4 0 R/Rect[0 0 100 20]/MK<</BC[0]>>/Border[0 0]>>"}};
    const pdf_fill fills[] = {{"f", "ab"}}; /* 12 wide */
    must_fill(&f, &doc, fills, 1);
    shows(&f, 6, "0 G 3 w 1.5 1.5 97 17 re S");
    shows(&f, 6, "1 0 0 1 6 ");
    shows(&f, 7, "1 0 0 1 44 ");
    AUTO_VAL(buf) second = look_of(&f, 7);
    assert_null(strstr((char *)second.p, " re S"));
    shows(&f, 8, "0 G 2 w 1 1 98 18 re S");
    shows(&f, 8, "1 0 0 1 84 ");
    shows(&f, 9, "0 G 1 w 0.5 0.5 99 19 re S");
    shows(&f, 9, "1 0 0 1 86 ");
}

/* clause: ISO32000-1#12.7.4.2 */
static void fill_buttons_by_the_names_of_their_states(void **state)
{
    (void)state;
    AUTO_VAL(filled) f;
    const pdf_fill fills[] = {{"check", "Yes"}, {"radio", "b"}};
    must_fill(&f, &document, fills, 2);
    assert_true(text_is(object(&f, 6), "V", "Yes") && text_is(object(&f, 6), "AS", "Yes"));
    assert_true(text_is(object(&f, 7), "V", "b"));
    assert_true(text_is(object(&f, 8), "AS", "Off") && text_is(object(&f, 9), "AS", "b"));
    AUTO_VAL(filled) again;
    const pdf_fill others[] = {{"check", "Off"}, {"radio", "first"}};
    must_fill(&again, &document, others, 2);
    assert_true(text_is(object(&again, 6), "AS", "Off"));
    assert_true(text_is(object(&again, 7), "V", "a") && text_is(object(&again, 8), "AS", "a"));
}

/* States are numbers, and texts that are numbers too stand for others of them. */
/* clause: ISO32000-1#12.7.4.2 */
static void fill_buttons_by_their_texts_first(void **state)
{
    (void)state;
    const builder_plan doc = {
        .catalog = "/AcroForm<</Fields[4 0 R 9 0 R]>>",
        .more = {"<</FT/Btn/Ff 49152/T(r)/Kids[5 0 R 6 0 R 7 0 R]/Opt[(1)(2)(3)]>>",
                 "<<" WIDGET "/Parent 4 0 R/Rect[0 0 9 9]/AP<</N<</0 8 0 R/Off 8 0 R>>>>>>",
                 "<<" WIDGET "/Parent 4 0 R/Rect[0 0 9 9]/AP<</N<</1 8 0 R/Off 8 0 R>>>>>>",
                 "<<" WIDGET "/Parent 4 0 R/Rect[0 0 9 9]/AP<</N<</2 8 0 R/Off 8 0 R>>>>>>", "<<>>",
                 "<</FT/Btn/Ff 49152/T(q)/Kids[5 0 R 6 0 R 7 0 R 8 0 R]/Opt[(a)(1)(a)(2)]>>"}};
    AUTO_VAL(filled) f;
    AUTO_VAL(filled) again;
    const pdf_fill last[] = {{"r", "3"}};
    const pdf_fill first[] = {{"r", "0"}};
    const pdf_fill same[] = {{"q", "1"}};
    must_fill(&f, &doc, last, 1);
    assert_true(text_is(object(&f, 4), "V", "2") && text_is(object(&f, 7), "AS", "2"));
    filled_free(&f);
    must_fill(&f, &doc, first, 1);
    assert_true(text_is(object(&f, 4), "V", "0") && text_is(object(&f, 5), "AS", "0"));
    must_fill(&again, &doc, same, 1); /* both ways lead to one button */
    assert_true(text_is(object(&again, 9), "V", "1"));
    filled_free(&again);
    const pdf_fill text[] = {{"r", "1"}}; /* of the first, although the second has that number */
    must_fill(&again, &doc, text, 1);
    assert_true(text_is(object(&again, 4), "V", "0") && text_is(object(&again, 5), "AS", "0"));
    assert_true(text_is(object(&again, 6), "AS", "Off"));
    assert_non_null(strstr((const char *)again.seal.warnings.p, "for a text of /Opt"));
    refused_in(&doc, "q", "2", PADES_DOC_UNSUPPORTED, "a button without a state");
    refused_in(&doc, "q", "a", PADES_INVALID_ARGUMENT,
               "two buttons that 'a' could mean, with the states '0' and '2'");
}

/* States with names of their own, and a state that is called as another's text: nobody can tell. */
/* clause: ISO32000-1#12.7.4.2.3 */
static void fill_no_button_of_two_that_could_be_meant(void **state)
{
    (void)state;
    const builder_plan doc = {
        .catalog = "/AcroForm<</Fields[4 0 R 8 0 R]>>",
        .more = {"<</FT/Btn/Ff 49152/T(r)/Kids[5 0 R 6 0 R]/Opt[(b)(a)]>>",
                 "<<" WIDGET "/Parent 4 0 R/Rect[0 0 9 9]/AP<</N<</a 7 0 R/Off 7 0 R>>>>>>",
                 "<<" WIDGET "/Parent 4 0 R/Rect[0 0 9 9]/AP<</N<</b 7 0 R/Off 7 0 R>>>>>>", "<<>>",
                 "<</FT/Btn/Ff 49152/T(o)/Kids[9 0 R 10 0 R]/Opt[(Off)(On)]>>",
                 "<<" WIDGET "/Parent 8 0 R/Rect[0 0 9 9]/AP<</N<</0 7 0 R/Off 7 0 R>>>>>>",
                 "<<" WIDGET "/Parent 8 0 R/Rect[0 0 9 9]/AP<</N<</1 7 0 R/Off 7 0 R>>>>>>"}};
    refused_in(&doc, "r", "a", PADES_INVALID_ARGUMENT, "with the states 'b' and 'a'");
    refused_in(&doc, "o", "Off", PADES_INVALID_ARGUMENT, "with the states '0' and 'Off'");
}

/* clause: ISO32000-1#12.7.4.4 */
static void fill_choices_with_one_of_their_options(void **state)
{
    (void)state;
    AUTO_VAL(filled) f;
    const pdf_fill fills[] = {{"combo", "Finland"}, {"list", "Two"}};
    int64_t index = -1;
    must_fill(&f, &document, fills, 2);
    assert_true(text_is(object(&f, 5), "V", "fi"));
    assert_true(pdf_get_int(pdf_array_get(pdf_dict_get(object(&f, 5), "I"), 0), &index));
    assert_int_equal(index, 0);
    shows(&f, 5, "(Finland) Tj");
    assert_true(text_is(object(&f, 10), "V", "Two"));
    assert_null(pdf_dict_get(object(&f, 10), "I"));
    shows(&f, 10, "(One) Tj");
    shows(&f, 10, "0.6 0.76 0.85 rg");
}

/* clause: ISO32000-1#9.6.6 /Differences, /Widths */
static void fill_with_the_codes_and_widths_of_the_font(void **state)
{
    (void)state;
    const builder_plan doc = {
        .catalog = "/AcroForm<</Fields[4 0 R]/DR<</Font<</F 5 0 R>>>>/Q 2/DA(/F 10 Tf)>>",
        .more = {"<<" WIDGET "/FT/Tx/T(f)/Rect[0 0 104 20]>>",
                 "<</Type/Font/Subtype/TrueType/BaseFont/Own/FirstChar 65/Widths[500 6 0 R 0 700]"
                 "/FontDescriptor<</Flags 4/Ascent 800/Descent -200>>"
                 "/Encoding<</Differences[65/a 67/uni4E2D/Lslash]>>>>",
                 "2000"}};
    AUTO_VAL(filled) f;
    const pdf_fill fills[] = {{"f", "a\xC5\x81"}};
    must_fill(&f, &doc, fills, 1);
    shows(&f, 4, "1 0 0 1 90 7 Tm (AD) Tj");                                 /* 104 - 2 - 5 - 7 */
    refused_in(&doc, "f", "\xE4\xB8\xAD", PADES_INVALID_ARGUMENT, "U+4E2D"); /* no width */
}

static void fill_refuses_what_a_field_cannot_hold(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value, *part;
    } cases[] = {
        {"none", "x", "has no field 'none'"},
        {"up", "x", "'up' is a group of fields"},
        {"sig", "x", "'sig' is a signature field"},
        {"text", "thirteen char", "takes 12 characters, the value has 13"},
        {"text", "a\nb", "has one line only"},
        {"text", "\xE4\xB8\xAD",
         "a font ('Helv') that cannot show the character '\xE4\xB8\xAD' (U+4E2D)"},
        {"text", "\x07", "U+0007"},
        {"check", "yes", "has no state 'yes'"},
        {"radio", "Off", "NoToggleToOff"},
        {"combo", "Norway", "has no option 'Norway'"},
        {"list", "", "has no option ''"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        refused_in(&document, cases[i].name, cases[i].value, PADES_INVALID_ARGUMENT, cases[i].part);
    }
    AUTO_VAL(filled) f;
    const pdf_fill twice[] = {{"text", "a"}, {"check", "Yes"}, {"text", "b"}};
    assert_int_equal(try_fill(&f, &document, twice, 3), PADES_INVALID_ARGUMENT);
}

/* clause: ISO32000-1#12.7.3.1 */
static void fill_refuses_fields_that_are_not_for_it(void **state)
{
    (void)state;
    static const struct {
        const char *field, *value;
        pades_status status;
        const char *part;
    } cases[] = {
        {"/FT/Tx/Ff 1", "x", PADES_DOC_NOT_PERMITTED, "is read-only"},
        {"/FT/Tx/Ff 8192", "x", PADES_DOC_UNSUPPORTED, "password"},
        {"/FT/Tx/Ff 1048576", "x", PADES_DOC_UNSUPPORTED, "file"},
        {"/FT/Btn/Ff 65536", "x", PADES_INVALID_ARGUMENT, "push button"},
        {"/FT/Ch/Opt[(a)]/Ff 131072", "b", PADES_INVALID_ARGUMENT, "no option"},
        {"", "x", PADES_DOC_DAMAGED, "no /FT"},
        {"/FT/Tx/DA(/Bad 9 Tf)", "x", PADES_DOC_UNSUPPORTED, "cannot be filled"},
        {"/FT/Tx/T(two)/T(names)", "x", PADES_DOC_DAMAGED, "key twice"},
        {"/FT/Tx/Kids[<</Rect[0 0 1 1]>>]", "x", PADES_DOC_UNSUPPORTED, "no object of its own"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char field[256];
        snprintf(field, sizeof field, "<<" WIDGET "/T(f)/Rect[0 0 99 20]%s>>", cases[i].field);
        const builder_plan doc = {
            .catalog = "/AcroForm<</Fields[4 0 R]/DR<</Font<</Bad<</Subtype/Type0>>>>>>>>",
            .more = {field}};
        const char *name = strstr(cases[i].field, "names") ? "names" : "f";
        refused_in(&doc, name, cases[i].value, cases[i].status, cases[i].part);
    }
    static const char field[] = "<<" WIDGET "/FT/Tx/T(f)/Rect[0 0 99 20]>>";
    const builder_plan two = {.catalog = "/AcroForm<</Fields[4 0 R 5 0 R]>>",
                              .more = {field, field}};
    refused_in(&two, "f", "x", PADES_DOC_UNSUPPORTED, "'f' is there more than once");
    const builder_plan listed = {.catalog = "/AcroForm<</Fields[4 0 R 4 0 R]>>", .more = {field}};
    AUTO_VAL(filled) one;
    const pdf_fill fills[] = {{"f", "x"}};
    must_fill(&one, &listed, fills, 1);
    const builder_plan direct = {.catalog = "/AcroForm<</Fields[<</FT/Tx/T(f)>>]>>"};
    refused_in(&direct, "f", "x", PADES_DOC_UNSUPPORTED, "no object of its own");
}

/* A seal must not hold one value while a viewer shows the other. */
/* clause: ISO32000-1#12.7.8 */
static void fill_refuses_forms_with_xfa(void **state)
{
    (void)state;
    static const char field[] = "<<" WIDGET "/FT/Tx/T(f)/Rect[0 0 99 20]>>";
    const builder_plan doc = {.catalog = "/AcroForm<</Fields[4 0 R]/XFA[(datasets)3 0 R]>>",
                              .more = {field}};
    const builder_plan none = {.catalog = "/AcroForm<</Fields[4 0 R]/XFA null>>", .more = {field}};
    AUTO_VAL(filled) f;
    AUTO_VAL(filled) without;
    const pdf_fill fills[] = {{"f", "x"}};
    refused_in(&doc, "f", "x", PADES_DOC_UNSUPPORTED, "XFA part with values of its own");
    assert_int_equal(try_fill(&f, &doc, fills, 0), PADES_OK); /* sealed as it stands */
    must_fill(&without, &none, fills, 1);
}

static void fill_keeps_to_what_signatures_demand(void **state)
{
    (void)state;
    static const char field[] = "<<" WIDGET "/FT/Tx/T(f)/Rect[0 0 99 20]>>";
    static const struct {
        const char *signature, *lock;
        pades_status status;
    } cases[] = {
        {"", "", PADES_OK},
        {"/Reference[<</TransformMethod/FieldMDP/TransformParams<</Action/All>>>>]", "",
         PADES_DOC_NOT_PERMITTED},
        {"/Reference[<</TransformMethod/FieldMDP/TransformParams<</Action/Include/Fields[(g)]>>>>]",
         "", PADES_OK},
        {"", "/Lock<</Type/SigFieldLock/Action/Include/Fields[(f)]>>", PADES_DOC_NOT_PERMITTED},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char sig[512];
        AUTO_VAL(filled) f;
        const pdf_fill fills[] = {{"f", "x"}};
        snprintf(sig, sizeof sig, "<</FT/Sig/T(s)%s/V<</Type/Sig/Contents<00>%s>>>>", cases[i].lock,
                 cases[i].signature);
        const builder_plan doc = {.catalog = "/AcroForm<</SigFlags 3/Fields[4 0 R 5 0 R]>>",
                                  .more = {field, sig}};
        pades_status status = try_fill(&f, &doc, fills, 1);
        if (status != cases[i].status) {
            fail_msg("%zu: %s", i, pades_error_message(f.e));
        }
    }
}

static void fill_says_what_it_does_not_do(void **state)
{
    (void)state;
    AUTO_VAL(filled) f;
    const pdf_fill fills[] = {{"f", "a long text in a small field"}};
    const builder_plan doc = {
        .catalog = "/AcroForm<</Fields[4 0 R]/CO[4 0 R]/NeedAppearances true>>",
        .more = {"<<" WIDGET "/T(f)/FT/Tx/Ff 33554432/RV(<p>)/AA<</F<<>>>>/Rect[0 0 30 20]"
                 "/DA(/Gone 12 Tf)>>"}};
    must_fill(&f, &doc, fills, 1);
    warned(&f, "scripts (to format");
    warned(&f, "calculates fields by scripts");
    warned(&f, "plain text");
    warned(&f, "Helvetica is used");
    warned(&f, "which is cut");
    assert_null(pdf_dict_get(object(&f, 4), "RV"));
    assert_non_null(opened_path(&f.after, "Root.AcroForm.NeedAppearances", NULL));
}

/* What nobody sees is not laid out: neither in a widget without area, nor below the last line that
 * a list's box has room for. */
static void fill_lays_out_only_what_is_seen(void **state)
{
    (void)state;
    AUTO_VAL(filled) f;
    const builder_plan doc = {
        .catalog = "/AcroForm<</Fields[4 0 R 5 0 R]>>",
        .more = {"<<" WIDGET "/T(none)/FT/Tx/Rect[9 9 9 9]>>",
                 "<<" WIDGET "/T(list)/FT/Ch/Rect[0 0 99 40]/DA(/Gone 10 Tf)"
                 "/Opt[(One)(Two)(Three)(Four)(Five)(Six)<FEFF4E2D>(Eight)]>>"}};
    const pdf_fill fills[] = {{"none", "\xE4\xB8\xAD"}, {"list", "Two"}};
    must_fill(&f, &doc, fills, 2);
    assert_null(pdf_dict_get(object(&f, 4), "AP"));
    shows(&f, 5, "(Four) Tj");
    AUTO_VAL(buf) content = look_of(&f, 5);
    assert_null(strstr((char *)content.p, "Six"));
}

static size_t lines_of(const buf *warnings, const char *part)
{
    size_t n = 0;
    span all = buf_span(warnings);
    for (size_t at = span_find(all, span_str(part), 0); at != SIZE_MAX; n++) {
        at = span_find(all, span_str(part), at + 1);
    }
    return n;
}

/* Every widget is too small: said once. */
static void fill_warns_once_a_field(void **state)
{
    (void)state;
    AUTO_VAL(filled) f;
    const pdf_fill fills[] = {{"f", "a long text in a small field"}};
    static const char widget[] = "<<" WIDGET "/Parent 4 0 R/Rect[0 0 30 20]>>";
    const builder_plan doc = {.catalog = "/AcroForm<</Fields[4 0 R]>>",
                              .more = {"<</T(f)/FT/Tx/DA(/Gone 12 Tf)/Kids[5 0 R 6 0 R 7 0 R]>>",
                                       widget, widget, widget}};
    must_fill(&f, &doc, fills, 1);
    assert_int_equal(lines_of(&f.seal.warnings, "which is cut"), 1);
    assert_int_equal(lines_of(&f.seal.warnings, "Helvetica is used"), 1);
}

/* More than anybody reads is no reason to fail. */
static void fill_counts_warnings_beyond_the_list(void **state)
{
    (void)state;
    enum { MANY = 900 };
    AUTO_VAL(buf) kids = BUF(1 << 20);
    AUTO_VAL(filled) f = {.seal = {.hole = 0}};
    static char names[MANY][8];
    static pdf_fill fills[MANY];
    builder_start(&f.b, "1.7");
    for (uint32_t i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "f%u", (unsigned)i);
        fills[i] = (pdf_fill){names[i], "x"};
        builder_object(&f.b, 5 + i, 0, "<<" WIDGET "/FT/Tx/T(%s)/AA<<>>/Rect[0 0 99 20]>>",
                       names[i]);
        buf_addf(&kids, " %u 0 R", 5 + (unsigned)i);
    }
    buf_add_byte(&kids, 0);
    builder_object(&f.b, 1, 0, "<</Type/Catalog/Pages 2 0 R/AcroForm 4 0 R>>");
    builder_object(&f.b, 2, 0, "<</Type/Pages/Kids[3 0 R]/Count 1>>");
    builder_object(&f.b, 3, 0, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>");
    builder_object(&f.b, 4, 0, "<</Fields[%s]>>", (char *)kids.p);
    builder_table(&f.b, 5 + MANY, "/ID[<00><01>]");
    opened_open(&f.before, buf_span(&f.b.out), span_of(NULL, 0));
    const pdf_seal_plan plan = {
        .sub_filter = "x", .contents_bytes = 64, .fills = fills, .fills_n = MANY};
    if (pdf_seal_build(f.before.f, &plan, &f.seal, &f.e) != PADES_OK) {
        fail_msg("%s", pades_error_message(f.e));
    }
    warned(&f, "the field 'f0' has scripts");
    size_t listed = lines_of(&f.seal.warnings, "has scripts");
    size_t helvetica = lines_of(&f.seal.warnings, "Helvetica is used");
    char rest[64];
    snprintf(rest, sizeof rest, "and %zu more warnings", 2 * MANY - listed - helvetica);
    warned(&f, rest);
}

/* What an open combo box takes is no option, and an index that was there would lie. */
static void fill_an_editable_combo_box(void **state)
{
    (void)state;
    AUTO_VAL(filled) f;
    const pdf_fill fills[] = {{"f", "own"}};
    const builder_plan doc = {
        .catalog = "/AcroForm<</Fields[4 0 R]>>",
        .more = {"<<" WIDGET "/T(f)/FT/Ch/Ff 393216/Opt[(a)]/I[0]/Rect[0 0 90 20]>>"}};
    must_fill(&f, &doc, fills, 1);
    assert_true(text_is(object(&f, 4), "V", "own"));
    assert_null(pdf_dict_get(object(&f, 4), "I"));
}

/* Loops and fans end, with an answer. */
static void fill_bears_hostile_forms(void **state)
{
    (void)state;
    static const char *const trees[] = {
        "<</T(f)/Kids[4 0 R]>>",
        "<</Kids[4 0 R]>>",
        "<</Kids[4 0 R 4 0 R 4 0 R 4 0 R]>>",
        "<</T(f)/Kids[4 0 R 4 0 R 4 0 R 4 0 R]>>",
        "<</FT/Tx/T(f)/Rect[0 0 1e9 (x)]/MK<</BC[(a)(b)(c)]/R 45>>/DA 4 0 R>>",
        "<</FT/Tx/T(f)/MaxLen -5/Ff -1/Rect[0 0 99 9]>>",
    };
    for (size_t i = 0; i < ARRAY_LEN(trees); i++) {
        AUTO_VAL(filled) f;
        const builder_plan doc = {.catalog = "/AcroForm<</Fields[4 0 R]>>", .more = {trees[i]}};
        const pdf_fill fills[] = {{"f", "x"}};
        (void)try_fill(&f, &doc, fills, 1);
        AUTO_VAL(filled) deep;
        const pdf_fill below[] = {{"f.f.f.f.f.f.f.f.f.f.f.f.g", "x"}};
        assert_int_not_equal(try_fill(&deep, &doc, below, 1), PADES_OK);
    }
}

static void fill_survives_every_failing_allocation(void **state)
{
    (void)state;
    pades_status status = PADES_NO_MEMORY;
    const pdf_fill fills[] = {{"text", "x"}, {"radio", "b"}, {"list", "Two"}};
    for (long n = 0; n < 100000 && status != PADES_OK; n++) {
        AUTO_VAL(filled) f = {.seal = {.hole = 0}};
        builder_document(&f.b, &document);
        opened_open(&f.before, buf_span(&f.b.out), span_of(NULL, 0));
        const pdf_seal_plan plan = {
            .sub_filter = "x", .contents_bytes = 64, .fills = fills, .fills_n = 3};
        calls = 0;
        fail_at = n;
        status = pdf_seal_build(f.before.f, &plan, &f.seal, &f.e);
        fail_at = -1;
        assert_true(status == PADES_OK || status == PADES_NO_MEMORY);
        assert_int_equal(f.seal.revision.p != NULL, status == PADES_OK);
    }
    assert_int_equal(status, PADES_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fill_text_with_a_look_and_nothing_else),
        cmocka_unit_test(fill_fields_below_others_by_their_full_names),
        cmocka_unit_test(fill_fields_below_nodes_without_a_name),
        cmocka_unit_test(fill_widgets_as_each_of_them_says),
        cmocka_unit_test(fill_buttons_by_the_names_of_their_states),
        cmocka_unit_test(fill_buttons_by_their_texts_first),
        cmocka_unit_test(fill_no_button_of_two_that_could_be_meant),
        cmocka_unit_test(fill_choices_with_one_of_their_options),
        cmocka_unit_test(fill_with_the_codes_and_widths_of_the_font),
        cmocka_unit_test(fill_refuses_what_a_field_cannot_hold),
        cmocka_unit_test(fill_refuses_fields_that_are_not_for_it),
        cmocka_unit_test(fill_refuses_forms_with_xfa),
        cmocka_unit_test(fill_keeps_to_what_signatures_demand),
        cmocka_unit_test(fill_says_what_it_does_not_do),
        cmocka_unit_test(fill_lays_out_only_what_is_seen),
        cmocka_unit_test(fill_warns_once_a_field),
        cmocka_unit_test(fill_counts_warnings_beyond_the_list),
        cmocka_unit_test(fill_an_editable_combo_box),
        cmocka_unit_test(fill_bears_hostile_forms),
        cmocka_unit_test(fill_survives_every_failing_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
