/* net/http: the n-th allocation fails, for every n: an error, nothing in *ret, nothing lost. */
#include "base/mem.h"
#include "net/http.h"
#include "net/server.h"

#include <stdatomic.h>
#include <stdio.h>

#include "net/cm.h"

enum { NEVER = 1 << 30, TOO_MANY = 200 };

void *__real_mem_alloc(size_t n);
void *__wrap_mem_alloc(size_t n);
void *__real_mem_resize(void *p, size_t n);
void *__wrap_mem_resize(void *p, size_t n);

static atomic_int left = NEVER;

void *__wrap_mem_alloc(size_t n)
{
    return atomic_fetch_sub(&left, 1) == 1 ? NULL : __real_mem_alloc(n);
}

void *__wrap_mem_resize(void *p, size_t n)
{
    return atomic_fetch_sub(&left, 1) == 1 ? NULL : __real_mem_resize(p, n);
}

static void script(peer *p, void *user)
{
    (void)user;
    if (strcmp(p->path, "/first") == 0) {
        peer_reply(p, 307, "a/b", "Location: /second\r\n", "");
    } else {
        peer_reply(p, strcmp(p->path, "/bad") == 0 ? 503 : 200, "a/b", NULL, "hello");
    }
}

/* True once the request did what it does with memory enough. */
static bool try_with(int n, const char *text, pades_status expected)
{
    pades_ctx *ctx = NULL;
    pades_error *error = NULL;
    http_response answer = {.body = BUF(0), .status = -7};
    http_request q = {.url = text, .accept = "a/b"};
    assert_int_equal(pades_ctx_new(&ctx, NULL), PADES_OK);
    atomic_store(&left, n);
    pades_status status = http_do(ctx, &q, &answer, &error);
    bool all_there = atomic_exchange(&left, NEVER) > 0;
    if (status != PADES_OK) {
        assert_true(status == expected || status == PADES_NO_MEMORY);
        assert_non_null(error);
        assert_int_equal(answer.status, -7);
    } else {
        assert_int_equal(expected, PADES_OK);
        assert_true(span_is(buf_span(&answer.body), "hello"));
    }
    http_response_free(&answer);
    pades_error_free(error);
    pades_ctx_free(ctx);
    return all_there;
}

static void each_allocation(const char *path, pades_status expected)
{
    server *s = server_start(script, NULL);
    char text[64];
    snprintf(text, sizeof text, "http://127.0.0.1:%u%s", server_port(s), path);
    int n = 1;
    while (!try_with(n, text, expected)) {
        n++;
        assert_true(n < TOO_MANY);
    }
    assert_true(n > 3);
    server_stop(s);
}

static void memory_failures_are_errors(void **state)
{
    (void)state;
    each_allocation("/first", PADES_OK);
}

static void memory_failures_in_errors(void **state)
{
    (void)state;
    each_allocation("/bad", PADES_TRY_LATER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_failures_are_errors),
        cmocka_unit_test(memory_failures_in_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
