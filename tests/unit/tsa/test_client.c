/* tsa/client against the test authority: each misbehaviour with its status and words, and never
 * more than one request for a timestamp. */
#include "base/mem.h"
#include "tsa/authority.h"
#include "tsa/tsp.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/cm.h"

enum { WAIT_MS = 10000 };

static struct {
    char folder[32];
    char port[16];
    pid_t server;
} shared;

typedef struct fixture {
    pades_ctx *ctx;
    pades_tsa *tsas[3];
    size_t n;
    buf token;
    tsp_verified verified;
    size_t index;
    size_t logged; /* bytes of the log before this test */
    pades_error *error;
} fixture;

static char *in_folder(char *room, size_t n, const char *name)
{
    snprintf(room, n, "%s/%s", shared.folder, name);
    return room;
}

static pid_t spawn(char *const argv[])
{
    pid_t pid = -1;
    char *const environment[] = {NULL};
    assert_int_equal(posix_spawnp(&pid, argv[0], NULL, NULL, argv, environment), 0);
    return pid;
}

static void run(char *const argv[])
{
    int status = -1;
    pid_t pid = spawn(argv);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static size_t read_all(const char *name, char *room, size_t n)
{
    char path[64];
    FILE *file = fopen(in_folder(path, sizeof path, name), "r");
    size_t got = file ? fread(room, 1, n - 1, file) : 0;
    room[got] = '\0';
    if (file) {
        fclose(file);
    }
    return got;
}

static int start_authority(void **state)
{
    (void)state;
    char mkpki[] = MKPKI, testd[] = TESTD, pki_option[] = "--pki", port_option[] = "--port",
         zero[] = "0";
    char port_file_option[] = "--port-file", log_option[] = "--log", port_file[64], log[64];
    strcpy(shared.folder, "/tmp/pades-test-XXXXXX");
    assert_non_null(mkdtemp(shared.folder));
    char *const make[] = {mkpki, shared.folder, NULL};
    run(make);
    char *const serve[] = {testd,
                           pki_option,
                           shared.folder,
                           port_option,
                           zero,
                           port_file_option,
                           in_folder(port_file, sizeof port_file, "listening"),
                           log_option,
                           in_folder(log, sizeof log, "log"),
                           NULL};
    shared.server = spawn(serve);
    uint64_t end = monotonic_ms() + WAIT_MS;
    while (!strchr(shared.port, '\n') && monotonic_ms() < end) {
        usleep(10000);
        read_all("listening", shared.port, sizeof shared.port);
    }
    assert_non_null(strchr(shared.port, '\n'));
    *strchr(shared.port, '\n') = '\0';
    return 0;
}

static int stop_authority(void **state)
{
    (void)state;
    char rm[] = "rm", force[] = "-rf";
    char *const argv[] = {rm, force, shared.folder, NULL};
    kill(shared.server, SIGTERM);
    waitpid(shared.server, NULL, 0);
    run(argv);
    return 0;
}

static size_t read_log(char *room, size_t n)
{
    return read_all("log", room, n);
}

static int set_up(void **state)
{
    static char log[1 << 18];
    char root[64];
    fixture *f = calloc(1, sizeof *f);
    f->token = BUF(1U << 20);
    f->index = 99;
    f->logged = read_log(log, sizeof log);
    assert_int_equal(pades_ctx_new(&f->ctx, NULL), PADES_OK);
    assert_int_equal(
        pades_ctx_add_trust_path(f->ctx, in_folder(root, sizeof root, "root.pem"), NULL), PADES_OK);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    for (size_t i = 0; i < f->n; i++) {
        pades_tsa_free(f->tsas[i]);
    }
    buf_free(&f->token);
    tsp_verified_free(&f->verified);
    pades_error_free(f->error);
    pades_ctx_free(f->ctx);
    free(f);
    return 0;
}

/* Requests that reached the authority since the test began. */
static unsigned requests(const fixture *f)
{
    static char log[1 << 18];
    unsigned n = 0;
    read_log(log, sizeof log);
    for (const char *c = log + f->logged; *c; c++) {
        n += *c == '\n';
    }
    return n;
}

static void add(fixture *f, const char *path)
{
    char url[256];
    snprintf(url, sizeof url, "http://127.0.0.1:%s%s", shared.port, path);
    assert_int_equal(pades_tsa_new(url, &f->tsas[f->n], NULL), PADES_OK);
    f->n++;
}

static pades_status stamp_with(fixture *f, pades_digest alg, pades_control *control)
{
    const pades_tsa *list[3] = {f->tsas[0], f->tsas[1], f->tsas[2]};
    buf_clear(&f->token);
    return tsa_stamp(f->ctx, list, f->n, alg, span_str("a signature"), control, &f->token,
                     &f->verified, &f->index, &f->error);
}

static pades_status stamp(fixture *f, const char *path)
{
    add(f, path);
    return stamp_with(f, PADES_DIGEST_SHA256, NULL);
}

/* clause: RFC3161#3.4 the server of the tests answers nothing but this content type */
static void client_gets_a_token(void **state)
{
    fixture *f = *state;
    assert_int_equal(stamp(f, "/tsa"), PADES_OK);
    assert_int_equal(requests(f), 1);
    assert_int_equal(f->index, 0);
    tsp_token token;
    assert_int_equal(tsp_token_parse(buf_span(&f->token), &token, NULL), PADES_OK);
    assert_int_equal(token.digest, PADES_DIGEST_SHA256);
    assert_int_equal(f->verified.time, token.time);
    assert_in_range(ctx_now(f->ctx) - token.time + 5, 0, 10);
    assert_int_equal(f->verified.warnings.n, 0);
}

static void client_uses_the_digest(void **state)
{
    fixture *f = *state;
    static const pades_digest algs[][2] = {{PADES_DIGEST_DEFAULT, PADES_DIGEST_SHA256},
                                           {PADES_DIGEST_SHA384, PADES_DIGEST_SHA384},
                                           {PADES_DIGEST_SHA512, PADES_DIGEST_SHA512}};
    add(f, "/tsa");
    for (size_t i = 0; i < ARRAY_LEN(algs); i++) {
        tsp_token token;
        tsp_verified_free(&f->verified);
        assert_int_equal(stamp_with(f, algs[i][0], NULL), PADES_OK);
        assert_int_equal(tsp_token_parse(buf_span(&f->token), &token, NULL), PADES_OK);
        assert_int_equal(token.digest, algs[i][1]);
    }
}

static void client_accepts_variants(void **state)
{
    fixture *f = *state;
    static const char *const paths[] = {"/tsa/rsa",          "/tsa/sha1-ess",
                                        "/tsa/granted-mods", "/tsa/fraction",
                                        "/tsa/slow?ms=300",  "/tsa/redirect?code=307&to=/tsa"};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        pades_status status = stamp(f, paths[i]);
        if (status != PADES_OK) {
            fail_msg("%s: %s", paths[i], pades_error_message(pades_error_cause(f->error)));
        }
        tsp_verified_free(&f->verified);
        pades_tsa_free(f->tsas[--f->n]);
    }
}

