/* One section at a time: what a table and a cross-reference stream must look like. */
#include "parts.h"

#include "pdf/section.h"

#include <zlib.h>

#define KEYS "/Size 4/Root 1 0 R"

static void sound_table_is_read(void **state)
{
    (void)state;
    AUTO_VAL(parts) p = {0};
    reading r;
    parts_three(&p);
    uint64_t at = parts_table(&p, 0, 4, KEYS);
    reading_open(&r, buf_span(&p.out));
    assert_int_equal(pdf_file_sections(r.f), 1);
    const pdf_section *s = pdf_file_section(r.f, 0);
    assert_int_equal(s->kind, PDF_SECTION_TABLE);
    assert_int_equal(s->offset, at);
    assert_int_equal(s->end, p.out.n);
    assert_int_equal(s->entries, 4);
    assert_int_equal(s->size, 4);
    assert_false(s->is_hidden);
    assert_ptr_equal(s->trailer, pdf_file_trailer(r.f));
    assert_true(pdf_is_name(pdf_dict_get(load(&r, 1), "Type"), "Catalog"));
    assert_null(pdf_file_section(r.f, 1));
    reading_free(&r);
}

/* clause: ISO32000-1#7.5.4 the form of an entry */
static void entry_is_twenty_bytes_of_one_form(void **state)
{
    (void)state;
    static const char *const good[] = {"0000000017 00000 n \n", "0000000017 00000 n \r",
                                       "9999999999 65535 n\r\n", "0000000000 00001 f \n",
                                       "0000000000 65536 f \n"};
    static const char *const bad[] = {
        "0000000017 00000 n\n\n", "0000000017 00000 n\n ",  "0000000017 00000 n  ",
        "0000000017 00000 x \n",  "0000000017 65536 n \n",  "0000000017 0000  n \n",
        " 000000017 00000 n \n",  "+000000017 00000 n \n",  "0000000017\t00000 n \n",
        "0000000017 00000\tn \n", "00000000a7 00000 n \n",  "0000000017 00000 N \n",
        "0000000017 00000 n\r\r", "0000000017 00000 n\t\n",
    };
    pdf_entry entry = {0};
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        assert_int_equal(strlen(good[i]), XREF_ENTRY_BYTES);
        assert_true(section_parse_entry((const uint8_t *)good[i], &entry));
        assert_int_equal(entry.kind, i < 3 ? PDF_ENTRY_OFFSET : PDF_ENTRY_FREE);
        assert_int_equal(entry.offset, i < 2 ? 17 : i == 2 ? 9999999999 : 0);
        assert_int_equal(entry.gen, i < 2 ? 0 : i == 2 ? 65535 : i == 3 ? 1 : 65536);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_int_equal(strlen(bad[i]) >= XREF_ENTRY_BYTES - 1, 1);
        assert_false(section_parse_entry((const uint8_t *)bad[i], &entry));
    }
}

/* A file whose table is this text, with @N for the offset of object N as ten digits. */
static void build_table(parts *p, const char *table)
{
    parts_three(p);
    uint64_t at = p->out.n;
    for (const char *c = table; *c; c++) {
        if (*c == '@') {
            buf_addf(&p->out, "%010" PRIu64, p->at[*++c - '0']);
        } else {
            buf_add_byte(&p->out, (uint8_t)*c);
        }
    }
    parts_tail(p, at);
}

#define FREE "0000000000 65535 f \n"
#define ONE "@1 00000 n \n"
#define TWO "@2 00000 n \n"
#define THREE "@3 00000 n \n"
#define TRAILER "trailer\n<<" KEYS ">>\n"

