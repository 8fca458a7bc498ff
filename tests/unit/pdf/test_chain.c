/* The ends of a file and the chain of its sections. */
#include "parts.h"

static void assert_text(const char *text, pades_status status, const char *what)
{
    assert_refused(span_str(text), status, what);
}

/* clause: ISO32000-1#7.5.2 header */
static void header_refusals(void **state)
{
    (void)state;
    AUTO_VAL(parts) p = {0};
    AUTO_VAL(buf) shifted = BUF(10000);
    assert_text("", PADES_DOC_NOT_PDF, "empty");
    assert_text("%", PADES_DOC_NOT_PDF, "not a PDF");
    assert_text("PK\003\004 something else entirely", PADES_DOC_NOT_PDF, "not a PDF");
    assert_text("%PDF-", PADES_DOC_DAMAGED, "no version");
    assert_text("%PDF-x.y\n", PADES_DOC_DAMAGED, "no version");
    assert_text("%PDF-1.70\n", PADES_DOC_DAMAGED, "no version");
    assert_text("%PDF-1.7\n", PADES_DOC_DAMAGED, "truncated");
    parts_three(&p);
    parts_table(&p, 0, 4, "/Size 4/Root 1 0 R");
    buf_add_str(&shifted, "\xEF\xBB\xBF");
    buf_add_span(&shifted, buf_span(&p.out));
    assert_refused(buf_span(&shifted), PADES_DOC_DAMAGED, "3 bytes stand before the header");
}

static void header_gives_the_version(void **state)
{
    (void)state;
    AUTO_VAL(parts) p = {0};
    reading r;
    int major = 0, minor = 0;
    parts_three(&p);
    p.out.p[5] = '2';
    p.out.p[7] = '0';
    parts_table(&p, 0, 4, "/Size 4/Root 1 0 R");
    reading_open(&r, buf_span(&p.out));
    pdf_file_version(r.f, &major, &minor);
    assert_int_equal(major, 2);
    assert_int_equal(minor, 0);
    assert_int_equal(pdf_file_size(r.f), p.out.n);
    assert_ptr_equal(pdf_file_source(r.f), r.source);
    assert_ptr_equal(pdf_file_ctx(r.f), r.ctx);
    reading_free(&r);
}

/* A sound file up to its trailer, then this text, with @ for the offset of the table. */
static void assert_tail(const char *tail, pades_status status, const char *what)
{
    AUTO_VAL(parts) p = {0};
    parts_three(&p);
    uint64_t at = p.out.n;
    buf_add_str(&p.out, "xref\n");
    parts_entries(&p, 0, 4);
    buf_add_str(&p.out, "trailer\n<</Size 4/Root 1 0 R>>\n");
    for (const char *c = tail; *c; c++) {
        if (*c == '@') {
            buf_addf(&p.out, "%" PRIu64, at);
        } else {
            buf_add_byte(&p.out, (uint8_t)(*c == '$' ? 0 : *c));
        }
    }
    if (status != PADES_OK) {
        assert_refused(buf_span(&p.out), status, what);
        return;
    }
    reading r;
    reading_open(&r, buf_span(&p.out));
    assert_int_equal(pdf_file_startxref(r.f), at);
    reading_free(&r);
}

