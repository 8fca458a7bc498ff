/* net/http against a scripted server: bounds, types, statuses, reuse, threads, stopping, and what
 * is not taken from the environment. */
#include "base/mem.h"
#include "net/http.h"
#include "net/server.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/cm.h"

enum { CAP = 4096, SLOW_MS = 3000 };

typedef struct fixture {
    server *server;
    pades_ctx *ctx;
    char url[256];
    http_response answer;
    pades_error *error;
} fixture;

static void huge(peer *p)
{
    char block[16384];
    memset(block, 'x', sizeof block);
    peer_text(p, "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nConnection: close\r\n\r\n");
    for (int i = 0; i < 6400 && !p->close; i++) {
        peer_write(p, block, sizeof block);
    }
    p->close = true;
}

static void drip(peer *p)
{
    peer_text(p, "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 1000\r\n\r\n");
    for (int i = 0; i < 1000 && !p->close; i++) {
        peer_text(p, "x");
        peer_sleep(100);
    }
}

static void reflect(peer *p)
{
    peer_reply(p, 200, "text/plain", NULL, p->head);
}

static void slow(peer *p)
{
    peer_sleep(SLOW_MS);
    peer_reply(p, 200, "a/b", NULL, "late");
}

static void raw(peer *p, const char *text)
{
    peer_text(p, text);
    p->close = true;
}

