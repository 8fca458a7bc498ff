/* net/pool: which idle handle is taken, and how many are kept. */
#include "net/pool.h"

#include "net/cm.h"

enum { MANY = 12 };

static url target_of(const char *text)
{
    url u;
    assert_null(url_parse(text, &u));
    return u;
}

static CURL *take(pades_ctx *ctx, pool_class class, const url *u)
{
    CURL *easy = NULL;
    assert_int_equal(pool_take(ctx, class, u, &easy, NULL), PADES_OK);
    assert_non_null(easy);
    return easy;
}

static void pool_prefers_the_same_origin(void **state)
{
    (void)state;
    pades_ctx *ctx = NULL;
    url a = target_of("https://a.example/x"), b = target_of("https://b.example/"),
        c = target_of("http://a.example/");
    assert_int_equal(pades_ctx_new(&ctx, NULL), PADES_OK);
    CURL *one = take(ctx, POOL_USER, &a), *two = take(ctx, POOL_USER, &b);
    pool_give(ctx, POOL_USER, &a, one);
    pool_give(ctx, POOL_USER, &b, two);
    assert_ptr_equal(take(ctx, POOL_USER, &a), one);
    pool_give(ctx, POOL_USER, &a, one);
    assert_ptr_equal(take(ctx, POOL_USER, &b), two);
    pool_give(ctx, POOL_USER, &b, two);
    assert_ptr_equal(take(ctx, POOL_USER, &c), two); /* another scheme: the newest */
    pool_give(ctx, POOL_USER, &c, two);
    CURL *document = take(ctx, POOL_DOCUMENT, &a);
    assert_true(document != one && document != two);
    pool_give(ctx, POOL_DOCUMENT, &a, document);
    pades_ctx_free(ctx);
}

static void pool_keeps_a_few(void **state)
{
    (void)state;
    pades_ctx *ctx = NULL;
    CURL *taken[MANY], *again[MANY];
    url a = target_of("https://a.example/");
    assert_int_equal(pades_ctx_new(&ctx, NULL), PADES_OK);
    for (int i = 0; i < MANY; i++) {
        taken[i] = take(ctx, POOL_USER, &a);
    }
    for (int i = 0; i < MANY; i++) {
        pool_give(ctx, POOL_USER, &a, taken[i]);
    }
    for (int i = 0; i < 8; i++) {
        again[i] = take(ctx, POOL_USER, &a);
        assert_ptr_equal(again[i], taken[MANY - 1 - i]); /* the newest first, the oldest closed */
    }
    for (int i = 0; i < 8; i++) {
        pool_give(ctx, POOL_USER, &a, again[i]);
    }
    pool_give(ctx, POOL_USER, &a, NULL);
    pades_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pool_prefers_the_same_origin),
        cmocka_unit_test(pool_keeps_a_few),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
