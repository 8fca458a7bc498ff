/* net/http: which redirects are followed, and with what. Paths of the script: /to?CODE,URL. */
#include "net/http.h"
#include "net/server.h"

#include <stdio.h>
#include <stdlib.h>

#include "net/cm.h"

typedef struct fixture {
    server *server, *other;
    pades_ctx *ctx;
    char url[1024];
    http_response answer;
    pades_error *error;
} fixture;

static void redirect(peer *p, int status, const char *to)
{
    char header[1200];
    snprintf(header, sizeof header, "Location: %s\r\n", to);
    peer_reply(p, status, "text/plain", *to ? header : NULL, "elsewhere");
}

/* /chain?N leads to /chain?N-1 and in the end to /ok. */
static void chain(peer *p)
{
    char to[64];
    int left = atoi(p->path + 7);
    snprintf(to, sizeof to, left > 1 ? "/chain?%d" : "/ok", left - 1);
    redirect(p, 307, to);
}

static void script(peer *p, void *user)
{
    (void)user;
    if (strncmp(p->path, "/to?", 4) == 0) {
        redirect(p, atoi(p->path + 4), p->path + 8);
    } else if (strncmp(p->path, "/chain?", 7) == 0) {
        chain(p);
    } else if (strcmp(p->path, "/loop") == 0) {
        redirect(p, 302, "/loop");
    } else {
        peer_reply(p, 200, "text/plain", NULL, p->method);
    }
}

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    f->server = server_start(script, f);
    f->other = server_start(script, f);
    assert_int_equal(pades_ctx_new(&f->ctx, NULL), PADES_OK);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    http_response_free(&f->answer);
    pades_error_free(f->error);
    pades_ctx_free(f->ctx);
    server_stop(f->server);
    server_stop(f->other);
    free(f);
    return 0;
}

static pades_status ask(fixture *f, bool post, const char *path)
{
    snprintf(f->url, sizeof f->url, "http://127.0.0.1:%u%s", server_port(f->server), path);
    http_request q = {.url = f->url, .max_bytes = 4096};
    if (post) {
        q.content_type = "application/x";
        q.body = span_str("12345");
    }
    http_response_free(&f->answer);
    pades_error_free(f->error);
    f->error = NULL;
    return http_do(f->ctx, &q, &f->answer, &f->error);
}

static void redirect_keeps_the_post(void **state)
{
    fixture *f = *state;
    static const char *const paths[] = {"/to?301,/ok", "/to?302,/ok", "/to?307,/ok", "/to?308,/ok"};
    char head[8192];
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        assert_int_equal(ask(f, true, paths[i]), PADES_OK);
        assert_true(span_is(buf_span(&f->answer.body), "POST"));
        server_last_head(f->server, head, sizeof head);
        assert_non_null(strstr(head, "Content-Length: 5\r\n"));
    }
}

static void redirect_303_asks_for_a_get(void **state)
{
    fixture *f = *state;
    assert_int_equal(ask(f, true, "/to?303,/ok"), PADES_SERVICE_FAILED);
    assert_error(f->error, "HTTP 303");
    assert_int_equal(ask(f, false, "/to?303,/ok"), PADES_OK);
}

static void redirect_without_a_place(void **state)
{
    fixture *f = *state;
    assert_int_equal(ask(f, true, "/to?302,"), PADES_SERVICE_FAILED);
    assert_error(f->error, "HTTP 302");
    assert_int_equal(ask(f, false, "/to?304,/ok"), PADES_SERVICE_FAILED);
    assert_error(f->error, "HTTP 304");
}

static void redirect_to_other_schemes_is_refused(void **state)
{
    fixture *f = *state;
    static const char *const paths[] = {
        "/to?302,file:///etc/passwd", "/to?307,ftp://127.0.0.1/", "/to?302,gopher://127.0.0.1/",
        "/to?302,http://user:pw@127.0.0.1/", "/to?302,javascript:x"};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        assert_int_equal(ask(f, true, paths[i]), PADES_SERVICE_REFUSED);
        assert_error(f->error, "refused");
    }
    assert_int_equal(ask(f, false, paths[0]), PADES_SERVICE_REFUSED);
    assert_error(f->error, "file:///etc/passwd");
    assert_int_equal(server_requests(f->server), ARRAY_LEN(paths) + 1);
}

static void redirect_loop_ends(void **state)
{
    fixture *f = *state;
    assert_int_equal(ask(f, true, "/loop"), PADES_SERVICE_FAILED);
    assert_error(f->error, "circle");
    assert_int_equal(server_requests(f->server), 1);
}

static void redirect_at_most_five(void **state)
{
    fixture *f = *state;
    assert_int_equal(ask(f, true, "/chain?5"), PADES_OK);
    assert_int_equal(ask(f, true, "/chain?6"), PADES_SERVICE_FAILED);
    assert_error(f->error, "more than 5 times");
    assert_int_equal(server_requests(f->server), 6 + 6);
}

static void redirect_to_another_port_of_the_host(void **state)
{
    fixture *f = *state;
    char path[128];
    snprintf(path, sizeof path, "/to?307,http://127.0.0.1:%u/ok", server_port(f->other));
    assert_int_equal(ask(f, true, path), PADES_OK);
    assert_int_equal(server_requests(f->other), 1);
}

/* The user named 127.0.0.1; what the server names is held to the address rules. */
static void redirect_to_another_host_is_guarded(void **state)
{
    fixture *f = *state;
    char path[128];
    snprintf(path, sizeof path, "/to?307,http://localhost:%u/ok", server_port(f->other));
    assert_int_equal(ask(f, true, path), PADES_SERVICE_REFUSED);
    assert_true(error_says(f->error, "redirected to 'http://localhost:"));
    assert_error(f->error, "port other than 80 and 443");
    assert_int_equal(ask(f, true, "/to?307,http://localhost/ok"), PADES_SERVICE_REFUSED);
    assert_error(f->error, "loopback");
    assert_int_equal(ask(f, true, "/to?307,http://169.254.169.254/latest"), PADES_SERVICE_REFUSED);
    assert_error(f->error, "link-local");
    assert_int_equal(server_connections(f->other), 0);
}

static void redirect_to_an_allowed_host(void **state)
{
    fixture *f = *state;
    char path[128];
    assert_int_equal(pades_ctx_allow_host(f->ctx, "localhost", NULL), PADES_OK);
    snprintf(path, sizeof path, "/to?307,http://localhost:%u/ok", server_port(f->other));
    assert_int_equal(ask(f, true, path), PADES_OK);
    assert_int_equal(server_requests(f->other), 1);
}

static void redirect_error_hides_the_query(void **state)
{
    fixture *f = *state;
    assert_int_equal(ask(f, true, "/to?307,file:///x?key=12345"), PADES_SERVICE_REFUSED);
    assert_false(error_says(f->error, "12345"));
    assert_int_equal(ask(f, true, "/to?307,/to?500,?12345"), PADES_SERVICE_FAILED);
    assert_false(error_says(f->error, "12345"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(redirect_keeps_the_post),
        TEST(redirect_303_asks_for_a_get),
        TEST(redirect_without_a_place),
        TEST(redirect_to_other_schemes_is_refused),
        TEST(redirect_loop_ends),
        TEST(redirect_at_most_five),
        TEST(redirect_to_another_port_of_the_host),
        TEST(redirect_to_another_host_is_guarded),
        TEST(redirect_to_an_allowed_host),
        TEST(redirect_error_hides_the_query),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
