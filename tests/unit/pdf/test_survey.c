/* The raw look: what counts as a trace of a signature wherever it hides, and what a file costs to
 * read whole. */
#include "pdf/survey.h"
#include "pdf/indirect.h"

#include "pdf/parts.h"

#include "base/mem.h"

#include <zlib.h>

static pades_status look(span data, pdf_survey *ret, pades_error **e)
{
    reading r;
    reading_start(&r, data);
    pades_status status = pdf_survey_run(r.ctx, r.source, NULL, ret, e);
    reading_free(&r);
    return status;
}

static pdf_survey survey_of(span data)
{
    AUTO(pades_error) *e = NULL;
    pdf_survey s = {0};
    assert_ok(look(data, &s, &e), e);
    return s;
}

static void pack(buf *out, span data)
{
    uLongf n = compressBound(data.n);
    uint8_t *p = buf_extend(out, n);
    assert_int_equal(compress(p, &n, data.p, data.n), Z_OK);
    buf_truncate(out, n);
}

/* clause: ISO32000-1#7.3.5 names are compared decoded */
static void survey_finds_every_trace(void **state)
{
    (void)state;
    static const struct {
        const char *text, *trace;
        uint64_t at;
    } rows[] = {
        {"<</ByteRange[0 1 2 3]>>", "/ByteRange", 2},
        {"<</#42yte#52ange[0 1 2 3]>>", "/ByteRange", 2},
        {"(/ByteRange)", "/ByteRange", 1},
        {"% /ByteRange", "/ByteRange", 2},
        {"<</Type/Sig>>", "/Type /Sig", 7},
        {"<</Type\n /S#69g/V 1>>", "/Type /Sig", 9},
        {"/Type/DocTimeStamp", "/Type /DocTimeStamp", 5},
        {"1 0 obj<</Length 9>>stream\nabc /ByteRange endstream", "/ByteRange", 31},
        {"1 0 obj<<>>stream\nabc /Byte", NULL, 0},
        {"<</Type/SigFieldLock>>", NULL, 0},
        {"<</FT/Sig/Type/Annot>>", NULL, 0},
        {"<</Type 1/Sig 2>>", NULL, 0},
        {"<</Type[/Sig]>>", NULL, 0},
        {"/Type/Si#", NULL, 0},
        {"", NULL, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO_VAL(buf) text = BUF(1024);
        buf_add_str(&text, rows[i].text);
        buf_add_byte(&text, '\n');
        pdf_survey s = survey_of(buf_span(&text));
        if (!rows[i].trace != !s.trace || (s.trace && strcmp(s.trace, rows[i].trace) != 0)) {
            print_error("'%s': %s\n", rows[i].text, s.trace ? s.trace : "nothing");
            assert_true(false);
        }
        assert_int_equal(s.trace_at, rows[i].at);
    }
}

static void survey_finds_a_trace_on_the_edge_of_what_is_read_at_once(void **state)
{
    (void)state;
    for (size_t shift = 0; shift < 12; shift++) {
        AUTO_VAL(buf) text = BUF(1 << 20);
        buf_add_str(&text, "1 0 obj<<>>stream\n");
        buf_add_fill(&text, 'e', 65536 - 6 - shift - text.n);
        buf_add_str(&text, "/ByteRange endendstream endobj 2 0 obj");
        pdf_survey s = survey_of(buf_span(&text));
        assert_non_null(s.trace);
        assert_int_equal(s.trace_at, 65530 - shift);
        bool found = false;
        reading r;
        reading_start(&r, buf_span(&text));
        assert_ok(pdf_survey_is_signed(r.source, &found, &r.e), r.e);
        assert_true(found);
        reading_free(&r);
    }
}

/* clause: ISO32000-1#7.3.8.1 the data of a stream is no syntax */
static void survey_looks_into_object_streams_only(void **state)
{
    (void)state;
    static const char *const types[] = {"/Type/ObjStm", "/Type/Obj#53tm", "/Type/XObject"};
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        AUTO_VAL(parts) p;
        AUTO_VAL(buf) packed = BUF(4096);
        char keys[128];
        parts_start(&p);
        pack(&packed, span_str("7 0 <</Type/Sig/V 1>>"));
        snprintf(keys, sizeof keys, "%s/Filter/FlateDecode/N 1/First 4", types[i]);
        parts_stream(&p, 1, keys, buf_span(&packed));
        pdf_survey s = survey_of(buf_span(&p.out));
        assert_int_equal(s.trace != NULL, i < 2);
        assert_int_equal(s.objects, 1);
        parts_stream(&p, 2, "/Type/ObjStm/N 1/First 4", span_str("7 0 <</Type/Sig/V 1>>"));
        assert_non_null(survey_of(buf_span(&p.out)).trace); /* one that is not packed */
    }
}

