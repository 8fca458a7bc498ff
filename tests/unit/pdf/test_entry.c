/* Lookups, walking all entries, and the law of small memory: two million objects, a gigabyte, and
 * a cross-reference stream of twenty million rows. */
#include "big.h"

#include "base/mem.h"

#include <malloc.h>
#include <time.h>
#include <zlib.h>

/* Memory of ours, as the allocator counts it. */
static size_t held, peak;

static void count(size_t before, size_t after)
{
    held = held - before + after;
    peak = held > peak ? held : peak;
}

void *__real_mem_alloc(size_t n);
void *__wrap_mem_alloc(size_t n);
void *__wrap_mem_alloc(size_t n)
{
    void *p = __real_mem_alloc(n);
    count(0, malloc_usable_size(p));
    return p;
}

void *__real_mem_array(size_t n, size_t size);
void *__wrap_mem_array(size_t n, size_t size);
void *__wrap_mem_array(size_t n, size_t size)
{
    void *p = __real_mem_array(n, size);
    count(0, malloc_usable_size(p));
    return p;
}

void *__real_mem_resize(void *p, size_t n);
void *__wrap_mem_resize(void *p, size_t n);
void *__wrap_mem_resize(void *p, size_t n)
{
    size_t before = malloc_usable_size(p);
    void *q = __real_mem_resize(p, n);
    count(before, malloc_usable_size(q));
    return q;
}

bool __real_mem_grow(void **items, size_t n, size_t *cap, size_t size);
bool __wrap_mem_grow(void **items, size_t n, size_t *cap, size_t size);
bool __wrap_mem_grow(void **items, size_t n, size_t *cap, size_t size)
{
    size_t before = malloc_usable_size(*items);
    bool ok = __real_mem_grow(items, n, cap, size);
    count(before, malloc_usable_size(*items));
    return ok;
}

void __real_mem_free(void *p);
void __wrap_mem_free(void *p);
void __wrap_mem_free(void *p)
{
    count(malloc_usable_size(p), 0);
    __real_mem_free(p);
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

typedef struct seen {
    uint64_t n, sum;
    uint32_t last, stop_at;
} seen;

static pades_status see(void *user, uint32_t id, const pdf_entry *entry, pades_error **e)
{
    seen *s = user;
    assert_true(s->n == 0 || id > s->last);
    assert_true(entry->kind == PDF_ENTRY_OFFSET || entry->kind == PDF_ENTRY_IN_STREAM);
    s->last = id;
    s->n++;
    s->sum += id;
    return s->stop_at == id ? fail(e, PADES_CANCELLED, "enough") : PADES_OK;
}

/* clause: ISO32000-1#7.5.8.3 types 0, 1, 2 and of the future */
static void entries_are_found_by_kind(void **state)
{
    (void)state;
    AUTO_VAL(parts) p = {0};
    AUTO_VAL(buf) rows = BUF(1000);
    reading r;
    pdf_entry entry;
    parts_three(&p);
    add_row(&rows, 0, 7, 9);       /* 0 */
    add_row(&rows, 1, p.at[1], 0); /* 1 */
    add_row(&rows, 2, 4, 5);       /* 2: in a stream */
    add_row(&rows, 3, 1, 1);       /* 3: a type of the future */
    add_row(&rows, 1, p.out.n, 2); /* 10: generation 2 */
    add_row(&rows, 2, 0, 0);       /* 11: in no stream */
    add_row(&rows, 1, 60000, 0);   /* 12: beyond the end */
    parts_xref_stream(&p, 4, "/Size 20/Root 1 0 R/Index[0 4 10 3]", buf_span(&rows));
    reading_open(&r, buf_span(&p.out));
    static const struct {
        uint32_t id;
        pdf_entry_kind kind;
    } wanted[] = {{0, PDF_ENTRY_FREE},    {1, PDF_ENTRY_OFFSET}, {2, PDF_ENTRY_IN_STREAM},
                  {3, PDF_ENTRY_FREE},    {4, PDF_ENTRY_NONE},   {9, PDF_ENTRY_NONE},
                  {10, PDF_ENTRY_OFFSET}, {13, PDF_ENTRY_NONE},  {UINT32_MAX, PDF_ENTRY_NONE}};
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
        assert_ok(pdf_file_entry(r.f, wanted[i].id, &entry, &r.e), r.e);
        assert_int_equal(entry.kind, wanted[i].kind);
    }
    assert_ok(pdf_file_entry(r.f, 2, &entry, &r.e), r.e);
    assert_true(entry.offset == 4 && entry.gen == 5 && entry.section == 0);
    assert_ok(pdf_file_entry(r.f, 10, &entry, &r.e), r.e);
    assert_true(entry.offset == p.at[4] && entry.gen == 2);
    assert_int_equal(load(&r, 10)->kind, PDF_NULL); /* 10 0 is not 10 2 */
    assert_damaged(&r, 11, "cannot be");
    assert_damaged(&r, 12, "beyond the end");
    seen s = {0};
    assert_fails(pdf_file_each_entry(r.f, 0, see, &s, &r.e), PADES_DOC_DAMAGED, r.e);
    assert_int_equal(s.n, 3);
    reading_free(&r);
}

