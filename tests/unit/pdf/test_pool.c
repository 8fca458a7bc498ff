/* The arena: alignment, zeroes, its bound, and the two ways in which it can say no. */
#include "unit.h"

#include "pdf/pool.h"

static void pool_gives_zeroed_aligned_memory(void **state)
{
    (void)state;
    pades_error *e = NULL;
    pdf_pool *pool = NULL;
    assert_ok(pdf_pool_new(1 << 20, &pool, &e), e);
    for (size_t n = 0; n < 600; n++) {
        uint8_t *p = pdf_pool_take(pool, n);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % 8, 0);
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(p[i], 0);
            p[i] = 0xff;
        }
    }
    pdf_pool_free(pool);
}

static void pool_keeps_copies_apart(void **state)
{
    (void)state;
    pades_error *e = NULL;
    pdf_pool *pool = NULL;
    static uint8_t large[100000];
    memset(large, 'x', sizeof large);
    assert_ok(pdf_pool_new(1 << 20, &pool, &e), e);
    span a = pdf_pool_copy(pool, span_str("first"));
    span b = pdf_pool_copy(pool, span_of(large, sizeof large));
    span c = pdf_pool_copy(pool, span_str("third"));
    span empty = pdf_pool_copy(pool, span_of(NULL, 0));
    assert_true(span_is(a, "first"));
    assert_true(span_eq(b, span_of(large, sizeof large)));
    assert_true(span_is(c, "third"));
    assert_non_null(empty.p);
    assert_int_equal(empty.n, 0);
    pdf_pool_free(pool);
}

static void pool_stops_at_its_maximum(void **state)
{
    (void)state;
    pades_error *e = NULL;
    pdf_pool *pool = NULL;
    assert_ok(pdf_pool_new(1000, &pool, &e), e);
    assert_non_null(pdf_pool_take(pool, 992));
    assert_null(pdf_pool_take(pool, 16));
    assert_fails(pdf_pool_fail(pool, &e), PADES_LIMIT, e);
    assert_null(pdf_pool_take(pool, SIZE_MAX));
    assert_null(pdf_pool_copy(pool, span_of("0123456789abcdef", 16)).p);
    assert_non_null(pdf_pool_take(pool, 8));
    pdf_pool_free(pool);
    pdf_pool_free(NULL);
}

static void depth_limit_is_capped(void **state)
{
    (void)state;
    pades_error *e = NULL;
    pades_ctx *ctx = NULL;
    assert_ok(pades_ctx_new(&ctx, &e), e);
    assert_int_equal(pdf_depth_limit(ctx), 100);
    assert_ok(pades_ctx_set_limit(ctx, PADES_LIMIT_DEPTH, 7, &e), e);
    assert_int_equal(pdf_depth_limit(ctx), 7);
    assert_ok(pades_ctx_set_limit(ctx, PADES_LIMIT_DEPTH, UINT64_MAX, &e), e);
    assert_int_equal(pdf_depth_limit(ctx), 500);
    pades_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pool_gives_zeroed_aligned_memory),
        cmocka_unit_test(pool_keeps_copies_apart),
        cmocka_unit_test(pool_stops_at_its_maximum),
        cmocka_unit_test(depth_limit_is_capped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
