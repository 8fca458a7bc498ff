/* net/http over TLS: verification cannot be talked out of, credentials go to the named origin only,
 * a peer that goes away does not kill the process, session keys are not written anywhere. The
 * server's own certificate is trusted through a wrap of hop_set_tls, in the tests that want it. */
#include "net/hop.h"
#include "net/http.h"
#include "net/server.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/cm.h"

bool __real_hop_set_tls(const curl_api *curl, CURL *easy);
bool __wrap_hop_set_tls(const curl_api *curl, CURL *easy);

static const char *extra_trust; /* a PEM file, or NULL */
static bool break_pipes;

/* What a TLS library does that writes to a connection whose peer has gone. */
static int write_to_nobody(void *user, curl_socket_t fd, curlsocktype purpose)
{
    (void)user;
    (void)fd;
    (void)purpose;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    assert_int_equal(write(ends[1], "x", 1), -1);
    close(ends[1]);
    return CURL_SOCKOPT_OK;
}

bool __wrap_hop_set_tls(const curl_api *curl, CURL *easy)
{
    bool ok = __real_hop_set_tls(curl, easy);
    if (extra_trust) {
        ok = curl->easy_setopt(easy, CURLOPT_CAINFO, extra_trust) == CURLE_OK && ok;
    }
    if (break_pipes) {
        ok = curl->easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, write_to_nobody) == CURLE_OK && ok;
    }
    return ok;
}

typedef struct fixture {
    server *tls, *plain;
    pades_ctx *ctx;
    char folder[32], cert[64], keylog[64], url[256];
    http_response answer;
    pades_error *error;
    secret *password;
} fixture;

static fixture *the; /* the script redirects to the other server */

static void redirect(peer *p, const char *scheme, unsigned port, const char *path)
{
    char header[256];
    snprintf(header, sizeof header, "Location: %s://127.0.0.1:%u%s\r\n", scheme, port, path);
    peer_reply(p, 307, "text/plain", header, "");
}

static void script(peer *p, void *user)
{
    (void)user;
    if (strcmp(p->path, "/to-plain") == 0) {
        redirect(p, "http", server_port(the->plain), "/ok");
    } else if (strcmp(p->path, "/to-self") == 0) {
        redirect(p, "https", server_port(the->tls), "/ok");
    } else if (strcmp(p->path, "/to-tls") == 0) {
        redirect(p, "https", server_port(the->tls), "/ok");
    } else if (strcmp(p->path, "/unread") == 0) {
        p->close = true;
    } else {
        peer_reply(p, 200, "text/plain", NULL, "ok");
    }
}

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    strcpy(f->folder, "/tmp/pades-test-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->cert, sizeof f->cert, "%s/cert.pem", f->folder);
    snprintf(f->keylog, sizeof f->keylog, "%s/keys", f->folder);
    f->tls = server_start_tls(script, f, f->cert);
    f->plain = server_start(script, f);
    assert_int_equal(pades_ctx_new(&f->ctx, NULL), PADES_OK);
    assert_int_equal(secret_new(&f->password, NULL), PADES_OK);
    assert_true(secret_set(f->password, "secret", 6));
    extra_trust = f->cert;
    the = f;
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    http_response_free(&f->answer);
    pades_error_free(f->error);
    secret_free(f->password);
    pades_ctx_free(f->ctx);
    server_stop(f->tls);
    server_stop(f->plain);
    unlink(f->cert);
    unlink(f->keylog);
    rmdir(f->folder);
    free(f);
    return 0;
}

static pades_status ask(fixture *f, http_request q, bool tls, const char *path)
{
    snprintf(f->url, sizeof f->url, "http%s://127.0.0.1:%u%s", tls ? "s" : "",
             server_port(tls ? f->tls : f->plain), path);
    q.url = f->url;
    http_response_free(&f->answer);
    pades_error_free(f->error);
    f->error = NULL;
    return http_do(f->ctx, &q, &f->answer, &f->error);
}

static void tls_unknown_certificate_is_refused(void **state)
{
    fixture *f = *state;
    extra_trust = NULL;
    setenv("SSL_CERT_FILE", f->cert, 1);
    setenv("CURL_CA_BUNDLE", f->cert, 1);
    pades_status status = ask(f, (http_request){0}, true, "/ok");
    unsetenv("SSL_CERT_FILE");
    unsetenv("CURL_CA_BUNDLE");
    assert_int_equal(status, PADES_SERVICE_FAILED);
    assert_error(f->error, "not trusted: SSL"); /* and so on, in libcurl's words */
    assert_int_equal(server_requests(f->tls), 0);
}

