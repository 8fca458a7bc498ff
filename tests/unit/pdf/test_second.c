/* The second opinion: agrees on sound files of every kind, and tells every difference. */
#include "base/fail.h"
#include "pdf/same.h"
#include "pdf/second.h"
#include "pdf/builder.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

static const pdf_ref all_refs[] = {{1, 0}, {2, 0}, {3, 0}, {4, 0}, {5, 0}, {70, 0}};

static void second_agrees_on_every_kind(void **state)
{
    (void)state;
    for (builder_kind kind = BUILD_TABLE; kind <= BUILD_HYBRID; kind++) {
        AUTO_VAL(builder) b;
        AUTO(pades_error) *e = NULL;
        opened o;
        pdf_second_result result = PDF_SECOND_NOT_ASKED_SOURCE;
        builder_document(
            &b,
            &(builder_plan){
                .kind = kind,
                .page =
                    "/Null null/Gone 77 0 R/Real +01.500/Neg "
                    "-.5/Name/A#20#42#23#231#2320/K#2320#23 1"
                    "/Odd(a\\\n\\053\\(b\\)\r\nc)/Hex<4 1 4>/Nest<</B[null 77 0 R true]/A<<>>>>",
                .more = {"[1 2.50 () 3 0 R / -5. 9223372036854775807]", "(\xFE\xFF\x01)"},
                .trailer = "/ID[<00><01>]/Info 66 0 R"});
        opened_open(&o, buf_span(&b.out), span_of(NULL, 0));
        if (pdf_second_check(o.f, all_refs, ARRAY_LEN(all_refs), &result, &e) != PADES_OK) {
            fail_msg("kind %d: %s", (int)kind, pades_error_message(e));
        }
        assert_int_equal(result, PDF_SECOND_AGREES);
        opened_free(&o);
    }
}

/* A source with two faces: structure reads see one file, a reader of the whole sees another. */
typedef struct two_faced {
    span first, other;
} two_faced;

static int read_face(void *user, uint64_t offset, void *buffer, size_t n)
{
    const two_faced *t = user;
    span s = offset == 0 && n == t->first.n ? t->other : t->first;
    if (offset > s.n || n > s.n - offset) {
        return 1;
    }
    memcpy(buffer, s.p + offset, n);
    return 0;
}

static pades_status check_faces(span first, span other, pades_error **e)
{
    two_faced faces = {first, other};
    const pades_source_callbacks callbacks = {read_face, NULL};
    pades_ctx *ctx = NULL;
    pades_source *source = NULL;
    pdf_file *f = NULL;
    pdf_second_result result;
    assert_int_equal(first.n, other.n);
    assert_int_equal(pades_ctx_new(&ctx, NULL), PADES_OK);
    assert_int_equal(pades_source_new_callbacks(&callbacks, &faces, first.n, &source, NULL),
                     PADES_OK);
    assert_int_equal(pdf_file_open(ctx, source, &f, NULL), PADES_OK);
    pades_status status = pdf_second_check(f, all_refs, ARRAY_LEN(all_refs), &result, e);
    pdf_file_free(f);
    pades_source_free(source);
    pades_ctx_free(ctx);
    return status;
}

/* Padding that keeps the file longer than any window of structure reads. */
static void build_face(builder *b, const char *page, const char *trailer)
{
    builder_start(b, "1.7");
    builder_object(b, 6, 0, "<</Length 70000>>\nstream\n");
    buf_truncate(&b->out, b->out.n - strlen("\nendobj\n"));
    buf_add_fill(&b->out, 'x', 70000);
    buf_add_str(&b->out, "\nendstream\nendobj\n");
    builder_object(b, 1, 0, "<</Type/Catalog/Pages 2 0 R>>");
    builder_object(b, 2, 0, "<</Type/Pages/Kids[3 0 R]/Count 1>>");
    builder_object(b, 3, 0, "<</Type/Page/Parent 2 0 R%s>>", page);
    builder_table(b, 100, trailer);
}

static void assert_faces(const char *page, const char *other, const char *trailer,
                         const char *other_trailer, pades_status expected)
{
    AUTO_VAL(builder) a;
    AUTO_VAL(builder) b;
    AUTO(pades_error) *e = NULL;
    build_face(&a, page, trailer);
    build_face(&b, other, other_trailer);
    if (check_faces(buf_span(&a.out), buf_span(&b.out), &e) != expected) {
        fail_msg("'%s' and '%s': %s", page, other, pades_error_message(e));
    }
}