/* clause: ISO32000-1#7.5.5 startxref and %%EOF */
static void tail_forms(void **state)
{
    (void)state;
    assert_tail("startxref\n@\n%%EOF", PADES_OK, NULL);
    assert_tail("startxref\r\n@\r\n%%EOF\r\n", PADES_OK, NULL);
    assert_tail("startxref\r@\r%%EOF\r", PADES_OK, NULL);
    assert_tail("startxref @ %%EOF\n \t$\f\n\n", PADES_OK, NULL);
    assert_tail("startxref\n0\n%%EOF\nstartxref\n@\n%%EOF\n", PADES_OK, NULL);
    assert_tail("startxref\n@\n", PADES_DOC_DAMAGED, "truncated");
    assert_tail("startxref\n@\n%%EO", PADES_DOC_DAMAGED, "truncated");
    assert_tail("startxref\n@\n%%EOF\nx", PADES_DOC_DAMAGED, "stands behind");
    assert_tail("startxref\n@\n%%EOFx", PADES_DOC_DAMAGED, "stands behind");
    assert_tail("startxref\n@\n%%EOF\n%comment\n", PADES_DOC_DAMAGED, "stands behind");
    assert_tail("startxref\n@\n%x\n%%EOF\n", PADES_DOC_DAMAGED, "an offset were expected");
    assert_tail("startxref\n@ 1\n%%EOF\n", PADES_DOC_DAMAGED, "an offset were expected");
    assert_tail("startxref\n-@\n%%EOF\n", PADES_DOC_DAMAGED, "an offset were expected");
    assert_tail("startxref\n%%EOF\n", PADES_DOC_DAMAGED, "an offset were expected");
    assert_tail("@\n%%EOF\n", PADES_DOC_DAMAGED, "an offset were expected");
    assert_tail("startxref\n@\n%%EOF\n%%EOF\n", PADES_DOC_DAMAGED, "an offset were expected");
    assert_tail("startxref\n99999999999999999999999\n%%EOF\n", PADES_DOC_DAMAGED, "an offset were");
    assert_tail("startxref\n9999999\n%%EOF\n", PADES_DOC_DAMAGED, "beyond the end");
    assert_tail("startxref\n0\n%%EOF\n", PADES_DOC_DAMAGED, "no cross-reference section");
    assert_tail("startxref\n1@\n%%EOF\n", PADES_DOC_DAMAGED, "beyond the end");
}

static void white_space_behind_the_end_is_bounded(void **state)
{
    (void)state;
    char tail[3000];
    memset(tail, '\n', sizeof tail);
    memcpy(tail, "startxref\n@\n%%EOF", 17);
    tail[17 + 1019] = 0;
    assert_tail(tail, PADES_OK, NULL);
    tail[17 + 1019] = '\n';
    tail[17 + 1020] = 0;
    assert_tail(tail, PADES_DOC_DAMAGED, "stands behind");
}

/* Three revisions: object 2 is written again in the second, object 3 freed in the third. */
static void three_revisions(parts *p, uint64_t at[3], uint64_t end[3])
{
    char keys[100];
    parts_three(p);
    at[0] = parts_table(p, 0, 4, "/Size 4/Root 1 0 R");
    end[0] = p->out.n;
    parts_object(p, 2, "<</Type/Pages/Kids[]/Count 0>>");
    snprintf(keys, sizeof keys, "/Size 4/Root 1 0 R/Prev %" PRIu64, at[0]);
    at[1] = parts_table(p, 2, 1, keys);
    end[1] = p->out.n;
    p->at[3] = 0;
    snprintf(keys, sizeof keys, "/Size 4/Root 1 0 R/Prev %" PRIu64, at[1]);
    at[2] = parts_table(p, 3, 1, keys);
    end[2] = p->out.n;
}

/* clause: ISO32000-1#7.5.6 the newest entry of an object counts */
static void newest_revision_counts(void **state)
{
    (void)state;
    AUTO_VAL(parts) p = {0};
    uint64_t at[3], end[3];
    reading r;
    int64_t count = -1;
    three_revisions(&p, at, end);
    reading_open(&r, buf_span(&p.out));
    assert_int_equal(pdf_file_sections(r.f), 3);
    assert_int_equal(pdf_file_entries(r.f), 6);
    assert_int_equal(pdf_file_startxref(r.f), at[2]);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(pdf_file_section(r.f, i)->offset, at[2 - i]);
        assert_int_equal(pdf_file_section(r.f, i)->end, end[2 - i]);
    }
    assert_true(pdf_get_int(pdf_dict_get(load(&r, 2), "Count"), &count));
    assert_int_equal(count, 0);
    assert_int_equal(load(&r, 3)->kind, PDF_NULL);
    reading_free(&r);
}

static void revision_opens_as_it_was(void **state)
{
    (void)state;
    AUTO_VAL(parts) p = {0};
    uint64_t at[3], end[3];
    three_revisions(&p, at, end);
    for (size_t i = 0; i < 3; i++) {
        reading r;
        int64_t count = -1;
        reading_start(&r, buf_span(&p.out));
        assert_ok(pdf_file_open_at(r.ctx, r.source, end[i], &r.f, &r.e), r.e);
        assert_int_equal(pdf_file_sections(r.f), i + 1);
        assert_int_equal(pdf_file_size(r.f), end[i]);
        assert_true(pdf_get_int(pdf_dict_get(load(&r, 2), "Count"), &count));
        assert_int_equal(count, i == 0 ? 1 : 0);
        assert_int_equal(load(&r, 3)->kind, i < 2 ? PDF_DICT : PDF_NULL);
        reading_free(&r);
    }
    reading r;
    reading_start(&r, buf_span(&p.out));
    assert_fails(pdf_file_open_at(r.ctx, r.source, end[2] + 1, &r.f, &r.e), PADES_INVALID_ARGUMENT,
                 r.e);
    assert_fails(pdf_file_open_at(r.ctx, r.source, at[1], &r.f, &r.e), PADES_DOC_DAMAGED, r.e);
    reading_free(&r);
}