static void script(peer *p, void *user)
{
    (void)user;
    static const struct {
        const char *path;
        int status;
        const char *type, *headers, *body;
    } replies[] = {
        {"/ok", 200, "a/b", NULL, "hello"},
        {"/params", 200, "A/B ; charset=utf-8", NULL, "hello"},
        {"/html", 200, "text/html; charset=utf-8", NULL, "<html>"},
        {"/other", 200, "image/\033[31mpng", NULL, "x"},
        {"/429", 429, "a/b", "Retry-After: 30\r\n", "later"},
        {"/503", 503, "a/b", NULL, "later"},
        {"/500", 500, "a/b", NULL, "no"},
        {"/401", 401, "a/b", "WWW-Authenticate: Basic realm=\"x\"\r\n", "no"},
        {"/404", 404, "a/b", NULL, "no"},
        {"/204", 204, "a/b", NULL, ""},
        {"/cookie", 200, "a/b", "Set-Cookie: a=b; Path=/\r\n", "x"},
        {"/gzip", 200, "a/b", "Content-Encoding: gzip\r\n", "not gzip"},
    };
    static const struct {
        const char *path;
        void (*run)(peer *p);
    } runs[] = {{"/huge", huge}, {"/drip", drip}, {"/slow", slow}, {"/reflect", reflect}};
    for (size_t i = 0; i < ARRAY_LEN(replies); i++) {
        if (strcmp(p->path, replies[i].path) == 0) {
            peer_reply(p, replies[i].status, replies[i].type, replies[i].headers, replies[i].body);
            return;
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(runs); i++) {
        if (strcmp(p->path, runs[i].path) == 0) {
            runs[i].run(p);
            return;
        }
    }
    if (strcmp(p->path, "/big-length") == 0) {
        raw(p, "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 100000000\r\n\r\n");
    } else if (strcmp(p->path, "/cut") == 0) {
        raw(p, "HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 100\r\n\r\nshort");
    } else if (strcmp(p->path, "/untyped") == 0) {
        raw(p, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx");
    } else if (strcmp(p->path, "/garbage") == 0) {
        raw(p, "220 smtp ready\r\n");
    } else if (strncmp(p->path, "http://elsewhere.invalid/", 25) == 0) {
        reflect(p);
    } else {
        p->close = true;
    }
}

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    f->server = server_start(script, f);
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
    free(f);
    return 0;
}

static const char *url_of(fixture *f, const char *path)
{
    snprintf(f->url, sizeof f->url, "http://127.0.0.1:%u%s", server_port(f->server), path);
    return f->url;
}

static pades_status get_with(fixture *f, http_request q)
{
    http_response_free(&f->answer);
    pades_error_free(f->error);
    f->error = NULL;
    return http_do(f->ctx, &q, &f->answer, &f->error);
}

static pades_status get(fixture *f, const char *path)
{
    return get_with(f, (http_request){.url = url_of(f, path), .accept = "a/b", .max_bytes = CAP});
}

static void http_gets_a_body(void **state)
{
    fixture *f = *state;
    assert_int_equal(get(f, "/ok"), PADES_OK);
    assert_int_equal(f->answer.status, 200);
    assert_true(span_is(buf_span(&f->answer.body), "hello"));
    assert_string_equal(f->answer.content_type, "a/b");
    assert_int_equal(get(f, "/params"), PADES_OK);
}

static void http_posts_a_body_once(void **state)
{
    fixture *f = *state;
    char head[8192];
    http_request q = {.url = url_of(f, "/ok"),
                      .content_type = "application/x",
                      .body = span_str("12345"),
                      .accept = "a/b"};
    assert_int_equal(get_with(f, q), PADES_OK);
    server_last_head(f->server, head, sizeof head);
    assert_non_null(strstr(head, "POST /ok HTTP/1.1\r\n"));
    assert_non_null(strstr(head, "Content-Type: application/x\r\n"));
    assert_non_null(strstr(head, "Content-Length: 5\r\n"));
    assert_non_null(strstr(head, "Accept: a/b\r\n"));
    assert_non_null(strstr(head, "User-Agent: libpades/"));
    assert_null(strcasestr(head, "expect:"));
    assert_null(strcasestr(head, "accept-encoding:"));
    assert_null(strcasestr(head, "authorization:"));
    assert_int_equal(server_requests(f->server), 1);
}

static void http_stops_at_the_cap(void **state)
{
    fixture *f = *state;
    assert_int_equal(get(f, "/huge"), PADES_SERVICE_FAILED);
    assert_error(f->error, "larger than the 4096 bytes");
    assert_int_equal(get(f, "/big-length"), PADES_SERVICE_FAILED);
    assert_error(f->error, "larger than the 4096 bytes");
    assert_int_equal(f->answer.status, 0); /* ret untouched */
}

static void http_exact_cap_is_allowed(void **state)
{
    fixture *f = *state;
    assert_int_equal(get_with(f, (http_request){.url = url_of(f, "/ok"), .max_bytes = 5}),
                     PADES_OK);
    assert_int_equal(get_with(f, (http_request){.url = url_of(f, "/ok"), .max_bytes = 4}),
                     PADES_SERVICE_FAILED);
}

static void http_default_cap_is_the_contexts(void **state)
{
    fixture *f = *state;
    assert_int_equal(pades_ctx_set_limit(f->ctx, PADES_LIMIT_HTTP_BYTES, 4, NULL), PADES_OK);
    assert_int_equal(get_with(f, (http_request){.url = url_of(f, "/ok")}), PADES_SERVICE_FAILED);
    assert_error(f->error, "larger than the 4 bytes");
}

static void http_statuses(void **state)
{
    fixture *f = *state;
    assert_int_equal(get(f, "/429"), PADES_TRY_LATER);
    assert_non_null(strstr(pades_error_native(f->error), "HTTP 429"));
    assert_error(f->error, "30 seconds");
    assert_int_equal(get(f, "/503"), PADES_TRY_LATER);
    assert_error(f->error, "HTTP 503");
    assert_int_equal(get(f, "/500"), PADES_SERVICE_FAILED);
    assert_error(f->error, "HTTP 500");
    assert_int_equal(get(f, "/401"), PADES_SERVICE_FAILED);
    assert_error(f->error, "check user");
    assert_int_equal(get(f, "/404"), PADES_SERVICE_FAILED);
    assert_error(f->error, "path of the URL");
    assert_int_equal(get(f, "/204"), PADES_SERVICE_FAILED);
    assert_error(f->error, "HTTP 204");
}

static void http_types(void **state)
{
    fixture *f = *state;
    assert_int_equal(get(f, "/html"), PADES_SERVICE_FAILED);
    assert_error(f->error, "web page (HTML)");
    assert_int_equal(get(f, "/other"), PADES_SERVICE_FAILED);
    assert_null(strchr(pades_error_message(f->error), '\033'));
    assert_error(f->error, "image/\\x1b[31mpng");
    assert_int_equal(get(f, "/untyped"), PADES_SERVICE_FAILED);
    assert_int_equal(get_with(f, (http_request){.url = url_of(f, "/html")}), PADES_OK);
}

static void http_does_not_decompress(void **state)
{
    fixture *f = *state;
    assert_int_equal(get(f, "/gzip"), PADES_OK);
    assert_true(span_is(buf_span(&f->answer.body), "not gzip"));
}

static void http_broken_answers(void **state)
{
    fixture *f = *state;
    assert_int_equal(get(f, "/cut"), PADES_SERVICE_FAILED);
    assert_error(f->error, "cut off");
    assert_int_equal(get(f, "/closed"), PADES_SERVICE_FAILED);
    assert_error(f->error, "without an answer");
    assert_int_equal(get(f, "/garbage"), PADES_SERVICE_FAILED);
    assert_error(f->error, "curl 1 ");
}

static void http_unreachable(void **state)
{
    fixture *f = *state;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;
    char url[64];
    assert_int_equal(bind(fd, (struct sockaddr *)&a, n), 0); /* bound, not listening */
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
    snprintf(url, sizeof url, "http://127.0.0.1:%u/", ntohs(a.sin_port));
    assert_int_equal(get_with(f, (http_request){.url = url}), PADES_SERVICE_FAILED);
    assert_error(f->error, "cannot connect to '127.0.0.1'");
    close(fd);
}

static void http_times_out(void **state)
{
    fixture *f = *state;
    uint64_t began = monotonic_ms();
    http_request q = {.url = url_of(f, "/slow"), .timeout_ms = 300};
    assert_int_equal(get_with(f, q), PADES_TIMEOUT);
    assert_error(f->error, "within the time");
    q.url = url_of(f, "/drip");
    assert_int_equal(get_with(f, q), PADES_TIMEOUT);
    assert_true(monotonic_ms() - began < SLOW_MS - 500);
}

static void http_context_timeout(void **state)
{
    fixture *f = *state;
    uint64_t began = monotonic_ms();
    assert_int_equal(pades_ctx_set_timeout(f->ctx, 200, NULL), PADES_OK);
    assert_int_equal(get(f, "/slow"), PADES_TIMEOUT);
    assert_true(monotonic_ms() - began < SLOW_MS - 500);
}

static void http_keeps_the_deadline(void **state)
{
    fixture *f = *state;
    AUTO(pades_control) *control = NULL;
    uint64_t began = monotonic_ms();
    assert_int_equal(pades_control_new(&control, NULL), PADES_OK);
    pades_control_set_deadline(control, 200);
    assert_int_equal(get_with(f, (http_request){.url = url_of(f, "/slow"), .control = control}),
                     PADES_TIMEOUT);
    assert_true(monotonic_ms() - began < SLOW_MS - 500);
}

static void *cancel_soon(void *control)
{
    peer_sleep(200);
    pades_control_cancel(control);
    return NULL;
}

static void http_is_cancelled(void **state)
{
    fixture *f = *state;
    AUTO(pades_control) *control = NULL;
    pthread_t thread;
    uint64_t began = monotonic_ms();
    assert_int_equal(pades_control_new(&control, NULL), PADES_OK);
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, control), 0);
    assert_int_equal(get_with(f, (http_request){.url = url_of(f, "/slow"), .control = control}),
                     PADES_CANCELLED);
    assert_true(monotonic_ms() - began < SLOW_MS - 500);
    pthread_join(thread, NULL);
    unsigned before = server_requests(f->server);
    assert_int_equal(get_with(f, (http_request){.url = url_of(f, "/ok"), .control = control}),
                     PADES_CANCELLED);
    assert_int_equal(server_requests(f->server), before);
}

