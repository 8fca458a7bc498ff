/* The incremental writer: kind of section, rows, trailer, new ids, references to come. */
#include "base/fail.h"
#include "base/mem.h"
#include "pdf/crypt.h"
#include "pdf/incr.h"
#include "pdf/builder.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

/* One object written again (3) and two new ones; *ret_new: the first of them. */
static pades_status revise(pdf_file *f, buf *ret, pdf_ref *ret_new, pades_error **e)
{
    AUTO(pdf_incr) *w = NULL;
    pdf_ref second;
    TRY(pdf_incr_new(f, &w, e));
    TRY(pdf_incr_new_ref(w, ret_new, e));
    TRY(pdf_incr_new_ref(w, &second, e));
    assert_int_equal(second.id, ret_new->id + 1);
    const pdf_ref refs[] = {*ret_new, {3, 0}, second};
    for (size_t i = 0; i < ARRAY_LEN(refs); i++) {
        TRY(pdf_incr_begin_object(w, refs[i], e));
        buf_addf(pdf_incr_out(w), "(object %" PRIu32 ")", refs[i].id);
        pdf_incr_end_object(w);
    }
    TRY(pdf_incr_finish(w, e));
    *ret = *pdf_incr_out(w);
    *pdf_incr_out(w) = BUF(0);
    return PADES_OK;
}

typedef struct revised {
    opened before, after;
    buf revision;
    pdf_ref first;
} revised;

static void revise_plan(revised *r, const builder_plan *plan)
{
    AUTO_VAL(builder) b;
    AUTO(pades_error) *e = NULL;
    builder_document(&b, plan);
    opened_open(&r->before, buf_span(&b.out), span_of(NULL, 0));
    if (revise(r->before.f, &r->revision, &r->first, &e) != PADES_OK) {
        fail_msg("%s", pades_error_message(e));
    }
    opened_open(&r->after, buf_span(&b.out), buf_span(&r->revision));
}

static void revised_free(revised *r)
{
    opened_free(&r->before);
    opened_free(&r->after);
    buf_free(&r->revision);
}

static void assert_object(opened *o, uint32_t id, const char *text)
{
    const pdf_obj *obj = NULL;
    assert_int_equal(pdf_file_load(o->f, (pdf_ref){id, 0}, o->pool, &obj, NULL, NULL), PADES_OK);
    assert_true(pdf_is(obj, PDF_STRING) && span_is(obj->u.text, text));
}

static void assert_revised(revised *r)
{
    char text[64];
    for (uint32_t id = r->first.id; id < r->first.id + 2; id++) {
        snprintf(text, sizeof text, "object %" PRIu32, id);
        assert_object(&r->after, id, text);
    }
    assert_object(&r->after, 3, "object 3");
    assert_int_equal(pdf_file_sections(r->after.f), pdf_file_sections(r->before.f) + 1);
    assert_int_equal(pdf_file_section(r->after.f, 0)->kind, pdf_file_section(r->before.f, 0)->kind);
    const pdf_obj *trailer = pdf_file_trailer(r->after.f);
    int64_t n = 0;
    assert_true(pdf_get_int(pdf_dict_get(trailer, "Prev"), &n));
    assert_int_equal(n, pdf_file_startxref(r->before.f));
    assert_true(pdf_get_int(pdf_dict_get(trailer, "Size"), &n));
    assert_int_equal(n, pdf_file_highest_id(r->after.f) + 1);
    assert_null(pdf_dict_get(trailer, "XRefStm"));
    assert_int_equal(memcmp(r->revision.p + r->revision.n - 7, "\n%%EOF\n", 7), 0);
}

/* clause: ISO32000-1#7.5.6, ISO32000-2#7.5.8.4 (no /XRefStm) */
static void incr_follows_the_kind_of_the_newest_section(void **state)
{
    (void)state;
    for (builder_kind kind = BUILD_TABLE; kind <= BUILD_HYBRID; kind++) {
        revised r;
        revise_plan(&r, &(builder_plan){.kind = kind});
        assert_revised(&r);
        revised_free(&r);
    }
}

/* clause: ISO32000-1#7.5.4 */
static void incr_table_has_rows_of_20_bytes_in_subsections(void **state)
{
    (void)state;
    char head[64];
    revised r;
    revise_plan(&r, &(builder_plan){.kind = BUILD_TABLE});
    uint64_t at = pdf_file_startxref(r.after.f) - r.before.n;
    const char *p = (const char *)r.revision.p + at;
    assert_memory_equal(p, "xref\n3 1\n", 9);
    assert_memory_equal(p + 9 + 10, " 00000 n \n", 10);
    int n = snprintf(head, sizeof head, "%" PRIu32 " 2\n", r.first.id);
    assert_memory_equal(p + 29, head, (size_t)n);
    assert_memory_equal(p + 29 + n + 10, " 00000 n \n", 10);
    assert_memory_equal(p + 29 + n + 40, "trailer\n<<", 10);
    revised_free(&r);
}