static void client_refuses(void **state)
{
    fixture *f = *state;
    static const struct {
        const char *path;
        pades_status status;
        const char *says;
    } rows[] = {
        {"/tsa/html", PADES_SERVICE_FAILED, "web page (HTML)"},
        {"/tsa/wrong-type", PADES_SERVICE_FAILED, "'text/plain'"},
        {"/tsa/huge", PADES_SERVICE_FAILED, "larger than the 1048576 bytes"},
        {"/tsa/cut", PADES_SERVICE_FAILED, "cut off"},
        {"/tsa/short", PADES_TIMESTAMP_INVALID, "not a timestamp response"},
        {"/tsa/empty", PADES_TIMESTAMP_INVALID, "not a timestamp response"},
        {"/tsa/trailing", PADES_TIMESTAMP_INVALID, "not a timestamp response"},
        {"/tsa/wrong-nonce", PADES_TIMESTAMP_INVALID, "nonce"},
        {"/tsa/wrong-imprint", PADES_TIMESTAMP_INVALID, "imprint"},
        {"/tsa/no-cert", PADES_TIMESTAMP_INVALID, "certificate of its signer is missing"},
        {"/tsa/no-eku", PADES_TIMESTAMP_INVALID, "time-stamping"},
        {"/tsa/expired", PADES_TIMESTAMP_INVALID, "not valid at its time"},
        {"/tsa/stranger", PADES_TIMESTAMP_INVALID, "anchor"},
        {"/tsa/rejected", PADES_SERVICE_FAILED, "no time for you today"},
        {"/tsa/redirect-file", PADES_SERVICE_REFUSED, "file:///etc/passwd"},
        {"/tsa/redirect-loop", PADES_SERVICE_FAILED, "circle"},
        {"/tsa/429", PADES_TRY_LATER, "30 seconds"},
        {"/tsa/503", PADES_TRY_LATER, "HTTP 503"},
        {"/tsa/500", PADES_SERVICE_FAILED, "HTTP 500"},
        {"/tsa/auth", PADES_SERVICE_FAILED, "HTTP 401"},
        {"/nowhere", PADES_SERVICE_FAILED, "HTTP 404"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        unsigned before = requests(f);
        pades_status status = stamp(f, rows[i].path);
        if (status != rows[i].status || !error_says(f->error, rows[i].says) ||
            requests(f) != before + 1) {
            fail_msg("%s: status %d, %u requests, '%s: %s'", rows[i].path, (int)status,
                     requests(f) - before, pades_error_message(f->error),
                     pades_error_message(pades_error_cause(f->error)));
        }
        assert_int_equal(pades_error_status(f->error), status);
        assert_int_equal(f->token.n, 0);
        assert_int_equal(f->index, 99);
        assert_error(f->error, "no timestamp from 'http://127.0.0.1:");
        pades_tsa_free(f->tsas[--f->n]);
    }
}

static void client_bounds_the_time(void **state)
{
    fixture *f = *state;
    uint64_t began = monotonic_ms();
    assert_int_equal(pades_ctx_set_timeout(f->ctx, 400, NULL), PADES_OK);
    static const char *const paths[] = {"/tsa/hang", "/tsa/drip?ms=50", "/tsa/slow?ms=3000"};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        assert_int_equal(stamp(f, paths[i]), PADES_TIMEOUT);
        assert_error(f->error, "within the time");
        pades_tsa_free(f->tsas[--f->n]);
    }
    assert_true(monotonic_ms() - began < 2500);
    assert_int_equal(requests(f), 3);
}

