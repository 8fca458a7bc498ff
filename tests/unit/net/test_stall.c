/* net/http: an answer that stops in the middle is given up before the whole time is spent; one that
 * has not begun may take all of it. */
#include "net/http.h"
#include "net/server.h"

#include <stdio.h>
#include <time.h>

#include "net/cm.h"

enum { SPEED = 30 };

uint64_t __real_monotonic_ms(void);
uint64_t __wrap_monotonic_ms(void);

uint64_t __wrap_monotonic_ms(void)
{
    return __real_monotonic_ms() * SPEED;
}

static void script(peer *p, void *user)
{
    (void)user;
    if (strcmp(p->path, "/thinks") == 0) {
        peer_sleep(700);
        peer_reply(p, 200, "a/b", NULL, "x");
    } else {
        peer_text(p, "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 10\r\n\r\nhalf");
        peer_sleep(3000);
        p->close = true;
    }
}

static pades_status get(pades_ctx *ctx, unsigned port, const char *path, pades_error **e)
{
    char url[64];
    http_response answer = {.body = BUF(0)};
    snprintf(url, sizeof url, "http://127.0.0.1:%u%s", port, path);
    http_request q = {.url = url, .timeout_ms = 60000};
    pades_status status = http_do(ctx, &q, &answer, e);
    http_response_free(&answer);
    return status;
}

static void stall_is_given_up(void **state)
{
    (void)state;
    server *s = server_start(script, NULL);
    pades_ctx *ctx = NULL;
    pades_error *error = NULL;
    assert_int_equal(pades_ctx_new(&ctx, NULL), PADES_OK);
    assert_int_equal(get(ctx, server_port(s), "/half", &error), PADES_TIMEOUT);
    assert_error(error, "stopped in the middle");
    assert_int_equal(get(ctx, server_port(s), "/thinks", &error), PADES_OK);
    pades_ctx_free(ctx);
    server_stop(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(stall_is_given_up)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