/* clause: ISO32000-1#7.5.8 */
static void incr_stream_lists_itself(void **state)
{
    (void)state;
    pdf_entry entry;
    revised r;
    revise_plan(&r, &(builder_plan){.kind = BUILD_STREAM,
                                    .trailer = "/ID[<00><01>]/Filter[]/DecodeParms null"});
    uint32_t own = pdf_file_highest_id(r.after.f);
    assert_int_equal(pdf_file_entry(r.after.f, own, &entry, NULL), PADES_OK);
    assert_int_equal(entry.kind, PDF_ENTRY_OFFSET);
    assert_int_equal(entry.offset, pdf_file_startxref(r.after.f));
    assert_null(pdf_dict_get(pdf_file_trailer(r.after.f), "Filter"));
    assert_null(pdf_dict_get(pdf_file_trailer(r.after.f), "DecodeParms"));
    revised_free(&r);
}

/* clause: ISO32000-1#14.4 */
static void incr_keeps_the_first_half_of_the_id(void **state)
{
    (void)state;
    revised r;
    revise_plan(&r, &(builder_plan){.kind = BUILD_TABLE,
                                    .trailer = "/ID[(a\\\\b)<01>]/Info 2 0 R/Own/Value"});
    const pdf_obj *id = pdf_dict_get(pdf_file_trailer(r.after.f), "ID");
    assert_true(span_is(pdf_array_get(id, 0)->raw, "(a\\\\b)"));
    assert_int_equal(pdf_array_get(id, 1)->u.text.n, 16);
    assert_true(pdf_is(pdf_dict_get(pdf_file_trailer(r.after.f), "Info"), PDF_REFERENCE));
    assert_true(pdf_is_name(pdf_dict_get(pdf_file_trailer(r.after.f), "Own"), "Value"));
    revised_free(&r);
}

static void incr_makes_an_id_where_there_is_none(void **state)
{
    (void)state;
    revised r;
    revise_plan(&r, &(builder_plan){.kind = BUILD_STREAM, .trailer = ""});
    const pdf_obj *id = pdf_dict_get(pdf_file_trailer(r.after.f), "ID");
    assert_int_equal(pdf_array_get(id, 0)->u.text.n, 16);
    assert_true(pdf_same(pdf_array_get(id, 0), pdf_array_get(id, 1)));
    revised_free(&r);
}

static void incr_new_ids_are_above_size_and_not_to_be_guessed(void **state)
{
    (void)state;
    char filler[7001] = "(";
    uint32_t seen[4];
    memset(filler + 1, 'x', sizeof filler - 3);
    filler[sizeof filler - 2] = ')';
    for (size_t i = 0; i < ARRAY_LEN(seen); i++) {
        revised r;
        revise_plan(&r, &(builder_plan){.kind = BUILD_TABLE, .size = 500, .more = {filler}});
        assert_in_range(r.first.id, 500, 500 + 4096);
        seen[i] = r.first.id;
        revised_free(&r);
    }
    assert_false(seen[0] == seen[1] && seen[1] == seen[2] && seen[2] == seen[3]);
}

/* qpdf 12 reads a number above a third of the file's bytes as nothing. */
static void assert_refused(const builder_plan *plan, pades_status expected)
{
    AUTO_VAL(builder) b;
    AUTO_VAL(buf) revision = BUF(0);
    AUTO(pades_error) *e = NULL;
    opened o;
    pdf_ref first;
    builder_document(&b, plan);
    opened_open(&o, buf_span(&b.out), span_of(NULL, 0));
    assert_int_equal(revise(o.f, &revision, &first, &e), expected);
    assert_int_equal(pades_error_status(e), expected);
    assert_null(revision.p);
    opened_free(&o);
}

static void incr_new_ids_stay_below_what_readers_take_for_damage(void **state)
{
    (void)state;
    char wide[500];
    snprintf(wide, sizeof wide, "(%0450d)", 0);
    for (size_t i = 0; i < 16; i++) {
        revised r;
        revise_plan(&r, &(builder_plan){.kind = BUILD_TABLE, .gaps = true, .more = {wide}});
        assert_in_range(r.first.id, 100, 1000 / 3);
        revised_free(&r);
    }
}

