/* Several sessions with one login, and a token that is waited for. */
#include "token/bench.h"

#include "base/control.h"
#include "signer/signer.h"
#include "signer/verify.h"
#include <pthread.h>
#include <stdio.h>
#include <time.h>

static pades_ctx *ctx;

static int setup(void **state)
{
    (void)state;
    return bench_open(&ctx, "sessions", "seal", "seal-p256");
}

static int teardown(void **state)
{
    (void)state;
    return bench_close(ctx);
}

static pades_signer *open_many(const char *faults, bench_pin *pin, unsigned sessions)
{
    AUTO(pades_token_opts) *opts = bench_opts(pin, 0);
    AUTO(pades_error) *e = NULL;
    pades_signer *s = NULL;
    pades_token_opts_set_sessions(opts, sessions);
    bench_faults(faults);
    assert_ok(pades_signer_new_token(ctx, opts, &s, &e), e);
    return s;
}

static void *sign_some(void *signer)
{
    for (int i = 0; i < 3; i++) {
        verify_signer(signer, PADES_SCHEME_ECDSA, PADES_DIGEST_SHA256);
    }
    return NULL;
}

/* Milliseconds for three signatures in each of `n` threads. */
static uint64_t time_of(pades_signer *s, size_t n)
{
    pthread_t threads[8];
    uint64_t start = monotonic_ms();
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, sign_some, s), 0);
    }
    for (size_t i = 0; i < n; i++) {
        pthread_join(threads[i], NULL);
    }
    return monotonic_ms() - start;
}

static void sessions_sign_side_by_side_with_one_pin(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    pades_signer *s = open_many("delay C_Sign 200\n", &pin, 4);
    assert_int_equal(s->at_once, 4);
    uint64_t ms = time_of(s, 4);
    assert_true(ms < 2400); /* one after the other takes that */
    assert_int_equal(pin.calls, 1);
    assert_int_equal(bench_calls("C_Login(user)"), 1);
    pades_signer_free(s);
    assert_int_equal(bench_calls("C_Logout CKR_OK"), 1);
    assert_int_equal(bench_calls("C_CloseSession CKR_OK"), 4);
    assert_int_equal(bench_calls("C_Sign CKR_OK"), 12);
}

static void sessions_more_threads_than_sessions(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_signer) *s = open_many("", &pin, 2);
    (void)time_of(s, 8);
    assert_int_equal(bench_calls("C_Sign CKR_OK"), 24);
    assert_int_equal(bench_calls("C_OpenSession CKR_OK"), 2);
}

static void sessions_that_the_token_does_not_open_are_done_without(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_signer) *s = open_many("fail C_OpenSession CKR_SESSION_COUNT 99 2\n", &pin, 4);
    assert_int_equal(s->at_once, 2);
    (void)time_of(s, 4);
    assert_int_equal(bench_calls("C_Sign CKR_OK"), 12);
}

/* A module that may not be called by two threads is not, whatever the sessions. */
static void sessions_of_a_module_without_locking_take_turns(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_signer) *s = open_many("cantlock\nalone\ndelay C_Sign 20\n", &pin, 4);
    (void)time_of(s, 4);
    assert_int_equal(bench_calls("C_Sign CKR_OK"), 12);
    assert_int_equal(bench_calls("C_Initialize CKR_OK"), 1);
}

static void sessions_one_for_a_key_that_wants_each_pin(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_signer) *s = open_many("always\n", &pin, 4);
    assert_true(s->at_once <= 1);
}

/* Whatever was lost, a wrong PIN is sent once. */
static void sessions_do_not_repeat_a_refused_pin(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_signer) *s = open_many("", &pin, 3);
    pin.pin = "9999";
    bench_faults("fail C_SignInit CKR_SESSION_HANDLE_INVALID 1 0\n"
                 "fail C_GetSessionInfo CKR_SESSION_HANDLE_INVALID 1 0\n");
    for (int i = 0; i < 4; i++) {
        AUTO(pades_error) *e = NULL;
        AUTO_VAL(buf) signature = BUF(SIGNER_MAX_SIGNATURE);
        verify_request v;
        verify_make(&v, PADES_SCHEME_ECDSA, PADES_DIGEST_SHA256);
        pades_status status = signer_sign(s, &v.r, &signature, &e);
        assert_true(i == 0 || status == PADES_OK || status >= PADES_PIN_REQUIRED);
    }
    assert_true(bench_calls("C_Login(user)") <= 1);
}

