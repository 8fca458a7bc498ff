/* The n-th allocation fails, for every n: a clean "out of memory", nothing given out, nothing lost
 * (the sanitizer run counts), and the same file reads well with memory again. */
#include "parts.h"

#include "base/mem.h"

#include <zlib.h>

static long countdown = -1; /* allocations until one fails; negative: none does */

static bool fails_now(void)
{
    return countdown >= 0 && countdown-- == 0;
}

void *__real_mem_alloc(size_t n);
void *__wrap_mem_alloc(size_t n);
void *__wrap_mem_alloc(size_t n)
{
    return fails_now() ? NULL : __real_mem_alloc(n);
}

void *__real_mem_array(size_t n, size_t size);
void *__wrap_mem_array(size_t n, size_t size);
void *__wrap_mem_array(size_t n, size_t size)
{
    return fails_now() ? NULL : __real_mem_array(n, size);
}

void *__real_mem_resize(void *p, size_t n);
void *__wrap_mem_resize(void *p, size_t n);
void *__wrap_mem_resize(void *p, size_t n)
{
    return fails_now() ? NULL : __real_mem_resize(p, n);
}

bool __real_mem_grow(void **items, size_t n, size_t *cap, size_t size);
bool __wrap_mem_grow(void **items, size_t n, size_t *cap, size_t size);
bool __wrap_mem_grow(void **items, size_t n, size_t *cap, size_t size)
{
    return !(n >= *cap && fails_now()) && __real_mem_grow(items, n, cap, size);
}

/* Two sections, packed rows with a predictor, an object stream, a large dictionary, a stream. */
static void build(parts *p)
{
    AUTO_VAL(buf) rows = BUF(1000);
    AUTO_VAL(buf) text = BUF(100000);
    uint8_t packed[1000];
    uLongf n = sizeof packed;
    char keys[200];
    parts_three(p);
    uint64_t at = parts_table(p, 0, 4, "/Size 4/Root 1 0 R");
    buf_add_str(&text, "<<");
    for (int i = 0; i < 400; i++) {
        buf_addf(&text, "/K%d[(a\\nb)<00>/N#41 %d 0 R]", i, i);
    }
    buf_add_str(&text, ">>");
    buf_add_byte(&text, 0);
    parts_object(p, 5, (const char *)text.p);
    parts_stream(p, 6, "/Type/ObjStm/N 1/First 4", span_str("7 0 (inside)"));
    for (uint32_t id = 5; id < 7; id++) {
        add_row(&rows, 1, p->at[id], 0);
    }
    add_row(&rows, 2, 6, 0);
    add_row(&rows, 1, p->out.n, 0);
    uint8_t tagged[20];
    for (size_t i = 0; i < 4; i++) {
        tagged[5 * i] = 0;
        memcpy(tagged + 5 * i + 1, rows.p + 4 * i, 4);
    }
    assert_int_equal(compress(packed, &n, tagged, sizeof tagged), Z_OK);
    snprintf(keys, sizeof keys,
             "/Size 10/Root 1 0 R/Index[5 4]/Prev %" PRIu64
             "/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 4>>",
             at);
    parts_xref_stream(p, 8, keys, span_of(packed, n));
}

static pades_status read_all(pades_ctx *ctx, pades_source *source, pades_error **e)
{
    AUTO(pdf_file) *f = NULL;
    AUTO(pdf_pool) *pool = NULL;
    AUTO_VAL(buf) out = BUF(10000);
    const pdf_obj *o = NULL;
    uint64_t data = 0;
    pades_status status = pdf_file_open(ctx, source, &f, e);
    if (status != PADES_OK) {
        assert_null(f);
        return status;
    }
    TRY(pdf_pool_new(1 << 20, &pool, e));
    status = pdf_file_load(f, (pdf_ref){5, 0}, pool, &o, &data, e);
    if (status != PADES_OK) {
        assert_null(o);
        return status;
    }
    assert_int_equal(o->u.dict.n, 400);
    TRY(pdf_file_load(f, (pdf_ref){7, 0}, pool, &o, &data, e));
    assert_true(span_is(o->u.text, "inside"));
    TRY(pdf_file_load(f, (pdf_ref){6, 0}, pool, &o, &data, e));
    return pdf_file_stream(f, o, data, pool, &out, e);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    AUTO_VAL(parts) p = {0};
    reading r;
    build(&p);
    reading_start(&r, buf_span(&p.out));
    long n = 0;
    pades_status status = PADES_NO_MEMORY;
    for (; status != PADES_OK; n++) {
        countdown = n;
        status = read_all(r.ctx, r.source, &r.e);
        countdown = -1;
        if (status != PADES_OK) {
            assert_int_equal(status, PADES_NO_MEMORY);
            assert_int_equal(pades_error_status(r.e), PADES_NO_MEMORY);
            error_clear(&r.e);
        }
        assert_true(n < 1000);
    }
    assert_true(n > 30);
    reading_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