static void table_forms_that_the_standard_allows(void **state)
{
    (void)state;
    static const char *const good[] = {
        "xref\n0 4\n" FREE ONE TWO THREE TRAILER,
        "xref\r\n0 4\r\n" FREE ONE TWO THREE "trailer\r\n<<" KEYS ">>\r\n",
        "xref\r0 4\r" FREE ONE TWO THREE "trailer<<" KEYS ">>",
        "xref \n0 4 \n" FREE ONE TWO THREE "\ntrailer << " KEYS " >> %note\n",
        "xref\n0 1\n" FREE "1 3\n" ONE TWO THREE TRAILER,
        "xref\n0  4\n" FREE ONE TWO THREE TRAILER,
        "xref\n0 1 \n" FREE "1        3\n" ONE TWO THREE TRAILER,
        "xref\n\n \r\n0 4\n" FREE ONE TWO THREE TRAILER,
        "xref\n3 1\n" THREE "1 2\n" ONE TWO "0 1\n" FREE TRAILER,
        "xref\n0 0\n0 4\n" FREE ONE TWO THREE TRAILER,
        "xref\n0000000000 0000000004\n" FREE ONE TWO THREE TRAILER,
        "xref\n0 4\n0000000000 65535 f\r\n@1 00000 n\r\n@2 00000 n \r@3 00000 n \n" TRAILER,
        "xref\n0 4\n0000000000 65536 f \n" ONE TWO THREE TRAILER,
        "xref\n0 4\n" FREE ONE TWO THREE TRAILER "xref\n0 0\n" TRAILER,
        "xref\n0 4\n" FREE ONE TWO THREE TRAILER "4 0 obj\nnull\nendobj\n",
    };
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        AUTO_VAL(parts) p = {0};
        reading r;
        build_table(&p, good[i]);
        reading_open(&r, buf_span(&p.out));
        assert_true(pdf_is_name(pdf_dict_get(load(&r, 3), "Type"), "Page"));
        assert_int_equal(pdf_file_entries(r.f), 4);
        assert_int_equal(pdf_file_highest_id(r.f), 3);
        reading_free(&r);
    }
}

static void table_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *table, *what;
    } bad[] = {
        {"xref 0 4\n" FREE ONE TWO THREE TRAILER, "alone on its line"},
        {"xrefs\n0 4\n" FREE ONE TWO THREE TRAILER, "no cross-reference section"},
        {"xref\n" TRAILER, "a subsection"},
        {"xref\n0         4\n" FREE ONE TWO THREE TRAILER, "a subsection"},
        {"xref\n0 4" FREE ONE TWO THREE TRAILER, "a subsection"},
        {"xref\n0\t4\n" FREE ONE TWO THREE TRAILER, "a subsection"},
        {"xref\n-0 4\n" FREE ONE TWO THREE TRAILER, "a subsection"},
        {"xref\n00000000000 4\n" FREE ONE TWO THREE TRAILER, "a subsection"},
        {"xref\n0 1\n0000000000 65535 f \r\n1 3\n" ONE TWO THREE TRAILER, "a subsection"},
        {"xref\n0 2\n" FREE ONE "\n2 2\n" TWO THREE TRAILER, "a subsection"},
        {"xref\n0 5\n" FREE ONE TWO THREE TRAILER, "20 bytes"},
        {"xref\n0 3\n" FREE ONE TWO THREE TRAILER, "a subsection"},
        {"xref\n0 4\n0000000000 65535 f\n@1 00000 n\n@2 00000 n\n@3 00000 n\n" TRAILER, "20 bytes"},
        {"xref\n0 4\n" FREE ONE TWO "@3 00000 n\n\n" TRAILER, "20 bytes"},
        {"xref\n0 900\n" FREE ONE TWO THREE TRAILER, "beyond the end"},
        {"xref\n0 4000000000\n" FREE ONE TWO THREE TRAILER, "cannot exist"},
        {"xref\n2147483647 1\n" FREE TRAILER, "cannot exist"},
        {"xref\n0 4\n" FREE ONE TWO THREE "2 1\n" TWO TRAILER, "lists object 2 twice"},
        {"xref\n2 2\n" TWO THREE "0 3\n" FREE ONE TWO TRAILER, "lists object 2 twice"},
        {"xref\n0 4\n" FREE ONE TWO THREE, "'trailer' was expected"},
        {"xref\n0 4\n" FREE ONE TWO THREE "trailers\n<<" KEYS ">>\n", "'trailer' was expected"},
        {"xref\n0 4\n" FREE ONE TWO THREE "trailer\n[1]\n", "not a dictionary"},
        {"xref\n0 4\n" FREE ONE TWO THREE "trailer\n<<" KEYS ">> 5\n", "behind an object's value"},
        {"xref\n0 4\n" FREE ONE TWO THREE "trailer\n<<" KEYS ">>\n" TRAILER,
         "'startxref' was expected"},
        {"xref\n0 4\n" FREE ONE TWO THREE "trailer\n<<" KEYS "\n", "key of a dictionary"},
        {"xref\n0 4\n" FREE ONE TWO THREE "trailer\n<<" KEYS "/Size 9>>\n", "same key twice"},
        {"xref\n0 4\n" FREE ONE TWO THREE "trailer\n<<" KEYS "/R#6fot 2 0 R>>\n", "same key twice"},
        {"xref\n0 4\n" FREE ONE TWO THREE "trailer\n<</Root 1 0 R>>\n", "/Size"},
        {"xref\n0 4\n" FREE ONE TWO THREE "trailer\n<</Root 1 0 R/Size 3 0 R>>\n", "/Size"},
        {"xref\n0 4\n" FREE ONE TWO THREE "trailer\n<</Root 1 0 R/Size -4>>\n", "/Size"},
        {"xref\n0 4\n" FREE ONE TWO THREE "trailer\n<</Root 1 0 R/Size 4.0>>\n", "/Size"},
        {"xref\n0 4\n" FREE ONE TWO THREE "trailer\n<</Root 1 0 R/Size 2147483648>>\n", "/Size"},
        {"xref\n0 4\n" FREE ONE TWO THREE "trailer\n<</Size 4>>\n", "root"},
        {"xref\n0 4\n" FREE ONE TWO THREE "trailer\n<</Size 4/Root<</Type/Catalog>>>>\n", "root"},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        AUTO_VAL(parts) p = {0};
        build_table(&p, bad[i].table);
        assert_refused(buf_span(&p.out), PADES_DOC_DAMAGED, bad[i].what);
    }
}

