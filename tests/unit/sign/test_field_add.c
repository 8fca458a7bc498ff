/* Empty signature fields added in a revision of their own: what they are and ask for, and what is
 * refused. */
#include "base/fail.h"
#include "base/mem.h"
#include "pdf/builder.h"
#include "pki/made.h"

#include <pades/pades.h>
#include <stdio.h>
#include <string.h>

typedef struct added {
    pades_ctx *ctx;
    builder pdf;
    pades_field_spec *spec;
    pades_sink *sink;
    pades_result *result;
    pades_error *e;
} added;

static added make_added(const char *name, const builder_plan *plan)
{
    added a = {.ctx = NULL};
    assert_int_equal(pades_ctx_new(&a.ctx, NULL), PADES_OK);
    assert_int_equal(pades_field_spec_new(name, &a.spec, NULL), PADES_OK);
    builder_document(&a.pdf, plan);
    return a;
}

static void added_free(added *a)
{
    pades_result_free(a->result);
    pades_sink_free(a->sink);
    pades_field_spec_free(a->spec);
    pades_ctx_free(a->ctx);
    pades_error_free(a->e);
    builder_free(&a->pdf);
}

static pades_status add(added *a)
{
    pades_source *source = NULL;
    assert_int_equal(pades_source_new_memory(a->pdf.out.p, a->pdf.out.n, &source, NULL), PADES_OK);
    assert_int_equal(pades_sink_new_memory(&a->sink, NULL), PADES_OK);
    pades_status status =
        pades_field_add(a->ctx, source, a->sink, a->spec, NULL, &a->result, &a->e);
    pades_source_free(source);
    return status;
}

/* Adds it; the output begins with the input, and is opened again. */
static pades_doc *must_add(added *a)
{
    size_t n = 0;
    pades_doc *doc = NULL;
    pades_source *source = NULL;
    if (add(a) != PADES_OK) {
        fail_msg("%s", pades_error_message(a->e));
    }
    const uint8_t *out = pades_sink_bytes(a->sink, &n);
    assert_true(n > a->pdf.out.n);
    assert_memory_equal(out, a->pdf.out.p, a->pdf.out.n);
    assert_int_equal(pades_source_new_memory(out, n, &source, NULL), PADES_OK);
    if (pades_doc_open(a->ctx, source, &doc, &a->e) != PADES_OK) {
        fail_msg("%s", pades_error_message(a->e));
    }
    pades_source_free(source);
    assert_true(pades_doc_get_info(doc)->second_reader);
    return doc;
}

static void seed(added *a, const char *key, const char *value)
{
    pades_field_spec_add_seed(a->spec, key, value, strlen(value));
}

static const builder_plan plain = {.kind = BUILD_STREAM, .version = "1.7"};

/* clause: ISO32000-1#12.7.4.5 */
static void field_is_empty_and_where_it_was_asked_for(void **state)
{
    (void)state;
    const char *const names[] = {"a", "b"};
    added a = make_added("Contract.Seal", &plain);
    pades_field_spec_set_place(a.spec, 1, 10, 20.5, 100, 30);
    pades_field_spec_set_tooltip(a.spec, "Sign h\xC3\xA9re");
    pades_field_spec_set_lock(a.spec, PADES_LOCK_INCLUDE, names, 2);
    pades_doc *doc = must_add(&a);
    const pades_field_info *field = pades_doc_get_field(doc, 0);
    assert_string_equal(pades_result_field(a.result), "Contract.Seal");
    assert_string_equal(field->name, "Contract.Seal");
    assert_string_equal(field->type, "Sig");
    assert_false(field->is_signed);
    assert_int_equal(field->page, 1);
    assert_true(field->has_lock);
    size_t n = 0;
    const void *bytes = pades_sink_bytes(a.sink, &n);
    span out = span_of(bytes, n);
    assert_true(span_find(out, span_str("/Rect[10 20.5 110 50.5]"), 0) != SIZE_MAX);
    assert_true(span_find(out, span_str("/SigFlags 1"), 0) != SIZE_MAX);
    assert_true(span_find(out, span_str("/V "), a.pdf.out.n) == SIZE_MAX);
    pades_doc_free(doc);
    added_free(&a);
}

