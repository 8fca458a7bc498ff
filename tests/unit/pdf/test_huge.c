/* Files of many gigabytes, which are never there: sealed where their cross-reference section can
 * say where the seal stands, and refused where a table cannot. */
#include "pdf/seal.h"

#include "pdf/big.h"

static const pdf_seal_plan plan = {.sub_filter = "ETSI.CAdES.detached",
                                   .time = 1795341600,
                                   .utc_offset = 3600,
                                   .contents_bytes = 64};
static const uint64_t table_limit = 9999999999u; /* the last offset of ten digits */

static void add_rows(big *b, uint64_t at)
{
    buf_add_str(&b->tail, "5 0 obj\n<</Type/XRef/W[1 8 1]/Size 6/Root 1 0 R/Length 60>>\nstream\n");
    for (uint32_t id = 0; id < 6; id++) {
        uint64_t place = id < 5 ? b->head.at[id] : at;
        buf_add_byte(&b->tail, id > 0);
        for (int shift = 56; shift >= 0; shift -= 8) {
            buf_add_byte(&b->tail, (uint8_t)(place >> shift));
        }
        buf_add_byte(&b->tail, id > 0 ? 0 : 255);
    }
    buf_add_str(&b->tail, "\nendstream\nendobj\n");
}

static void add_table(big *b)
{
    buf_add_str(&b->tail, "xref\n0 5\n0000000000 65535 f \n");
    for (uint32_t id = 1; id < 5; id++) {
        buf_addf(&b->tail, "%010" PRIu64 " 00000 n \n", b->head.at[id]);
    }
    buf_add_str(&b->tail, "trailer\n<</Size 5/Root 1 0 R>>\n");
}

/* The file's size is `size`; it ends in a table or, where `packed`, in a stream of rows. */
static void huge(big *b, uint64_t size, bool packed)
{
    *b = (big){.tail = BUF(1000)};
    parts_three(&b->head);
    b->head.at[4] = b->head.out.n;
    buf_addf(&b->head.out, "4 0 obj\n<</Length %015" PRIu64 ">>\nstream\n", size);
    for (int pass = 0; pass < 2; pass++) { /* the first tells how long the tail becomes */
        buf_truncate(&b->tail, 0);
        buf_add_str(&b->tail, "\nendstream\nendobj\n");
        uint64_t at = b->head.out.n + b->middle + b->tail.n;
        if (packed) {
            add_rows(b, at);
        } else {
            add_table(b);
        }
        buf_addf(&b->tail, "startxref\n%015" PRIu64 "\n%%%%EOF\n", at);
        b->middle = size - b->head.out.n - b->tail.n;
    }
    char *length = strstr((char *)b->head.out.p + b->head.at[4], "/Length ");
    char digits[24];
    snprintf(digits, sizeof digits, "%015" PRIu64, b->middle);
    memcpy(length + 8, digits, 15);
}

static pades_status seal(big *b, reading *r, pdf_seal *ret)
{
    big_start(r, b);
    assert_int_equal(pades_source_size(r->source), b->head.out.n + b->middle + b->tail.n);
    assert_ok(pdf_file_open(r->ctx, r->source, &r->f, &r->e), r->e);
    return pdf_seal_build(r->f, &plan, ret, &r->e);
}

/* What was sealed, read again: the newest section stands in the revision, and its field is found.
 */
static void assert_found(big *b, const pdf_seal *s, uint64_t size)
{
    reading r;
    pdf_entry entry;
    uint64_t end = size + s->revision.n;
    assert_int_equal(s->byte_range[0], 0);
    assert_int_equal(s->byte_range[1], size + s->hole);
    assert_int_equal(s->byte_range[2], size + s->hole + s->hole_n);
    assert_int_equal(s->byte_range[2] + s->byte_range[3], end);
    b->tail.max = SIZE_MAX;
    buf_add_span(&b->tail, buf_span(&s->revision));
    big_start(&r, b);
    assert_ok(pdf_file_open(r.ctx, r.source, &r.f, &r.e), r.e);
    assert_int_equal(pdf_file_sections(r.f), 2);
    assert_true(pdf_file_startxref(r.f) > size && pdf_file_startxref(r.f) < end);
    assert_ok(pdf_file_entry(r.f, 3, &entry, &r.e), r.e); /* the page is written again */
    assert_true(entry.offset > size && entry.offset < end);
    reading_free(&r);
}

static void assert_sealed(uint64_t size, bool packed)
{
    AUTO_VAL(big) b = {0};
    reading r;
    pdf_seal s = {0};
    huge(&b, size, packed);
    assert_ok(seal(&b, &r, &s), r.e);
    assert_found(&b, &s, size);
    assert_true(structure_bytes(&r) < 500000);
    pdf_seal_free(&s);
    reading_free(&r);
}

static void huge_files_are_sealed(void **state)
{
    (void)state;
    static const uint64_t edges[] = {1ULL << 31, 1ULL << 32, 9999000000u};
    for (size_t i = 0; i < ARRAY_LEN(edges); i++) {
        for (int64_t more = -1000; more <= 1000; more += 1000) {
            assert_sealed(edges[i] + (uint64_t)more, false);
            assert_sealed(edges[i] + (uint64_t)more, true);
        }
    }
    assert_sealed(table_limit + 1, true);
    assert_sealed((1ULL << 40) + 5, true);
}

/* clause: ISO32000-1#7.5.4 the offset of an entry has ten digits */
static void huge_tables_are_refused_where_ten_digits_end(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {9999999900u, 9999999999u, 10000000000u, 1ULL << 40};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        AUTO_VAL(big) b = {0};
        reading r;
        pdf_seal s = {0};
        huge(&b, sizes[i], false);
        assert_int_equal(seal(&b, &r, &s), PADES_DOC_UNSUPPORTED);
        assert_string_equal(pades_error_clause(r.e), "ISO32000-1#7.5.4");
        assert_non_null(
            strstr(pades_error_message(r.e), "too large for its cross-reference table"));
        assert_non_null(strstr(pades_error_hint(r.e), "cross-reference stream"));
        assert_null(s.revision.p);
        reading_free(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(huge_files_are_sealed),
        cmocka_unit_test(huge_tables_are_refused_where_ten_digits_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
