/* What the catalog says beside fields and signatures. */
#include "sign/doc_bench.h"

static const pades_facts_info *facts(bench *b, const char *catalog, const char *form)
{
    build(b, &(builder_plan){.version = "1.4", .catalog = catalog, .more = {form}});
    look(b);
    return pades_doc_get_facts(b->doc);
}

static void facts_of_a_plain_document_are_none(void **state)
{
    const pades_facts_info *f = facts(*state, "", NULL);
    assert_int_equal(f->header_major * 10 + f->header_minor, 14);
    assert_null(f->catalog_version);
    assert_null(f->linearized);
    assert_null(f->extensions);
    assert_null(f->open_action);
    assert_int_equal(f->tagged + f->collection + f->xfa + f->needs_rendering, 0);
    assert_int_equal(f->need_appearances + f->javascript + f->additional_actions, 0);
    assert_int_equal(f->usage_rights + f->dss + f->sig_flags + f->embedded_files_more, 0);
    assert_int_equal(f->embedded_files + f->associated_files, 0);
}

/* clause: ISO32000-1#7.7.2 what the catalog has */
static void facts_tell_what_is_there(void **state)
{
    const pades_facts_info *f = facts(
        *state,
        "/Version/1.7/MarkInfo<</Marked true>>/Collection<<>>/NeedsRendering true/AA<<>>"
        "/OpenAction<</S/URI#1b>>/AF[1 0 R 1 0 R]/Perms<</UR3<<>>>>"
        "/Extensions<</ADBE<</BaseVersion/1.7/ExtensionLevel 8>>/E#07<</ExtensionLevel 2>>/Type/X>>"
        "/AcroForm 4 0 R",
        "<</Fields[]/XFA[]/NeedAppearances true/SigFlags 3>>");
    assert_string_equal(f->catalog_version, "1.7");
    assert_string_equal(f->open_action, "URI\\x1b");
    assert_string_equal(f->extensions, "ADBE 1.7 level 8, E\\x07 ? level 2");
    assert_true(f->tagged && f->collection && f->xfa && f->needs_rendering);
    assert_true(f->need_appearances && f->additional_actions && f->usage_rights);
    assert_false(f->javascript);
    assert_int_equal(f->sig_flags, 3);
    assert_int_equal(f->associated_files, 2);
    f = facts(*state, "/OpenAction[3 0 R/Fit]/Names<</JavaScript<<>>>>", NULL);
    assert_string_equal(f->open_action, "destination");
    assert_true(f->javascript);
    f = facts(*state, "/OpenAction<</S/JavaScript/JS()>>", NULL);
    assert_string_equal(f->open_action, "JavaScript");
    assert_true(f->javascript);
}

/* clause: ISO32000-1#7.7.4 name trees of any depth; a loop ends */
static void facts_count_embedded_files(void **state)
{
    bench *b = *state;
    build(b, &(builder_plan){.version = "1.7",
                             .catalog = "/Names<</EmbeddedFiles 4 0 R>>",
                             .more = {"<</Kids[5 0 R 6 0 R]>>", "<</Names[(a)1(b)2]>>",
                                      "<</Kids[5 0 R]/Names[(c)3]>>"}});
    look(b);
    assert_int_equal(pades_doc_get_facts(b->doc)->embedded_files, 5);
    assert_false(pades_doc_get_facts(b->doc)->embedded_files_more);
    build(b, &(builder_plan){.version = "1.7",
                             .catalog = "/Names<</EmbeddedFiles 4 0 R>>",
                             .more = {"<</Kids[4 0 R]/Names[(a)1]>>"}});
    look(b);
    assert_true(pades_doc_get_facts(b->doc)->embedded_files_more);
}

/* clause: EN319142-1#5.4.2 what the document security store has, counted */
static void facts_count_the_dss(void **state)
{
    const pades_facts_info *f = facts(
        *state, "/DSS<</Certs[1 0 R 2 0 R]/OCSPs 4 0 R/CRLs[]/VRI<</A<<>>/B<<>>>>>>", "[1 0 R]");
    assert_true(f->dss);
    assert_int_equal(f->dss_certificates, 2);
    assert_int_equal(f->dss_ocsps, 1);
    assert_int_equal(f->dss_crls, 0);
    assert_int_equal(f->dss_vris, 2);
}

/* clause: ISO32000-1#F.2 the linearization dictionary is the first object */
static void facts_tell_linearized_files(void **state)
{
    bench *b = *state;
    static const struct {
        int more;
        const char *wanted;
    } cases[] = {{0, "yes"}, {-1, "updated since"}, {1, "with another size"}};
    build(b, &(builder_plan){.version = "1.4"});
    size_t size = b->pdf.out.n;
    for (size_t i = 0; i < 3; i++) {
        char first[64];
        builder_free(&b->pdf);
        builder_start(&b->pdf, "1.4");
        snprintf(first, sizeof first, "<</Linearized 1/L %010d>>", (int)size + cases[i].more);
        builder_object(&b->pdf, 4, 0, "%s", first);
        builder_object(&b->pdf, 1, 0, "<</Type/Catalog/Pages 2 0 R>>");
        builder_object(&b->pdf, 2, 0, "<</Type/Pages/Kids[3 0 R]/Count 1>>");
        builder_object(&b->pdf, 3, 0, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>");
        builder_table(&b->pdf, 5, "");
        if (i == 0 && size != b->pdf.out.n) { /* now that it is known */
            size = b->pdf.out.n;
            i = SIZE_MAX;
            continue;
        }
        look(b);
        assert_string_equal(pades_doc_get_facts(b->doc)->linearized, cases[i].wanted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOC_TEST(facts_of_a_plain_document_are_none), DOC_TEST(facts_tell_what_is_there),
        DOC_TEST(facts_count_embedded_files),         DOC_TEST(facts_count_the_dss),
        DOC_TEST(facts_tell_linearized_files),
    };
    return cmocka_run_group_tests_name("sign_doc_facts", tests, NULL, NULL);
}
