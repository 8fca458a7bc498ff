/* What a signature's CMS says, what it binds, and its parts as they come out. */
#include "sign/doc_bench.h"

#include <stdlib.h>
#include <unistd.h>

typedef struct got {
    buf bytes;
    size_t calls, fail_at;
} got;

static int take(void *user, const void *data, size_t n)
{
    got *g = user;
    if (++g->calls == g->fail_at) {
        return -1;
    }
    buf_add(&g->bytes, data, n);
    return 0;
}

static buf part(bench *b, size_t signature, pades_part which, size_t index)
{
    pades_error *e = NULL;
    got g = {BUF(1 << 24), 0, 0};
    assert_ok(pades_doc_write_part(b->doc, signature, which, index, take, &g, &e), e);
    assert_true(buf_ok(&g.bytes));
    return g.bytes;
}

static void assert_part(bench *b, size_t signature, pades_part which, span wanted)
{
    AUTO_VAL(buf) found = part(b, signature, which, 0);
    assert_int_equal(found.n, wanted.n);
    assert_memory_equal(found.p, wanted.p, wanted.n);
}

/* clause: ISO32000-1#12.8.1 the ranges and /Contents come out as they stand in the file */
static void parts_are_what_stands_in_the_file(void **state)
{
    bench *b = *state;
    build(b, &(builder_plan){.version = "1.4"});
    seal(b, "one");
    size_t first = b->pdf.out.n;
    seal(b, "two");
    look(b);
    const pades_signature_info *s = pades_doc_get_signature(b->doc, 0);
    span file = buf_span(&b->pdf.out);
    assert_part(b, 0, PADES_PART_REVISION, span_part(file, 0, first));
    assert_int_equal(s->revision_end, first);
    AUTO_VAL(buf) ranges = BUF(1 << 24);
    buf_add_span(&ranges, span_part(file, 0, s->byte_range[1]));
    buf_add_span(&ranges, span_part(file, s->byte_range[2], s->byte_range[3]));
    assert_part(b, 0, PADES_PART_SIGNED_BYTES, buf_span(&ranges));
    assert_int_equal(s->signed_bytes, ranges.n);
    AUTO_VAL(buf) cms = part(b, 0, PADES_PART_CMS, 0);
    AUTO_VAL(buf) hex = BUF(1 << 20);
    buf_add_hex(&hex, buf_span(&cms), false);
    assert_int_equal(cms.n, s->cms_n);
    assert_memory_equal(file.p + s->byte_range[1] + 1, hex.p, hex.n);
    assert_part(b, 1, PADES_PART_REVISION, file);
}

/* clause: RFC7468#5 certificates as text */
static void parts_have_the_certificate_as_text(void **state)
{
    bench *b = *state;
    size_t n = 0;
    pades_cert **certs = NULL;
    pades_error *e = NULL;
    build(b, &(builder_plan){.version = "1.4"});
    seal(b, "one");
    look(b);
    AUTO_VAL(buf) pem = part(b, 0, PADES_PART_CERTIFICATE, 0);
    assert_ok(certs_parse(buf_span(&pem), &certs, &n, &e), e);
    assert_int_equal(n, 1);
    assert_true(cert_same(certs[0], b->leaf.cert));
    certs_free(certs, n);
    AUTO_VAL(buf) value = part(b, 0, PADES_PART_SIGNATURE_VALUE, 0);
    assert_true(value.n > 60);
}

static void parts_that_are_not_there_are_refused(void **state)
{
    bench *b = *state;
    pades_error *e = NULL;
    got g = {BUF(1 << 24), 0, 1};
    build(b, &(builder_plan){.version = "1.4",
                             .catalog = "/AcroForm<</Fields[4 0 R]>>",
                             .more = {"<</T(a)/FT/Sig/V 5 0 R>>", "<</ByteRange[0 1 9 99999]>>"}});
    look(b);
    assert_int_equal(pades_doc_get_signature(b->doc, 0)->signed_bytes, 0);
    for (int which = PADES_PART_REVISION; which <= PADES_PART_TIMESTAMP + 1; which++) {
        assert_fails(pades_doc_write_part(b->doc, 0, (pades_part)which, 0, take, &g, &e),
                     PADES_INVALID_ARGUMENT, &e, "no");
    }
    assert_fails(pades_doc_write_part(b->doc, 1, PADES_PART_CMS, 0, take, &g, &e),
                 PADES_INVALID_ARGUMENT, &e, "no signature");
    assert_fails(pades_doc_write_part(b->doc, 0, PADES_PART_CMS, 0, NULL, &g, &e),
                 PADES_INVALID_ARGUMENT, &e, "no signature");
    assert_int_equal(g.calls, 0);
    seal(b, "one");
    look(b);
    assert_fails(pades_doc_write_part(b->doc, 1, PADES_PART_TIMESTAMP, 0, take, &g, &e),
                 PADES_INVALID_ARGUMENT, &e, "no such part");
    assert_fails(pades_doc_write_part(b->doc, 1, PADES_PART_CERTIFICATE, 9, take, &g, &e),
                 PADES_INVALID_ARGUMENT, &e, "no such certificate");
    assert_fails(pades_doc_write_part(b->doc, 1, PADES_PART_REVISION, 0, take, &g, &e),
                 PADES_OUTPUT_FAILED, &e, "could not be written");
    buf_free(&g.bytes);
}