static void client_warns_of_the_clock(void **state)
{
    fixture *f = *state;
    assert_int_equal(stamp(f, "/tsa/clock?offset=900"), PADES_OK);
    assert_non_null(strstr((const char *)f->verified.warnings.p, "five minutes"));
}

static void client_warns_without_anchors(void **state)
{
    fixture *f = *state;
    pades_ctx_free(f->ctx);
    f->ctx = NULL;
    assert_int_equal(pades_ctx_new(&f->ctx, NULL), PADES_OK);
    assert_int_equal(stamp(f, "/tsa"), PADES_OK);
    assert_non_null(strstr((const char *)f->verified.warnings.p, "anchor"));
}

static void client_tries_the_next(void **state)
{
    fixture *f = *state;
    add(f, "/tsa/500?key=hidden");
    add(f, "/tsa/wrong-nonce");
    assert_int_equal(stamp(f, "/tsa"), PADES_OK);
    assert_int_equal(f->index, 2);
    assert_int_equal(requests(f), 3);
    const char *first = (const char *)f->verified.warnings.p;
    assert_non_null(strstr(first, "/tsa/500': it answered with HTTP status 500"));
    assert_null(strstr(first, "hidden"));
    const char *second = first + strlen(first) + 1;
    assert_non_null(strstr(second, "/tsa/wrong-nonce': "));
    assert_int_equal(f->verified.warnings.p[f->verified.warnings.n - 1], 0);
}

static void client_names_every_failure(void **state)
{
    fixture *f = *state;
    add(f, "/tsa/500");
    add(f, "/tsa/html");
    assert_int_equal(stamp(f, "/tsa/429"), PADES_TRY_LATER);
    assert_string_equal(pades_error_message(f->error),
                        "none of 3 time-stamping authorities gave a timestamp");
    const pades_error *e = pades_error_cause(f->error);
    assert_non_null(strstr(pades_error_message(e), "/tsa/500': it answered with HTTP status 500"));
    e = pades_error_cause(e);
    assert_non_null(strstr(pades_error_message(e), "/tsa/html': it answered with a web page"));
    e = pades_error_cause(e);
    assert_non_null(strstr(pades_error_message(e), "/tsa/429': it has had too many requests"));
    assert_null(pades_error_cause(e));
    assert_int_equal(requests(f), 3);
}

static void client_status_is_that_of_the_last(void **state)
{
    fixture *f = *state;
    add(f, "/tsa/429");
    assert_int_equal(stamp(f, "/tsa/500"), PADES_SERVICE_FAILED);
}

static void client_without_error_wanted(void **state)
{
    fixture *f = *state;
    add(f, "/tsa/429");
    const pades_tsa *list[] = {f->tsas[0]};
    assert_int_equal(tsa_stamp(f->ctx, list, 1, PADES_DIGEST_SHA256, span_str("x"), NULL, &f->token,
                               NULL, NULL, NULL),
                     PADES_TRY_LATER);
}

static void client_without_authorities(void **state)
{
    fixture *f = *state;
    assert_int_equal(stamp_with(f, PADES_DIGEST_SHA256, NULL), PADES_INVALID_ARGUMENT);
}

static void client_unreachable_then_good(void **state)
{
    fixture *f = *state;
    assert_int_equal(pades_tsa_new("http://127.0.0.1:1/tsa", &f->tsas[f->n++], NULL), PADES_OK);
    assert_int_equal(stamp(f, "/tsa"), PADES_OK);
    assert_int_equal(f->index, 1);
    assert_non_null(
        strstr((const char *)f->verified.warnings.p, "cannot connect to '127.0.0.1' port 1"));
}