static void table_entry_is_checked_when_it_is_looked_up(void **state)
{
    (void)state;
    AUTO_VAL(parts) p = {0};
    reading r;
    parts_three(&p);
    parts_object(&p, 4, "(x)");
    parts_table(&p, 0, 5, "/Size 5/Root 1 0 R");
    size_t table = span_find_last(buf_span(&p.out), span_str("xref\n0 5\n")) + 9;
    p.out.p[table + 2 * 20 + 17] = 'x';
    memcpy(p.out.p + table + 3 * 20, "9999999999", 10);
    reading_open(&r, buf_span(&p.out));
    assert_int_equal(load(&r, 1)->kind, PDF_DICT);
    assert_damaged(&r, 2, "20 bytes");
    assert_damaged(&r, 3, "beyond the end");
    assert_int_equal(load(&r, 4)->kind, PDF_STRING);
    seen s = {0};
    assert_fails(pdf_file_each_entry(r.f, 0, see, &s, &r.e), PADES_DOC_DAMAGED, r.e);
    assert_fails(pdf_file_each_entry(r.f, 1, see, &s, &r.e), PADES_INVALID_ARGUMENT, r.e);
    reading_free(&r);
}

static void walk_goes_over_subsections_and_can_stop(void **state)
{
    (void)state;
    AUTO_VAL(parts) p = {0};
    reading r;
    parts_three(&p);
    uint64_t at = p.out.n;
    buf_add_str(&p.out, "xref\n");
    parts_entries(&p, 2, 2);
    parts_entries(&p, 0, 2);
    parts_entries(&p, 40, 3);
    buf_add_str(&p.out, "trailer\n<</Size 50/Root 1 0 R>>\n");
    parts_tail(&p, at);
    reading_open(&r, buf_span(&p.out));
    seen all = {0}, some = {.stop_at = 2};
    assert_ok(pdf_file_each_entry(r.f, 0, see, &all, &r.e), r.e);
    assert_int_equal(all.n, 3);
    assert_int_equal(all.sum, 6);
    assert_fails(pdf_file_each_entry(r.f, 0, see, &some, &r.e), PADES_CANCELLED, r.e);
    assert_int_equal(some.n, 2);
    reading_free(&r);
}

enum { MANY = 2000000 };

static void two_million_objects_need_little_memory(void **state)
{
    (void)state;
    AUTO_VAL(big) b = {0};
    reading r;
    big_table(&b, MANY);
    big_start(&r, &b);
    held = peak = 0;
    assert_ok(pdf_file_open(r.ctx, r.source, &r.f, &r.e), r.e);
    assert_true(structure_bytes(&r) < 200000);
    assert_int_equal(pdf_file_entries(r.f), MANY);
    assert_int_equal(pdf_file_highest_id(r.f), MANY - 1);
    assert_true(pdf_is_name(pdf_dict_get(load(&r, 3), "Type"), "Page"));
    assert_damaged(&r, MANY - 1, "object 1999999 0 was expected here");
    assert_damaged(&r, MANY / 2, "object 1000000 0 was expected here");
    seen s = {0};
    assert_ok(pdf_file_each_entry(r.f, 0, see, &s, &r.e), r.e);
    assert_int_equal(s.n, MANY - 1);
    assert_int_equal(s.sum, (uint64_t)MANY * (MANY - 1) / 2);
    assert_true(peak < 3U << 20);
    reading_free(&r);
}

static void a_gigabyte_is_not_read(void **state)
{
    (void)state;
    AUTO_VAL(big) b = {0};
    reading r;
    uint64_t data = 0;
    const pdf_obj *o = NULL;
    big_stream(&b, 3ULL << 30);
    big_start(&r, &b);
    held = peak = 0;
    assert_ok(pdf_file_open(r.ctx, r.source, &r.f, &r.e), r.e);
    assert_int_equal(load(&r, 3)->kind, PDF_DICT);
    assert_ok(pdf_file_load(r.f, (pdf_ref){4, 0}, r.pool, &o, &data, &r.e), r.e);
    assert_int_equal(data, b.head.out.n);
    assert_true(structure_bytes(&r) < 200000);
    assert_true(peak < 1U << 20);
    AUTO_VAL(buf) out = BUF(SIZE_MAX);
    assert_fails(pdf_file_stream(r.f, o, data, r.pool, &out, &r.e), PADES_LIMIT, r.e);
    reading_free(&r);
}

/* `rows` rows of zeros, packed as far as the format can. */
static void bomb(parts *p, uint64_t rows, const char *widths, uint64_t width)
{
    static uint8_t zeros[1 << 16], room[1 << 16];
    AUTO_VAL(buf) packed = BUF(1 << 20);
    z_stream z = {0};
    char keys[200];
    assert_int_equal(deflateInit(&z, 9), Z_OK);
    uint64_t left = rows * width;
    do {
        z.next_in = zeros;
        z.avail_in = left < sizeof zeros ? (uInt)left : sizeof zeros;
        left -= z.avail_in;
        do {
            z.next_out = room;
            z.avail_out = sizeof room;
            (void)deflate(&z, left == 0 ? Z_FINISH : Z_NO_FLUSH);
            buf_add(&packed, room, sizeof room - z.avail_out);
        } while (z.avail_out == 0);
    } while (left > 0);
    deflateEnd(&z);
    parts_three(p);
    snprintf(keys, sizeof keys, "/Type/XRef/W[%s]/Size %" PRIu64 "/Root 1 0 R/Filter/FlateDecode",
             widths, rows);
    parts_stream(p, 4, keys, buf_span(&packed));
    parts_tail(p, p->at[4]);
}