/* Rows of objects 0 to 4, of which 4 is the stream itself. */
static void five_rows(const parts *p, buf *rows)
{
    add_row(rows, 0, 0, 255);
    for (uint32_t id = 1; id < 4; id++) {
        add_row(rows, 1, p->at[id], 0);
    }
    add_row(rows, 1, p->out.n, 0);
}

#define XKEYS "/Size 5/Root 1 0 R"

static void sound_stream_is_read(void **state)
{
    (void)state;
    static const char *const keys[] = {XKEYS, XKEYS "/Index[0 5]", XKEYS "/Index[0 2 2 0 2 3]",
                                       XKEYS "/Filter null", XKEYS "/Filter[]"};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        AUTO_VAL(parts) p = {0};
        AUTO_VAL(buf) rows = BUF(1000);
        reading r;
        parts_three(&p);
        five_rows(&p, &rows);
        uint64_t at = parts_xref_stream(&p, 4, keys[i], buf_span(&rows));
        reading_open(&r, buf_span(&p.out));
        const pdf_section *s = pdf_file_section(r.f, 0);
        assert_int_equal(s->kind, PDF_SECTION_STREAM);
        assert_int_equal(s->offset, at);
        assert_int_equal(s->end, p.out.n);
        assert_int_equal(s->entries, 5);
        assert_true(pdf_is_name(pdf_dict_get(load(&r, 3), "Type"), "Page"));
        assert_int_equal(pdf_file_highest_id(r.f), 4);
        reading_free(&r);
    }
}