static void survey_counts_objects_and_their_cost(void **state)
{
    (void)state;
    AUTO_VAL(parts) p;
    AUTO_VAL(parts) q;
    parts_three(&p);
    pdf_survey small = survey_of(buf_span(&p.out));
    assert_int_equal(small.objects, 3);
    assert_in_range(small.cost, 1000, 20000);
    parts_three(&q);
    buf_add_str(&q.out, "4 0 obj[");
    for (int i = 0; i < 100000; i++) {
        buf_add_str(&q.out, "1 ");
    }
    buf_add_str(&q.out, "]endobj");
    assert_in_range(survey_of(buf_span(&q.out)).cost, 20000000, 40000000);
    buf_add_str(&q.out, "5 0 obj<<>>stream\n"); /* without an end */
    buf_add_fill(&q.out, 'x', 10000000);
    assert_in_range(survey_of(buf_span(&q.out)).cost, 40000000, 60000000);
    AUTO_VAL(buf) negative = BUF(1024);
    buf_add_str(&negative, "R R R obj n f 1 R 1 2 R n\n"); /* nothing is taken off twice */
    assert_in_range(survey_of(buf_span(&negative)).cost, 1, 5000);
}

static void survey_refuses_what_grows_out_of_proportion(void **state)
{
    (void)state;
    static const char *const keys[] = {"/Type/ObjStm/Filter/FlateDecode",
                                       "/Type/XRef/W[1 2 1]/Filter/FlateDecode"};
    AUTO_VAL(buf) zeros = BUF(80 << 20);
    AUTO_VAL(buf) packed = BUF(90 << 20);
    buf_add_fill(&zeros, ' ', 70 << 20);
    pack(&packed, buf_span(&zeros));
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        AUTO_VAL(parts) p;
        AUTO(pades_error) *e = NULL;
        pdf_survey s;
        parts_start(&p);
        parts_stream(&p, 1, keys[i], buf_span(&packed));
        assert_fails(look(buf_span(&p.out), &s, &e), PADES_LIMIT, e);
        parts_free(&p);
        parts_start(&p);
        parts_stream(&p, 1, "/Type/ObjStm/Filter[/FlateDecode/FlateDecode]", span_str("x"));
        assert_fails(look(buf_span(&p.out), &s, &e), PADES_DOC_UNSUPPORTED, e);
    }
}

/* Empty blocks of compressed data give nothing and are read all the same, by every stream whose
 * header stands in the data of the one before.
 */
static void survey_counts_what_it_reads_in_vain(void **state)
{
    (void)state;
    AUTO_VAL(buf) text = BUF(4 << 20);
    AUTO(pades_error) *e = NULL;
    reading r;
    pdf_survey s;
    buf_add_str(&text, "%PDF-1.7\n1 0 obj<</Type/ObjStm/Filter/FlateDecode>>stream\n\x78\x01");
    for (unsigned i = 0; i < 100; i++) {
        char inner[128];
        int n = snprintf(
            inner, sizeof inner,
            "endstream endobj %03u 0 obj<</Type/ObjStm/Filter/FlateDecode>>stream\n\x78\x01",
            i + 2);
        const uint8_t block[] = {0, (uint8_t)n, 0, (uint8_t)~n, 0xff};
        buf_add(&text, block, sizeof block);
        buf_add(&text, inner, (size_t)n);
        for (size_t k = 0; k < 200; k++) {
            buf_add(&text, "\x00\x00\x00\xff\xff", 5);
        }
    }
    reading_start(&r, buf_span(&text));
    assert_ok(pades_ctx_set_limit(r.ctx, PADES_LIMIT_STREAM_BYTES, 1 << 20, &r.e), r.e);
    assert_int_equal(pdf_survey_run(r.ctx, r.source, NULL, &s, &e), PADES_LIMIT);
    reading_free(&r);
}

