/* The revision of a document timestamp: a dictionary of its own kind, a new field, and what forbids
 * it. */
#include "pdf/demands.h"
#include "pdf/sealed.h"

#define FORM(fields) "/AcroForm<</SigFlags 3/Fields[" fields "]>>"
#define DOCMDP "<</Type/SigRef/TransformMethod/DocMDP/TransformParams<</Type/TransformParams/P "
#define FIELDMDP "<</Type/SigRef/TransformMethod/FieldMDP/TransformParams<</Type/TransformParams"
#define SIGNED "<</FT/Sig/T(first)/V 5 0 R>>"

static const pdf_seal_plan stamping = {.doc_timestamp = true, .contents_bytes = 64};

/* clause: EN319142-1#5.4.3 the dictionary of a document time-stamp */
static void stamp_has_a_dictionary_of_its_own(void **state)
{
    (void)state;
    static const char *const never[] = {"/Type/Sig/", "/M(",      "/Name",      "/Reason",
                                        "/Cert",      "/Changes", "/Reference", "/Prop_Build"};
    for (builder_kind kind = BUILD_TABLE; kind <= BUILD_HYBRID; kind++) {
        sealed s;
        seal_with(&s, &(builder_plan){.kind = kind}, &stamping);
        assert_string_equal(s.seal.field, "Timestamp1");
        assert_true(has(&s, "<</Type/DocTimeStamp/Filter/Adobe.PPKLite/SubFilter/ETSI.RFC3161"));
        assert_true(has(&s, "/TU(Document timestamp)"));
        for (size_t i = 0; i < ARRAY_LEN(never); i++) {
            assert_false(has(&s, never[i]));
        }
        assert_true(pdf_seal_fits(&s.seal));
        sealed_free(&s);
    }
}

static void stamp_takes_the_next_free_name(void **state)
{
    (void)state;
    sealed s;
    const builder_plan document = {.catalog = FORM("4 0 R 5 0 R 6 0 R"),
                                   .more = {"<</FT/Sig/T(Timestamp1)>>", "<</FT/Tx/T(Timestamp3)>>",
                                            "<</FT/Sig/T(Signature2)>>"}};
    seal_with(&s, &document, &stamping);
    assert_string_equal(s.seal.field, "Timestamp2");
    sealed_free(&s);
    pdf_seal_plan named = stamping;
    named.field = "Timestamp1";
    assert_refused(&document, &named, PADES_FIELD_EXISTS);
}

static void stamp_is_nothing_else_besides(void **state)
{
    (void)state;
    const builder_plan document = {.kind = BUILD_TABLE};
    const pdf_lock lock = {.action = PDF_LOCK_ALL};
    const pdf_fill fill = {"a", "b"};
    pdf_seal_plan plan = stamping;
    plan.certification = 2;
    assert_refused(&document, &plan, PADES_INVALID_ARGUMENT);
    plan = stamping;
    plan.lock = &lock;
    assert_refused(&document, &plan, PADES_INVALID_ARGUMENT);
    plan = stamping;
    plan.fills = &fill;
    plan.fills_n = 1;
    assert_refused(&document, &plan, PADES_INVALID_ARGUMENT);
}

/* clause: ISO32000-1#12.8.2.2 what a certification permits */
static void stamp_keeps_to_what_certifications_permit(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        bool allowed;
    } cases[] = {
        {"<</Type/Sig/Reference[" DOCMDP "1>>>>]>>", false},
        {"<</Type/Sig/Reference[" DOCMDP "2>>>>]>>", true},
        {"<</Type/Sig/Reference[" DOCMDP "3>>>>]>>", true},
        {"<</Type/Sig/Reference[" FIELDMDP "/Action/All>>>>]>>", true},
        {"<</Type/Sig/Reference[" FIELDMDP "/Action/Include/Fields[(Timestamp1)]>>>>]>>", true},
        {"<</Type/Sig/Reference[" FIELDMDP "/Action/All/P 1>>>>]>>", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const builder_plan document = {.catalog = FORM("4 0 R"), .more = {SIGNED, cases[i].value}};
        if (cases[i].allowed) {
            sealed s;
            seal_with(&s, &document, &stamping);
            sealed_free(&s);
        } else {
            assert_refused(&document, &stamping, PADES_DOC_NOT_PERMITTED);
        }
    }
}

static void stamp_says_why_it_is_forbidden(void **state)
{
    (void)state;
    AUTO(pades_error) *e = NULL;
    sealed s = {.is_old = false};
    const builder_plan document = {.catalog = FORM("4 0 R"),
                                   .more = {SIGNED, "<</Type/Sig/Reference[" DOCMDP "1>>>>]>>"}};
    builder_document(&s.b, &document);
    assert_int_equal(try_seal(&s, &stamping, &e), PADES_DOC_NOT_PERMITTED);
    assert_non_null(strstr(pades_error_message(e), "'first' certifies the document"));
    assert_non_null(strstr(pades_error_hint(e), "certified with /P 2"));
    sealed_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stamp_has_a_dictionary_of_its_own),
        cmocka_unit_test(stamp_takes_the_next_free_name),
        cmocka_unit_test(stamp_is_nothing_else_besides),
        cmocka_unit_test(stamp_keeps_to_what_certifications_permit),
        cmocka_unit_test(stamp_says_why_it_is_forbidden),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
