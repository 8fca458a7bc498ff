/* What `inspect` shows of documents of every kind, and what becomes a warning. */
#include "sign/doc_bench.h"

/* clause: ISO32000-1#7.5 body, sections and trailer of each kind make one revision */
static void doc_tells_the_kind_of_each_revision(void **state)
{
    bench *b = *state;
    static const pades_xref_kind kinds[] = {PADES_XREF_TABLE, PADES_XREF_STREAM, PADES_XREF_STREAM,
                                            PADES_XREF_HYBRID};
    for (builder_kind kind = BUILD_TABLE; kind <= BUILD_HYBRID; kind++) {
        build(b, &(builder_plan){.kind = kind, .version = "1.5"});
        const pades_doc_info *info = look(b);
        assert_int_equal(info->revisions, 1);
        assert_int_equal(info->version_major * 10 + info->version_minor, 15);
        assert_int_equal(info->size, b->pdf.out.n);
        assert_int_equal(info->size_entry, 100);
        assert_int_equal(info->fields + info->signatures, 0);
        assert_true(info->second_reader && !info->encrypted && info->certification == 0);
        assert_int_equal(pades_doc_get_revision(b->doc, 0)->kind, kinds[kind]);
        assert_int_equal(pades_doc_get_revision(b->doc, 0)->end, b->pdf.out.n);
        assert_int_equal(pades_doc_get_revision(b->doc, 0)->startxref, b->pdf.startxref);
        assert_null(pades_doc_get_revision(b->doc, 1));
        assert_null(pades_doc_get_field(b->doc, 0));
        assert_null(pades_doc_get_signature(b->doc, 0));
        assert_null(pades_doc_get_warning(b->doc, 0));
    }
}

/* clause: ISO32000-1#12.8.1 what each signature covers */
static void doc_tells_what_signatures_cover(void **state)
{
    bench *b = *state;
    build(b, &(builder_plan){.version = "1.4", .catalog = "/Version/1.7"});
    size_t first = b->pdf.out.n;
    seal(b, "one");
    size_t second = b->pdf.out.n;
    seal(b, "two");
    const pades_doc_info *info = look(b);
    assert_int_equal(info->version_major * 10 + info->version_minor, 17);
    assert_int_equal(info->revisions, 3);
    assert_int_equal(info->signatures, 2);
    assert_int_equal(info->fields, 2);
    assert_int_equal(pades_doc_get_revision(b->doc, 0)->end, first);
    assert_int_equal(pades_doc_get_revision(b->doc, 1)->end, second);
    assert_string_equal(pades_doc_get_field(b->doc, 1)->name, "Signature2");
    assert_string_equal(pades_doc_get_field(b->doc, 1)->type, "Sig");
    assert_true(pades_doc_get_field(b->doc, 1)->is_signed);
    const pades_signature_info *one = pades_doc_get_signature(b->doc, 0);
    const pades_signature_info *two = pades_doc_get_signature(b->doc, 1);
    assert_true(one->byte_range_ok && one->covers_revision && !one->covers_file);
    assert_true(two->byte_range_ok && two->covers_revision && two->covers_file);
    assert_int_equal(one->byte_range[2] + one->byte_range[3], second);
    assert_string_equal(one->reason, "one");
    assert_string_equal(two->field, "Signature2");
}

static void doc_shows_claims_escaped(void **state)
{
    bench *b = *state;
    build(b, &(builder_plan){.kind = BUILD_STREAM});
    seal(b, "a\nb");
    look(b);
    const pades_signature_info *s = pades_doc_get_signature(b->doc, 0);
    assert_string_equal(s->type, "signature");
    assert_string_equal(s->sub_filter, "ETSI.CAdES.detached");
    assert_string_equal(s->filter, "Adobe.PPKLite");
    assert_string_equal(s->name, "\\u{202e}eman");
    assert_string_equal(s->reason, "a\\x0ab");
    assert_string_equal(s->time, "2026-06-01T12:00:00Z");
    assert_string_equal(s->signer, "CN=Seal \\x1b]0\\;,C=NO");
    assert_string_equal(s->signer_serial, pades_cert_serial(b->leaf.cert));
    assert_null(s->location);
    assert_true(s->contents_n > 500);
}