/* An offset that leads into the white space before the stream, as linearizing programs leave it. */
static void white_space_before_a_stream_is_nothing(void **state)
{
    (void)state;
    AUTO_VAL(parts) p = {0};
    AUTO_VAL(buf) rows = BUF(1000);
    reading r;
    char number[32], moved[32];
    parts_three(&p);
    buf_addf(&p.out, "\r%60s\r\n", "");
    five_rows(&p, &rows);
    uint64_t at = parts_xref_stream(&p, 4, XKEYS, buf_span(&rows));
    int n = snprintf(number, sizeof number, "startxref\n%" PRIu64, at);
    assert_int_equal(snprintf(moved, sizeof moved, "startxref\n%" PRIu64, at - 50), n);
    size_t place = span_find_last(buf_span(&p.out), span_str(number));
    assert_int_not_equal(place, SIZE_MAX);
    memcpy(p.out.p + place, moved, (size_t)n);
    reading_open(&r, buf_span(&p.out));
    assert_true(pdf_is_name(pdf_dict_get(load(&r, 3), "Type"), "Page"));
    assert_int_equal(pdf_file_section(r.f, 0)->entries, 5);
    reading_free(&r);
}

/* The usual form: inflated, rows as differences to the row above. */
static void packed_stream_with_predictor_is_read(void **state)
{
    (void)state;
    AUTO_VAL(parts) p = {0};
    AUTO_VAL(buf) rows = BUF(1000);
    AUTO_VAL(buf) tagged = BUF(1000);
    uint8_t packed[1000];
    uLongf n = sizeof packed;
    parts_three(&p);
    five_rows(&p, &rows);
    for (size_t i = 0; i < rows.n; i++) {
        if (i % 4 == 0) {
            buf_add_byte(&tagged, 2);
        }
        buf_add_byte(&tagged, (uint8_t)(rows.p[i] - (i >= 4 ? rows.p[i - 4] : 0)));
    }
    assert_int_equal(compress(packed, &n, tagged.p, tagged.n), Z_OK);
    static const char *const filters[] = {"/Filter/FlateDecode", "/Filter/Fl"};
    for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
        AUTO_VAL(parts) q = {0};
        char keys[100];
        reading r;
        parts_three(&q);
        snprintf(keys, sizeof keys, XKEYS "%s/DecodeParms<</Predictor 12/Columns 4>>", filters[i]);
        parts_xref_stream(&q, 4, keys, span_of(packed, n));
        reading_open(&r, buf_span(&q.out));
        assert_true(pdf_is_name(pdf_dict_get(load(&r, 2), "Type"), "Pages"));
        reading_free(&r);
    }
}

