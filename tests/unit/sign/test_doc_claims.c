/* Claims in words, from the metadata of a document. */
#include "sign/doc_bench.h"

/* clause: ISO32000-1#14.3.2 the catalog's metadata */
static void claims_are_told_and_no_more(void **state)
{
    bench *b = *state;
    static const char xmp[] =
        "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><r:RDF xmlns:r=\"http://www.w3.org/1999/02/22-rdf-"
        "syntax-ns#\"><r:Description r:about=\"\" xmlns:a=\"http://www.aiim.org/pdfa/ns/id/\" "
        "a:part=\"3\" a:conformance=\"B\"/><r:Description r:about=\"\" "
        "xmlns:u=\"http://www.aiim.org/pdfua/ns/id/\" u:part=\"1\"/></r:RDF></x:xmpmeta>";
    builder_free(&b->pdf);
    builder_start(&b->pdf, "1.7");
    builder_object(&b->pdf, 1, 0, "<</Type/Catalog/Pages 2 0 R/Metadata 4 0 R>>");
    builder_object(&b->pdf, 2, 0, "<</Type/Pages/Kids[3 0 R]/Count 1>>");
    builder_object(&b->pdf, 3, 0, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>");
    builder_object(&b->pdf, 4, 0, "<</Type/Metadata/Subtype/XML/Length %zu>>stream\n%s\nendstream",
                   sizeof xmp - 1, xmp);
    builder_table(&b->pdf, 5, "");
    look(b);
    assert_string_equal(pades_doc_get_claim(b->doc, 0), "PDF/A-3B");
    assert_string_equal(pades_doc_get_claim(b->doc, 1), "PDF/UA-1");
    assert_null(pades_doc_get_claim(b->doc, 2));
}

static void claims_that_cannot_be_read_are_none(void **state)
{
    bench *b = *state;
    build(b, &(builder_plan){.version = "1.7",
                             .catalog = "/Metadata 4 0 R",
                             .more = {"<</Type/Metadata>>"}});
    look(b);
    assert_null(pades_doc_get_claim(b->doc, 0));
    build(b, &(builder_plan){.version = "1.7", .catalog = "/Metadata 77 0 R"});
    look(b);
    assert_null(pades_doc_get_claim(b->doc, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOC_TEST(claims_are_told_and_no_more),
        DOC_TEST(claims_that_cannot_be_read_are_none),
    };
    return cmocka_run_group_tests_name("sign_doc_claims", tests, NULL, NULL);
}
