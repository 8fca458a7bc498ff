/* net/http over HTTP/2, against the few frames of it that a server needs; and the address rules on
 * connections that are kept, and for a name that leads elsewhere the second time. Loopback counts
 * as the public Internet while `loopback_is_public`. */
#include "net/guard.h"
#include "net/hop.h"
#include "net/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "net/cm.h"

enum {
    PREFACE = 24,
    FRAME_HEAD = 9,
    FRAME_MAX = 16384,
    DATA = 0,
    HEADERS = 1,
    SETTINGS = 4,
    PING = 6,
    GOAWAY = 7,
    END_STREAM = 1,
    ACK = 1,
    END_HEADERS = 4,
    THREADS = 4
};

static char offered[] = "\x02h2";
static bool loopback_is_public;
static const char *extra_trust;
static const char *resolve; /* "host:port:address", or NULL */
static struct curl_slist *resolved;

const char *__real_guard_address(const struct sockaddr *address, size_t n);
const char *__wrap_guard_address(const struct sockaddr *address, size_t n);
const char *__real_guard_address_text(const char *ip);
const char *__wrap_guard_address_text(const char *ip);
bool __wrap_guard_port(uint16_t port);
bool __real_hop_set_tls(const curl_api *curl, CURL *easy);
bool __wrap_hop_set_tls(const curl_api *curl, CURL *easy);

const char *__wrap_guard_address(const struct sockaddr *address, size_t n)
{
    struct sockaddr_in v4 = {.sin_family = AF_UNSPEC};
    if (address->sa_family == AF_INET && n >= sizeof v4) {
        memcpy(&v4, address, sizeof v4);
    }
    bool loopback = v4.sin_family == AF_INET && v4.sin_addr.s_addr == htonl(INADDR_LOOPBACK);
    return loopback && loopback_is_public ? NULL : __real_guard_address(address, n);
}

const char *__wrap_guard_address_text(const char *ip)
{
    return loopback_is_public && strcmp(ip, "127.0.0.1") == 0 ? NULL
                                                              : __real_guard_address_text(ip);
}

bool __wrap_guard_port(uint16_t port)
{
    (void)port;
    return true;
}

bool __wrap_hop_set_tls(const curl_api *curl, CURL *easy)
{
    bool ok = __real_hop_set_tls(curl, easy);
    ok = curl->easy_setopt(easy, CURLOPT_CAINFO, extra_trust) == CURLE_OK && ok;
    if (resolve) {
        curl->slist_free_all(resolved);
        resolved = curl->slist_append(NULL, resolve);
        ok = curl->easy_setopt(easy, CURLOPT_RESOLVE, resolved) == CURLE_OK && ok;
    }
    return ok;
}

static bool read_whole(peer *p, uint8_t *room, size_t n)
{
    while (n > 0) {
        ssize_t got = peer_read(p, room, n);
        if (got <= 0) {
            return false;
        }
        room += got;
        n -= (size_t)got;
    }
    return true;
}

static void send_frame(peer *p, uint8_t type, uint8_t flags, uint32_t stream, const void *data,
                       size_t n)
{
    const uint8_t head[FRAME_HEAD] = {(uint8_t)(n >> 16),
                                      (uint8_t)(n >> 8),
                                      (uint8_t)n,
                                      type,
                                      flags,
                                      (uint8_t)(stream >> 24),
                                      (uint8_t)(stream >> 16),
                                      (uint8_t)(stream >> 8),
                                      (uint8_t)stream};
    peer_write(p, head, sizeof head);
    peer_write(p, data, n);
}

/* Status 200, Content-Type text/plain, and the body that came. */
static void answer(peer *p, uint32_t stream, const uint8_t *body, size_t n)
{
    static const uint8_t fields[] = {0x88, 0x0f, 0x10, 10,  't', 'e', 'x',
                                     't',  '/',  'p',  'l', 'a', 'i', 'n'};
    peer_seen(p);
    send_frame(p, HEADERS, END_HEADERS, stream, fields, sizeof fields);
    send_frame(p, DATA, END_STREAM, stream, body, n);
}

