/* net/http: the second check of the address. The one at the socket is switched off here, as a kept
 * connection would: the request must not be sent all the same. */
#include "net/guard.h"
#include "net/http.h"
#include "net/server.h"

#include <stdio.h>

#include "net/cm.h"

const char *__wrap_guard_address(const struct sockaddr *address, size_t n);
bool __wrap_guard_port(uint16_t port);

const char *__wrap_guard_address(const struct sockaddr *address, size_t n)
{
    (void)address;
    (void)n;
    return NULL;
}

bool __wrap_guard_port(uint16_t port)
{
    (void)port;
    return true;
}

static void script(peer *p, void *user)
{
    (void)user;
    peer_reply(p, 200, "text/plain", NULL, "x");
}

static void prereq_refuses_an_open_connection(void **state)
{
    (void)state;
    server *s = server_start(script, NULL);
    pades_ctx *ctx = NULL;
    pades_error *error = NULL;
    http_response answer = {.body = BUF(0)};
    char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%u/", server_port(s));
    assert_int_equal(pades_ctx_new(&ctx, NULL), PADES_OK);
    http_request q = {.url = url, .from_document = true};
    assert_int_equal(http_do(ctx, &q, &answer, &error), PADES_SERVICE_REFUSED);
    assert_error(error, "loopback");
    assert_int_equal(server_requests(s), 0);
    q.from_document = false;
    assert_int_equal(http_do(ctx, &q, &answer, &error), PADES_OK);
    http_response_free(&answer);
    pades_ctx_free(ctx);
    server_stop(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(prereq_refuses_an_open_connection)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