static void second_tells_every_difference(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"/Rotate 90", "/Rotate 80"}, {"/A 1/B 2", "/A 1/C 2"}, {"/A(ab)", "/A(ac)"},
        {"/A[1 2]", "/A[1  ]"},       {"/A 1.50", "/A 1.51"},   {"/A<</B 1>>", "/A<</B 2>>"},
        {"/A 2 0 R", "/A 3 0 R"},     {"/A 1", "/B 1"},         {"/A true ", "/A false"},
        {"/A/BC", "/A/BD"},           {"/A null", "/A 1   "},   {"/A 2 0 R", "/A 66 0R"},
        {"/A 1     ", "/A 1/B 2 "},
    };
    for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
        assert_faces(pairs[i][0], pairs[i][0], "", "", PADES_OK);
        assert_faces(pairs[i][0], pairs[i][1], "", "", PADES_DOC_READERS_DISAGREE);
        assert_faces(pairs[i][1], pairs[i][0], "", "",
                     i == 11 ? PADES_DOC_DAMAGED : PADES_DOC_READERS_DISAGREE);
    }
}

/* clause: ISO32000-1#7.5.5 */
static void second_compares_the_trailer(void **state)
{
    (void)state;
    assert_faces("", "", "/ID[<00><01>]", "/ID[<00><02>]", PADES_DOC_READERS_DISAGREE);
    assert_faces("", "", "/Info 2 0 R", "/Info 3 0 R", PADES_DOC_READERS_DISAGREE);
    assert_faces("", "", "/Info 66 0 R", "            ", PADES_OK);
    assert_faces("", "", "/Own 1", "/Own 2", PADES_OK);
}

static void second_shows_both_readings(void **state)
{
    (void)state;
    AUTO_VAL(builder) a;
    AUTO_VAL(builder) b;
    AUTO(pades_error) *e = NULL;
    build_face(&a, "/Title(\x1B]0;x)", "");
    build_face(&b, "/Title(\x1B]0;y)", "");
    assert_int_equal(check_faces(buf_span(&a.out), buf_span(&b.out), &e),
                     PADES_DOC_READERS_DISAGREE);
    const char *message = pades_error_message(e);
    assert_non_null(strstr(message, "]0;x"));
    assert_non_null(strstr(message, "]0;y"));
    assert_null(strchr(message, '\x1B'));
    assert_int_equal(pades_error_object(e), 3);
    assert_non_null(pades_error_hint(e));
}

static void second_does_not_recover(void **state)
{
    (void)state;
    AUTO_VAL(builder) a;
    AUTO(pades_error) *e = NULL;
    build_face(&a, "", "");
    AUTO_VAL(buf) other = BUF(1 << 20);
    buf_add_span(&other, buf_span(&a.out));
    size_t at = span_find_last(buf_span(&other), span_str("startxref"));
    memcpy(other.p + at + 10, "12", 2);
    assert_int_equal(check_faces(buf_span(&a.out), buf_span(&other), &e),
                     PADES_DOC_READERS_DISAGREE);
    assert_non_null(strstr(pades_error_message(e), "refuses"));
}

static void second_is_not_asked_over_the_limit(void **state)
{
    (void)state;
    AUTO_VAL(builder) b;
    opened o;
    pdf_second_result result;
    builder_document(&b, &(builder_plan){.kind = BUILD_TABLE});
    opened_open(&o, buf_span(&b.out), span_of(NULL, 0));
    o.ctx->limits[PADES_LIMIT_CROSSCHECK_ENTRIES] = pdf_file_entries(o.f) - 1;
    assert_int_equal(pdf_second_check(o.f, NULL, 0, &result, NULL), PADES_OK);
    assert_int_equal(result, PDF_SECOND_NOT_ASKED_ENTRIES);
    o.ctx->limits[PADES_LIMIT_CROSSCHECK_ENTRIES]++;
    assert_int_equal(pdf_second_check(o.f, NULL, 0, &result, NULL), PADES_OK);
    assert_int_equal(result, PDF_SECOND_AGREES);
    opened_free(&o);
}

