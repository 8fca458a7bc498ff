/* The field that is signed: empty ones of the document, and new ones anywhere in the hierarchy. */
#include "pdf/sealed.h"

#define FORM(fields) "/AcroForm<</SigFlags 3/Fields[" fields "]>>/Extensions<</ESIC<<>>>>"

static pdf_seal_plan named(const char *field)
{
    pdf_seal_plan plan = usual;
    plan.field = field;
    return plan;
}

typedef struct existing {
    const char *field;
    builder_plan document;
    const char *written; /* ids of the input that are written again */
    const char *kept;    /* text of the revision */
} existing;

static void assert_written(const sealed *s, const char *ids)
{
    for (uint32_t id = 1; id < 10; id++) {
        if (wrote(s, id) != (strchr(ids, (int)('0' + id)) != NULL)) {
            fail_msg("%s: object %u", s->seal.field, id);
        }
    }
}

static void assert_text(const sealed *s, const char *text)
{
    if (!has(s, text)) {
        fail_msg("'%s' is not in '%.*s'", text, (int)s->seal.revision.n,
                 (const char *)s->seal.revision.p);
    }
}

static void assert_existing(const existing *t, builder_kind kind)
{
    AUTO(pades_error) *e = NULL;
    sealed s = {.is_old = true};
    builder_plan document = t->document;
    const pdf_seal_plan plan = named(t->field);
    document.kind = kind;
    builder_document(&s.b, &document);
    if (try_seal(&s, &plan, &e) != PADES_OK) {
        fail_msg("%s: %s", t->field, pades_error_message(e));
    }
    assert_sealed(&s);
    assert_string_equal(s.seal.field, t->field);
    assert_written(&s, t->written);
    assert_text(&s, t->kept);
    sealed_free(&s);
}

static const existing empty_fields[] = {
    {"Seal",
     {.catalog = FORM("4 0 R"),
      .more = {"<</FT/Sig/T(Seal)/Subtype/Widget/Rect[ 10.50 20 +30 40 ]/X 007>>"}},
     "4",
     "/Rect[ 10.50 20 +30 40 ]/X 007/V"},
    {"Seal",
     {.catalog = FORM("4 0 R"),
      .more = {"<</FT/Sig/T(Seal)/Subtype/Widget/Rect[ 10.50 20 5 0 R 40 ]>>", "+30"}},
     "4",
     "/BBox[10.50 20 +30 40]/Length 0"},
    {"Seal",
     {.catalog = FORM("4 0 R"), .more = {"<</FT/Sig/T(Seal)/Rect[1 2 3]/F 2>>"}},
     "4",
     "/BBox[0 0 0 0]"},
    {"Seal",
     {.catalog = FORM("4 0 R"), .more = {"<</FT/Sig/T(Seal)/Rect[1 2 3 4]/F 2>>"}},
     "4",
     "/F 134/V"},
    {"Seal",
     {.catalog = FORM("4 0 R"), .more = {"<</FT/Sig/T(Seal)/V 9 0 R>>"}},
     "4",
     "<</FT/Sig/T(Seal)/V"},
    {"Seal",
     {.catalog = FORM("4 0 R"), .more = {"<</FT/Sig/T(Seal)/V 5 0 R>>", "null"}},
     "4",
     "<</FT/Sig/T(Seal)/V"},
    {"Seal",
     {.catalog = FORM("4 0 R"),
      .more = {"<</FT/Sig/T(Seal)/Kids[5 0 R]>>",
               "<</Parent 4 0 R/Subtype/Widget/Rect[0 0 9 9]/AP<</N 6 0 R>>/F 132>>", "<</X 1>>"}},
     "4",
     "<</FT/Sig/T(Seal)/Kids[5 0 R]/V"},
    {"Seal",
     {.catalog = FORM("4 0 R"),
      .more = {"<</FT/Sig/T(Seal)/Kids 6 0 R>>", "<</Parent 4 0 R/Subtype/Widget/Rect[0 0 9 9]>>",
               "[5 0 R]"}},
     "45",
     "<</Parent 4 0 R/Subtype/Widget/Rect[0 0 9 9]/AP<</N"},
    {"Seal",
     {.catalog = FORM("4 0 R 6 0 R"),
      .more = {"<</FT/Sig/T(Seal)/Kids[5 0 R]>>", "<</Parent 4 0 R/Subtype/Widget/Rect[0 0 9 9]>>",
               "<</FT/Sig/T(a)/V 7 0 R>>", "<</Type/Sig>>"}},
     "4",
     "<</FT/Sig/T(Seal)/Kids[5 0 R]/V"},
    {"Form.Seal[0]",
     {.catalog = FORM("4 0 R"),
      .more = {"<</T(Form)/FT/Sig/Kids[5 0 R 6 0 R]>>", "<</T(Seal[1])/Parent 4 0 R>>",
               "<</T(Seal\\1330])/Parent 4 0 R>>"}},
     "6",
     "<</T(Seal\\1330])/Parent 4 0 R/V"},
    {"S\xC3\xA9"
     "al.\xE6\xB3\x95\xF0\x9F\x98\x80",
     {.catalog = FORM("4 0 R"),
      .more = {"<</T(S\xE9"
               "al)/Kids[5 0 R]>>",
               "<</FT/Sig/T<FEFF6CD5D83DDE00>/Parent 4 0 R>>"}},
     "5",
     "/Parent 4 0 R/V"},
    {"a.b", {.catalog = FORM("4 0 R"), .more = {"<</FT/Sig/T(a.b)>>"}}, "4", "<</FT/Sig/T(a.b)/V"},
    {"Seal",
     {.catalog = "/AcroForm 5 0 R/Extensions<</ESIC<<>>>>",
      .more = {"<</FT/Sig/T(Seal)>>", "<</Fields[4 0 R]>>"}},
     "45",
     "<</Fields[4 0 R]/SigFlags 3>>"},
};