static void http_reuses_a_connection(void **state)
{
    fixture *f = *state;
    for (int i = 0; i < 10; i++) {
        assert_int_equal(get(f, "/ok"), PADES_OK);
    }
    assert_int_equal(server_requests(f->server), 10);
    assert_int_equal(server_connections(f->server), 1);
}

enum { THREADS = 8, EACH = 20 };

static void *many_requests(void *user)
{
    fixture *f = user;
    char url[128];
    snprintf(url, sizeof url, "http://127.0.0.1:%u/ok", server_port(f->server));
    for (int i = 0; i < EACH; i++) {
        http_request q = {.url = url, .accept = "a/b"};
        AUTO_VAL(http_response) answer = {.body = BUF(0)};
        if (http_do(f->ctx, &q, &answer, NULL) != PADES_OK) {
            return f;
        }
    }
    return NULL;
}

static void http_serves_threads(void **state)
{
    fixture *f = *state;
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, many_requests, f), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        void *bad = NULL;
        pthread_join(threads[i], &bad);
        assert_null(bad);
    }
    assert_int_equal(server_requests(f->server), THREADS * EACH);
    assert_true(server_connections(f->server) <= THREADS);
}

static void http_keeps_no_cookies(void **state)
{
    fixture *f = *state;
    char head[8192];
    assert_int_equal(get(f, "/cookie"), PADES_OK);
    assert_int_equal(get(f, "/ok"), PADES_OK);
    server_last_head(f->server, head, sizeof head);
    assert_null(strcasestr(head, "cookie:"));
}