static void tls_asked_in_clear_is_hinted_at(void **state)
{
    fixture *f = *state;
    snprintf(f->url, sizeof f->url, "http://127.0.0.1:%u/", server_port(f->tls));
    http_request q = {.url = f->url};
    assert_int_equal(http_do(f->ctx, &q, &f->answer, &f->error), PADES_SERVICE_FAILED);
    assert_non_null(strstr(pades_error_hint(f->error), "https://"));
    assert_error(f->error, "connection");
    assert_int_equal(server_requests(f->tls), 0);
}

static void tls_wrong_name_is_refused(void **state)
{
    fixture *f = *state;
    snprintf(f->url, sizeof f->url, "https://localhost:%u/", server_port(f->tls));
    http_request q = {.url = f->url};
    assert_int_equal(http_do(f->ctx, &q, &f->answer, &f->error), PADES_SERVICE_FAILED);
    assert_error(f->error, "not trusted");
    assert_int_equal(server_requests(f->tls), 0);
}

static void tls_sends_credentials(void **state)
{
    fixture *f = *state;
    char head[8192];
    http_request q = {.user = "demo", .password = f->password};
    assert_int_equal(ask(f, q, true, "/ok"), PADES_OK);
    server_last_head(f->tls, head, sizeof head);
    assert_non_null(strstr(head, "Authorization: Basic ZGVtbzpzZWNyZXQ=\r\n"));
    assert_int_equal(server_requests(f->tls), 1); /* at once, without waiting for a 401 */
}

/* clause: RFC6750#2.1 */
static void tls_sends_a_token(void **state)
{
    fixture *f = *state;
    char head[8192];
    http_request q = {.bearer = f->password};
    assert_int_equal(ask(f, q, true, "/ok"), PADES_OK);
    server_last_head(f->tls, head, sizeof head);
    assert_non_null(strstr(head, "Authorization: Bearer secret\r\n"));
    assert_int_equal(ask(f, (http_request){0}, true, "/ok"), PADES_OK);
    server_last_head(f->tls, head, sizeof head);
    assert_null(strstr(head, "Authorization"));
    assert_int_equal(ask(f, q, true, "/to-self"), PADES_OK);
    server_last_head(f->tls, head, sizeof head);
    assert_non_null(strstr(head, "Authorization: Bearer secret\r\n"));
}

static void tls_sends_credentials_without_it_when_told_to(void **state)
{
    fixture *f = *state;
    char head[8192];
    http_request q = {.bearer = f->password};
    assert_int_equal(ask(f, q, false, "/ok"), PADES_SERVICE_REFUSED);
    assert_error(f->error, "plain http");
    q.insecure_auth = true;
    assert_int_equal(ask(f, q, false, "/ok"), PADES_OK);
    server_last_head(f->plain, head, sizeof head);
    assert_non_null(strstr(head, "Authorization: Bearer secret\r\n"));
    assert_int_equal(ask(f, q, false, "/to-tls"), PADES_OK); /* another origin */
    server_last_head(f->tls, head, sizeof head);
    assert_null(strstr(head, "Authorization"));
    q.client_cert = "cert.pem";
    assert_int_equal(ask(f, q, false, "/ok"), PADES_SERVICE_REFUSED);
}

static void tls_credentials_do_not_stay_on_the_handle(void **state)
{
    fixture *f = *state;
    char head[8192];
    http_request q = {.user = "demo", .password = f->password};
    assert_int_equal(ask(f, q, true, "/ok"), PADES_OK);
    assert_int_equal(ask(f, (http_request){0}, true, "/ok"), PADES_OK);
    server_last_head(f->tls, head, sizeof head);
    assert_null(strstr(head, "Authorization"));
}

static void tls_credentials_follow_within_the_origin(void **state)
{
    fixture *f = *state;
    char head[8192];
    http_request q = {.user = "demo", .password = f->password};
    assert_int_equal(ask(f, q, true, "/to-self"), PADES_OK);
    server_last_head(f->tls, head, sizeof head);
    assert_non_null(strstr(head, "Authorization"));
}

static void tls_credentials_never_leave_the_origin(void **state)
{
    fixture *f = *state;
    char path[] = "/ok", head[8192], other_cert[64];
    snprintf(other_cert, sizeof other_cert, "%s/other.pem", f->folder);
    server *origin = server_start_tls(script, f, other_cert);
    char first[64];
    snprintf(first, sizeof first, "https://127.0.0.1:%u/to-tls", server_port(origin));
    FILE *bundle = fopen(f->cert, "a");
    FILE *more = fopen(other_cert, "r");
    for (int c = getc(more); c != EOF; c = getc(more)) {
        putc(c, bundle);
    }
    fclose(more);
    fclose(bundle);
    unlink(other_cert);
    http_request q = {.url = first, .user = "demo", .password = f->password};
    assert_int_equal(http_do(f->ctx, &q, &f->answer, &f->error), PADES_OK);
    server_last_head(origin, head, sizeof head);
    assert_non_null(strstr(head, "Authorization"));
    server_last_head(f->tls, head, sizeof head);
    assert_non_null(strstr(head, path));
    assert_null(strstr(head, "Authorization"));
    q = (http_request){.url = first, .bearer = f->password};
    http_response_free(&f->answer);
    assert_int_equal(http_do(f->ctx, &q, &f->answer, &f->error), PADES_OK);
    server_last_head(origin, head, sizeof head);
    assert_non_null(strstr(head, "Authorization: Bearer"));
    server_last_head(f->tls, head, sizeof head);
    assert_null(strstr(head, "Authorization"));
    server_stop(origin);
}