/* clause: ISO32000-1#12.7.4.5 /V of the field, its other entries as they were */
/* clause: ISO19005-1#6.5.3 an appearance, and the flags Print and (ours) Locked */
static void target_signs_an_empty_field(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(empty_fields); i++) {
        assert_existing(&empty_fields[i], BUILD_TABLE);
        assert_existing(&empty_fields[i], BUILD_OBJSTM);
    }
}

static void assert_new(const existing *t, builder_kind kind)
{
    AUTO(pades_error) *e = NULL;
    sealed s = {.is_old = false};
    builder_plan document = t->document;
    const pdf_seal_plan plan = named(t->field);
    document.kind = kind;
    builder_document(&s.b, &document);
    if (try_seal(&s, &plan, &e) != PADES_OK) {
        fail_msg("%s: %s", t->field, pades_error_message(e));
    }
    assert_sealed(&s);
    assert_string_equal(s.seal.field, t->field);
    assert_written(&s, t->written);
    assert_text(&s, t->kept);
    sealed_free(&s);
}

/* clause: ISO32000-1#12.7.3.1 /Parent and /Kids of each other, ISO32000-1#12.7.3.2 */
static void target_makes_a_field_anywhere(void **state)
{
    (void)state;
    static const existing cases[] = {
        {"Contract.Seals.Company",
         {.catalog = FORM("4 0 R"), .more = {"<</T(x)/FT/Tx>>"}},
         "13",
         "<</T(Contract)/Kids["},
        {"Contract.Seals.Company",
         {.catalog = FORM("4 0 R"),
          .more = {"<</T(Contract)/Kids[5 0 R]/DA(x)>>", "<</T(a)/FT/Tx/Parent 4 0 R>>"}},
         "34",
         "<</T(Seals)/Parent 4 0 R/Kids["},
        {"Contract.Seals.Company",
         {.catalog = FORM("4 0 R"),
          .more = {"<</T(Contract)/Kids[5 0 R]>>", "<</T(Seals)/Parent 4 0 R/Kids 7 0 R>>",
                   "<</T(a)/FT/Tx/Parent 5 0 R>>", "[6 0 R]"}},
         "37",
         "[6 0 R "},
        {"Contract.Company",
         {.catalog = FORM("4 0 R"), .more = {"<</T(Contract)/Kids[]>>"}},
         "34",
         "/T(Company)/Parent 4 0 R"},
        {"a.b.c",
         {.catalog = FORM("4 0 R 5 0 R"),
          .more = {"<</T(a)/Kids[6 0 R]>>", "<</T(a.b)/Kids[7 0 R]>>", "<</T(x)/FT/Tx>>",
                   "<</T(y)/FT/Tx>>"}},
         "35",
         "/T(c)/Parent 5 0 R"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_new(&cases[i], BUILD_TABLE);
        assert_new(&cases[i], BUILD_OBJSTM);
    }
}

/* clause: ISO32000-1#12.7.3.2 one name, one field */
static void target_refuses_fields_that_cannot_be_signed(void **state)
{
    (void)state;
    static const struct {
        const char *field, *more[4];
        pades_status status;
    } cases[] = {
        {"a", {"<</T(a)/FT/Tx>>", "<</T(b)>>"}, PADES_FIELD_EXISTS},
        {"a", {"<</T(a)/FT/Sig/V<</Type/Sig>>>>", "<</T(b)>>"}, PADES_FIELD_EXISTS},
        {"a", {"<</T(a)/FT/Sig/V 5 0 R>>", "<</T(b)>>"}, PADES_FIELD_EXISTS},
        {"a", {"<</T(a)/Kids[6 0 R]>>", "<</T(b)>>", "<</T(c)/FT/Sig>>"}, PADES_FIELD_EXISTS},
        {"a", {"<</T(a)/FT/Sig>>", "<</T(a)/FT/Sig>>"}, PADES_DOC_UNSUPPORTED},
        {"a", {"<</T(a)/FT/Sig>>", "<</T(a)/FT/Tx>>"}, PADES_DOC_UNSUPPORTED},
        {"a", {"<</T(a)/FT/Sig/T(a)>>", "<</T(b)>>"}, PADES_DOC_DAMAGED},
        {"a.b",
         {"<</T(a.b)/FT/Sig>>", "<</T(a)/Kids[6 0 R]>>", "<</T(b)/FT/Sig>>"},
         PADES_DOC_UNSUPPORTED},
        {"a.b", {"<</T(a)/FT/Tx>>", "<</T(b)>>"}, PADES_FIELD_EXISTS},
        {"a.b", {"<</T(a)/FT/Sig>>", "<</T(b)>>"}, PADES_FIELD_EXISTS},
        {"a.x",
         {"<</T(a)/Kids[6 0 R]>>", "<</T(a)/Kids[7 0 R]>>", "<</T(b)/FT/Tx>>", "<</T(c)/FT/Tx>>"},
         PADES_DOC_UNSUPPORTED},
        {"a",
         {"<</T(a)/FT/Sig/Kids[6 0 R 7 0 R]>>", "<</T(b)>>", "<</Rect[0 0 0 0]>>",
          "<</Rect[0 0 0 0]>>"},
         PADES_DOC_UNSUPPORTED},
        {"a", {"<</T(a)/FT/Sig/Kids[<</Rect[0 0 0 0]>>]>>", "<</T(b)>>"}, PADES_DOC_DAMAGED},
        {"a", {"<</T(a)/FT/Sig/Kids 3>>", "<</T(b)>>"}, PADES_DOC_DAMAGED},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        builder_plan document = {.catalog = FORM("4 0 R 5 0 R")};
        const pdf_seal_plan plan = named(cases[i].field);
        memcpy(document.more, cases[i].more, sizeof cases[i].more);
        assert_refused(&document, &plan, cases[i].status);
    }
    const pdf_seal_plan plan = named("a");
    assert_refused(&(builder_plan){.catalog = FORM("<</T(a)/FT/Sig>>")}, &plan, PADES_DOC_DAMAGED);
}

/* clause: ISO32000-1#12.7.2 /NeedAppearances is kept, ISO32000-1#12.5.3 */
static void target_warns_when_its_look_may_go(void **state)
{
    (void)state;
    static const struct {
        const char *widget;
        bool warned;
    } cases[] = {{"<</FT/Sig/T(a)/Rect[0 0 9.5 9]>>", true},
                 {"<</FT/Sig/T(a)/Rect[9 9 0 0]/F 4>>", true},
                 {"<</FT/Sig/T(a)/Rect[0 0 0 9]>>", false},
                 {"<</FT/Sig/T(a)/Rect[1 1 1 1]>>", false},
                 {"<</FT/Sig/T(a)/Rect[0 0 9 9]/F 2>>", false},
                 {"<</FT/Sig/T(a)/Rect[0 0 9 9]/F 36>>", false},
                 {"<</FT/Sig/T(a)>>", false}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        sealed s = {.is_old = true};
        const pdf_seal_plan plan = named("a");
        builder_document(&s.b, &(builder_plan){.catalog = "/AcroForm<</NeedAppearances true"
                                                          "/Fields[4 0 R]>>",
                                               .more = {cases[i].widget}});
        assert_int_equal(try_seal(&s, &plan, NULL), PADES_OK);
        assert_sealed(&s);
        assert_text(&s, "/NeedAppearances true");
        assert_int_equal(s.seal.warnings.n > 0, cases[i].warned);
        sealed_free(&s);
    }
}

static void target_is_one_array_with_the_page(void **state)
{
    (void)state;
    const pdf_seal_plan plan = named("a.b");
    assert_refused(&(builder_plan){.catalog = "/AcroForm<</Fields 4 0 R/SigFlags 3>>",
                                   .page = "/Annots 4 0 R",
                                   .more = {"[]"}},
                   &plan, PADES_DOC_DAMAGED);
}

/* Law 5: the names that were compared, the kids that were looked for. */
static void target_is_read_by_both(void **state)
{
    (void)state;
    sealed s = {.is_old = true};
    const pdf_seal_plan plan = named("a.b");
    builder_document(&s.b,
                     &(builder_plan){.catalog = FORM("4 0 R 5 0 R"),
                                     .more = {"<</T 6 0 R/FT/Tx>>", "<</T(a)/Kids 7 0 R>>", "(x)",
                                              "[8 0 R]", "<</FT 9 0 R/T(b)>>", "/Sig"}});
    assert_int_equal(try_seal(&s, &plan, NULL), PADES_OK);
    for (uint32_t id = 4; id < 10; id++) {
        bool found = false;
        for (size_t i = 0; i < s.seal.touched_n; i++) {
            found = found || s.seal.touched[i].id == id;
        }
        assert_true(found);
    }
    assert_sealed(&s);
    sealed_free(&s);
}

/* A form that the second reader would keep whole: what is signed and the target are shown to it. */
static void target_of_a_large_form_is_read_by_both(void **state)
{
    (void)state;
    sealed s = {.is_old = true};
    const pdf_seal_plan plan = named("b");
    builder_start(&s.b, "1.7");
    builder_object(&s.b, 1, 0, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields 4 0 R>>>>");
    builder_object(&s.b, 2, 0, "<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 9 9]>>");
    builder_object(&s.b, 3, 0, "<</Type/Page/Parent 2 0 R>>");
    builder_object(&s.b, 4, 0, "[5 0 R 6 0 R");
    buf_truncate(&s.b.out, s.b.out.n - strlen("\nendobj\n"));
    for (size_t i = 0; i < 3000; i++) {
        buf_add_str(&s.b.out, " 7 0 R");
    }
    buf_add_str(&s.b.out, "]\nendobj\n");
    builder_object(&s.b, 5, 0, "<</FT/Sig/T(a)/V<</Type/Sig>>>>");
    builder_object(&s.b, 6, 0, "<</FT/Sig/T(b)>>");
    builder_object(&s.b, 7, 0, "<</FT/Tx/T(c)>>");
    builder_table(&s.b, 8, "");
    assert_int_equal(try_seal(&s, &plan, NULL), PADES_OK);
    assert_true(s.seal.touched_n < 20);
    assert_non_null(strstr((const char *)s.seal.warnings.p, "more fields"));
    for (uint32_t id = 5; id <= 7; id++) {
        bool found = false;
        for (size_t i = 0; i < s.seal.touched_n; i++) {
            found = found || s.seal.touched[i].id == id;
        }
        assert_int_equal(found, id < 7);
    }
    assert_sealed(&s);
    sealed_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(target_signs_an_empty_field),
        cmocka_unit_test(target_makes_a_field_anywhere),
        cmocka_unit_test(target_refuses_fields_that_cannot_be_signed),
        cmocka_unit_test(target_warns_when_its_look_may_go),
        cmocka_unit_test(target_is_one_array_with_the_page),
        cmocka_unit_test(target_is_read_by_both),
        cmocka_unit_test(target_of_a_large_form_is_read_by_both),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
