/* Every allocation of ours fails once in the operations on PINs and in what looks at tokens: a
 * clean error, no second attempt, nothing left open. */
#include "token/secrets.h"
#include "token/failing.h"

DEFINE_AUTO(pades_key_list, pades_key_list_free)
DEFINE_AUTO(pades_token_watch, pades_token_watch_free)

static pades_ctx *ctx;

static int setup(void **state)
{
    (void)state;
    return bench_open(&ctx, "pins-memory", "seal", "seal-p256");
}

static int teardown(void **state)
{
    (void)state;
    return bench_close(ctx);
}

typedef pades_status (*work)(pades_token_opts *opts, pades_error **e);

static pades_status verify(pades_token_opts *opts, pades_error **e)
{
    AUTO(pades_token_list) *l = NULL;
    size_t index = 0;
    pades_pin_state told;
    pades_status status = pades_token_list_new(ctx, opts, &l, e);
    status = status == PADES_OK ? pades_token_list_choose(l, &index, e) : status;
    return status == PADES_OK ? pades_token_pin_verify(l, index, opts, &told, e) : status;
}

static pades_status change(pades_token_opts *opts, pades_error **e)
{
    AUTO(pades_token_list) *l = NULL;
    pades_pin_state told;
    pades_status status = pades_token_list_new(ctx, opts, &l, e);
    return status == PADES_OK ? pades_token_pin_change(l, 0, opts, &told, e) : status;
}

static pades_status unblock(pades_token_opts *opts, pades_error **e)
{
    AUTO(pades_token_list) *l = NULL;
    pades_pin_state told;
    pades_status status = pades_token_list_new(ctx, opts, &l, e);
    return status == PADES_OK ? pades_token_pin_unblock(l, 0, opts, PADES_UNBLOCK_UNKNOWN, &told, e)
                              : status;
}

static pades_status watch_once(pades_token_opts *opts, pades_error **e)
{
    AUTO(pades_token_watch) *w = NULL;
    const pades_token_event *event = NULL;
    pades_status status = pades_token_watch_new(ctx, opts, &w, e);
    return status == PADES_OK ? pades_token_watch_next(w, NULL, &event, e) : status;
}

/* What cannot be told for want of memory is not told; nothing else is lost. */
static pades_status look(pades_token_opts *opts, pades_error **e)
{
    AUTO(pades_key_list) *keys = NULL;
    AUTO(pades_token_list) *l = NULL;
    pades_status status = pades_key_list_new(ctx, opts, &keys, e);
    status = status == PADES_OK ? pades_token_list_new(ctx, opts, &l, e) : status;
    if (status == PADES_OK) {
        (void)pades_key_list_mechanism(keys, 0, 0);
        (void)pades_key_list_always_authenticate(keys, 0);
        (void)pades_token_list_reader(l, 0);
    }
    return status;
}

static pades_status no_token(pades_token_opts *opts, pades_error **e)
{
    AUTO(pades_token_list) *l = NULL;
    size_t index = 0;
    bench_faults("absent\n");
    pades_status status = pades_token_list_new(ctx, opts, &l, e);
    status = status == PADES_OK ? pades_token_list_choose(l, &index, e) : status;
    return status == PADES_TOKEN_NOT_FOUND ? PADES_OK : status;
}

static void each_fails_once(work run)
{
    pades_status status = PADES_INTERNAL;
    long at = 0;
    for (bool finished = false; !finished; at++) {
        secrets s = {.pin = "1234", .fresh = "1234", .puk = "12345678", .attended = true};
        AUTO(pades_token_opts) *opts = secrets_opts(&s);
        AUTO(pades_error) *e = NULL;
        pades_token_opts_set_module(opts, bench_p11fault);
        bench_faults("");
        countdown = at;
        status = run(opts, &e);
        finished = countdown >= 0;
        countdown = -1;
        assert_true(status == PADES_OK || e);
        assert_true(bench_calls("C_Login") <= 1);
        assert_true(bench_calls("C_SetPIN") + bench_calls("C_InitPIN") <= 1);
        assert_int_equal(bench_calls("C_Login") > 0 && status == PADES_OK,
                         bench_calls("C_Logout") > 0 && status == PADES_OK);
        assert_int_equal(bench_calls("C_OpenSession CKR_OK"), bench_calls("C_CloseSession CKR_OK"));
        assert_int_equal(bench_calls("C_Initialize"), bench_calls("C_Finalize"));
        assert_true(at < 5000);
    }
    assert_int_equal(status, PADES_OK);
    assert_true(at > 20);
}

static void memory_of_each_operation(void **state)
{
    (void)state;
    static const work all[] = {verify, change, unblock, watch_once, look, no_token};
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        each_fails_once(all[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(memory_of_each_operation)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