static void tls_is_not_left_for_plain_http(void **state)
{
    fixture *f = *state;
    http_request q = {.user = "demo", .password = f->password};
    assert_int_equal(ask(f, q, true, "/to-plain"), PADES_SERVICE_REFUSED);
    assert_error(f->error, "from https to plain http");
    assert_int_equal(ask(f, (http_request){0}, true, "/to-plain"), PADES_SERVICE_REFUSED);
    assert_int_equal(server_connections(f->plain), 0);
}

static void tls_upgrade_is_followed(void **state)
{
    fixture *f = *state;
    assert_int_equal(ask(f, (http_request){0}, false, "/to-tls"), PADES_OK);
    assert_int_equal(server_requests(f->tls), 1);
}

static bool sigpipe_waits(void)
{
    sigset_t waiting;
    sigpending(&waiting);
    return sigismember(&waiting, SIGPIPE) == 1;
}

static void tls_broken_pipe_does_not_kill(void **state)
{
    fixture *f = *state;
    sigset_t mask;
    break_pipes = true;
    assert_int_equal(ask(f, (http_request){0}, true, "/ok"), PADES_OK);
    break_pipes = false;
    assert_false(sigpipe_waits());
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    assert_false(sigismember(&mask, SIGPIPE));
}

/* A caller that blocks the signal and waits for it finds what was there before. */
static void tls_pending_sigpipe_of_the_caller_stays(void **state)
{
    fixture *f = *state;
    sigset_t set, before;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set, &before);
    raise(SIGPIPE);
    assert_int_equal(ask(f, (http_request){0}, true, "/ok"), PADES_OK);
    assert_true(sigpipe_waits());
    int got = 0;
    sigwait(&set, &got);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void tls_peer_that_goes_is_an_error(void **state)
{
    fixture *f = *state;
    static uint8_t body[8 << 20];
    http_request q = {.content_type = "a/b", .body = {body, sizeof body}};
    assert_int_equal(ask(f, q, true, "/unread"), PADES_SERVICE_FAILED);
}

static void tls_client_key_that_is_none(void **state)
{
    fixture *f = *state;
    http_request q = {.client_cert = "/nowhere/cert.pem", .client_key = "/nowhere/key.pem"};
    assert_int_equal(ask(f, q, true, "/ok"), PADES_SERVICE_FAILED);
    assert_error(f->error, "client certificate");
    assert_int_equal(server_requests(f->tls), 0);
}

/* SSLKEYLOGFILE is read when libcurl starts, so this runs in a process that has not used it. */
static int fetch_with_keylog(void)
{
    void *state = NULL;
    set_up(&state);
    fixture *f = state;
    setenv("SSLKEYLOGFILE", f->keylog, 1);
    pades_status status = ask(f, (http_request){0}, true, "/ok");
    struct stat s;
    bool empty = stat(f->keylog, &s) != 0 || s.st_size == 0;
    unsetenv("SSLKEYLOGFILE");
    tear_down(&state);
    if (status != PADES_OK || !empty) {
        fprintf(stderr, "session keys were written, or status %d\n", (int)status);
        return 1;
    }
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(tls_unknown_certificate_is_refused),
        TEST(tls_asked_in_clear_is_hinted_at),
        TEST(tls_wrong_name_is_refused),
        TEST(tls_sends_credentials),
        TEST(tls_sends_a_token),
        TEST(tls_sends_credentials_without_it_when_told_to),
        TEST(tls_credentials_do_not_stay_on_the_handle),
        TEST(tls_credentials_follow_within_the_origin),
        TEST(tls_credentials_never_leave_the_origin),
        TEST(tls_is_not_left_for_plain_http),
        TEST(tls_upgrade_is_followed),
        TEST(tls_broken_pipe_does_not_kill),
        TEST(tls_pending_sigpipe_of_the_caller_stays),
        TEST(tls_peer_that_goes_is_an_error),
        TEST(tls_client_key_that_is_none),
    };
    if (fetch_with_keylog() != 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
