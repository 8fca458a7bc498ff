/* Certification, locks and usage rights in the revision of a seal. */
#include "pdf/demands.h"
#include "pdf/sealed.h"

#define FORM(fields) "/AcroForm<</SigFlags 3/Fields[" fields "]>>"
#define DOCMDP "<</Type/SigRef/TransformMethod/DocMDP/TransformParams<</Type/TransformParams/P "
#define FIELDMDP "<</Type/SigRef/TransformMethod/FieldMDP/TransformParams<</Type/TransformParams"

static void assert_text(const sealed *s, const char *text, bool expected)
{
    if (has(s, text) != expected) {
        fail_msg("'%s' is%s in '%.*s'", text, expected ? " not" : "", (int)s->seal.revision.n,
                 (const char *)s->seal.revision.p);
    }
}

static void seal_by(sealed *s, const builder_plan *document, const pdf_seal_plan *plan, bool is_old)
{
    AUTO(pades_error) *e = NULL;
    *s = (sealed){.is_old = is_old};
    builder_document(&s->b, document);
    if (try_seal(s, plan, &e) != PADES_OK) {
        fail_msg("%s", pades_error_message(e));
    }
    assert_sealed(s);
}

/* /Perms /DocMDP leads to the signature of the field. */
static void assert_certified(sealed *s, const char *p)
{
    pdf_ref perms;
    char reference[256];
    AUTO_VAL(pdf_fields) fields = {NULL, 0, 0};
    (void)opened_path(&s->after, "Root.Perms.DocMDP", &perms);
    assert_int_equal(pdf_fields_read(s->after.f, &fields, NULL), PADES_OK);
    assert_int_equal(find_field(&fields, s->seal.field)->value.id, perms.id);
    snprintf(reference, sizeof reference, "/Reference[" DOCMDP "%s/V/1.2>>>>", p);
    assert_text(s, reference, true);
}

/* clause: ISO32000-1#12.8.2.2, ISO32000-1#12.8.4 /Perms, ISO32000-1#12.8.1 /Reference */
static void mdp_certifies(void **state)
{
    (void)state;
    static const struct {
        const char *catalog, *more[2], *kept;
    } cases[] = {
        {"", {NULL}, "/Perms<</DocMDP"},
        {"/Perms<<>>", {NULL}, "/Perms<</DocMDP"},
        {"/Perms null", {NULL}, "/Perms<</DocMDP"},
        {"/Perms<</X 00>>", {NULL}, "/Perms<</X 00/DocMDP"},
        {"/Perms 4 0 R", {"<</X 00>>"}, "4 0 obj\n<</X 00/DocMDP"},
        {"/Perms<</DocMDP 4 0 R>>", {"null"}, "/Perms<</DocMDP"},
    };
    static const char *const levels[] = {"1", "2", "3"};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        sealed s;
        pdf_seal_plan plan = usual;
        builder_plan document = {.catalog = cases[i].catalog};
        memcpy(document.more, cases[i].more, sizeof cases[i].more);
        plan.certification = 1 + (int)(i % 3);
        seal_by(&s, &document, &plan, false);
        assert_certified(&s, levels[i % 3]);
        assert_text(&s, cases[i].kept, true);
        sealed_free(&s);
    }
}

static pades_status try_plan(const builder_plan *document, const pdf_seal_plan *plan,
                             const char *why)
{
    AUTO(pades_error) *e = NULL;
    AUTO_VAL(pdf_seal) seal = {.hole = 0};
    AUTO_VAL(builder) b;
    opened o;
    builder_document(&b, document);
    opened_open(&o, buf_span(&b.out), span_of(NULL, 0));
    pades_status status = pdf_seal_build(o.f, plan, &seal, &e);
    if (status != PADES_OK && (!why || !strstr(pades_error_message(e), why))) {
        fail_msg("'%s' is not in '%s'", why, pades_error_message(e));
    }
    opened_free(&o);
    return status;
}

#define SIGNED "<</FT/Sig/T(first)/V 5 0 R>>"