static void field_asks_for_what_it_was_given(void **state)
{
    (void)state;
    made root = made_root("Root");
    added a = make_added("Seal", &plain);
    seed(&a, "DigestMethod", "SHA384");
    seed(&a, "DigestMethod", "SHA512");
    seed(&a, "Reasons", "I agree");
    seed(&a, "MDP", "2");
    seed(&a, "TimeStamp", "http://tsa.example/");
    seed(&a, "Cert SubjectDN", "CN=Seal\nO=Acme");
    seed(&a, "Cert KeyUsage", "01");
    pades_field_spec_add_seed(a.spec, "Cert Issuer", cert_der(root.cert).p, cert_der(root.cert).n);
    pades_field_spec_require_seed(a.spec, "DigestMethod");
    pades_field_spec_require_seed(a.spec, "Cert Issuer");
    pades_doc *doc = must_add(&a);
    size_t required = 0;
    size_t n = 0;
    const pades_seed_info *info;
    for (; (info = pades_doc_get_seed(doc, 0, n)) != NULL; n++) {
        required += info->required != 0 && (strcmp(info->name, "DigestMethod") == 0 ||
                                            strcmp(info->name, "Cert Issuer") == 0);
    }
    assert_true(n >= 7);
    assert_int_equal(required, 3); /* two digests, one issuer */
    pades_doc_free(doc);
    added_free(&a);
    made_free(&root);
}

static void field_with_a_bad_value_is_not_made(void **state)
{
    (void)state;
    static const struct {
        const char *key, *value;
    } cases[] = {{"Colour", "red"},
                 {"MDP", "4"},
                 {"V", "9"},
                 {"AddRevInfo", "1"},
                 {"LockDocument", "x"},
                 {"Cert OID", "1.x"},
                 {"Cert Subject", "x"},
                 {"Cert SubjectDN", "CN"},
                 {"SubFilter", "a b"},
                 {"Reasons", "\xFF"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        added a = make_added("Seal", &plain);
        seed(&a, cases[i].key, cases[i].value);
        assert_int_equal(add(&a), PADES_INVALID_ARGUMENT);
        assert_true(i == 0 || strstr(pades_error_message(a.e), cases[i].key));
        added_free(&a);
    }
    added a = make_added("Seal", &plain);
    pades_field_spec_set_place(a.spec, 1, 0, 0, -1, 1);
    assert_int_equal(add(&a), PADES_INVALID_ARGUMENT);
    added_free(&a);
    a = make_added("Seal", &plain);
    pades_field_spec_set_place(a.spec, 2, 0, 0, 1, 1);
    assert_int_equal(add(&a), PADES_INVALID_ARGUMENT);
    assert_non_null(strstr(pades_error_message(a.e), "no page 2, but 1"));
    added_free(&a);
}

static void field_is_refused_where_it_may_not_be(void **state)
{
    (void)state;
    const builder_plan there = {.catalog = "/AcroForm<</Fields[4 0 R]>>",
                                .more = {"<</FT/Sig/T(Seal)>>"}};
    added a = make_added("Seal", &there);
    assert_int_equal(add(&a), PADES_FIELD_EXISTS);
    added_free(&a);
    const builder_plan certified = {
        .catalog = "/Perms<</DocMDP 5 0 R>>/AcroForm<</SigFlags 3/Fields[4 0 R]>>",
        .more = {"<</FT/Sig/T(Own)/V 5 0 R>>",
                 "<</Type/Sig/Contents<00>/Reference[<</TransformMethod/DocMDP/TransformParams"
                 "<</P 2>>>>]>>"}};
    a = make_added("Seal", &certified);
    pades_field_spec_set_place(a.spec, 1, 0, 0, 10, 10);
    assert_int_equal(add(&a), PADES_DOC_NOT_PERMITTED);
    added_free(&a);
    a = make_added("Seal", &certified);
    assert_int_equal(add(&a), PADES_OK);
    added_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(field_is_empty_and_where_it_was_asked_for),
        cmocka_unit_test(field_asks_for_what_it_was_given),
        cmocka_unit_test(field_with_a_bad_value_is_not_made),
        cmocka_unit_test(field_is_refused_where_it_may_not_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