/* clause: ISO32000-1#7.5.8.2 /W and /Index */
static void stream_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *keys, *what;
        pades_status status;
    } bad[] = {
        {"/Type/XRef/W[1 2 1]/Root 1 0 R", "/Size", PADES_DOC_DAMAGED},
        {"/Type/ObjStm/W[1 2 1]" XKEYS, "another object", PADES_DOC_DAMAGED},
        {"/W[1 2 1]" XKEYS, "another object", PADES_DOC_DAMAGED},
        {"/Type/XRef" XKEYS, "three widths", PADES_DOC_DAMAGED},
        {"/Type/XRef/W[1 2]" XKEYS, "three widths", PADES_DOC_DAMAGED},
        {"/Type/XRef/W[1 2 1 1]" XKEYS, "three widths", PADES_DOC_DAMAGED},
        {"/Type/XRef/W[1 -2 1]" XKEYS, "not 0 to 8", PADES_DOC_DAMAGED},
        {"/Type/XRef/W[9 2 1]" XKEYS, "not 0 to 8", PADES_DOC_DAMAGED},
        {"/Type/XRef/W[1 /A 1]" XKEYS, "not 0 to 8", PADES_DOC_DAMAGED},
        {"/Type/XRef/W[1 0 3]" XKEYS, "no second field", PADES_DOC_DAMAGED},
        {"/Type/XRef/W[1 2 1]" XKEYS "/Index 5", "list of pairs", PADES_DOC_DAMAGED},
        {"/Type/XRef/W[1 2 1]" XKEYS "/Index[0]", "list of pairs", PADES_DOC_DAMAGED},
        {"/Type/XRef/W[1 2 1]" XKEYS "/Index[0 -1]", "list of numbers", PADES_DOC_DAMAGED},
        {"/Type/XRef/W[1 2 1]" XKEYS "/Index[0 4]", "longer than", PADES_DOC_DAMAGED},
        {"/Type/XRef/W[1 2 1]" XKEYS "/Index[0 6]", "too short", PADES_DOC_DAMAGED},
        {"/Type/XRef/W[1 2 1]" XKEYS "/Index[0 3 2 2]", "lists object 2 twice", PADES_DOC_DAMAGED},
        {"/Type/XRef/W[1 2 1]" XKEYS "/Index[2147483646 2 0 3]", "cannot exist", PADES_DOC_DAMAGED},
        {"/Type/XRef/W[1 2 1]" XKEYS "/Index[9223372036854775807 5]", "cannot exist",
         PADES_DOC_DAMAGED},
        {"/Type/XRef/W[1 2 1]" XKEYS "/Index[0 20000000]", "more than", PADES_LIMIT},
        {"/Type/XRef/W[1 2 1]" XKEYS "/W[1 2 1]", "same key twice", PADES_DOC_DAMAGED},
        {"/Type/XRef/W[1 2 1]" XKEYS "/Filter/FlateDecode", "compressed data", PADES_DOC_DAMAGED},
        {"/Type/XRef/W[1 2 1]" XKEYS "/Filter 3 0 R", "another object", PADES_DOC_DAMAGED},
        {"/Type/XRef/W[1 2 1]" XKEYS "/Filter/LZWDecode", "other than", PADES_DOC_UNSUPPORTED},
        {"/Type/XRef/W[1 2 1]" XKEYS "/Filter[/FlateDecode/FlateDecode]", "more than one",
         PADES_DOC_UNSUPPORTED},
        {"/Type/XRef/W[1 2 1]" XKEYS "/Filter/FlateDecode/DecodeParms[1]", "not a dictionary",
         PADES_DOC_DAMAGED},
        {"/Type/XRef/W[1 2 1]" XKEYS "/Filter/FlateDecode/DecodeParms<</Predictor/A>>",
         "not an integer", PADES_DOC_DAMAGED},
        {"/Type/XRef/W[1 2 1]" XKEYS "/Filter/FlateDecode/DecodeParms<</Predictor 7>>",
         "does not exist", PADES_DOC_DAMAGED},
        {"/Type/XRef/W[1 2 1]" XKEYS "/F(x)", "another file", PADES_DOC_UNSUPPORTED},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        AUTO_VAL(parts) p = {0};
        AUTO_VAL(buf) rows = BUF(1000);
        parts_three(&p);
        five_rows(&p, &rows);
        parts_stream(&p, 4, bad[i].keys, buf_span(&rows));
        parts_tail(&p, p.at[4]);
        assert_refused(buf_span(&p.out), bad[i].status, bad[i].what);
    }
}

/* The stream around the rows is as strict as any other, and its length direct. */
static void stream_object_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *text, *what;
    } bad[] = {
        {"4 0 obj\n<</Type/XRef/W[1 1 1]/Size 1/Root 1 0 R/Length 3 0 "
         "R>>\nstream\n000\nendstream\nendobj\n",
         "usable /Length"},
        {"4 0 obj\n<</Type/XRef/W[1 1 1]/Size 1/Root 1 0 R>>\nstream\n000\nendstream\nendobj\n",
         "usable /Length"},
        {"4 0 obj\n<</Type/XRef/W[1 1 1]/Size 1/Root 1 0 R/Length "
         "-3>>\nstream\n000\nendstream\nendobj\n",
         "usable /Length"},
        {"4 0 obj\n<</Type/XRef/W[1 1 1]/Size 1/Root 1 0 R/Length "
         "2>>\nstream\n000\nendstream\nendobj\n",
         "'endstream' and 'endobj'"},
        {"4 0 obj\n<</Type/XRef/W[1 1 1]/Size 1/Root 1 0 R/Length "
         "9999>>\nstream\n000\nendstream\nendobj\n",
         "beyond the end"},
        {"4 0 obj\n<</Type/XRef/W[1 1 1]/Size 1/Root 1 0 R/Length "
         "3>>\nstream\r000\nendstream\nendobj\n",
         "CR LF or LF"},
        {"4 0 obj\n<</Type/XRef/W[1 1 1]/Size 1/Root 1 0 R/Length 3>>\nendobj\n", "another object"},
        {"4 0 obj\n[/XRef]\nstream\n000\nendstream\nendobj\n", "without a dictionary"},
        {"4 0 obj\n", "was expected here"},
        {"4 0 obj", "was expected here"},
        {"99999999999 0 obj 1 endobj", "cannot exist"},
        {"4 65536 obj 1 endobj", "cannot exist"},
        {"0 0 obj 1 endobj", "cannot exist"},
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        AUTO_VAL(parts) p = {0};
        parts_three(&p);
        uint64_t at = p.out.n;
        buf_add_str(&p.out, bad[i].text);
        buf_add_str(&p.out, "\n");
        parts_tail(&p, at);
        assert_refused(buf_span(&p.out), PADES_DOC_DAMAGED, bad[i].what);
    }
}

