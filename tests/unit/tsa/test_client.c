/* tsa/client against the test authority: each misbehaviour with its status and words, and never
 * more requests for a timestamp than one, where asking again would not help. */
#include "tsa/asking.h"

#include <pthread.h>

#include "net/cm.h"

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

static void client_is_asked_whether_it_works(void **state)
{
    fixture *f = *state;
    pades_tsa_answer *answer = NULL;
    add(f, "/tsa");
    assert_int_equal(pades_tsa_ask(f->ctx, f->tsas[0], NULL, &answer, &f->error), PADES_OK);
    assert_int_equal(requests(f), 1);
    assert_in_range(ctx_now(f->ctx) - pades_tsa_answer_time(answer) + 5, 0, 10);
    assert_string_equal(pades_cert_common_name(pades_tsa_answer_cert(answer)),
                        "Demonstration Time-Stamping Unit 1");
    assert_null(pades_tsa_answer_warning(answer, 0));
    pades_tsa_answer_free(answer);
    pades_tsa_answer *none = NULL;
    add(f, "/tsa/wrong-imprint");
    assert_int_equal(pades_tsa_ask(f->ctx, f->tsas[1], NULL, &none, &f->error),
                     PADES_TIMESTAMP_INVALID);
    assert_null(none);
    assert_int_equal(pades_tsa_ask(f->ctx, NULL, NULL, &none, NULL), PADES_INVALID_ARGUMENT);
    pades_tsa_answer_free(NULL);
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
        unsigned requests;
    } rows[] = {
        {"/tsa/html", PADES_SERVICE_FAILED, "web page (HTML)", 1},
        {"/tsa/wrong-type", PADES_SERVICE_FAILED, "'text/plain'", 1},
        {"/tsa/huge", PADES_SERVICE_FAILED, "larger than the 1048576 bytes", 1},
        {"/tsa/cut", PADES_SERVICE_FAILED, "cut off", 3},
        {"/tsa/short", PADES_TIMESTAMP_INVALID, "not a timestamp response", 1},
        {"/tsa/empty", PADES_TIMESTAMP_INVALID, "not a timestamp response", 1},
        {"/tsa/trailing", PADES_TIMESTAMP_INVALID, "not a timestamp response", 1},
        {"/tsa/wrong-nonce", PADES_TIMESTAMP_INVALID, "nonce", 1},
        {"/tsa/wrong-imprint", PADES_TIMESTAMP_INVALID, "imprint", 1},
        {"/tsa/no-cert", PADES_TIMESTAMP_INVALID, "certificate of its signer is missing", 1},
        {"/tsa/no-eku", PADES_TIMESTAMP_INVALID, "time-stamping", 1},
        {"/tsa/expired", PADES_TIMESTAMP_INVALID, "not valid at its time", 1},
        {"/tsa/stranger", PADES_TIMESTAMP_INVALID, "anchor", 1},
        {"/tsa/rejected", PADES_SERVICE_FAILED, "no time for you today", 1},
        {"/tsa/redirect-file", PADES_SERVICE_REFUSED, "file:///etc/passwd", 1},
        {"/tsa/redirect-loop", PADES_SERVICE_FAILED, "circle", 1},
        {"/tsa/503", PADES_TRY_LATER, "HTTP 503", 3},
        {"/tsa/500", PADES_SERVICE_FAILED, "HTTP 500", 3},
        {"/tsa/auth", PADES_SERVICE_FAILED, "HTTP 401", 1},
        {"/nowhere", PADES_SERVICE_FAILED, "HTTP 404", 1},
        {"/tsa/429", PADES_TRY_LATER, "30 seconds", 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        unsigned before = requests(f);
        pades_status status = stamp(f, rows[i].path);
        if (status != rows[i].status || !error_says(f->error, rows[i].says) ||
            requests(f) != before + rows[i].requests) {
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
    assert_int_equal(requests(f), 3 + 2);
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
    assert_int_equal(requests(f), 3 + 2);
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
    assert_int_equal(tsa_stamp(f->ctx, list, 1, PADES_DIGEST_SHA256, span_str("x"), NULL, NULL,
                               &f->token, NULL, NULL, NULL),
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
        if (tsa_stamp(f->ctx, list, 1, PADES_DIGEST_SHA256, span_str("x"), NULL, NULL, &token,
                      &verified, NULL, NULL) != PADES_OK) {
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
        TEST(client_gets_a_token),
        TEST(client_is_asked_whether_it_works),
        TEST(client_uses_the_digest),
        TEST(client_accepts_variants),
        TEST(client_refuses),
        TEST(client_bounds_the_time),
        TEST(client_warns_of_the_clock),
        TEST(client_warns_without_anchors),
        TEST(client_tries_the_next),
        TEST(client_names_every_failure),
        TEST(client_status_is_that_of_the_last),
        TEST(client_without_error_wanted),
        TEST(client_without_authorities),
        TEST(client_unreachable_then_good),
        TEST(client_stops_when_cancelled),
        TEST(client_deadline_ends_the_list),
        TEST(client_asks_for_a_policy),
        TEST(client_learns_the_size),
        TEST(client_learns_nothing_from_failures),
        TEST(client_learns_large_tokens),
        TEST(client_serves_threads),
    };
    return cmocka_run_group_tests(tests, start_authority, stop_authority);
}
