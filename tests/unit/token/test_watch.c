/* What comes and goes, through a module whose token is there or not as the faults file says. */
#include "token/secrets.h"

#include "base/control.h"

#include <stdio.h>

DEFINE_AUTO(pades_token_watch, pades_token_watch_free)

static pades_ctx *ctx;

static int setup(void **state)
{
    (void)state;
    return bench_open(&ctx, "watch", "seal", "seal-p256");
}

static int teardown(void **state)
{
    (void)state;
    return bench_close(ctx);
}

static pades_token_watch *watch(const char *faults)
{
    AUTO(pades_token_opts) *opts = bench_opts(NULL, 0);
    pades_token_watch *w = NULL;
    pades_error *e = NULL;
    bench_faults(faults);
    assert_ok(pades_token_watch_new(ctx, opts, &w, &e), e);
    return w;
}

/* The next event within two seconds. */
static const pades_token_event *next(pades_token_watch *w)
{
    AUTO(pades_control) *control = NULL;
    const pades_token_event *event = NULL;
    pades_error *e = NULL;
    assert_int_equal(pades_control_new(&control, NULL), PADES_OK);
    pades_control_set_deadline(control, 2000);
    assert_ok(pades_token_watch_next(w, control, &event, &e), e);
    return event;
}

static pades_status nothing(pades_token_watch *w, uint64_t ms)
{
    AUTO(pades_control) *control = NULL;
    const pades_token_event *event = NULL;
    AUTO(pades_error) *e = NULL;
    assert_int_equal(pades_control_new(&control, NULL), PADES_OK);
    pades_control_set_deadline(control, ms);
    pades_status status = pades_token_watch_next(w, control, &event, &e);
    assert_null(event);
    return status;
}

static void watch_sees_what_is_there_goes_and_comes(void **state)
{
    (void)state;
    AUTO(pades_token_watch) *w = watch("");
    const pades_token_event *event = next(w);
    assert_int_equal(event->kind, PADES_EVENT_PRESENT);
    assert_string_equal(event->token->label, "seal");
    assert_int_equal(nothing(w, 1200), PADES_TIMEOUT);
    bench_faults("absent\n");
    event = next(w);
    assert_int_equal(event->kind, PADES_EVENT_REMOVED);
    assert_string_equal(event->token->label, "seal");
    assert_non_null(strstr(event->reader, "SoftHSM slot"));
    bench_faults("label other\n");
    event = next(w);
    assert_int_equal(event->kind, PADES_EVENT_INSERTED);
    assert_string_equal(event->token->label, "other");
    assert_string_equal(event->module, bench_p11fault);
    assert_non_null(strstr(event->token->uri, "token=other"));
}

/* Another token in the same slot between two looks: one has gone, one has come. */
static void watch_sees_an_exchange(void **state)
{
    (void)state;
    AUTO(pades_token_watch) *w = watch("serial 01\n");
    assert_int_equal(next(w)->kind, PADES_EVENT_PRESENT);
    bench_faults("serial 02\n");
    const pades_token_event *event = next(w);
    assert_int_equal(event->kind, PADES_EVENT_REMOVED);
    assert_string_equal(event->token->serial, "01");
    event = next(w);
    assert_int_equal(event->kind, PADES_EVENT_INSERTED);
    assert_string_equal(event->token->serial, "02");
}

static void watch_sees_cards_that_are_not_recognized(void **state)
{
    (void)state;
    AUTO(pades_token_watch) *w = watch("absent\n");
    assert_int_equal(nothing(w, 100), PADES_TIMEOUT);
    bench_faults("fail C_GetTokenInfo CKR_TOKEN_NOT_RECOGNIZED\n");
    for (int i = 0; i < 2; i++) {
        const pades_token_event *event = next(w);
        assert_int_equal(event->kind, PADES_EVENT_INSERTED);
        assert_null(event->token);
    }
    assert_int_equal(nothing(w, 700), PADES_TIMEOUT);
}

/* The next that is about a token. */
static const pades_token_event *next_token(pades_token_watch *w)
{
    const pades_token_event *event = next(w);
    while (!event->token) {
        event = next(w);
    }
    return event;
}

/* A module that stumbles is looked at again. */
static void watch_goes_on_after_a_failure(void **state)
{
    (void)state;
    AUTO(pades_token_watch) *w = watch("");
    assert_int_equal(next(w)->kind, PADES_EVENT_PRESENT);
    bench_faults("fail C_GetSlotList CKR_DEVICE_ERROR\n");
    assert_int_equal(next_token(w)->kind, PADES_EVENT_REMOVED);
    bench_faults("");
    assert_int_equal(next_token(w)->kind, PADES_EVENT_INSERTED);
}

static void watch_makes_no_session(void **state)
{
    (void)state;
    AUTO(pades_token_watch) *w = watch("");
    assert_int_equal(next(w)->kind, PADES_EVENT_PRESENT);
    assert_int_equal(nothing(w, 1200), PADES_TIMEOUT);
    assert_int_equal(bench_calls("C_OpenSession"), 0);
    assert_int_equal(bench_calls("C_Login"), 0);
}

static void watch_is_cancelled(void **state)
{
    (void)state;
    AUTO(pades_token_watch) *w = watch("");
    AUTO(pades_control) *control = NULL;
    const pades_token_event *event = NULL;
    AUTO(pades_error) *e = NULL;
    assert_int_equal(next(w)->kind, PADES_EVENT_PRESENT);
    assert_int_equal(pades_control_new(&control, NULL), PADES_OK);
    pades_control_cancel(control);
    assert_int_equal(pades_token_watch_next(w, control, &event, &e), PADES_CANCELLED);
    error_clear(&e);
    assert_fails_with(pades_token_watch_next(NULL, NULL, &event, &e), PADES_INVALID_ARGUMENT, &e,
                      "needs a watch");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(watch_sees_what_is_there_goes_and_comes),
        cmocka_unit_test(watch_sees_an_exchange),
        cmocka_unit_test(watch_sees_cards_that_are_not_recognized),
        cmocka_unit_test(watch_goes_on_after_a_failure),
        cmocka_unit_test(watch_makes_no_session),
        cmocka_unit_test(watch_is_cancelled),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