static void incr_starts_on_a_line_of_its_own(void **state)
{
    (void)state;
    static const char *const ends[] = {"", "\n", "\r", "\r\n"};
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        AUTO_VAL(builder) b;
        AUTO_VAL(buf) revision = BUF(0);
        opened o;
        pdf_ref first;
        builder_document(&b, &(builder_plan){.kind = BUILD_TABLE});
        buf_truncate(&b.out, b.out.n - 1);
        opened_open(&o, buf_span(&b.out), span_str(ends[i]));
        assert_int_equal(revise(o.f, &revision, &first, NULL), PADES_OK);
        assert_int_equal(revision.p[0] == '\n', *ends[i] == 0);
        opened_free(&o);
    }
}

static void incr_refuses_when_no_id_is_left(void **state)
{
    (void)state;
    assert_refused(&(builder_plan){.kind = BUILD_TABLE, .size = 8388600}, PADES_DOC_UNSUPPORTED);
}

static void incr_uses_no_gap_near_the_last_id(void **state)
{
    (void)state;
    revised r;
    revise_plan(&r, &(builder_plan){.kind = BUILD_STREAM});
    assert_in_range(r.first.id, 100, 100 + 4096);
    revised_free(&r);
    assert_refused(&(builder_plan){.kind = BUILD_STREAM, .size = 8388000}, PADES_DOC_DAMAGED);
}

/* Where there is no room for a gap, /Size would tell the first number of ours in advance. */
static void incr_refuses_a_size_that_foretells_ids(void **state)
{
    (void)state;
    assert_refused(&(builder_plan){.kind = BUILD_TABLE, .size = 4000}, PADES_DOC_DAMAGED);
    assert_refused(&(builder_plan){.kind = BUILD_TABLE, .gaps = true}, PADES_DOC_DAMAGED);
}

/* A number that anything read refers to is passed by; where there is no room to pass it by, the
 * file is refused. What was not read is not known.
 */
static void incr_passes_by_what_is_referred_to(void **state)
{
    (void)state;
    for (size_t i = 0; i < 64; i++) {
        AUTO_VAL(builder) b;
        AUTO_VAL(buf) revision = BUF(0);
        AUTO(pdf_pool) *pool = NULL;
        opened o;
        pdf_ref first;
        const pdf_obj *obj = NULL;
        builder_document(&b, &(builder_plan){.kind = BUILD_TABLE,
                                             .more = {"[72 0 R 90 0 R<</X 110 0 R>>]",
                                                      "(wide wide wide wide)"}});
        opened_open(&o, buf_span(&b.out), span_of(NULL, 0));
        assert_int_equal(pdf_pool_new(1 << 20, &pool, NULL), PADES_OK);
        assert_int_equal(pdf_file_load(o.f, (pdf_ref){4, 0}, pool, &obj, NULL, NULL), PADES_OK);
        assert_true(pdf_file_is_dangling(o.f, 110));
        assert_false(pdf_file_is_dangling(o.f, 111));
        pades_status status = revise(o.f, &revision, &first, NULL);
        if (status == PADES_OK) {
            assert_false(first.id <= 72 && 72 < first.id + 2);
            assert_false(first.id <= 110 && 110 < first.id + 2);
        } else {
            assert_int_equal(status, PADES_DOC_DAMAGED);
        }
        opened_free(&o);
    }
}

/* What the trailer refers to is carried over: new numbers begin behind it, chance or not. */
static void incr_begins_behind_what_the_trailer_refers_to(void **state)
{
    (void)state;
    static char filler[4000];
    memset(filler, ' ', sizeof filler - 1);
    filler[0] = '(';
    filler[sizeof filler - 2] = ')';
    for (int i = 0; i < 64; i++) {
        revised r;
        revise_plan(&r, &(builder_plan){.kind = i % 2 ? BUILD_TABLE : BUILD_STREAM,
                                        .trailer = "/X[101 0 R<</Y 600 0 R>>]/ID[<00><01>]",
                                        .more = {filler}});
        assert_true(pdf_file_is_dangling(r.before.f, 101));
        assert_in_range(r.first.id, 601, 100 + 4096);
        revised_free(&r);
    }
}