static void parts_of_a_file_that_changed_are_refused(void **state)
{
    bench *b = *state;
    pades_error *e = NULL;
    char path[] = "/tmp/pades-parts-XXXXXX";
    got g = {BUF(1 << 24), 0, 0};
    pades_source *source = NULL;
    pades_doc *doc = NULL;
    build(b, &(builder_plan){.version = "1.4"});
    seal(b, "one");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, b->pdf.out.p, b->pdf.out.n), b->pdf.out.n);
    assert_ok(pades_source_new_file(path, &source, &e), e);
    assert_ok(pades_doc_open(b->ctx, source, &doc, &e), e);
    assert_ok(pades_doc_write_part(doc, 0, PADES_PART_CMS, 0, take, &g, &e), e);
    assert_int_equal(write(fd, "x", 1), 1);
    assert_fails(pades_doc_write_part(doc, 0, PADES_PART_REVISION, 0, take, &g, &e),
                 PADES_INPUT_CHANGED, &e, "changed");
    close(fd);
    unlink(path);
    buf_free(&g.bytes);
    pades_doc_free(doc);
    pades_source_free(source);
}

/* clause: RFC5652#5.3 algorithms and attributes of the SignerInfo */
static void cms_says_how_it_was_made(void **state)
{
    bench *b = *state;
    const pades_attribute_info *a = NULL;
    build(b, &(builder_plan){.version = "1.4"});
    seal(b, "one");
    look(b);
    const pades_signature_info *s = pades_doc_get_signature(b->doc, 0);
    assert_int_equal(s->signers, 1);
    assert_string_equal(s->digest, "sha256");
    assert_string_equal(s->signature_algorithm, "ECDSA");
    assert_null(s->cms_time);
    assert_int_equal(s->timestamp, 0);
    assert_true(s->padding_is_zero);
    assert_int_equal(s->certificates, 1);
    assert_string_equal(pades_doc_get_certificate(b->doc, 0, 0)->subject, s->signer);
    assert_null(pades_doc_get_certificate(b->doc, 0, 1));
    static const char *const names[] = {"content-type", "message-digest", "signing-certificate-v2"};
    assert_int_equal(s->attributes, 3);
    for (size_t i = 0; i < 3; i++) {
        bool found = false;
        for (size_t k = 0; (a = pades_doc_get_attribute(b->doc, 0, k)) != NULL; k++) {
            found = found || (a->is_signed && strcmp(a->name, names[i]) == 0);
        }
        assert_true(found);
    }
    assert_null(pades_doc_get_attribute(b->doc, 1, 0));
}

/* clause: ISO32000-1#12.8.2 the transforms that a signature refers to */
static void references_are_shown_escaped(void **state)
{
    bench *b = *state;
    build(b, &(builder_plan){
                 .version = "1.4",
                 .catalog = "/AcroForm<</Fields[4 0 R]>>",
                 .more = {"<</T(a)/FT/Sig/V 5 0 R>>",
                          "<</Contents<30>/Reference[<</TransformMethod/DocMDP"
                          "/TransformParams<</P 2>>>> 6 0 R<</TransformMethod/X#1b>> 7]>>",
                          "<</TransformMethod/FieldMDP/TransformParams<</Action/Include"
                          "/Fields[(a) <FEFF202E0062> /c 7 0 R]>>>>",
                          "(d\\007)"}});
    look(b);
    assert_int_equal(pades_doc_get_signature(b->doc, 0)->references, 4);
    const pades_reference_info *r = pades_doc_get_reference(b->doc, 0, 0);
    assert_string_equal(r->method, "DocMDP");
    assert_int_equal(r->lock.p, 2);
    assert_null(r->lock.action);
    r = pades_doc_get_reference(b->doc, 0, 1);
    assert_string_equal(r->method, "FieldMDP");
    assert_string_equal(r->lock.action, "Include");
    assert_int_equal(r->lock.fields_n, 4);
    static const char *const names[] = {"a", "\\u{202e}b", "c", "d\\x07"};
    assert_int_equal(r->lock.fields_listed, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(r->lock.fields[i], names[i]);
    }
    assert_string_equal(pades_doc_get_reference(b->doc, 0, 2)->method, "X\\x1b");
    assert_null(pades_doc_get_reference(b->doc, 0, 3)->method);
    assert_null(pades_doc_get_reference(b->doc, 0, 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOC_TEST(parts_are_what_stands_in_the_file),
        DOC_TEST(parts_have_the_certificate_as_text),
        DOC_TEST(parts_that_are_not_there_are_refused),
        DOC_TEST(parts_of_a_file_that_changed_are_refused),
        DOC_TEST(cms_says_how_it_was_made),
        DOC_TEST(references_are_shown_escaped),
    };
    return cmocka_run_group_tests_name("sign_doc_parts", tests, NULL, NULL);
}
