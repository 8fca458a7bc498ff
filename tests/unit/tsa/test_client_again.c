/* tsa/client and tsa/pace: an authority that is asked again, when, how often, and by how many. */
#include "tsa/asking.h"
#include "tsa/pace.h"

#include <pthread.h>
#include <unistd.h>

#include "net/cm.h"

static uint64_t since(uint64_t began)
{
    return monotonic_ms() - began;
}

static void again_after_what_passes(void **state)
{
    fixture *f = *state;
    static const struct {
        const char *path;
        unsigned requests;
        uint64_t least_ms;
    } rows[] = {
        {"/tsa/500+first=1", 2, 500},       {"/tsa/500+first=2", 3, 2000},
        {"/tsa/cut+first=1", 2, 500},       {"/tsa/503+first=1", 2, 500},
        {"/tsa/429=1+first=1", 2, 1000},    {"/tsa/503=1+first=2", 3, 2000},
        {"/tsa/empty+500+first=1", 2, 500},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        unsigned before = requests(f);
        uint64_t began = monotonic_ms();
        pades_status status = stamp(f, rows[i].path);
        if (status != PADES_OK || requests(f) != before + rows[i].requests ||
            since(began) < rows[i].least_ms || since(began) > rows[i].least_ms + 2000) {
            fail_msg("%s: status %d, %u requests, %u ms", rows[i].path, (int)status,
                     requests(f) - before, (unsigned)since(began));
        }
        assert_null(f->error);
        assert_int_equal(f->verified.warnings.n, 0);
        tsp_verified_free(&f->verified);
        pades_tsa_free(f->tsas[--f->n]);
    }
}

static void again_twice_at_most(void **state)
{
    fixture *f = *state;
    assert_int_equal(stamp(f, "/at/1/tsa/500+first=3"), PADES_SERVICE_FAILED);
    assert_error(f->error, "HTTP 500");
    assert_int_equal(requests(f), 3);
}

static void again_not_after_a_refusal_or_a_bad_token(void **state)
{
    fixture *f = *state;
    static const char *const paths[] = {"/tsa/wrong-nonce", "/tsa/rejected", "/tsa/auth",
                                        "/tsa/html", "/nowhere"};
    uint64_t began = monotonic_ms();
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        assert_int_not_equal(stamp(f, paths[i]), PADES_OK);
        pades_tsa_free(f->tsas[--f->n]);
        pades_error_free(f->error);
        f->error = NULL;
    }
    assert_int_equal(requests(f), ARRAY_LEN(paths));
    assert_true(since(began) < 2000);
}

static void again_only_within_the_timeout(void **state)
{
    fixture *f = *state;
    uint64_t began = monotonic_ms();
    assert_int_equal(pades_ctx_set_timeout(f->ctx, 1500, NULL), PADES_OK);
    assert_int_equal(stamp(f, "/tsa/429=2"), PADES_TRY_LATER);
    assert_error(f->error, "wait 2 seconds");
    assert_int_equal(requests(f), 1);
    assert_int_equal(stamp_with(f, PADES_DIGEST_SHA256, NULL), PADES_TRY_LATER);
    assert_true(error_says(f->error, "wants a pause"));
    assert_error(f->error, "wait 2 seconds");
    assert_int_equal(requests(f), 1); /* it asked not to be asked */
    assert_true(since(began) < 1000);
    sleep(1);
    pades_tsa_free(f->tsas[--f->n]);
    assert_int_equal(stamp(f, "/tsa"), PADES_OK); /* the rest of the pause was waited for */
    assert_true(since(began) >= 2000);
    assert_int_equal(requests(f), 2);
}

static void again_is_not_waited_for_with_another_at_hand(void **state)
{
    fixture *f = *state;
    uint64_t began = monotonic_ms();
    add(f, "/tsa/429=20");
    assert_int_equal(pades_tsa_new("http://127.0.0.1:1/tsa", &f->tsas[f->n++], NULL), PADES_OK);
    assert_int_equal(stamp_with(f, PADES_DIGEST_SHA256, NULL), PADES_SERVICE_FAILED);
    assert_error(f->error, "wait 20 seconds");
    assert_true(since(began) < 2000);
    assert_int_equal(requests(f), 1);
}