static void limit_of(pades_limit limit, uint64_t value, span data, const char *what)
{
    reading r;
    reading_start(&r, data);
    assert_ok(pades_ctx_set_limit(r.ctx, limit, value, &r.e), r.e);
    pades_status status = pdf_file_open(r.ctx, r.source, &r.f, &r.e);
    assert_int_equal(status, what ? PADES_LIMIT : PADES_OK);
    if (what) {
        assert_non_null(strstr(pades_error_message(r.e), what));
    }
    reading_free(&r);
}

static void limits_hold(void **state)
{
    (void)state;
    AUTO_VAL(parts) p = {0};
    AUTO_VAL(parts) q = {0};
    AUTO_VAL(buf) rows = BUF(1000);
    uint8_t packed[1000];
    uLongf n = sizeof packed;
    parts_three(&p);
    parts_table(&p, 0, 4, KEYS);
    limit_of(PADES_LIMIT_XREF_ENTRIES, 4, buf_span(&p.out), NULL);
    limit_of(PADES_LIMIT_XREF_ENTRIES, 3, buf_span(&p.out), "3 cross-reference entries");
    limit_of(PADES_LIMIT_OBJECT_BYTES, 20, buf_span(&p.out), "20 bytes");
    parts_three(&q);
    five_rows(&q, &rows);
    assert_int_equal(compress(packed, &n, rows.p, rows.n), Z_OK);
    parts_xref_stream(&q, 4, XKEYS "/Filter/FlateDecode", span_of(packed, n));
    limit_of(PADES_LIMIT_XREF_STREAM_BYTES, 20, buf_span(&q.out), NULL);
    limit_of(PADES_LIMIT_XREF_STREAM_BYTES, 19, buf_span(&q.out), "19 bytes");
}

/* Subsections are what memory grows with: there is a bound to them. */
static void subsections_are_bounded(void **state)
{
    (void)state;
    AUTO_VAL(parts) p = {0};
    parts_three(&p);
    uint64_t at = p.out.n;
    buf_add_str(&p.out, "xref\n");
    for (uint32_t i = 0; i <= 1U << 18; i++) {
        buf_addf(&p.out, "%u 1\n0000000000 00000 f \n", i * 2);
    }
    buf_add_str(&p.out, "trailer\n<</Size 600000/Root 1 0 R>>\n");
    parts_tail(&p, at);
    assert_refused(buf_span(&p.out), PADES_LIMIT, "subsections");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_table_is_read),
        cmocka_unit_test(entry_is_twenty_bytes_of_one_form),
        cmocka_unit_test(table_forms_that_the_standard_allows),
        cmocka_unit_test(table_refusals),
        cmocka_unit_test(sound_stream_is_read),
        cmocka_unit_test(white_space_before_a_stream_is_nothing),
        cmocka_unit_test(packed_stream_with_predictor_is_read),
        cmocka_unit_test(stream_refusals),
        cmocka_unit_test(stream_object_refusals),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(subsections_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