static void bomb_of_rows_is_refused_before_it_is_inflated(void **state)
{
    (void)state;
    AUTO_VAL(parts) p = {0};
    bomb(&p, 20000000, "1 4 4", 9);
    assert_true(p.out.n < 180000);
    double start = seconds();
    held = peak = 0;
    assert_refused(buf_span(&p.out), PADES_LIMIT, "cross-reference streams of more than");
    assert_true(peak < 1U << 20);
    assert_true(seconds() - start < 1);
}

static void bomb_below_the_limit_stays_packed(void **state)
{
    (void)state;
    AUTO_VAL(parts) p = {0};
    reading r;
    pdf_entry entry;
    bomb(&p, 20000000, "1 1 1", 3);
    double start = seconds();
    held = peak = 0;
    reading_open(&r, buf_span(&p.out));
    assert_int_equal(pdf_file_entries(r.f), 20000000);
    assert_ok(pdf_file_entry(r.f, 19999999, &entry, &r.e), r.e);
    assert_int_equal(entry.kind, PDF_ENTRY_FREE);
    assert_true(peak < 64U << 20);
    assert_true(seconds() - start < 10);
    reading_free(&r);
}

/* The rows of all sections together are bounded, not those of each alone. */
static void rows_of_all_sections_are_bounded_together(void **state)
{
    (void)state;
    AUTO_VAL(parts) p = {0};
    AUTO_VAL(buf) rows = BUF(1000);
    char keys[100];
    parts_three(&p);
    uint64_t at = 0;
    for (int i = 0; i < 3; i++) {
        buf_clear(&rows);
        for (uint32_t id = 0; id < 4; id++) {
            add_row(&rows, p.at[id] ? 1 : 0, p.at[id], 0);
        }
        snprintf(keys, sizeof keys, i ? "/Size 4/Root 1 0 R/Prev %" PRIu64 : "/Size 4/Root 1 0 R",
                 at);
        at = parts_xref_stream(&p, 9, keys, buf_span(&rows));
    }
    for (uint64_t limit = 47; limit <= 48; limit++) {
        reading r;
        reading_start(&r, buf_span(&p.out));
        assert_ok(pades_ctx_set_limit(r.ctx, PADES_LIMIT_XREF_STREAM_BYTES, limit, &r.e), r.e);
        assert_int_equal(pdf_file_open(r.ctx, r.source, &r.f, &r.e),
                         limit == 47 ? PADES_LIMIT : PADES_OK);
        reading_free(&r);
    }
}

static void ten_thousand_revisions_open(void **state)
{
    (void)state;
    AUTO_VAL(parts) p = {0};
    reading r;
    enum { REVISIONS = 9999 };
    parts_three(&p);
    uint64_t at = parts_table(&p, 0, 4, "/Size 4/Root 1 0 R");
    for (int i = 0; i < REVISIONS; i++) {
        uint64_t object = p.out.n;
        buf_addf(&p.out, "%d 0 obj\n%d\nendobj\n", 4 + i, i);
        uint64_t prev = at;
        at = p.out.n;
        buf_addf(&p.out,
                 "xref\n%d 1\n%010" PRIu64 " 00000 n \ntrailer\n<</Size %d/Root 1 0 R/Prev %" PRIu64
                 ">>\n",
                 4 + i, object, 5 + i, prev);
        parts_tail(&p, at);
    }
    double start = seconds();
    held = peak = 0;
    reading_open(&r, buf_span(&p.out));
    assert_int_equal(pdf_file_sections(r.f), REVISIONS + 1);
    for (uint32_t i = 0; i < REVISIONS; i += 9) {
        int64_t v = -1;
        assert_true(pdf_get_int(load(&r, 4 + i), &v));
        assert_int_equal(v, i);
    }
    assert_int_equal(pdf_file_section(r.f, 1)->end, pdf_file_section(r.f, 0)->offset - 24);
    assert_true(peak < 16U << 20);
    assert_true(seconds() - start < 10);
    reading_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_are_found_by_kind),
        cmocka_unit_test(table_entry_is_checked_when_it_is_looked_up),
        cmocka_unit_test(walk_goes_over_subsections_and_can_stop),
        cmocka_unit_test(two_million_objects_need_little_memory),
        cmocka_unit_test(a_gigabyte_is_not_read),
        cmocka_unit_test(bomb_of_rows_is_refused_before_it_is_inflated),
        cmocka_unit_test(bomb_below_the_limit_stays_packed),
        cmocka_unit_test(rows_of_all_sections_are_bounded_together),
        cmocka_unit_test(ten_thousand_revisions_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