static void survey_notes_encryption(void **state)
{
    (void)state;
    assert_false(survey_of(span_str("trailer<</Root 1 0 R>>")).encrypted);
    assert_true(survey_of(span_str("trailer<</Root 1 0 R/Encr#79pt 2 0 R>>")).encrypted);
}

static void survey_counts_rows(void **state)
{
    (void)state;
    AUTO_VAL(parts) p;
    AUTO_VAL(buf) rows = BUF(8 << 20);
    AUTO_VAL(buf) packed = BUF(90 << 20);
    buf_add_fill(&rows, 0, 4000000);
    pack(&packed, buf_span(&rows));
    parts_start(&p);
    parts_stream(&p, 1, "/Type/XRef/W[1 2 1]/Filter/FlateDecode", buf_span(&packed));
    assert_in_range(survey_of(buf_span(&p.out)).cost, 80000000, 120000000);
    parts_free(&p);
    parts_start(&p);
    parts_stream(&p, 1, "/Type/XRef/W[1 2 1]", buf_span(&rows));
    assert_in_range(survey_of(buf_span(&p.out)).cost, 80000000, 120000000);
}

static uint64_t cost_of_object(const char *body, const char *behind)
{
    reading r;
    parts p;
    span text;
    bool stream = true;
    parts_three(&p);
    parts_object(&p, 4, body);
    buf_add_str(&p.out, behind);
    (void)parts_table(&p, 0, 5, "/Size 5/Root 1 0 R");
    reading_open(&r, buf_span(&p.out));
    assert_ok(indirect_text(r.f, p.at[4], 4, &text, &stream, &r.e), r.e);
    assert_false(stream);
    uint64_t cost = pdf_survey_text(text);
    reading_free(&r);
    parts_free(&p);
    return cost;
}

/* What follows an object costs nothing; what stands behind its end's name in a string does. */
static void survey_ends_where_the_object_ends(void **state)
{
    (void)state;
    static const char many[] = "1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 ";
    static const char *const before[] = {
        "", "(endobj)", "( (a) endobj )", "(\\) endobj )", "% endobj\n", "% ( endobj\r(stream)"};
    assert_int_equal(cost_of_object("[1]", many), cost_of_object("[1]", ""));
    for (size_t i = 0; i < ARRAY_LEN(before); i++) {
        char body[200];
        snprintf(body, sizeof body, "[%s %s]", before[i], many);
        assert_true(cost_of_object(body, "") >= cost_of_object("[]", "") + 32 * 280);
    }
}

static void survey_bears_any_bytes(void **state)
{
    (void)state;
    uint32_t seed = 1;
    for (int round = 0; round < 200; round++) {
        uint8_t data[400];
        static const char bits[] = "<>[]()/% 01Robjstreamnf#\n";
        for (size_t i = 0; i < sizeof data; i++) {
            seed = seed * 1664525 + 1013904223;
            data[i] = (uint8_t)(seed >> 24);
            if (round % 2) {
                data[i] = (uint8_t)bits[(seed >> 16) % (sizeof bits - 1)];
            }
        }
        assert_true(survey_of(span_of(data, sizeof data)).cost < 1 << 20);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(survey_finds_every_trace),
        cmocka_unit_test(survey_finds_a_trace_on_the_edge_of_what_is_read_at_once),
        cmocka_unit_test(survey_looks_into_object_streams_only),
        cmocka_unit_test(survey_counts_objects_and_their_cost),
        cmocka_unit_test(survey_refuses_what_grows_out_of_proportion),
        cmocka_unit_test(survey_counts_what_it_reads_in_vain),
        cmocka_unit_test(survey_notes_encryption),
        cmocka_unit_test(survey_counts_rows),
        cmocka_unit_test(survey_ends_where_the_object_ends),
        cmocka_unit_test(survey_bears_any_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