static void client_stops_when_cancelled(void **state)
{
    fixture *f = *state;
    AUTO(pades_control) *control = NULL;
    assert_int_equal(pades_control_new(&control, NULL), PADES_OK);
    pades_control_cancel(control);
    add(f, "/tsa");
    add(f, "/tsa");
    assert_int_equal(stamp_with(f, PADES_DIGEST_SHA256, control), PADES_CANCELLED);
    assert_int_equal(requests(f), 0);
}

static void client_deadline_ends_the_list(void **state)
{
    fixture *f = *state;
    AUTO(pades_control) *control = NULL;
    assert_int_equal(pades_control_new(&control, NULL), PADES_OK);
    add(f, "/tsa/slow?ms=3000");
    add(f, "/tsa");
    pades_control_set_deadline(control, 300);
    assert_int_equal(stamp_with(f, PADES_DIGEST_SHA256, control), PADES_TIMEOUT);
    assert_int_equal(requests(f), 1);
}

static void client_asks_for_a_policy(void **state)
{
    fixture *f = *state;
    add(f, "/tsa");
    assert_int_equal(pades_tsa_set_policy(f->tsas[0], "1.3.6.1.4.1.99999.1.2", NULL), PADES_OK);
    pades_status status = stamp_with(f, PADES_DIGEST_SHA256, NULL);
    tsp_token token;
    if (status == PADES_OK) {
        assert_int_equal(tsp_token_parse(buf_span(&f->token), &token, NULL), PADES_OK);
        assert_string_equal(token.policy, "1.3.6.1.4.1.99999.1.2");
    } else {
        assert_error(f->error, "olicy");
    }
}

static void client_learns_the_size(void **state)
{
    fixture *f = *state;
    add(f, "/tsa");
    assert_int_equal(tsa_expected_size(f->ctx, f->tsas[0]), 16384);
    assert_int_equal(stamp_with(f, PADES_DIGEST_SHA256, NULL), PADES_OK);
    size_t twice = 2 * f->token.n;
    assert_int_equal(tsa_expected_size(f->ctx, f->tsas[0]), twice < 4096 ? 4096 : twice);
    assert_int_equal(requests(f), 1);
}

static void client_learns_nothing_from_failures(void **state)
{
    fixture *f = *state;
    assert_int_equal(stamp(f, "/tsa/wrong-nonce"), PADES_TIMESTAMP_INVALID);
    assert_int_equal(tsa_expected_size(f->ctx, f->tsas[0]), 16384);
}

static void client_learns_large_tokens(void **state)
{
    fixture *f = *state;
    assert_int_equal(stamp(f, "/tsa/big?bytes=30000"), PADES_OK);
    assert_true(f->token.n > 30000);
    assert_int_equal(tsa_expected_size(f->ctx, f->tsas[0]), 2 * f->token.n);
}

enum { THREADS = 4, EACH = 5 };

static void *stamp_many(void *user)
{
    fixture *f = user;
    const pades_tsa *list[] = {f->tsas[0]};
    for (int i = 0; i < EACH; i++) {
        AUTO_VAL(buf) token = BUF(1U << 20);
        AUTO_VAL(tsp_verified) verified = {.warnings = BUF(0)};
        if (tsa_stamp(f->ctx, list, 1, PADES_DIGEST_SHA256, span_str("x"), NULL, &token, &verified,
                      NULL, NULL) != PADES_OK) {
            return f;
        }
    }
    return NULL;
}

static void client_serves_threads(void **state)
{
    fixture *f = *state;
    pthread_t threads[THREADS];
    add(f, "/tsa");
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, stamp_many, f), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        void *bad = NULL;
        pthread_join(threads[i], &bad);
        assert_null(bad);
    }
    assert_int_equal(requests(f), THREADS * EACH);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(client_gets_a_token),           TEST(client_uses_the_digest),
        TEST(client_accepts_variants),       TEST(client_refuses),
        TEST(client_bounds_the_time),        TEST(client_warns_of_the_clock),
        TEST(client_warns_without_anchors),  TEST(client_tries_the_next),
        TEST(client_names_every_failure),    TEST(client_status_is_that_of_the_last),
        TEST(client_without_error_wanted),   TEST(client_without_authorities),
        TEST(client_unreachable_then_good),  TEST(client_stops_when_cancelled),
        TEST(client_deadline_ends_the_list), TEST(client_asks_for_a_policy),
        TEST(client_learns_the_size),        TEST(client_learns_nothing_from_failures),
        TEST(client_learns_large_tokens),    TEST(client_serves_threads),
    };
    return cmocka_run_group_tests(tests, start_authority, stop_authority);
}
