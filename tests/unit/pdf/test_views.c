/* The two views of a hybrid file: what may be hidden, and what must not differ. */
#include "pdf/parts.h"

#include "pdf/builder.h"
#include "pdf/seal.h"
#include "pdf/second.h"
#include "pdf/views.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static const char page[] = "<</Type/Page/Parent 2 0 R>>";

/* A file whose table has objects 1 to 4. */
static void tables(parts *p)
{
    parts_three(p);
    parts_object(p, 4, "<</Length 1>>\nstream\nx\nendstream");
}

/* A hidden section 6 over object `id` at `at`, as it says `type`, with further `keys`. */
static void hide(parts *p, uint32_t id, unsigned type, uint64_t at, const char *keys)
{
    char all[200];
    AUTO_VAL(buf) rows = BUF(100);
    add_row(&rows, type, at, 0);
    snprintf(all, sizeof all, "/Type/XRef/W[1 2 1]/Size 7/Index[%" PRIu32 " 1]%s", id, keys);
    parts_stream(p, 6, all, buf_span(&rows));
}

/* A table over the first `count` objects with what hide() made; 0: over number 0 only. */
static void end(parts *p, uint64_t prev, uint32_t count)
{
    char keys[120];
    int n = snprintf(keys, sizeof keys, "/Size 7/Root 1 0 R/XRefStm %" PRIu64, p->at[6]);
    if (prev > 0) {
        snprintf(keys + n, sizeof keys - (size_t)n, "/Prev %" PRIu64, prev);
    }
    parts_table(p, 0, count, keys);
}

/* The same revision has `body` as object `id` in its hidden section, beside that of its table. */
static void beside(parts *p, uint32_t id, const char *body, const char *keys)
{
    tables(p);
    uint64_t at = p->at[id];
    parts_object(p, id, body);
    hide(p, id, 1, p->at[id], keys);
    p->at[id] = at;
    end(p, 0, 5);
}

/* A later revision has it in its hidden section, and nothing in its table. */
static void later(parts *p, uint32_t id, unsigned type, const char *body)
{
    tables(p);
    uint64_t first = parts_table(p, 0, 5, "/Size 7/Root 1 0 R");
    parts_object(p, id, body);
    hide(p, id, type, p->at[id], "");
    p->at[0] = 0;
    end(p, first, 1);
}

/* An empty `says`: both views agree. */
static void check(const parts *p, uint32_t id, const char *says)
{
    reading r;
    reading_open(&r, buf_span(&p->out));
    pades_status status = pdf_views_check(r.f, &r.e);
    const char *told = status == PADES_OK ? "" : pades_error_message(r.e);
    if (!strstr(told, says)) {
        print_error("'%s' instead of '%s'\n", told, says);
    }
    assert_non_null(strstr(told, says));
    assert_int_equal(status, *says ? PADES_DOC_READERS_DISAGREE : PADES_OK);
    if (*says) {
        assert_int_equal(pades_error_object(r.e), id);
        assert_non_null(pades_error_hint(r.e));
    }
    reading_free(&r);
}

static void check_beside(uint32_t id, const char *body, const char *keys, const char *says)
{
    AUTO_VAL(parts) p = {0};
    beside(&p, id, body, keys);
    check(&p, *keys ? 0 : id, says);
}

static void check_later(uint32_t id, unsigned type, const char *body, const char *says)
{
    AUTO_VAL(parts) p = {0};
    later(&p, id, type, body);
    check(&p, id, says);
}

static void views_of_sound_files_agree(void **state)
{
    (void)state;
    for (builder_kind kind = BUILD_TABLE; kind <= BUILD_HYBRID; kind++) {
        AUTO_VAL(builder) b;
        AUTO(pades_error) *e = NULL;
        opened o;
        builder_document(&b, &(builder_plan){.kind = kind, .more = {"<</A 1>>"}});
        opened_open(&o, buf_span(&b.out), span_of(NULL, 0));
        assert_ok(pdf_views_check(o.f, &e), e);
        opened_free(&o);
    }
}

/* clause: ISO32000-1#7.5.8.4 */
static void views_agree_by_place_and_by_meaning(void **state)
{
    (void)state;
    AUTO_VAL(parts) p = {0};
    tables(&p);
    hide(&p, 3, 1, p.at[3], "/Root 1 0 R");
    end(&p, 0, 5);
    check(&p, 3, "");
    check_beside(3, "<< /Parent 2 0 R /Type /P#61ge >>", "", "");
    check_later(3, 1, "<< /Parent 2 0 R /Type /P#61ge >>", "");
}

/* clause: ISO32000-1#7.5.8.4 a table's own entry goes before the hidden one */
static void views_let_a_hidden_section_call_free_what_its_table_has(void **state)
{
    (void)state;
    AUTO_VAL(parts) p = {0};
    tables(&p);
    hide(&p, 3, 0, 0, "");
    end(&p, 0, 5);
    check(&p, 3, "");
}

static void views_refuse_a_planted_object_in_one_revision(void **state)
{
    (void)state;
    check_beside(1, "<</Type/Catalog/Pages 3 0 R>>", "",
                 "object 1 of a hybrid file: the tables have '2 0 R', the hidden section '3 0 R'");
    check_beside(2, "<</Type/Pages/Kids[4 0 R]/Count 1>>", "", "'3 0 R', the hidden section '4 0");
    check_beside(3, "<</Type/Page/Parent 2 0 R/Rotate 90>>", "", "object 3 of a hybrid file");
    check_beside(3, "(\033[2J)", "", "the hidden section '(\\x1b[2J)'");
}