static void *cancel_soon(void *control)
{
    usleep(300 * 1000);
    pades_control_cancel(control);
    return NULL;
}

static void again_obeys_control(void **state)
{
    fixture *f = *state;
    AUTO(pades_control) *control = NULL;
    pthread_t thread;
    assert_int_equal(pades_control_new(&control, NULL), PADES_OK);
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, control), 0);
    uint64_t began = monotonic_ms();
    add(f, "/tsa/429=10");
    assert_int_equal(stamp_with(f, PADES_DIGEST_SHA256, control), PADES_CANCELLED);
    assert_in_range(since(began), 300, 1500);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(requests(f), 1);
}

static void again_not_beyond_the_deadline(void **state)
{
    fixture *f = *state;
    AUTO(pades_control) *control = NULL;
    assert_int_equal(pades_control_new(&control, NULL), PADES_OK);
    pades_control_set_deadline(control, 3000);
    uint64_t began = monotonic_ms();
    add(f, "/tsa/503=10");
    assert_int_equal(stamp_with(f, PADES_DIGEST_SHA256, control), PADES_TRY_LATER);
    assert_error(f->error, "wait 10 seconds");
    assert_true(since(began) < 1500);
}

static void plain_http_credentials_are_warned_of(void **state)
{
    fixture *f = *state;
    add(f, "/tsa/bearer");
    pades_tsa_set_insecure_auth(f->tsas[0], 1);
    assert_int_equal(pades_tsa_set_bearer(f->tsas[0], "token.of-demo", NULL), PADES_OK);
    assert_int_equal(stamp_with(f, PADES_DIGEST_SHA256, NULL), PADES_OK);
    assert_non_null(strstr((const char *)f->verified.warnings.p, "sent over plain http"));
    assert_null(strstr((const char *)f->verified.warnings.p, "token.of-demo"));
    tsp_verified_free(&f->verified);
    pades_tsa_set_insecure_auth(f->tsas[0], 0); /* judged again when it is asked */
    assert_int_equal(stamp_with(f, PADES_DIGEST_SHA256, NULL), PADES_SERVICE_REFUSED);
    assert_error(f->error, "plain http");
    assert_int_equal(requests(f), 1);
}

typedef struct worker {
    fixture *f;
    const char *path;
    unsigned delay_ms, rate;
    pades_status status;
    uint64_t done;
} worker;

static void *work(void *user)
{
    worker *w = user;
    pades_tsa *tsa = NULL;
    AUTO_VAL(buf) token = BUF(1U << 20);
    AUTO_VAL(tsp_verified) verified = {.warnings = BUF(0)};
    char url[512];
    const char *base = pades_tsa_url(w->f->tsas[0]);
    usleep(w->delay_ms * 1000);
    snprintf(url, sizeof url, "%.*s%s", (int)(strstr(base, "/tsa") - base), base, w->path);
    if (pades_tsa_new(url, &tsa, NULL) != PADES_OK ||
        (w->rate && pades_tsa_set_rate(tsa, w->rate, 1, NULL) != PADES_OK)) {
        return NULL;
    }
    const pades_tsa *list[] = {tsa};
    w->status = tsa_stamp(w->f->ctx, list, 1, PADES_DIGEST_SHA256, span_str("x"), NULL, NULL,
                          &token, &verified, NULL, NULL);
    w->done = monotonic_ms();
    pades_tsa_free(tsa);
    return NULL;
}

static void run_workers(worker *w, size_t n)
{
    pthread_t threads[8];
    for (size_t i = 0; i < n; i++) {
        w[i].status = PADES_INTERNAL;
        assert_int_equal(pthread_create(&threads[i], NULL, work, &w[i]), 0);
    }
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(w[i].status, PADES_OK);
    }
}