/* More than is copied: through its descriptor, or not at all. */
static void build_big(builder *b)
{
    builder_start(b, "1.7");
    builder_object(b, 6, 0, "<</Length 5000000>>\nstream\n");
    buf_truncate(&b->out, b->out.n - strlen("\nendobj\n"));
    buf_add_fill(&b->out, 'x', 5000000);
    buf_add_str(&b->out, "\nendstream\nendobj\n");
    builder_object(b, 1, 0, "<</Type/Catalog/Pages 2 0 R>>");
    builder_object(b, 2, 0, "<</Type/Pages/Kids[3 0 R]/Count 1>>");
    builder_object(b, 3, 0, "<</Type/Page/Parent 2 0 R>>");
    builder_table(b, 100, "");
}

static void check_source(pades_source *source, uint64_t end, pdf_second_result expected)
{
    pades_ctx *ctx = NULL;
    pdf_file *f = NULL;
    pdf_second_result result;
    assert_int_equal(pades_ctx_new(&ctx, NULL), PADES_OK);
    assert_int_equal(pdf_file_open_at(ctx, source, end, &f, NULL), PADES_OK);
    assert_int_equal(pdf_second_check(f, all_refs, 3, &result, NULL), PADES_OK);
    assert_int_equal(result, expected);
    pdf_file_free(f);
    pades_ctx_free(ctx);
}

static void second_reads_big_files_by_descriptor(void **state)
{
    (void)state;
    char path[] = "second-XXXXXX";
    AUTO_VAL(builder) b;
    pades_source *source = NULL;
    build_big(&b);
    int fd = mkstemp(path);
    assert_true(fd >= 0 && write(fd, b.out.p, b.out.n) == (ssize_t)b.out.n &&
                write(fd, "more", 4) == 4);
    assert_int_equal(pades_source_new_fd(fd, &source, NULL), PADES_OK);
    check_source(source, b.out.n,
                 PDF_SECOND_NOT_ASKED_SOURCE); /* a prefix has no name of its own */
    pades_source_free(source);
    assert_int_equal(ftruncate(fd, (off_t)b.out.n), 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(pades_source_new_fd(fd, &source, NULL), PADES_OK);
    check_source(source, b.out.n, PDF_SECOND_AGREES);
    pades_source_free(source);
    close(fd);
}

static void second_needs_a_descriptor_for_big_files(void **state)
{
    (void)state;
    AUTO_VAL(builder) b;
    build_big(&b);
    two_faced faces = {buf_span(&b.out), buf_span(&b.out)};
    const pades_source_callbacks callbacks = {read_face, NULL};
    pades_source *source = NULL;
    assert_int_equal(pades_source_new_callbacks(&callbacks, &faces, b.out.n, &source, NULL),
                     PADES_OK);
    check_source(source, b.out.n, PDF_SECOND_NOT_ASKED_SOURCE);
    pades_source_free(source);
    assert_int_equal(pades_source_new_memory(b.out.p, b.out.n, &source, NULL), PADES_OK);
    check_source(source, b.out.n, PDF_SECOND_AGREES);
    pades_source_free(source);
}

static void second_reads_a_revision(void **state)
{
    (void)state;
    AUTO_VAL(builder) b;
    pades_source *source = NULL;
    builder_document(&b, &(builder_plan){.kind = BUILD_TABLE, .page = "/Rotate 0"});
    size_t end = b.out.n;
    builder_object(&b, 3, 0, "<</Type/Page/Parent 2 0 R/Rotate 90>>");
    builder_table(&b, 100, "");
    assert_int_equal(pades_source_new_memory(b.out.p, b.out.n, &source, NULL), PADES_OK);
    check_source(source, end, PDF_SECOND_AGREES);
    check_source(source, b.out.n, PDF_SECOND_AGREES);
    pades_source_free(source);
}

static void *preload(void *user)
{
    (void)user;
    pades_status status = pdf_second_preload(NULL);
    return status == PADES_OK && pdf_second_version() ? NULL : (void *)1;
}

static void second_loads_once_from_any_thread(void **state)
{
    (void)state;
    pthread_t threads[8];
    for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, preload, NULL), 0);
    }
    for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
        void *failed = NULL;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    assert_non_null(strchr(pdf_second_version(), '.'));
}

static bool same(opened *o, const char *ours, const char *theirs)
{
    pdf_obj *a = NULL;
    pdf_obj *b = NULL;
    size_t used = 0;
    pdf_difference d;
    assert_int_equal(pdf_parse(o->pool, span_str(ours), 50, &a, &used, NULL), PADES_OK);
    assert_int_equal(pdf_parse(o->pool, span_str(theirs), 50, &b, &used, NULL), PADES_OK);
    assert_int_equal(pdf_compare(o->f, a, b, &d, NULL), PADES_OK);
    return !d.differs;
}

