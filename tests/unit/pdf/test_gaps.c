/* Numbers that the first revision leaves out: in every kind of section, by subsections, and what is
 * done about them. */
#include "pdf/gaps.h"

#include "pdf/parts.h"

static void assert_gaps(span data, uint64_t count, uint32_t first)
{
    reading r;
    reading_open(&r, data);
    const pdf_gaps gaps = pdf_gaps_find(r.f);
    assert_int_equal(gaps.count, count);
    assert_int_equal(gaps.first, first);
    reading_free(&r);
}

/* clause: ISO32000-1#7.5.4 a file that was never updated has one subsection that begins at 0 */
static void gaps_in_a_table_are_counted(void **state)
{
    (void)state;
    static const struct {
        uint32_t first, count;
        const char *keys;
        uint64_t gaps;
        uint32_t lowest;
    } rows[] = {
        {0, 4, "/Root 1 0 R/Size 4", 0, 0},
        {0, 4, "/Root 1 0 R/Size 9", 5, 4},
        {1, 3, "/Root 1 0 R/Size 4", 1, 0},
        {1, 3, "/Root 1 0 R/Size 5", 2, 0},
        {0, 4, "/Root 1 0 R/Size 2147483647", 2147483643, 4},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO_VAL(parts) p;
        parts_three(&p);
        parts_table(&p, rows[i].first, rows[i].count, rows[i].keys);
        assert_gaps(buf_span(&p.out), rows[i].gaps, rows[i].lowest);
    }
}

static void gaps_between_subsections_are_counted(void **state)
{
    (void)state;
    AUTO_VAL(parts) p;
    parts_three(&p);
    uint64_t at = p.out.n;
    buf_add_str(&p.out, "xref\n");
    parts_entries(&p, 6, 2); /* out of order, free */
    parts_entries(&p, 0, 3);
    parts_entries(&p, 3, 1); /* joins the one before: no gap */
    buf_add_str(&p.out, "trailer\n<</Root 1 0 R/Size 9>>\n");
    parts_tail(&p, at);
    assert_gaps(buf_span(&p.out), 3, 4); /* 4, 5, 8 */
}

static void gaps_count_in_the_first_revision_only(void **state)
{
    (void)state;
    AUTO_VAL(parts) p;
    char keys[64];
    parts_three(&p);
    uint64_t first = parts_table(&p, 0, 4, "/Root 1 0 R/Size 4");
    parts_object(&p, 50, "null");
    snprintf(keys, sizeof keys, "/Root 1 0 R/Size 51/Prev %" PRIu64, first);
    parts_table(&p, 50, 1, keys);
    assert_gaps(buf_span(&p.out), 0, 0);
}

/* An update does not close a gap: what a reader made of the first revision stays as it was. */
static void gaps_are_not_closed_by_an_update(void **state)
{
    (void)state;
    AUTO_VAL(parts) p;
    char keys[64];
    parts_three(&p);
    uint64_t first = parts_table(&p, 0, 4, "/Root 1 0 R/Size 5");
    parts_object(&p, 4, "null");
    snprintf(keys, sizeof keys, "/Root 1 0 R/Size 5/Prev %" PRIu64, first);
    parts_table(&p, 4, 1, keys);
    assert_gaps(buf_span(&p.out), 1, 4);
}

/* The section that startxref names stands first in a linearized file, and both are one revision. */
static void gaps_of_a_linearized_file_are_those_of_both_sections(void **state)
{
    (void)state;
    for (uint32_t missing = 0; missing < 2; missing++) {
        AUTO_VAL(parts) p;
        char keys[64];
        uint8_t digits[11];
        parts_start(&p);
        parts_object(&p, 3, "<</Type/Page/Parent 2 0 R>>");
        uint64_t at = p.out.n;
        buf_add_str(&p.out, "xref\n");
        parts_entries(&p, 3, 1);
        snprintf(keys, sizeof keys, "trailer\n<</Root 1 0 R/Size %u/Prev ", 4 + missing);
        buf_add_str(&p.out, keys);
        size_t hole = p.out.n;
        buf_add_str(&p.out, "0000000000>>\nstartxref\n0\n%%EOF\n");
        parts_object(&p, 1, "<</Type/Catalog/Pages 2 0 R>>");
        parts_object(&p, 2, "<</Type/Pages/Kids[3 0 R]/Count 1>>");
        uint64_t second = p.out.n;
        buf_add_str(&p.out, "xref\n");
        parts_entries(&p, 0, 3);
        buf_add_str(&p.out, "trailer\n<</Size 3>>\n");
        parts_tail(&p, at);
        snprintf((char *)digits, sizeof digits, "%010" PRIu64, second);
        memcpy(p.out.p + hole, digits, 10);
        assert_gaps(buf_span(&p.out), missing, missing ? 4 : 0);
    }
}