static void mdp_refuses_what_is_forbidden(void **state)
{
    (void)state;
    static const struct {
        int certify;
        builder_plan document;
        const char *why;
    } cases[] = {
        {2, {.catalog = FORM("4 0 R"), .more = {SIGNED, "<</Type/Sig>>"}}, "'first' is there"},
        {2,
         {.catalog = "/Perms<</DocMDP 4 0 R>>", .more = {"<</Reference[" DOCMDP "2>>>>]>>"}},
         "'/Perms /DocMDP' is there already"},
        {0,
         {.catalog = "/Perms<</DocMDP 5 0 R>>" FORM("4 0 R"),
          .more = {SIGNED, "<</Type/Sig/Reference[" DOCMDP "1>>>>]>>"}},
         "'first' certifies the document and permits no changes"},
        {0,
         {.catalog = "/Perms<</DocMDP 4 0 R>>", .more = {"<</Reference[" DOCMDP "1>>>>]>>"}},
         "permits no changes"},
        {0,
         {.catalog = FORM("4 0 R"),
          .more = {SIGNED, "<</Reference[" FIELDMDP "/Action/Include/Fields[(Signature1)]>>>>]>>"}},
         "'first' locks the field 'Signature1'"},
        {0,
         {.catalog = "/Perms<</DocMDP 4 0 R>>",
          .more = {"<</Reference[" DOCMDP "2>>>>" FIELDMDP "/Action/All>>>>]>>"}},
         "'/Perms /DocMDP' locks the field 'Signature1'"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        pdf_seal_plan plan = usual;
        plan.certification = cases[i].certify;
        assert_int_equal(try_plan(&cases[i].document, &plan, cases[i].why),
                         PADES_DOC_NOT_PERMITTED);
    }
    pdf_seal_plan plan = usual;
    plan.field = "a.b";
    assert_int_equal(try_plan(&(builder_plan){.catalog = FORM("4 0 R"),
                                              .more = {SIGNED, "<</Type/DocTimeStamp>>"}},
                              &plan, "'first' would be called broken"),
                     PADES_DOC_NOT_PERMITTED);
    plan.field = NULL;
    plan.certification = 4;
    assert_int_equal(try_plan(&(builder_plan){.page = ""}, &plan, "/P"), PADES_INVALID_ARGUMENT);
    plan.certification = 2;
    assert_int_equal(try_plan(&(builder_plan){.catalog = "/Perms 3"}, &plan, "/Perms"),
                     PADES_DOC_DAMAGED);
    assert_int_equal(try_plan(&(builder_plan){.catalog = FORM("4 0 R"),
                                              .more = {SIGNED, "<</Type/DocTimeStamp>>"}},
                              &plan, NULL),
                     PADES_OK);
}

static pades_status certify(void *user, const struct pdf_seed *seed, pdf_seal_plan *plan,
                            buf *warnings, pades_error **e)
{
    (void)user;
    (void)seed;
    (void)warnings;
    (void)e;
    plan->certification = 2;
    return PADES_OK;
}

/* clause: ISO32000-1#12.7.4.5 /MDP: nobody gave --certify, so leaving it out is no way out */
static void mdp_tells_who_asked_for_the_certification(void **state)
{
    (void)state;
    for (int given = 0; given < 2; given++) {
        AUTO(pades_error) *e = NULL;
        sealed s = {.is_old = true};
        pdf_seal_plan plan = usual;
        plan.field = "Seal";
        plan.ask = certify;
        plan.certification = given ? 2 : 0;
        builder_document(&s.b, &(builder_plan){.catalog = FORM("4 0 R 6 0 R"),
                                               .more = {SIGNED, "<</Type/Sig>>",
                                                        "<</FT/Sig/T(Seal)/SV<</MDP<</P 2>>>>>>"}});
        assert_int_equal(try_seal(&s, &plan, &e), PADES_DOC_NOT_PERMITTED);
        assert_non_null(strstr(pades_error_message(e), "'first' is there"));
        assert_non_null(
            strstr(pades_error_hint(e), given ? "without --certify" : "choose another field"));
        sealed_free(&s);
    }
}

/* clause: ISO32000-1#12.7.4.5 the lock of the field that is signed takes hold */
static void mdp_keeps_the_lock_of_a_field(void **state)
{
    (void)state;
    static const struct {
        const char *lock, *expected;
    } cases[] = {
        {"<</Type/SigFieldLock/Action/All>>", "/Action/All/V/1.2>>/Data 1 0 R>>]"},
        {"<</Action/Include/Fields[(a)(b.c)]/P 2>>",
         "/Action/Include/Fields[(a)(b.c)]/P 2/V/1.2>>/Data 1 0 R>>]"},
        {"<</Action/Exclude/Fields[<FEFF00E9>]>>", "/Action/Exclude/Fields[<FEFF00E9>]/V/1.2>>"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        sealed s;
        char expected[512];
        pdf_seal_plan plan = usual;
        plan.field = "Seal";
        seal_by(&s,
                &(builder_plan){.catalog = FORM("4 0 R"),
                                .more = {"<</FT/Sig/T(Seal)/Lock 5 0 R>>", cases[i].lock}},
                &plan, true);
        snprintf(expected, sizeof expected, "/Reference[" FIELDMDP "%s", cases[i].expected);
        assert_text(&s, expected, true);
        assert_text(&s, "/Lock 5 0 R/V", true);
        sealed_free(&s);
    }
}

/* clause: ISO32000-2#12.8.5.3 what the levels LT and LTA add is a change for common readers */
static void mdp_knows_what_comes_behind(void **state)
{
    (void)state;
    static const struct {
        int certify;
        const char *lock; /* of the field that is sealed; NULL: a new field */
        pades_status expected;
    } cases[] = {{1, NULL, PADES_DOC_NOT_PERMITTED},
                 {2, NULL, PADES_OK},
                 {0, "<</Action/All/P 1>>", PADES_DOC_NOT_PERMITTED},
                 {0, "<</Action/All/P 2>>", PADES_OK},
                 {0, "<</Action/All>>", PADES_OK}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        pdf_seal_plan plan = usual;
        builder_plan document = {.page = ""};
        plan.certification = cases[i].certify;
        if (cases[i].lock) {
            plan.field = "Seal";
            document = (builder_plan){.catalog = FORM("4 0 R"),
                                      .more = {"<</FT/Sig/T(Seal)/Lock 5 0 R>>", cases[i].lock}};
        }
        assert_int_equal(try_plan(&document, &plan, NULL), PADES_OK);
        plan.goes_on = true;
        const char *why = cases[i].expected == PADES_OK ? NULL : "permits no changes (P=1)";
        assert_int_equal(try_plan(&document, &plan, why), cases[i].expected);
    }
}

/* clause: ISO32000-1#12.8.2.4 FieldMDP of a lock that was asked for; of a new field also its /Lock
 */
static void mdp_locks_as_asked(void **state)
{
    (void)state;
    sealed s;
    pdf_seal_plan plan = usual;
    char a[] = "a", b[] = "b.c";
    char *names[] = {a, b};
    const pdf_lock lock = {.action = PDF_LOCK_EXCLUDE, .names = names, .n = 2};
    plan.lock = &lock;
    plan.certification = 3;
    seal_by(&s, &(builder_plan){.catalog = FORM("4 0 R"), .more = {"<</T(a)/FT/Tx>>"}}, &plan,
            false);
    assert_certified(&s, "3");
    assert_text(&s, FIELDMDP "/Action/Exclude/Fields[(a)(b.c)]/V/1.2>>/Data 1 0 R>>]", true);
    assert_text(&s, "<</Type/SigFieldLock/Action/Exclude/Fields[(a)(b.c)]>>\nendobj", true);
    assert_non_null(strstr((const char *)s.seal.warnings.p, "'b.c', which is no field"));
    pdf_ref place;
    const pdf_obj *read = opened_path(&s.after, "Root.AcroForm.Fields.1.Lock", &place);
    assert_true(pdf_is(read, PDF_DICT) && place.id != 0);
    sealed_free(&s);

    plan.certification = 0;
    plan.field = "Seal";
    seal_by(&s, &(builder_plan){.catalog = FORM("4 0 R"), .more = {"<</FT/Sig/T(Seal)>>"}}, &plan,
            true);
    assert_text(&s, FIELDMDP "/Action/Exclude", true);
    assert_text(&s, "/Lock", false);
    sealed_free(&s);
    assert_int_equal(try_plan(&(builder_plan){.catalog = FORM("4 0 R"),
                                              .more = {"<</FT/Sig/T(Seal)/Lock<</Action/All>>>>"}},
                              &plan, "says itself"),
                     PADES_INVALID_ARGUMENT);
}

/* clause: ISO32000-1#12.8.2.3 usage rights */
static void mdp_drops_usage_rights_of_what_is_unsigned(void **state)
{
    (void)state;
    static const struct {
        const char *perms, *kept;
        bool certify, gone;
    } cases[] = {
        {"/Perms<</UR3 4 0 R>>", "<</Type/Catalog/Pages 2 0 R/AcroForm", false, true},
        {"/Perms<</UR 4 0 R/UR3 4 0 R>>", "<</Type/Catalog/Pages 2 0 R/AcroForm", false, true},
        {"/Perms 5 0 R", "<</Type/Catalog/Pages 2 0 R/AcroForm", false, true},
        {"/Perms<</UR3 4 0 R/X 1>>", "/Perms<</X 1>>", false, false},
        {"/Perms<</UR3 4 0 R>>", "/Perms<</DocMDP", true, false},
        {"/Perms 5 0 R", "5 0 obj\n<</DocMDP", true, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        sealed s;
        pdf_seal_plan plan = usual;
        char catalog[256];
        snprintf(catalog, sizeof catalog, "%s/AcroForm<</Fields[]>>", cases[i].perms);
        builder_plan document = {.catalog = catalog, .more = {"<<>>", "<</UR3<<>>>>"}};
        assert_int_equal(try_plan(&document, &plan, "usage rights"), PADES_DOC_NOT_PERMITTED);
        plan.drop_usage_rights = true;
        plan.certification = cases[i].certify ? 2 : 0;
        seal_by(&s, &document, &plan, false);
        assert_text(&s, cases[i].kept, true);
        assert_text(&s, "/UR", false);
        assert_int_equal(has(&s, "/Perms") || wrote(&s, 5), !cases[i].gone);
        sealed_free(&s);
    }
    pdf_seal_plan plan = usual;
    plan.drop_usage_rights = true;
    assert_int_equal(try_plan(&(builder_plan){.catalog = "/Perms<</UR3<<>>>>" FORM("4 0 R"),
                                              .more = {SIGNED, "<</Type/DocTimeStamp>>"}},
                              &plan, "cannot go any more"),
                     PADES_DOC_NOT_PERMITTED);
    sealed s;
    seal_by(&s, &(builder_plan){.catalog = "/Perms<</X 1>>"}, &plan, false);
    assert_text(&s, "/Perms<</X 1>>", true);
    sealed_free(&s);
}

/* What is written is what is read, by the judge of the next signature. */
static void mdp_demands_what_it_was_told(void **state)
{
    (void)state;
    sealed s;
    pdf_seal_plan plan = usual;
    char a[] = "a";
    char *names[] = {a};
    const pdf_lock lock = {.action = PDF_LOCK_INCLUDE, .names = names, .n = 1};
    AUTO_VAL(pdf_fields) fields = {NULL, 0, 0};
    AUTO_VAL(pdf_demands) demands = {.items = NULL};
    plan.lock = &lock;
    plan.certification = 2;
    seal_by(&s, &(builder_plan){.catalog = FORM("4 0 R"), .more = {"<</T(a)/FT/Tx>>"}}, &plan,
            false);
    const pdf_lock_from from = {s.after.f, NULL, NULL, NULL};
    assert_int_equal(pdf_fields_read(s.after.f, &fields, NULL), PADES_OK);
    assert_int_equal(pdf_demands_read(&from, &fields, &demands, NULL), PADES_OK);
    assert_int_equal(demands.n, 1);
    assert_int_equal(demands.items[0].certification, 2);
    assert_true(pdf_lock_covers(&demands.items[0].mdp, "a.b"));
    assert_true(pdf_lock_covers(&demands.items[0].lock, "a"));
    assert_int_equal(pdf_demands_allow(&demands, PDF_DEED_FILL, "a", NULL),
                     PADES_DOC_NOT_PERMITTED);
    assert_int_equal(pdf_demands_allow(&demands, PDF_DEED_ADD_HIDDEN, "b", NULL), PADES_OK);
    sealed_free(&s);
}

/* clause: ISO32000-1#12.8.4 /Perms is of PDF 1.5, which these standards do not reach */
static void mdp_does_not_certify_what_is_bound_to_older_versions(void **state)
{
    (void)state;
    static const struct {
        const char *version, *packet;
        pades_status status;
    } cases[] = {
        {"1.4", "<d xmlns:pdfaid='http://www.aiim.org/pdfa/ns/id/' pdfaid:part='1'/>",
         PADES_DOC_NOT_PERMITTED},
        {"1.7", "<d xmlns:pdfaid='http://www.aiim.org/pdfa/ns/id/' pdfaid:part='1'/>",
         PADES_DOC_NOT_PERMITTED},
        {"1.7", "<d xmlns:pdfaid='http://www.aiim.org/pdfa/ns/id/' pdfaid:part='2'/>", PADES_OK},
        {"1.4", "<d/>", PADES_OK},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char stream[256];
        pdf_seal_plan plan = usual;
        snprintf(stream, sizeof stream,
                 "<</Type/Metadata/Subtype/XML/Length %zu>>\nstream\n%s\nendstream",
                 strlen(cases[i].packet), cases[i].packet);
        builder_plan document = {
            .version = cases[i].version, .catalog = "/Metadata 4 0 R", .more = {stream}};
        assert_int_equal(try_plan(&document, &plan, NULL), PADES_OK);
        plan.certification = 2;
        assert_int_equal(try_plan(&document, &plan, "PDF/A-1, which knows no certification"),
                         cases[i].status);
    }
}

/* Law 5: a certification that is no field's value is read by both all the same. */
static void mdp_of_the_catalog_is_read_by_both(void **state)
{
    (void)state;
    sealed s;
    seal_by(&s,
            &(builder_plan){.catalog = "/Perms 4 0 R",
                            .more = {"<</DocMDP 5 0 R>>", "<</Reference 6 0 R>>", "[7 0 R]",
                                     "<</TransformMethod 8 0 R/TransformParams 9 0 R>>", "/DocMDP",
                                     "<</P 10 0 R>>", "2"}},
            &usual, false);
    for (uint32_t id = 4; id <= 10; id++) {
        bool found = false;
        for (size_t i = 0; i < s.seal.touched_n; i++) {
            found = found || s.seal.touched[i].id == id;
        }
        assert_true(found);
    }
    sealed_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mdp_certifies),
        cmocka_unit_test(mdp_refuses_what_is_forbidden),
        cmocka_unit_test(mdp_tells_who_asked_for_the_certification),
        cmocka_unit_test(mdp_keeps_the_lock_of_a_field),
        cmocka_unit_test(mdp_knows_what_comes_behind),
        cmocka_unit_test(mdp_locks_as_asked),
        cmocka_unit_test(mdp_drops_usage_rights_of_what_is_unsigned),
        cmocka_unit_test(mdp_demands_what_it_was_told),
        cmocka_unit_test(mdp_does_not_certify_what_is_bound_to_older_versions),
        cmocka_unit_test(mdp_of_the_catalog_is_read_by_both),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