static void doc_sees_a_byte_that_no_signature_covers(void **state)
{
    bench *b = *state;
    build(b, &(builder_plan){.kind = BUILD_TABLE});
    seal(b, "one");
    size_t sealed = b->pdf.out.n;
    look(b);
    b->pdf.startxref = pades_doc_get_revision(b->doc, 1)->startxref;
    builder_object(&b->pdf, 3, 0, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>");
    builder_table(&b->pdf, 70000, "");
    assert_int_equal(look(b)->revisions, 3);
    assert_int_equal(pades_doc_get_revision(b->doc, 1)->end, sealed);
    assert_false(pades_doc_get_signature(b->doc, 0)->covers_file);
    assert_true(pades_doc_get_signature(b->doc, 0)->covers_revision);
}

/* Overwrites the ten digits at `at`. */
static void put_offset(buf *out, size_t at, size_t value)
{
    char digits[16];
    snprintf(digits, sizeof digits, "%010zu", value);
    memcpy(out->p + at, digits, 10);
}

/* clause: ISO32000-1#F.3 a linearized file has its first page's section before the main one */
static void doc_joins_the_sections_of_a_linearized_file(void **state)
{
    bench *b = *state;
    builder_free(&b->pdf);
    builder_start(&b->pdf, "1.4");
    buf *out = &b->pdf.out;
    size_t page = out->n;
    buf_add_str(out, "3 0 obj\n<</Type/Page/Parent 2 0 R>>\nendobj\n");
    size_t first = out->n;
    buf_addf(out, "xref\n3 1\n%010zu 00000 n \ntrailer\n<</Root 1 0 R/Size 4/Prev ", page);
    size_t prev = out->n;
    buf_add_str(out, "0000000000>>\nstartxref\n0\n%%EOF\n");
    size_t catalog = out->n;
    buf_add_str(out, "1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n");
    size_t pages = out->n;
    buf_add_str(out, "2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n");
    put_offset(out, prev, out->n);
    buf_addf(out,
             "xref\n0 3\n0000000000 65535 f \n%010zu 00000 n \n%010zu 00000 n \n"
             "trailer\n<</Size 3/Root 1 0 R>>\nstartxref\n%zu\n%%%%EOF\n",
             catalog, pages, first);
    const pades_doc_info *info = look(b);
    assert_int_equal(info->revisions, 1);
    assert_int_equal(pades_doc_get_revision(b->doc, 0)->startxref, first);
    assert_int_equal(pades_doc_get_revision(b->doc, 0)->end, out->n);
    assert_int_equal(pades_doc_get_revision(b->doc, 0)->entries, 4);
    seal(b, "linear");
    assert_int_equal(look(b)->revisions, 2);
    assert_true(pades_doc_get_signature(b->doc, 0)->covers_file);
}

static void doc_goes_on_where_a_part_is_unreadable(void **state)
{
    bench *b = *state;
    build(b, &(builder_plan){
                 .catalog = "/AcroForm<</Fields[4 0 R 6 0 R 8 0 R]>>",
                 .more = {"<</T(a)/FT/Sig/V 5 0 R>>",
                          "<</Type/DocTimeStamp/ByteRange[0 1 2 3]/Contents<3000>/M(soon)>>",
                          "<</T(b)/FT/Sig/V 7 0 R>>", "[]", "<</T(c)/FT/Sig>>"}});
    const pades_doc_info *info = look(b);
    assert_int_equal(info->signatures, 2);
    assert_int_equal(info->fields, 3);
    assert_false(pades_doc_get_field(b->doc, 2)->is_signed);
    const pades_signature_info *stamp = pades_doc_get_signature(b->doc, 0);
    assert_string_equal(stamp->type, "doctimestamp");
    assert_false(stamp->byte_range_ok || stamp->covers_revision || stamp->covers_file);
    assert_null(stamp->time);
    assert_null(stamp->signer);
    assert_true(warned(b, "a signature's CMS cannot be read"));
    assert_true(warned(b, "a signature cannot be read"));
}

static void doc_without_a_catalog_still_has_revisions(void **state)
{
    bench *b = *state;
    build(b, &(builder_plan){.version = "1.4"});
    seal(b, "one");
    size_t end = b->pdf.out.n;
    look(b);
    b->pdf.startxref = pades_doc_get_revision(b->doc, 1)->startxref;
    builder_object(&b->pdf, 1, 0, "<</Type/Catalog/Pages 2 0 R /X )>>");
    builder_table(&b->pdf, 70000, "");
    const pades_doc_info *info = look(b);
    assert_int_equal(info->revisions, 3);
    assert_int_equal(info->signatures + info->fields + (size_t)info->second_reader, 0);
    assert_int_equal(pades_doc_get_revision(b->doc, 1)->end, end);
    assert_int_equal(pades_doc_get_revision(b->doc, 2)->replaced, 1);
    assert_true(warned(b, "the catalog cannot be read"));
}

static void doc_tells_what_binds_it(void **state)
{
    bench *b = *state;
    build(b, &(builder_plan){.trailer = "/Encrypt<</Filter/Adobe.PubSec/V 4>>/ID[<00><01>]"});
    const pades_doc_info *info = look(b);
    assert_true(info->encrypted && !info->second_reader);
    assert_true(warned(b, "is encrypted with certificates"));
    const pades_encryption_info *encryption = pades_doc_get_encryption(b->doc);
    assert_string_equal(encryption->handler, "Adobe.PubSec");
    assert_true(encryption->opened == PADES_OPENED_NOT && !encryption->streams);
    build(b, &(builder_plan){
                 .catalog = "/Perms<</DocMDP 4 0 R/UR3<<>>>>",
                 .more = {"<</Reference[<</TransformMethod/DocMDP/TransformParams<</P 2>>>>]>>"}});
    assert_int_equal(look(b)->certification, 2);
    assert_null(pades_doc_get_encryption(b->doc));
    assert_true(warned(b, "usage rights"));
}

static void doc_says_when_the_second_reader_was_not_asked(void **state)
{
    bench *b = *state;
    assert_int_equal(pades_ctx_set_limit(b->ctx, PADES_LIMIT_CROSSCHECK_ENTRIES, 2, NULL),
                     PADES_OK);
    build(b, &(builder_plan){.kind = BUILD_TABLE});
    assert_false(look(b)->second_reader);
    assert_true(warned(b, "was not asked"));
}

static void doc_refuses_what_is_no_document(void **state)
{
    bench *b = *state;
    pades_error *e = NULL;
    pades_doc *doc = NULL;
    pades_source *source = NULL;
    assert_int_equal(pades_source_new_memory("hello", 5, &source, NULL), PADES_OK);
    assert_fails(pades_doc_open(b->ctx, source, &doc, &e), PADES_DOC_NOT_PDF, &e, "not a PDF");
    assert_fails(pades_doc_open(b->ctx, NULL, &doc, &e), PADES_INVALID_ARGUMENT, &e, "source");
    assert_int_equal(pades_doc_open(b->ctx, source, &doc, NULL), PADES_DOC_NOT_PDF);
    assert_null(doc);
    pades_source_free(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOC_TEST(doc_tells_the_kind_of_each_revision),
        DOC_TEST(doc_tells_what_signatures_cover),
        DOC_TEST(doc_shows_claims_escaped),
        DOC_TEST(doc_sees_a_byte_that_no_signature_covers),
        DOC_TEST(doc_joins_the_sections_of_a_linearized_file),
        DOC_TEST(doc_goes_on_where_a_part_is_unreadable),
        DOC_TEST(doc_without_a_catalog_still_has_revisions),
        DOC_TEST(doc_tells_what_binds_it),
        DOC_TEST(doc_says_when_the_second_reader_was_not_asked),
        DOC_TEST(doc_refuses_what_is_no_document),
    };
    return cmocka_run_group_tests_name("sign_doc", tests, NULL, NULL);
}
