/* What a document says it allows. */
#include "base/fail.h"
#include "pdf/permissions.h"
#include "pdf/builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static pades_status permissions_of(const builder_plan *plan, pdf_permissions *ret, pades_error **e)
{
    AUTO_VAL(builder) b;
    opened o;
    builder_document(&b, plan);
    opened_open(&o, buf_span(&b.out), span_of(NULL, 0));
    pades_status status = pdf_permissions_read(o.f, ret, e);
    opened_free(&o);
    return status;
}

static void assert_level(const char *reference, int expected)
{
    pdf_permissions p;
    builder_plan plan = {
        .kind = BUILD_STREAM, .catalog = "/Perms 4 0 R", .more = {"<</DocMDP 5 0 R>>", reference}};
    assert_int_equal(permissions_of(&plan, &p, NULL), PADES_OK);
    assert_int_equal(p.certification, expected);
    assert_false(p.encrypted || p.usage_rights);
}

/* clause: ISO32000-1#12.8.2.2 */
/* clause: ISO32000-1#12.8.4 /Perms /DocMDP */
static void permissions_read_the_certification(void **state)
{
    (void)state;
    assert_level("null", 0);
    assert_level("<</Reference[<</TransformMethod/DocMDP/TransformParams<</P 1>>>>]>>", 1);
    assert_level("<</Reference[<</TransformMethod/DocMDP/TransformParams<</P 3>>>>]>>", 3);
    assert_level("<</Reference[<</TransformMethod/DocMDP>>]>>", 2);
    assert_level("<</Reference[<<>><</TransformMethod/DocMDP>><</TransformMethod/DocMDP/"
                 "TransformParams<</P 1>>>>]>>",
                 1);
}

static void permissions_refuse_a_certification_that_says_nothing(void **state)
{
    (void)state;
    static const char *const references[] = {
        "<</Reference[<</TransformMethod/DocMDP/TransformParams<</P 4>>>>]>>",
        "<</Reference[<</TransformMethod/DocMDP/TransformParams<</P/None>>>>]>>",
        "<</Reference[<</TransformMethod/UR3>>]>>", "<<>>", "<</Reference null>>"};
    for (size_t i = 0; i < ARRAY_LEN(references); i++) {
        pdf_permissions p = {.certification = 77};
        AUTO(pades_error) *e = NULL;
        builder_plan plan = {.catalog = "/Perms<</DocMDP 4 0 R>>", .more = {references[i]}};
        assert_int_equal(permissions_of(&plan, &p, &e), PADES_DOC_DAMAGED);
        assert_int_equal(p.certification, 77);
        assert_non_null(pades_error_clause(e));
    }
}

static void permissions_see_encryption_in_any_trailer(void **state)
{
    (void)state;
    AUTO_VAL(builder) b;
    opened o;
    pdf_permissions p;
    builder_document(&b, &(builder_plan){.trailer = "/Encrypt<</Filter/Standard/V 1/R 2/P -4>>"});
    builder_object(&b, 3, 0, "<</Type/Page/Parent 2 0 R>>");
    builder_table(&b, 100, "");
    opened_open(&o, buf_span(&b.out), span_of(NULL, 0));
    assert_int_equal(pdf_permissions_read(o.f, &p, NULL), PADES_OK);
    assert_true(p.encrypted);
    opened_free(&o);
}

static void permissions_see_usage_rights(void **state)
{
    (void)state;
    static const char *const perms[] = {"/Perms<</UR3<<>>>>", "/Perms<</UR<<>>>>"};
    for (size_t i = 0; i < ARRAY_LEN(perms); i++) {
        pdf_permissions p;
        assert_int_equal(permissions_of(&(builder_plan){.catalog = perms[i]}, &p, NULL), PADES_OK);
        assert_true(p.usage_rights);
    }
}

static void permissions_say_what_forbids_and_what_to_do(void **state)
{
    (void)state;
    static const struct {
        pdf_permissions p;
        pades_status status;
    } cases[] = {{{false, 0, false}, PADES_OK},
                 {{false, 2, false}, PADES_OK},
                 {{false, 3, false}, PADES_OK},
                 {{true, 0, false}, PADES_OK}, /* pdf_crypt_allow_signature() was asked */
                 {{false, 1, false}, PADES_DOC_NOT_PERMITTED},
                 {{false, 0, true}, PADES_DOC_NOT_PERMITTED}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO(pades_error) *e = NULL;
        assert_int_equal(pdf_permissions_allow_signature(&cases[i].p, &e), cases[i].status);
        assert_int_equal(pdf_permissions_allow_signature(&cases[i].p, NULL), cases[i].status);
        assert_true(cases[i].status == PADES_OK || pades_error_hint(e));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(permissions_read_the_certification),
        cmocka_unit_test(permissions_refuse_a_certification_that_says_nothing),
        cmocka_unit_test(permissions_see_encryption_in_any_trailer),
        cmocka_unit_test(permissions_see_usage_rights),
        cmocka_unit_test(permissions_say_what_forbids_and_what_to_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