/* @: this section's own offset, ^: that of the first. */
static void assert_chain(const char *first, const char *second, const char *what)
{
    AUTO_VAL(parts) p = {0};
    char keys[2][200];
    const char *forms[2] = {first, second};
    uint64_t at[2] = {0, 0};
    parts_three(&p);
    for (size_t i = 0; i < 2; i++) {
        size_t n = 0;
        at[i] = p.out.n;
        for (const char *c = forms[i]; *c; c++) {
            n += (size_t)(*c == '@'   ? snprintf(keys[i] + n, 30, "%" PRIu64, at[i])
                          : *c == '^' ? snprintf(keys[i] + n, 30, "%" PRIu64, at[0])
                                      : snprintf(keys[i] + n, 30, "%c", *c));
        }
        parts_table(&p, 0, 4, keys[i]);
    }
    assert_refused(buf_span(&p.out), PADES_DOC_DAMAGED, what);
}

static void chain_refusals(void **state)
{
    (void)state;
    static const char good[] = "/Size 4/Root 1 0 R";
    assert_chain(good, "/Size 4/Root 1 0 R/Prev @", "comes back");
    assert_chain("/Size 4/Root 1 0 R/Prev @", "/Size 4/Root 1 0 R/Prev ^", "comes back");
    assert_chain(good, "/Size 4/Root 1 0 R/Prev -1", "/Prev of a trailer");
    assert_chain(good, "/Size 4/Root 1 0 R/Prev 3 0 R", "/Prev of a trailer");
    assert_chain(good, "/Size 4/Root 1 0 R/Prev ^.0", "/Prev of a trailer");
    assert_chain(good, "/Size 4/Root 1 0 R/Prev 99999999", "/Prev of a trailer");
    assert_chain(good, "/Size 4/Root 1 0 R/Prev 0", "no cross-reference section");
    assert_chain(good, "/Size 4/Root 1 0 R/Prev 9", "another object");
    assert_chain(good, "/Size 4/Root 1 0 R/XRefStm ^", "no cross-reference section");
    assert_chain(good, "/Size 4/Root 1 0 R/XRefStm (x)", "/XRefStm of a trailer");
    assert_chain(good, "/Size 4/Root 1 0 R/XRefStm @", "comes back");
}

/* Going back and forth between two sections ends at once, not at the limit. */
static void long_loop_is_found(void **state)
{
    (void)state;
    AUTO_VAL(parts) p = {0};
    char keys[100];
    parts_three(&p);
    uint64_t first = p.out.n;
    parts_table(&p, 0, 4, "/Size 4/Root 1 0 R/Prev 0000000000");
    uint64_t at = first;
    for (int i = 0; i < 100; i++) {
        snprintf(keys, sizeof keys, "/Size 4/Root 1 0 R/Prev %" PRIu64, at);
        at = parts_table(&p, 1, 3, keys);
    }
    char digits[20];
    snprintf(digits, sizeof digits, "%010" PRIu64, at);
    size_t hole = span_find(buf_span(&p.out), span_str("/Prev 0000000000"), 0);
    memcpy(p.out.p + hole + 6, digits, 10);
    assert_refused(buf_span(&p.out), PADES_DOC_DAMAGED, "comes back");
}

static void sections_are_limited(void **state)
{
    (void)state;
    AUTO_VAL(parts) p = {0};
    uint64_t at[3], end[3];
    three_revisions(&p, at, end);
    for (uint64_t limit = 2; limit <= 3; limit++) {
        reading r;
        reading_start(&r, buf_span(&p.out));
        assert_ok(pades_ctx_set_limit(r.ctx, PADES_LIMIT_XREF_SECTIONS, limit, &r.e), r.e);
        assert_int_equal(pdf_file_open(r.ctx, r.source, &r.f, &r.e),
                         limit == 2 ? PADES_LIMIT : PADES_OK);
        reading_free(&r);
    }
}