/* One is told to wait two seconds; the others, which ask the same origin a little later, wait too.
 */
static void pause_holds_for_all_threads(void **state)
{
    fixture *f = *state;
    add(f, "/tsa");
    worker w[] = {{.f = f, .path = "/at/0/tsa/429=2+first=1"},
                  {.f = f, .path = "/tsa", .delay_ms = 500},
                  {.f = f, .path = "/tsa?x", .delay_ms = 700},
                  {.f = f, .path = "/tsa/rsa", .delay_ms = 900}};
    uint64_t began = monotonic_ms();
    run_workers(w, ARRAY_LEN(w));
    for (size_t i = 0; i < ARRAY_LEN(w); i++) {
        assert_in_range(w[i].done - began, 2000, 4000);
    }
    assert_int_equal(requests(f), ARRAY_LEN(w) + 1);
}

static void rate_spaces_the_requests_of_all_threads(void **state)
{
    fixture *f = *state;
    add(f, "/tsa");
    worker w[6];
    for (size_t i = 0; i < ARRAY_LEN(w); i++) {
        w[i] = (worker){.f = f, .path = "/tsa", .rate = 4};
    }
    uint64_t began = monotonic_ms(), last = 0;
    run_workers(w, ARRAY_LEN(w));
    for (size_t i = 0; i < ARRAY_LEN(w); i++) {
        last = w[i].done > last ? w[i].done : last;
    }
    assert_in_range(last - began, 5 * 250, 5 * 250 + 1500);
    assert_int_equal(requests(f), ARRAY_LEN(w));
}

static void rate_lets_a_single_request_pass(void **state)
{
    fixture *f = *state;
    add(f, "/tsa");
    uint64_t began = monotonic_ms();
    assert_int_equal(pades_tsa_set_rate(f->tsas[0], 1, 86400, NULL), PADES_OK);
    assert_int_equal(stamp_with(f, PADES_DIGEST_SHA256, NULL), PADES_OK);
    assert_true(since(began) < 2000);
}

static void rate_obeys_control(void **state)
{
    fixture *f = *state;
    AUTO(pades_control) *control = NULL;
    assert_int_equal(pades_control_new(&control, NULL), PADES_OK);
    add(f, "/tsa");
    assert_int_equal(pades_tsa_set_rate(f->tsas[0], 1, 60, NULL), PADES_OK);
    assert_int_equal(stamp_with(f, PADES_DIGEST_SHA256, control), PADES_OK);
    tsp_verified_free(&f->verified);
    pades_control_set_deadline(control, 300);
    assert_int_equal(stamp_with(f, PADES_DIGEST_SHA256, control), PADES_TIMEOUT);
    assert_int_equal(requests(f), 1);
}

/* A second try that the rate does not allow in time is none. */
static void rate_counts_for_second_tries(void **state)
{
    fixture *f = *state;
    uint64_t began = monotonic_ms();
    add(f, "/tsa/500");
    assert_int_equal(pades_tsa_set_rate(f->tsas[0], 1, 60, NULL), PADES_OK);
    assert_int_equal(stamp_with(f, PADES_DIGEST_SHA256, NULL), PADES_SERVICE_FAILED);
    assert_error(f->error, "HTTP 500");
    assert_int_equal(requests(f), 1);
    assert_true(since(began) < 3000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(again_after_what_passes),
        TEST(again_twice_at_most),
        TEST(again_not_after_a_refusal_or_a_bad_token),
        TEST(again_only_within_the_timeout),
        TEST(again_is_not_waited_for_with_another_at_hand),
        TEST(again_obeys_control),
        TEST(again_not_beyond_the_deadline),
        TEST(plain_http_credentials_are_warned_of),
        TEST(pause_holds_for_all_threads),
        TEST(rate_spaces_the_requests_of_all_threads),
        TEST(rate_lets_a_single_request_pass),
        TEST(rate_obeys_control),
        TEST(rate_counts_for_second_tries),
    };
    return cmocka_run_group_tests(tests, start_authority, stop_authority);
}
