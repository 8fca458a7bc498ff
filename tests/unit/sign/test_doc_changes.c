/* What `inspect` says each revision did. */
#include "sign/doc_bench.h"

static const pades_revision_info *revision(const bench *b, size_t i)
{
    return pades_doc_get_revision(b->doc, i);
}

static void assert_counts(const bench *b, size_t i, uint64_t added, uint64_t replaced,
                          uint64_t freed)
{
    const pades_revision_info *r = revision(b, i);
    assert_true(r->counted);
    assert_int_equal(r->added, added);
    assert_int_equal(r->replaced, replaced);
    assert_int_equal(r->freed, freed);
}

static const char *kind_of(const bench *b, size_t i, const char *change, const char *kind)
{
    const pades_change_info *c = NULL;
    for (size_t k = 0; (c = pades_doc_get_change(b->doc, i, k)) != NULL; k++) {
        if (strcmp(c->change, change) == 0 && c->kind && strcmp(c->kind, kind) == 0) {
            return c->kind;
        }
    }
    return NULL;
}

/* clause: ISO32000-1#7.5.6 incremental updates add, replace and free objects */
static void changes_of_a_seal(void **state)
{
    bench *b = *state;
    for (builder_kind kind = BUILD_TABLE; kind <= BUILD_HYBRID; kind++) {
        build(b, &(builder_plan){.kind = kind, .version = "1.5"});
        seal(b, "one");
        look(b);
        assert_int_equal(revision(b, 0)->changes, 0);
        assert_true(revision(b, 0)->added >= 3);
        assert_true(revision(b, 1)->added >= 3);
        assert_int_equal(revision(b, 1)->replaced, 2);
        assert_int_equal(revision(b, 1)->freed, 0);
        assert_int_equal(revision(b, 1)->changes,
                         revision(b, 1)->added + revision(b, 1)->replaced);
        assert_non_null(kind_of(b, 1, "added", "signature field"));
        assert_non_null(kind_of(b, 1, "added", "signature"));
        assert_non_null(kind_of(b, 1, "replaced", "catalog"));
        assert_non_null(kind_of(b, 1, "replaced", "page"));
        assert_non_null(strstr(revision(b, 1)->catalog, "AcroForm added"));
        assert_null(revision(b, 0)->catalog);
        assert_null(pades_doc_get_change(b->doc, 1, revision(b, 1)->changes));
        assert_null(pades_doc_get_change(b->doc, 2, 0));
    }
}

/* A row that frees object `id`, in an update made by hand. */
static void free_object(bench *b, uint32_t id, const char *more)
{
    buf *out = &b->pdf.out;
    size_t at = out->n;
    buf_addf(out, "xref\n%u 1\n0000000000 00001 f \ntrailer\n<</Root 1 0 R/Size 100/Prev %zu%s>>\n",
             id, (size_t)b->pdf.startxref, more);
    buf_addf(out, "startxref\n%zu\n%%%%EOF\n", at);
    b->pdf.startxref = at;
}

static void changes_free_what_was_in_use(void **state)
{
    bench *b = *state;
    build(b, &(builder_plan){.version = "1.4", .more = {"<</A 1>>"}});
    free_object(b, 4, "");
    free_object(b, 4, ""); /* free already */
    free_object(b, 50, ""); /* never there */
    look(b);
    assert_counts(b, 0, 4, 0, 0);
    assert_counts(b, 1, 0, 0, 1);
    assert_counts(b, 2, 0, 0, 0);
    assert_counts(b, 3, 0, 0, 0);
    assert_string_equal(pades_doc_get_change(b->doc, 1, 0)->change, "freed");
    assert_null(pades_doc_get_change(b->doc, 1, 0)->kind);
    assert_int_equal(pades_doc_get_change(b->doc, 1, 0)->object, 4);
    assert_int_equal(pades_doc_get_info(b->doc)->sections, 4);
    assert_int_equal(pades_doc_get_section(b->doc, 3)->revision, 3);
    assert_null(pades_doc_get_section(b->doc, 4));
}

/* clause: ISO32000-1#7.5.8.4 what the hidden section has is in use, whatever its table says */
static void changes_of_a_hybrid_file_count_both_sections(void **state)
{
    bench *b = *state;
    build(b, &(builder_plan){.kind = BUILD_HYBRID, .version = "1.5"});
    look(b);
    assert_int_equal(revision(b, 0)->sections, 2);
    assert_false(pades_doc_get_section(b->doc, 0)->hidden);
    assert_true(pades_doc_get_section(b->doc, 1)->hidden);
    assert_int_equal(pades_doc_get_section(b->doc, 1)->kind, PADES_XREF_STREAM);
    assert_int_equal(revision(b, 0)->freed, 0);
    assert_true(revision(b, 0)->added >= 4);
}

static void changes_name_the_keys_of_the_catalog(void **state)
{
    bench *b = *state;
    build(b, &(builder_plan){.version = "1.4", .catalog = "/Lang(en)/Gone 1/Same<</A[1]>>"});
    builder_object(&b->pdf, 1, 0,
                   "<</Type/Catalog/Pages 2 0 R/Same << /A [ 1 ] >>/Lang(fi)/DSS<<>>/#1b#5d0 1>>");
    builder_table(&b->pdf, 100, "");
    look(b);
    assert_string_equal(revision(b, 1)->catalog,
                        "Lang changed, DSS added, \\x1b]0 added, Gone removed");
}

/* clause: EN319142-1#5.4.2 the DSS need not say that it is one */
static void changes_go_by_what_the_catalog_calls_it(void **state)
{
    bench *b = *state;
    build(b, &(builder_plan){.version = "1.7"});
    builder_object(&b->pdf, 1, 0, "<</Type/Catalog/Pages 2 0 R/DSS 50 0 R/AcroForm 51 0 R>>");
    builder_object(&b->pdf, 50, 0, "<</Certs[52 0 R]>>");
    builder_object(&b->pdf, 51, 0, "<</Fields[]>>");
    builder_object(&b->pdf, 52, 0, "<</Length 0>>stream\n\nendstream");
    builder_object(&b->pdf, 53, 0, "<</Title(x)>>");
    builder_table(&b->pdf, 100, "/Info 53 0 R");
    look(b);
    assert_non_null(kind_of(b, 1, "added", "document information"));
    assert_non_null(kind_of(b, 1, "added", "DSS"));
    assert_non_null(kind_of(b, 1, "added", "form"));
    assert_non_null(kind_of(b, 1, "added", "stream"));
    assert_string_equal(revision(b, 1)->catalog, "DSS added, AcroForm added");
}

static void changes_are_bounded(void **state)
{
    bench *b = *state;
    build(b, &(builder_plan){.version = "1.4"});
    for (uint32_t id = 100; id < 200; id++) {
        builder_object(&b->pdf, id, 0, "<</Type/Annot/Subtype/Text>>");
    }
    builder_table(&b->pdf, 200, "");
    look(b);
    assert_counts(b, 1, 100, 0, 0);
    assert_int_equal(revision(b, 1)->changes, 64);
    assert_string_equal(pades_doc_get_change(b->doc, 1, 63)->kind, "annotation");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOC_TEST(changes_of_a_seal),
        DOC_TEST(changes_free_what_was_in_use),
        DOC_TEST(changes_of_a_hybrid_file_count_both_sections),
        DOC_TEST(changes_name_the_keys_of_the_catalog),
        DOC_TEST(changes_go_by_what_the_catalog_calls_it),
        DOC_TEST(changes_are_bounded),
    };
    return cmocka_run_group_tests_name("sign_doc_changes", tests, NULL, NULL);
}