static void views_refuse_a_planted_object_in_a_later_revision(void **state)
{
    (void)state;
    check_later(1, 1, "<</Type/Catalog/Pages 3 0 R>>", "'2 0 R', the hidden section '3 0 R'");
    check_later(3, 1, "<</Type/Page/Parent 2 0 R/Contents 4 0 R>>", "object 3 of a hybrid file");
    check_later(3, 0, page, "the hidden section 'null'");
}

/* Not that a seal would touch it: it is what the page shows. */
static void views_refuse_other_contents(void **state)
{
    (void)state;
    check_beside(4, "<</Length 1>>\nstream\ny\nendstream", "", "'a stream at byte ");
    check_later(4, 1, "<</Length 1>>\nstream\ny\nendstream", "'a stream at byte ");
    check_later(4, 1, "5", "the hidden section '5'");
}

static void views_refuse_another_root(void **state)
{
    (void)state;
    check_beside(3, page, "/Root 4 0 R", "/Root of the trailer of a hybrid file");
    check_beside(3, page, "/Root 1 0 R", "");
    check_beside(3, page, "/Encrypt 4 0 R", "/Encrypt of the trailer");
}

/* The same text, but `3 0 R` means nothing to one of the two. */
static void views_refuse_another_generation(void **state)
{
    (void)state;
    AUTO_VAL(parts) p = {0};
    AUTO_VAL(buf) rows = BUF(100);
    tables(&p);
    uint64_t at = p.at[3];
    p.at[3] = p.out.n;
    buf_addf(&p.out, "3 1 obj\n%s\nendobj\n", page);
    add_row(&rows, 1, p.at[3], 1);
    parts_stream(&p, 6, "/Type/XRef/W[1 2 1]/Size 7/Index[3 1]", buf_span(&rows));
    p.at[3] = at;
    end(&p, 0, 5);
    check(&p, 3, "object 3 of a hybrid file");
}

/* What a later table has counts for all. */
static void views_forget_what_a_later_table_replaced(void **state)
{
    (void)state;
    AUTO_VAL(parts) p = {0};
    char keys[100];
    beside(&p, 3, "(planted)", "");
    size_t word = span_find_last(buf_span(&p.out), span_str("xref\n0 5"));
    parts_object(&p, 3, page);
    snprintf(keys, sizeof keys, "/Size 7/Root 1 0 R/Prev %zu", word);
    parts_table(&p, 3, 1, keys);
    check(&p, 3, "");
}

static void second_reader_is_not_asked_when_views_differ(void **state)
{
    (void)state;
    AUTO_VAL(parts) p = {0};
    reading r;
    pdf_second_result result;
    beside(&p, 1, "<</Type/Catalog/Pages 3 0 R>>", "");
    reading_open(&r, buf_span(&p.out));
    assert_int_equal(pdf_second_check(r.f, NULL, 0, &result, &r.e), PADES_DOC_READERS_DISAGREE);
    assert_non_null(strstr(pades_error_message(r.e), "of a hybrid file"));
    reading_free(&r);
}

static void assert_blind(const builder_plan *plan, bool expected)
{
    AUTO_VAL(builder) b;
    AUTO(pades_error) *e = NULL;
    bool blind = !expected;
    opened o;
    builder_document(&b, plan);
    opened_open(&o, buf_span(&b.out), span_of(NULL, 0));
    assert_ok(pdf_views_old_sees_nothing(o.f, &blind, &e), e);
    assert_int_equal(blind, expected);
    pdf_seal seal = {0};
    const pdf_seal_plan seal_plan = {
        .sub_filter = "ETSI.CAdES.detached", .time = 1795341600, .contents_bytes = 64};
    assert_ok(pdf_seal_build(o.f, &seal_plan, &seal, &e), e);
    assert_int_equal(seal.warnings.n > 0 && strstr((char *)seal.warnings.p, "hybrid"), expected);
    pdf_seal_free(&seal);
    opened_free(&o);
}

static void views_tell_when_old_readers_find_no_page(void **state)
{
    (void)state;
    assert_blind(&(builder_plan){.kind = BUILD_TABLE}, false);
    assert_blind(&(builder_plan){.kind = BUILD_OBJSTM}, false);
    assert_blind(&(builder_plan){.kind = BUILD_HYBRID}, true);
}

/* A tree that comes back to itself ends. */
static void views_end_in_a_loop_of_pages(void **state)
{
    (void)state;
    AUTO_VAL(parts) p = {0};
    reading r;
    bool blind = true;
    tables(&p);
    parts_object(&p, 3, "<</Kids[2 0 R]>>");
    hide(&p, 5, 0, 0, "");
    end(&p, 0, 5);
    reading_open(&r, buf_span(&p.out));
    assert_ok(pdf_views_old_sees_nothing(r.f, &blind, &r.e), r.e);
    assert_false(blind);
    reading_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(views_of_sound_files_agree),
        cmocka_unit_test(views_agree_by_place_and_by_meaning),
        cmocka_unit_test(views_let_a_hidden_section_call_free_what_its_table_has),
        cmocka_unit_test(views_refuse_a_planted_object_in_one_revision),
        cmocka_unit_test(views_refuse_a_planted_object_in_a_later_revision),
        cmocka_unit_test(views_refuse_other_contents),
        cmocka_unit_test(views_refuse_another_root),
        cmocka_unit_test(views_refuse_another_generation),
        cmocka_unit_test(views_forget_what_a_later_table_replaced),
        cmocka_unit_test(second_reader_is_not_asked_when_views_differ),
        cmocka_unit_test(views_tell_when_old_readers_find_no_page),
        cmocka_unit_test(views_end_in_a_loop_of_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