/* A proxy nobody listens at and a .netrc with a password for the server: both would be seen. */
static void http_ignores_the_environment(void **state)
{
    fixture *f = *state;
    char home[] = "/tmp/pades-test-XXXXXX", path[64], head[8192];
    assert_non_null(mkdtemp(home));
    snprintf(path, sizeof path, "%s/.netrc", home);
    FILE *netrc = fopen(path, "w");
    fputs("machine 127.0.0.1 login user password secret\n", netrc);
    fclose(netrc);
    setenv("HOME", home, 1);
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    assert_int_equal(get(f, "/ok"), PADES_OK);
    server_last_head(f->server, head, sizeof head);
    assert_null(strcasestr(head, "authorization:"));
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
    unlink(path);
    rmdir(home);
}

static void http_uses_the_contexts_proxy(void **state)
{
    fixture *f = *state;
    char head[8192];
    setenv("no_proxy", "*", 1);
    assert_int_equal(pades_ctx_set_proxy(f->ctx, url_of(f, ""), NULL), PADES_OK);
    http_request q = {.url = "http://elsewhere.invalid/x"};
    assert_int_equal(get_with(f, q), PADES_OK);
    server_last_head(f->server, head, sizeof head);
    assert_non_null(strstr(head, "GET http://elsewhere.invalid/x HTTP/1.1"));
    q.from_document = true;
    assert_int_equal(get_with(f, q), PADES_SERVICE_REFUSED);
    assert_error(f->error, "behind a proxy");
    unsetenv("no_proxy");
}

static void http_proxy_asks_allowed_hosts_of_documents(void **state)
{
    fixture *f = *state;
    assert_int_equal(pades_ctx_set_proxy(f->ctx, url_of(f, ""), NULL), PADES_OK);
    assert_int_equal(pades_ctx_allow_host(f->ctx, "elsewhere.invalid", NULL), PADES_OK);
    http_request q = {.url = "http://elsewhere.invalid/x", .from_document = true};
    assert_int_equal(get_with(f, q), PADES_OK);
}