/* Numbers that only the hidden section of a hybrid file has are no gap. */
static void gaps_of_a_hybrid_file_are_those_of_both_views(void **state)
{
    (void)state;
    for (uint32_t missing = 0; missing < 2; missing++) {
        AUTO_VAL(parts) p;
        AUTO_VAL(buf) rows = BUF(64);
        char keys[96];
        parts_three(&p);
        parts_object(&p, 4, "null");
        uint64_t hidden = p.out.n;
        add_row(&rows, 1, p.at[4], 0);
        parts_stream(&p, 5, "/Type/XRef/W[1 2 1]/Size 6/Index[4 1]", buf_span(&rows));
        snprintf(keys, sizeof keys, "/Root 1 0 R/Size 6/XRefStm %" PRIu64, hidden);
        uint64_t at = p.out.n;
        buf_add_str(&p.out, "xref\n");
        parts_entries(&p, 0, 4);
        if (!missing) {
            parts_entries(&p, 5, 1);
        }
        buf_addf(&p.out, "trailer\n<<%s>>\n", keys);
        parts_tail(&p, at);
        assert_gaps(buf_span(&p.out), missing, missing ? 5 : 0);
    }
}

/* `field` is the form's only one. */
static void check(const char *field, bool allow, pades_status expected)
{
    AUTO_VAL(parts) p;
    reading r;
    bool warn = false;
    parts_start(&p);
    parts_object(&p, 1, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]>>>>");
    parts_object(&p, 2, "<</Type/Pages/Kids[3 0 R]/Count 1>>");
    parts_object(&p, 3, "<</Type/Page/Parent 2 0 R>>");
    parts_object(&p, 4, field);
    uint64_t at = parts_table(&p, 0, 5, "/Root 1 0 R/Size 8");
    reading_open(&r, buf_span(&p.out));
    const pdf_gaps gaps = pdf_gaps_find(r.f);
    assert_int_equal(pdf_gaps_check(r.f, &gaps, allow, &warn, &r.e), expected);
    assert_int_equal(warn, expected == PADES_OK);
    if (expected != PADES_OK) {
        assert_non_null(strstr(pades_error_message(r.e), "object number 5 and 2 more"));
        assert_non_null(strstr(pades_error_hint(r.e), "--allow-gaps"));
        assert_non_null(strstr(pades_error_hint(r.e), "pades repair"));
        assert_int_equal(pades_error_object(r.e), 5);
        assert_int_equal(pades_error_offset(r.e), at);
    }
    reading_free(&r);
}

static void gaps_are_refused_only_while_they_can_be_closed(void **state)
{
    (void)state;
    check("<</FT/Sig/T(a)>>", false, PADES_DOC_DAMAGED);
    check("<</FT/Tx/T(a)/V(x)>>", false, PADES_DOC_DAMAGED);
    check("<</FT/Sig/T(a)/V<<>>>>", false, PADES_OK); /* too late: a warning */
    check("<</FT/Sig/T(a)>>", true, PADES_OK);
}

static void gaps_of_one_are_told_in_the_singular(void **state)
{
    (void)state;
    char line[256];
    pdf_gaps_tell(&(pdf_gaps){1, 7}, line, sizeof line);
    assert_non_null(strstr(line, "object number 7 below /Size is in no"));
    pdf_gaps_tell(&(pdf_gaps){UINT32_MAX, UINT32_MAX}, line, sizeof line);
    assert_non_null(strstr(line, "signatures broken")); /* the longest fits */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gaps_in_a_table_are_counted),
        cmocka_unit_test(gaps_between_subsections_are_counted),
        cmocka_unit_test(gaps_count_in_the_first_revision_only),
        cmocka_unit_test(gaps_are_not_closed_by_an_update),
        cmocka_unit_test(gaps_of_a_linearized_file_are_those_of_both_sections),
        cmocka_unit_test(gaps_of_a_hybrid_file_are_those_of_both_views),
        cmocka_unit_test(gaps_are_refused_only_while_they_can_be_closed),
        cmocka_unit_test(gaps_of_one_are_told_in_the_singular),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