/* clause: ISO32000-1#7.3.7 */
static void compare_lets_nulls_be_left_out(void **state)
{
    (void)state;
    AUTO_VAL(builder) b;
    opened o;
    builder_document(&b, &(builder_plan){.more = {"null", "4 0 R"}});
    opened_open(&o, buf_span(&b.out), span_of(NULL, 0));
    assert_true(same(&o, "<</B 1/A null/C 4 0 R/D 5 0 R/E 77 0 R>>", "<</B 1>>"));
    assert_true(same(&o, "<</B 1/AB 4 0 R>>", "<</AB 4 0 R/B 1>>"));
    assert_true(same(&o, "<</A 1/A 2>>", "<</A 2>>"));
    assert_false(same(&o, "<</A 1/A 2>>", "<</A 1>>"));
    assert_false(same(&o, "<</A 3 0 R>>", "<<>>"));
    assert_false(same(&o, "<<>>", "<</A null>>"));
    assert_false(same(&o, "[null]", "[]"));
    assert_true(same(&o, "[null 4 0 R<</#41 1>>]", "[null 4 0 R<</A 1.0>>]") ==
                same(&o, "1", "1.0"));
    opened_free(&o);
}

/* Half a million numbers, as an object. */
static char *many_numbers(void)
{
    enum { NUMBERS = 500000 };
    char *text = malloc(2 * NUMBERS + 3);
    assert_non_null(text);
    text[0] = '[';
    for (size_t i = 0; i < NUMBERS; i++) {
        memcpy(text + 1 + 2 * i, "1 ", 2);
    }
    memcpy(text + 1 + 2 * NUMBERS, "]", 2);
    return text;
}

/* qpdf reads an object stream whole, and the values of a dictionary's keys: what it would take of
 * memory counts also where the strict reader does not look. */
static void second_is_not_asked_for_more_than_it_can_bear(void **state)
{
    (void)state;
    static const char *const pages = "<</Type/Pages/Kids[3 0 R]/Count 1>>";
    char *numbers = many_numbers();
    char seen[200] = "";
    memset(seen, 'K', 150); /* too long a key for the quick comparison: qpdf lists them all */
    memcpy(seen, "/", 1);
    memcpy(seen + 150, " 4 0 R", 7);
    const char *const catalog[] = {"", seen, "", "/X 4 0 R"};
    for (int where = 0; where < 4; where++) {
        AUTO_VAL(builder) b;
        AUTO(pades_error) *e = NULL;
        opened o;
        pdf_second_result result;
        const uint32_t ids[] = {2, 4};
        const char *const texts[] = {pages, numbers};
        builder_start(&b, "1.7");
        builder_object(&b, 1, 0, "<</Type/Catalog/Pages 2 0 R%s>>", catalog[where]);
        builder_object(&b, 3, 0, "<</Type/Page/Parent 2 0 R>>");
        builder_objstm(&b, 5, ids, texts, where == 0 ? 2 : 1);
        if (where > 0) { /* by itself: in sight of qpdf's listing, of nobody, of no listing */
            b.rows[b.n++] = (builder_row){4, 0, b.out.n, 0};
            buf_add_str(&b.out, "4 0 obj\n");
            buf_add_str(&b.out, numbers);
            buf_add_str(&b.out, "\nendobj\n");
        }
        builder_stream(&b, 6, 7, "");
        opened_open(&o, buf_span(&b.out), span_of(NULL, 0));
        assert_int_equal(pdf_second_check(o.f, all_refs, 3, &result, &e),
                         where < 2 ? PADES_LIMIT : PADES_OK);
        opened_free(&o);
    }
    free(numbers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(second_is_not_asked_for_more_than_it_can_bear),
        cmocka_unit_test(second_agrees_on_every_kind),
        cmocka_unit_test(second_tells_every_difference),
        cmocka_unit_test(second_compares_the_trailer),
        cmocka_unit_test(second_shows_both_readings),
        cmocka_unit_test(second_does_not_recover),
        cmocka_unit_test(second_is_not_asked_over_the_limit),
        cmocka_unit_test(second_reads_big_files_by_descriptor),
        cmocka_unit_test(second_needs_a_descriptor_for_big_files),
        cmocka_unit_test(second_reads_a_revision),
        cmocka_unit_test(second_loads_once_from_any_thread),
        cmocka_unit_test(compare_lets_nulls_be_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
