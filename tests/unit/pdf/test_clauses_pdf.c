/* The field and the signature dictionary of a seal, key by key, as our reader finds them. */
#include "base/fail.h"
#include "pdf/builder.h"
#include "pdf/seal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

typedef struct sealed {
    builder b;
    opened before, after;
    pdf_seal seal;
} sealed;

static const pdf_seal_plan plan = {
    .sub_filter = "ETSI.CAdES.detached", .time = 1795341600, .contents_bytes = 64};

static int set_up(void **state)
{
    static sealed s;
    static const uint8_t cms[] = {0x30, 0x00};
    builder_document(&s.b, &(builder_plan){.page = "/CropBox[10 20 500 700]"});
    opened_open(&s.before, buf_span(&s.b.out), span_of(NULL, 0));
    assert_int_equal(pdf_seal_build(s.before.f, &plan, &s.seal, NULL), PADES_OK);
    assert_int_equal(pdf_seal_fill(&s.seal, span_of(cms, sizeof cms), NULL), PADES_OK);
    opened_open(&s.after, buf_span(&s.b.out), buf_span(&s.seal.revision));
    *state = &s;
    return 0;
}

static int tear_down(void **state)
{
    sealed *s = *state;
    pdf_seal_free(&s->seal);
    opened_free(&s->before);
    opened_free(&s->after);
    builder_free(&s->b);
    return 0;
}

static const pdf_obj *at(sealed *s, const char *path)
{
    return opened_path(&s->after, path, NULL);
}

static void assert_number(sealed *s, const char *path, int64_t expected)
{
    int64_t value = -1;
    assert_true(pdf_get_int(at(s, path), &value));
    assert_int_equal(value, expected);
}

#define FIELD "Root.AcroForm.Fields.0"

/* clause: ISO32000-1#12.5.6.19 widget and field in one dictionary, ISO32000-1#12.5.2 it knows its
 * page */
static void clause_widget_is_field_and_annotation(void **state)
{
    sealed *s = *state;
    pdf_ref field, listed, page, own_page;
    assert_non_null(opened_path(&s->after, FIELD, &field));
    assert_non_null(opened_path(&s->after, "Root.Pages.Kids.0.Annots.0", &listed));
    assert_non_null(opened_path(&s->after, "Root.Pages.Kids.0", &page));
    assert_non_null(opened_path(&s->after, FIELD ".P", &own_page));
    assert_int_equal(field.id, listed.id);
    assert_int_equal(page.id, own_page.id);
    assert_true(pdf_is_name(at(s, FIELD ".Type"), "Annot"));
    assert_true(pdf_is_name(at(s, FIELD ".Subtype"), "Widget"));
    assert_true(pdf_is_name(at(s, FIELD ".FT"), "Sig"));
    assert_number(s, FIELD ".Rect.0", 10);
    assert_number(s, FIELD ".Rect.1", 20);
    assert_number(s, FIELD ".Rect.2", 10);
    assert_number(s, FIELD ".Rect.3", 20);
}

/* clause: ISO19005-1#6.5.3 Print is set, Hidden, Invisible and NoView are not, and /AP holds /N
 * alone */
static void clause_widget_is_as_archives_want_it(void **state)
{
    sealed *s = *state;
    int64_t flags = 0;
    enum { INVISIBLE = 1, HIDDEN = 2, PRINT = 4, NO_VIEW = 32 };
    assert_true(pdf_get_int(at(s, FIELD ".F"), &flags));
    assert_int_equal(flags & (INVISIBLE | HIDDEN | PRINT | NO_VIEW), PRINT);
    assert_int_equal(at(s, FIELD ".AP")->u.dict.n, 1);
    assert_true(pdf_is_name(at(s, FIELD ".AP.N.Subtype"), "Form"));
    assert_number(s, FIELD ".AP.N.BBox.3", 0);
    assert_number(s, FIELD ".AP.N.Length", 0);
}

/* clause: EN319142-1#5.3 /ByteRange is an array of four, clause: EN319142-1#6.3 these keys and no
 * others: no /Cert */
static void clause_signature_has_these_keys(void **state)
{
    sealed *s = *state;
    static const char *const keys[] = {"Type",     "Filter", "SubFilter", "ByteRange",
                                       "Contents", "M",      "Prop_Build"};
    const pdf_obj *value = at(s, FIELD ".V");
    assert_int_equal(value->kind, PDF_DICT);
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        assert_non_null(pdf_dict_get(value, keys[i]));
    }
    assert_int_equal(value->u.dict.n, ARRAY_LEN(keys));
    assert_true(pdf_is_name(pdf_dict_get(value, "SubFilter"), "ETSI.CAdES.detached"));
    assert_int_equal(at(s, FIELD ".V.ByteRange")->u.array.n, 4);
    assert_number(s, FIELD ".V.ByteRange.0", 0);
    for (size_t i = 1; i < 4; i++) {
        char path[64];
        snprintf(path, sizeof path, FIELD ".V.ByteRange.%zu", i);
        assert_number(s, path, (int64_t)s->seal.byte_range[i]);
    }
    assert_int_equal(s->seal.byte_range[2] + s->seal.byte_range[3], s->after.n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clause_widget_is_field_and_annotation),
        cmocka_unit_test(clause_widget_is_as_archives_want_it),
        cmocka_unit_test(clause_signature_has_these_keys),
    };
    return cmocka_run_group_tests_name("pdf_clauses", tests, set_up, tear_down);
}