typedef struct waiter {
    int told;
    char token[64];
} waiter;

static void on_wait(void *user, const char *token)
{
    waiter *w = user;
    w->told++;
    snprintf(w->token, sizeof w->token, "%s", token ? token : "");
}

static void *put_in_soon(void *nothing)
{
    const struct timespec moment = {0, 600 * 1000 * 1000};
    nanosleep(&moment, NULL);
    bench_faults("");
    return nothing;
}

static pades_signer *open_waiting(const char *faults, bench_pin *pin, uint32_t ms, waiter *w,
                                  pades_error **e)
{
    AUTO(pades_token_opts) *opts = bench_opts(pin, 0);
    pades_signer *s = NULL;
    pades_token_opts_set_wait(opts, ms, on_wait, w);
    bench_faults(faults);
    return pades_signer_new_token(ctx, opts, &s, e) == PADES_OK ? s : NULL;
}

static void wait_for_a_token_that_is_not_there_yet(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    waiter w = {0};
    pthread_t thread;
    AUTO(pades_error) *e = NULL;
    assert_int_equal(pthread_create(&thread, NULL, put_in_soon, NULL), 0);
    AUTO(pades_signer) *s = open_waiting("absent\n", &pin, 20000, &w, &e);
    pthread_join(thread, NULL);
    assert_non_null(s);
    assert_int_equal(w.told, 1);
    assert_string_equal(w.token, "");
    verify_signer(s, PADES_SCHEME_ECDSA, PADES_DIGEST_SHA256);
}

static void wait_ends(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    waiter w = {0};
    AUTO(pades_error) *e = NULL;
    uint64_t start = monotonic_ms();
    AUTO(pades_signer) *s = open_waiting("absent\n", &pin, 600, &w, &e);
    assert_null(s);
    assert_int_equal(pades_error_status(e), PADES_TOKEN_NOT_FOUND);
    assert_int_equal(w.told, 1);
    assert_true(monotonic_ms() - start >= 600);
    assert_int_equal(pin.calls, 0);
}

static void wait_for_a_token_that_was_pulled_out(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    waiter w = {0};
    pthread_t thread;
    AUTO(pades_error) *e = NULL;
    AUTO_VAL(buf) signature = BUF(SIGNER_MAX_SIGNATURE);
    verify_request v;
    AUTO(pades_signer) *s = open_waiting("", &pin, 20000, &w, &e);
    assert_non_null(s);
    assert_int_equal(w.told, 0);
    bench_faults("absent\n");
    assert_int_equal(pthread_create(&thread, NULL, put_in_soon, NULL), 0);
    verify_signer(s, PADES_SCHEME_ECDSA, PADES_DIGEST_SHA256);
    pthread_join(thread, NULL);
    assert_int_equal(w.told, 1);
    assert_string_equal(w.token, "seal");
    /* once */
    bench_faults("absent\n");
    verify_make(&v, PADES_SCHEME_ECDSA, PADES_DIGEST_SHA256);
    assert_fails_with(signer_sign(s, &v.r, &signature, &e), PADES_TOKEN_REMOVED, &e, "removed");
    assert_int_equal(w.told, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sessions_sign_side_by_side_with_one_pin),
        cmocka_unit_test(sessions_more_threads_than_sessions),
        cmocka_unit_test(sessions_that_the_token_does_not_open_are_done_without),
        cmocka_unit_test(sessions_of_a_module_without_locking_take_turns),
        cmocka_unit_test(sessions_one_for_a_key_that_wants_each_pin),
        cmocka_unit_test(sessions_do_not_repeat_a_refused_pin),
        cmocka_unit_test(wait_for_a_token_that_is_not_there_yet),
        cmocka_unit_test(wait_ends),
        cmocka_unit_test(wait_for_a_token_that_was_pulled_out),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