/* clause: ISO32000-1#7.5.5 a /Size that hides objects in use */
static void size_that_lies_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *first, *second, *what;
    } bad[] = {
        {"/Size 3/Root 1 0 R", NULL, "object 3 is in use"},
        {"/Size 0/Root 1 0 R", NULL, "object 3 is in use"},
        {"/Size 4/Root 1 0 R", "/Size 3/Root 1 0 R", "object 3 is in use"},
        {"/Size 3/Root 1 0 R", "/Size 4/Root 1 0 R", "object 3 is in use"},
        {"/Size 4/Root 1 0 R", "/Size 2/Root 1 0 R", "object 2 is in use"},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        AUTO_VAL(parts) p = {0};
        char keys[100];
        parts_three(&p);
        uint64_t at = parts_table(&p, 0, 4, bad[i].first);
        if (bad[i].second) {
            snprintf(keys, sizeof keys, "%s/Prev %" PRIu64, bad[i].second, at);
            (void)parts_table(&p, 2, 1, keys);
        }
        assert_refused(buf_span(&p.out), PADES_DOC_DAMAGED, bad[i].what);
    }
}

static void size_may_be_larger_or_hide_free_entries(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        AUTO_VAL(parts) p = {0};
        reading r;
        parts_three(&p);
        parts_table(&p, 0, i ? 9 : 4, i ? "/Size 4/Root 1 0 R" : "/Size 1000/Root 1 0 R");
        reading_open(&r, buf_span(&p.out));
        assert_int_equal(pdf_file_largest_size(r.f), i ? 4 : 1000);
        assert_int_equal(pdf_file_highest_id(r.f), i ? 8 : 3);
        reading_free(&r);
    }
}

/* A hybrid file: the page 3 is free in the table and in the hidden section it is in use. */
static void hybrid(parts *p, bool table_has_page)
{
    AUTO_VAL(buf) rows = BUF(100);
    char keys[100];
    parts_three(p);
    uint64_t page = p->at[3];
    parts_object(p, 4, "(in the table)");
    add_row(&rows, 1, page, 0);
    add_row(&rows, 0, 0, 0);
    parts_stream(p, 5, "/Type/XRef/W[1 2 1]/Size 6/Index[3 2]", buf_span(&rows));
    if (table_has_page) {
        parts_object(p, 3, "(in the table)");
    } else {
        p->at[3] = 0;
    }
    snprintf(keys, sizeof keys, "/Size 6/Root 1 0 R/XRefStm %" PRIu64, p->at[5]);
    parts_table(p, 0, 6, keys);
}

/* clause: ISO32000-1#7.5.8.4 table in use, hidden section, table free, older sections */
static void hidden_section_gives_what_the_table_hides(void **state)
{
    (void)state;
    AUTO_VAL(parts) p = {0};
    reading r;
    pdf_entry entry;
    hybrid(&p, false);
    reading_open(&r, buf_span(&p.out));
    assert_int_equal(pdf_file_sections(r.f), 2);
    assert_false(pdf_file_section(r.f, 0)->is_hidden);
    assert_true(pdf_file_section(r.f, 1)->is_hidden);
    assert_int_equal(pdf_file_section(r.f, 1)->end, p.out.n);
    assert_true(pdf_is_name(pdf_dict_get(load(&r, 3), "Type"), "Page"));
    assert_ok(pdf_file_entry(r.f, 3, &entry, &r.e), r.e);
    assert_int_equal(entry.section, 1);
    assert_true(span_is(load(&r, 4)->u.text, "in the table"));
    reading_free(&r);
}

static void table_in_use_goes_before_the_hidden_section(void **state)
{
    (void)state;
    AUTO_VAL(parts) p = {0};
    reading r;
    hybrid(&p, true);
    reading_open(&r, buf_span(&p.out));
    assert_int_equal(load(&r, 3)->kind, PDF_STRING);
    reading_free(&r);
}

/* An update of a hybrid file that hides nothing: its free entries are free. */
static void update_frees_what_was_hidden(void **state)
{
    (void)state;
    AUTO_VAL(parts) p = {0};
    reading r;
    char keys[100];
    hybrid(&p, false);
    size_t word = span_find_last(buf_span(&p.out), span_str("xref\n0 6"));
    snprintf(keys, sizeof keys, "/Size 6/Root 1 0 R/Prev %zu", word);
    parts_table(&p, 3, 1, keys);
    reading_open(&r, buf_span(&p.out));
    assert_int_equal(pdf_file_sections(r.f), 3);
    assert_int_equal(load(&r, 3)->kind, PDF_NULL);
    reading_free(&r);
}