static void http_guards_document_urls(void **state)
{
    fixture *f = *state;
    http_request q = {.url = url_of(f, "/ok"), .from_document = true};
    assert_int_equal(get_with(f, q), PADES_SERVICE_REFUSED);
    assert_error(f->error, "port other than 80 and 443");
    static const struct {
        const char *url, *what;
    } rows[] = {
        {"http://127.0.0.1/", "loopback"},      {"http://localhost/", "loopback"},
        {"http://[::1]/", "loopback"},          {"http://2130706433/", "loopback"},
        {"http://0x7f.1/", "loopback"},         {"http://169.254.169.254/", "link-local"},
        {"http://[::ffff:7f00:1]/", "mapped"},  {"http://10.1.2.3/", "private"},
        {"https://[fd00::1]/", "unique local"}, {"http://0/", "unspecified"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        q.url = rows[i].url;
        assert_int_equal(get_with(f, q), PADES_SERVICE_REFUSED);
        assert_true(error_says(f->error, "--allow-host "));
        assert_error(f->error, rows[i].what);
    }
    assert_int_equal(server_connections(f->server), 0);
}

static void http_allowed_host_opens_the_guard(void **state)
{
    fixture *f = *state;
    char host[64];
    snprintf(host, sizeof host, "127.0.0.1:%u", server_port(f->server));
    assert_int_equal(pades_ctx_allow_host(f->ctx, host, NULL), PADES_OK);
    http_request q = {.url = url_of(f, "/ok"), .from_document = true};
    assert_int_equal(get_with(f, q), PADES_OK);
    q.url = "http://127.0.0.1/";
    assert_int_equal(get_with(f, q), PADES_SERVICE_REFUSED);
}

static void http_handles_of_user_and_document_are_apart(void **state)
{
    fixture *f = *state;
    assert_int_equal(pades_ctx_allow_host(f->ctx, "127.0.0.1", NULL), PADES_OK);
    assert_int_equal(get(f, "/ok"), PADES_OK);
    http_request q = {.url = url_of(f, "/ok"), .from_document = true};
    assert_int_equal(get_with(f, q), PADES_OK);
    assert_int_equal(server_connections(f->server), 2);
}

static void http_refuses_bad_urls(void **state)
{
    fixture *f = *state;
    static const char *const bad[] = {"file:///etc/passwd", "ftp://127.0.0.1/",
                                      "http://user:pw@127.0.0.1/", "http://a\nb/"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_int_equal(get_with(f, (http_request){.url = bad[i]}), PADES_SERVICE_REFUSED);
        assert_null(strchr(pades_error_message(f->error), '\n'));
    }
}

static void http_no_credentials_over_plain_http(void **state)
{
    fixture *f = *state;
    http_request q = {.url = url_of(f, "/ok"), .user = "user"};
    assert_int_equal(get_with(f, q), PADES_SERVICE_REFUSED);
    assert_error(f->error, "plain http");
    q = (http_request){.url = url_of(f, "/ok"), .client_cert = "/nowhere.pem"};
    assert_int_equal(get_with(f, q), PADES_SERVICE_REFUSED);
    assert_non_null(pades_error_hint(f->error));
    assert_int_equal(server_connections(f->server), 0);
}

static void http_library_is_named(void **state)
{
    (void)state;
    assert_non_null(http_library_version());
    assert_in_range(http_library_version()[0], '7', '9');
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(http_gets_a_body),
        TEST(http_posts_a_body_once),
        TEST(http_stops_at_the_cap),
        TEST(http_exact_cap_is_allowed),
        TEST(http_default_cap_is_the_contexts),
        TEST(http_statuses),
        TEST(http_types),
        TEST(http_does_not_decompress),
        TEST(http_broken_answers),
        TEST(http_unreachable),
        TEST(http_times_out),
        TEST(http_context_timeout),
        TEST(http_keeps_the_deadline),
        TEST(http_is_cancelled),
        TEST(http_reuses_a_connection),
        TEST(http_serves_threads),
        TEST(http_keeps_no_cookies),
        TEST(http_ignores_the_environment),
        TEST(http_uses_the_contexts_proxy),
        TEST(http_proxy_asks_allowed_hosts_of_documents),
        TEST(http_guards_document_urls),
        TEST(http_allowed_host_opens_the_guard),
        TEST(http_handles_of_user_and_document_are_apart),
        TEST(http_refuses_bad_urls),
        TEST(http_no_credentials_over_plain_http),
        TEST(http_library_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