/* The preface (RFC 9113 3.4), then frames. */
static void talk(peer *p)
{
    uint8_t head[FRAME_HEAD], payload[FRAME_MAX], preface[PREFACE];
    if (!read_whole(p, preface, sizeof preface) ||
        memcmp(preface, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", PREFACE) != 0) {
        return;
    }
    send_frame(p, SETTINGS, 0, 0, NULL, 0);
    while (!p->close && read_whole(p, head, sizeof head)) {
        size_t n = (size_t)head[0] << 16 | (size_t)head[1] << 8 | head[2];
        uint32_t stream =
            (uint32_t)head[5] << 24 | (uint32_t)head[6] << 16 | (uint32_t)head[7] << 8 | head[8];
        if (n > sizeof payload || !read_whole(p, payload, n) || head[3] == GOAWAY) {
            return;
        }
        if ((head[3] == SETTINGS || head[3] == PING) && !(head[4] & ACK)) {
            send_frame(p, head[3], ACK, 0, payload, head[3] == PING ? n : 0);
        } else if (head[3] <= HEADERS && (head[4] & END_STREAM)) {
            answer(p, stream, payload, head[3] == DATA ? n : 0);
        }
    }
}

typedef struct fixture {
    server *server, *plain;
    pades_ctx *ctx;
    char folder[32], cert[64], url[128];
    http_response answer;
    pades_error *error;
} fixture;

static void script(peer *p, void *user)
{
    (void)user;
    peer_reply(p, 200, "text/plain", "Connection: close\r\n", "plain");
    p->close = true;
}

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    strcpy(f->folder, "/tmp/pades-test-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->cert, sizeof f->cert, "%s/cert.pem", f->folder);
    f->server = server_start_alpn(talk, offered, f->cert);
    f->plain = server_start(script, f);
    snprintf(f->url, sizeof f->url, "https://127.0.0.1:%u/", server_port(f->server));
    assert_int_equal(pades_ctx_new(&f->ctx, NULL), PADES_OK);
    extra_trust = f->cert;
    loopback_is_public = false;
    resolve = NULL;
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
    server_stop(f->plain);
    curl_api_get(NULL)->slist_free_all(resolved);
    resolved = NULL;
    unlink(f->cert);
    rmdir(f->folder);
    free(f);
    return 0;
}

static pades_status post(fixture *f, bool from_document)
{
    const http_request q = {.url = f->url,
                            .content_type = "application/x",
                            .body = span_str("a question"),
                            .accept = "text/plain",
                            .from_document = from_document};
    http_response_free(&f->answer);
    pades_error_free(f->error);
    f->error = NULL;
    return http_do(f->ctx, &q, &f->answer, &f->error);
}

static void http2_is_spoken_where_offered(void **state)
{
    fixture *f = *state;
    assert_int_equal(post(f, false), PADES_OK);
    assert_true(span_is(buf_span(&f->answer.body), "a question"));
    assert_int_equal(server_requests(f->server), 1);
}

static void http2_connection_is_kept(void **state)
{
    fixture *f = *state;
    for (unsigned i = 1; i <= 5; i++) {
        assert_int_equal(post(f, false), PADES_OK);
        assert_int_equal(server_requests(f->server), i);
    }
    assert_int_equal(server_connections(f->server), 1);
}

static void *post_many(void *user)
{
    fixture *f = user;
    for (int i = 0; i < 10; i++) {
        AUTO_VAL(http_response) got = {.body = BUF(0)};
        const http_request q = {.url = f->url, .accept = "text/plain"};
        if (http_do(f->ctx, &q, &got, NULL) != PADES_OK) {
            return f;
        }
    }
    return NULL;
}

static void http2_serves_threads(void **state)
{
    fixture *f = *state;
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, post_many, f), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        void *bad = NULL;
        pthread_join(threads[i], &bad);
        assert_null(bad);
    }
    assert_int_equal(server_requests(f->server), THREADS * 10);
    assert_true(server_connections(f->server) <= THREADS);
}

/* Open since it was allowed; judged again before a request goes over it. */
static void guard_judges_a_kept_http2_connection(void **state)
{
    fixture *f = *state;
    loopback_is_public = true;
    assert_int_equal(post(f, true), PADES_OK);
    assert_int_equal(post(f, true), PADES_OK);
    assert_int_equal(server_connections(f->server), 1);
    loopback_is_public = false;
    assert_int_equal(post(f, true), PADES_SERVICE_REFUSED);
    assert_error(f->error, "loopback");
    assert_int_equal(server_requests(f->server), 2);
    assert_int_equal(server_connections(f->server), 1);
    assert_int_equal(post(f, false), PADES_OK); /* the user's own: another handle */
    assert_int_equal(server_connections(f->server), 2);
}

/* A name that is public when it is looked at, and something else when it is asked again. */
static void guard_judges_a_name_that_was_rebound(void **state)
{
    fixture *f = *state;
    static const struct {
        const char *address, *says;
    } rows[] = {{"169.254.169.254", "link-local"}, {"[::1]", "loopback"}, {"10.0.0.1", "private"}};
    char entry[128];
    loopback_is_public = true;
    resolve = entry;
    unsigned port = server_port(f->plain);
    snprintf(f->url, sizeof f->url, "http://rebound.example:%u/", port);
    for (unsigned i = 0; i < ARRAY_LEN(rows); i++) {
        snprintf(entry, sizeof entry, "rebound.example:%u:127.0.0.1", port);
        assert_int_equal(post(f, true), PADES_OK);
        assert_int_equal(server_requests(f->plain), i + 1);
        snprintf(entry, sizeof entry, "rebound.example:%u:%s", port, rows[i].address);
        assert_int_equal(post(f, true), PADES_SERVICE_REFUSED);
        assert_error(f->error, rows[i].says);
        assert_int_equal(server_requests(f->plain), i + 1);
    }
}

/* The first address is refused; the next of the same name is not a way around. */
static void guard_judges_every_address_of_a_name(void **state)
{
    fixture *f = *state;
    char entry[128];
    resolve = entry;
    unsigned port = server_port(f->plain);
    snprintf(entry, sizeof entry, "many.example:%u:169.254.169.254,127.0.0.1,10.0.0.1", port);
    snprintf(f->url, sizeof f->url, "http://many.example:%u/", port);
    assert_int_equal(post(f, true), PADES_SERVICE_REFUSED);
    assert_int_equal(server_connections(f->plain), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(http2_is_spoken_where_offered),
        TEST(http2_connection_is_kept),
        TEST(http2_serves_threads),
        TEST(guard_judges_a_kept_http2_connection),
        TEST(guard_judges_a_name_that_was_rebound),
        TEST(guard_judges_every_address_of_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