/* As in a linearized file: the first section stands in front and its own startxref names nothing.
 */
static void linearized_order_is_read(void **state)
{
    (void)state;
    AUTO_VAL(parts) p = {0};
    reading r;
    parts_start(&p);
    parts_object(&p, 3, "<</Type/Page/Parent 2 0 R>>");
    uint64_t front = p.out.n;
    buf_addf(&p.out, "xref\n3 1\n%010" PRIu64 " 00000 n \n", p.at[3]);
    buf_add_str(&p.out, "trailer\n<</Size 4/Root 1 0 R/Prev 0000000000>>\nstartxref\n0\n%%EOF\n");
    parts_object(&p, 1, "<</Type/Catalog/Pages 2 0 R>>");
    parts_object(&p, 2, "<</Type/Pages/Kids[3 0 R]/Count 1>>");
    uint64_t main_at = p.out.n;
    buf_add_str(&p.out, "xref\n");
    parts_entries(&p, 0, 3);
    buf_add_str(&p.out, "trailer\n<</Size 3>>\n");
    parts_tail(&p, front);
    char digits[20];
    snprintf(digits, sizeof digits, "%010" PRIu64, main_at);
    memcpy(p.out.p + span_find(buf_span(&p.out), span_str("0000000000>>"), 0), digits, 10);
    reading_open(&r, buf_span(&p.out));
    assert_int_equal(pdf_file_sections(r.f), 2);
    assert_int_equal(pdf_file_section(r.f, 0)->offset, front);
    assert_int_equal(pdf_file_section(r.f, 0)->end, p.out.n);
    assert_int_equal(pdf_file_section(r.f, 1)->end, p.out.n);
    assert_true(pdf_is_name(pdf_dict_get(load(&r, 1), "Type"), "Catalog"));
    assert_true(pdf_is_name(pdf_dict_get(load(&r, 3), "Type"), "Page"));
    reading_free(&r);
}

/* Behind a cross-reference stream there may be room: the end of its revision is found all the same.
 */
static void end_behind_blanks_is_found(void **state)
{
    (void)state;
    for (size_t blanks = 0; blanks < 20000; blanks += blanks < 16000 ? 255 : 1000) {
        AUTO_VAL(parts) p = {0};
        AUTO_VAL(buf) rows = BUF(100);
        char keys[100];
        reading r;
        parts_three(&p);
        for (uint32_t id = 1; id < 4; id++) {
            add_row(&rows, 1, p.at[id], 0);
        }
        parts_stream(&p, 4, "/Type/XRef/W[1 2 1]/Size 4/Root 1 0 R/Index[1 3]", buf_span(&rows));
        buf_add_fill(&p.out, ' ', blanks);
        parts_tail(&p, p.at[4]);
        size_t end = p.out.n;
        snprintf(keys, sizeof keys, "/Size 4/Root 1 0 R/Prev %" PRIu64, p.at[4]);
        parts_table(&p, 1, 3, keys);
        reading_open(&r, buf_span(&p.out));
        assert_int_equal(pdf_file_section(r.f, 1)->end, blanks <= 16384 ? end : 0);
        assert_int_equal(pdf_file_section(r.f, 0)->end, p.out.n);
        reading_free(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(header_refusals),
        cmocka_unit_test(header_gives_the_version),
        cmocka_unit_test(tail_forms),
        cmocka_unit_test(white_space_behind_the_end_is_bounded),
        cmocka_unit_test(newest_revision_counts),
        cmocka_unit_test(revision_opens_as_it_was),
        cmocka_unit_test(chain_refusals),
        cmocka_unit_test(long_loop_is_found),
        cmocka_unit_test(sections_are_limited),
        cmocka_unit_test(size_that_lies_is_refused),
        cmocka_unit_test(size_may_be_larger_or_hide_free_entries),
        cmocka_unit_test(hidden_section_gives_what_the_table_hides),
        cmocka_unit_test(table_in_use_goes_before_the_hidden_section),
        cmocka_unit_test(update_frees_what_was_hidden),
        cmocka_unit_test(linearized_order_is_read),
        cmocka_unit_test(end_behind_blanks_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