/* An encryption dictionary that is something else besides would be encrypted. */
static void incr_never_writes_the_encryption_dictionary(void **state)
{
    (void)state;
    AUTO_VAL(builder) b;
    AUTO(pdf_incr) *w = NULL;
    AUTO(pades_error) *e = NULL;
    opened o;
    builder_document(&b, &(builder_plan){.kind = BUILD_TABLE,
                                         .more = {"<</Filter/Other/V 1>>"},
                                         .trailer = "/Encrypt 4 0 R/ID[<00><01>]"});
    opened_open(&o, buf_span(&b.out), span_of(NULL, 0));
    assert_int_equal(pdf_crypt_object(o.f), 4);
    assert_int_equal(pdf_incr_new(o.f, &w, &e), PADES_OK);
    assert_int_equal(pdf_incr_begin_object(w, (pdf_ref){3, 0}, &e), PADES_OK);
    assert_int_equal(pdf_incr_begin_object(w, (pdf_ref){4, 0}, &e), PADES_DOC_DAMAGED);
    opened_free(&o);
}

static void incr_refuses_a_trailer_that_names_an_object_to_come(void **state)
{
    (void)state;
    assert_refused(&(builder_plan){.kind = BUILD_TABLE, .trailer = "/Info 70000 0 R"},
                   PADES_DOC_DAMAGED);
    assert_refused(&(builder_plan){.kind = BUILD_TABLE, .trailer = "/X[<</Y 70000 0 R>>]"},
                   PADES_DOC_DAMAGED);
}

static void incr_checks_references_at_every_depth(void **state)
{
    (void)state;
    AUTO_VAL(builder) b;
    AUTO(pdf_incr) *w = NULL;
    opened o;
    pdf_ref first;
    pdf_obj *obj = NULL;
    size_t used = 0;
    char text[128];
    builder_document(&b, &(builder_plan){.kind = BUILD_TABLE});
    opened_open(&o, buf_span(&b.out), span_of(NULL, 0));
    assert_int_equal(pdf_incr_new(o.f, &w, NULL), PADES_OK);
    assert_int_equal(pdf_incr_new_ref(w, &first, NULL), PADES_OK);
    for (uint32_t id = first.id - 1; id <= first.id + 1; id++) {
        snprintf(text, sizeof text, "<</A[1 [2 <</B %" PRIu32 " 0 R>>]]>>", id);
        assert_int_equal(pdf_parse(o.pool, span_str(text), 20, &obj, &used, NULL), PADES_OK);
        pades_status expected = id < first.id ? PADES_OK : PADES_DOC_DAMAGED;
        assert_int_equal(pdf_incr_check_refs(w, obj, NULL), expected);
    }
    opened_free(&o);
}

static void incr_refuses_an_object_written_twice(void **state)
{
    (void)state;
    AUTO_VAL(builder) b;
    AUTO(pdf_incr) *w = NULL;
    opened o;
    builder_document(&b, &(builder_plan){.kind = BUILD_TABLE});
    opened_open(&o, buf_span(&b.out), span_of(NULL, 0));
    assert_int_equal(pdf_incr_new(o.f, &w, NULL), PADES_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pdf_incr_begin_object(w, (pdf_ref){3, 0}, NULL), PADES_OK);
        buf_add_str(pdf_incr_out(w), "null");
        pdf_incr_end_object(w);
    }
    assert_int_equal(pdf_incr_finish(w, NULL), PADES_DOC_DAMAGED);
    opened_free(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(incr_follows_the_kind_of_the_newest_section),
        cmocka_unit_test(incr_table_has_rows_of_20_bytes_in_subsections),
        cmocka_unit_test(incr_stream_lists_itself),
        cmocka_unit_test(incr_keeps_the_first_half_of_the_id),
        cmocka_unit_test(incr_makes_an_id_where_there_is_none),
        cmocka_unit_test(incr_new_ids_are_above_size_and_not_to_be_guessed),
        cmocka_unit_test(incr_starts_on_a_line_of_its_own),
        cmocka_unit_test(incr_refuses_when_no_id_is_left),
        cmocka_unit_test(incr_uses_no_gap_near_the_last_id),
        cmocka_unit_test(incr_refuses_a_size_that_foretells_ids),
        cmocka_unit_test(incr_never_writes_the_encryption_dictionary),
        cmocka_unit_test(incr_passes_by_what_is_referred_to),
        cmocka_unit_test(incr_begins_behind_what_the_trailer_refers_to),
        cmocka_unit_test(incr_new_ids_stay_below_what_readers_take_for_damage),
        cmocka_unit_test(incr_refuses_a_trailer_that_names_an_object_to_come),
        cmocka_unit_test(incr_checks_references_at_every_depth),
        cmocka_unit_test(incr_refuses_an_object_written_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
