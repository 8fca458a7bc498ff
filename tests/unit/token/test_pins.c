/* Checking and changing PINs: what is asked, what is sent, how many tries it costs, what is said.
 */
#include "token/secrets.h"

#include <stdio.h>
#include <unistd.h>

static pades_ctx *ctx;

static int setup(void **state)
{
    (void)state;
    return bench_open(&ctx, "pins", "seal", "seal-p256");
}

static int teardown(void **state)
{
    (void)state;
    return bench_close(ctx);
}

static int fresh_counters(void **state)
{
    (void)state;
    secrets_set_left("tries", 3);
    secrets_set_left("puks", 3);
    return 0;
}

typedef pades_status (*operation)(pades_token_list *list, size_t index,
                                  const pades_token_opts *opts, pades_pin_state *ret_state,
                                  pades_error **ret_error);

static pades_status run(operation op, secrets *s, const char *faults, pades_pin_state *ret,
                        pades_error **e)
{
    AUTO(pades_token_list) *l = secrets_list(ctx, secrets_faults(faults));
    AUTO(pades_token_opts) *opts = secrets_opts(s);
    s->asked[0] = 0;
    return op(l, 0, opts, ret, e);
}

static void verify_right(void **state)
{
    (void)state;
    secrets s = {.pin = "1234"};
    AUTO(pades_error) *e = NULL;
    pades_pin_state told = PADES_PIN_STATE_LOCKED;
    assert_ok(run(pades_token_pin_verify, &s, "", &told, &e), e);
    assert_int_equal(told, PADES_PIN_STATE_OK);
    assert_string_equal(s.asked, "user");
    assert_string_equal(s.purpose, "check the PIN");
    assert_int_equal(s.min, 4);
    assert_int_equal(s.max, 255);
    assert_int_equal(bench_calls("C_Login(user) CKR_OK"), 1);
    assert_int_equal(bench_calls("C_Logout CKR_OK"), 1);
    assert_int_equal(bench_calls("C_CloseSession CKR_OK"), 1);
    assert_int_equal(secrets_left("tries", -1), 3);
}

static void verify_wrong_costs_one_try_each(void **state)
{
    (void)state;
    static const char *const wrong[] = {"0000", "1111", "2222"};
    secrets s = {.attended = true};
    AUTO(pades_error) *e = NULL;
    pades_pin_state told = PADES_PIN_STATE_NOT_SET;
    for (int left = 2; left >= 0; left--) {
        s.pin = wrong[left];
        pades_status want = left == 0 ? PADES_PIN_LOCKED : PADES_PIN_INCORRECT;
        const char *part = left == 0 ? "is locked: the PIN was wrong and that was the last try"
                           : left == 1
                               ? "says the PIN is wrong; one try is left before it is locked"
                               : "says the PIN is wrong; few tries are left";
        assert_fails_with(run(pades_token_pin_verify, &s, "", &told, &e), want, &e, part);
        assert_int_equal(secrets_left("tries", -1), left);
        assert_int_equal(bench_calls("C_Login"), 1);
        if (left > 0) {
            assert_fails_with(run(pades_token_pin_verify, &s, "", &told, &e), PADES_PIN_INCORRECT,
                              &e, "not sent again");
            assert_int_equal(secrets_left("tries", -1), left);
        }
    }
    assert_fails_with(run(pades_token_pin_verify, &s, "", &told, &e), PADES_PIN_LOCKED, &e,
                      "the PIN of token 'seal' is locked");
    assert_string_equal(s.asked, "");
    assert_int_equal(bench_calls("C_Login"), 0);
    assert_int_equal(told, PADES_PIN_STATE_NOT_SET);
}

static void verify_unattended_spends_no_last_try(void **state)
{
    (void)state;
    secrets s = {.pin = "1234"};
    AUTO(pades_error) *e = NULL;
    pades_pin_state told;
    for (int left = 1; left <= 2; left++) {
        secrets_set_left("tries", left);
        assert_fails_with(run(pades_token_pin_verify, &s, "", &told, &e), PADES_PIN_LAST_TRY, &e,
                          "the PIN was not used");
        assert_string_equal(s.asked, "");
        assert_int_equal(bench_calls("C_Login"), 0);
    }
    s.last_try = true;
    assert_ok(run(pades_token_pin_verify, &s, "", &told, &e), e);
}

/* clause: PKCS11-2.40#5.5 CKR_PIN_EXPIRED: the PIN is right, and has to be changed */
static void verify_expired_is_right(void **state)
{
    (void)state;
    secrets s = {.pin = "1234"};
    AUTO(pades_error) *e = NULL;
    pades_pin_state told;
    assert_ok(run(pades_token_pin_verify, &s,
                  "after C_Login CKR_PIN_EXPIRED\nflags +CKF_USER_PIN_TO_BE_CHANGED\n", &told, &e),
              e);
    assert_int_equal(told, PADES_PIN_STATE_TO_BE_CHANGED);
}

static void verify_on_a_pad(void **state)
{
    (void)state;
    char faults[512];
    secrets s = {.pin = "never used"};
    AUTO(pades_error) *e = NULL;
    pades_pin_state told;
    snprintf(faults, sizeof faults, "flags +CKF_PROTECTED_AUTHENTICATION_PATH\npinpad %s\n",
             bench_path("pad"));
    bench_write("pad", "1234\n");
    assert_ok(run(pades_token_pin_verify, &s, faults, &told, &e), e);
    assert_string_equal(s.asked, "USER");
    bench_write("pad", "cancel\n");
    assert_fails_with(run(pades_token_pin_verify, &s, faults, &told, &e), PADES_PIN_CANCELLED, &e,
                      "cancelled");
    bench_write("pad", "0000\n");
    assert_fails_with(run(pades_token_pin_verify, &s, faults, &told, &e), PADES_PIN_INCORRECT, &e,
                      "wrong");
    assert_int_equal(secrets_left("tries", -1), 2);
}

static void verify_needs_a_source_and_a_token(void **state)
{
    (void)state;
    secrets s = {.pin = NULL};
    AUTO(pades_error) *e = NULL;
    AUTO(pades_token_list) *l = secrets_list(ctx, "");
    pades_pin_state told;
    assert_fails_with(pades_token_pin_verify(l, 0, NULL, &told, &e), PADES_PIN_REQUIRED, &e,
                      "wants its PIN and there is nobody to ask");
    assert_fails_with(pades_token_pin_verify(l, 1, NULL, &told, &e), PADES_INVALID_ARGUMENT, &e,
                      "no such token");
    assert_fails_with(run(pades_token_pin_verify, &s, "", &told, &e), PADES_PIN_CANCELLED, &e,
                      "the entry of the PIN for token 'seal' was cancelled");
    assert_int_equal(bench_calls("C_Login"), 0);
}

static void change_to(const char *from, const char *to)
{
    secrets s = {.pin = from, .fresh = to};
    AUTO(pades_error) *e = NULL;
    pades_pin_state told = PADES_PIN_STATE_LOCKED;
    assert_ok(run(pades_token_pin_change, &s, "", &told, &e), e);
    assert_int_equal(told, PADES_PIN_STATE_OK);
    assert_string_equal(s.asked, "user new");
    assert_string_equal(s.purpose, "change the PIN");
}

static void change_and_back(void **state)
{
    (void)state;
    secrets s = {.pin = "654321"};
    AUTO(pades_error) *e = NULL;
    pades_pin_state told;
    change_to("1234", "654321");
    assert_int_equal(bench_calls("C_Login(user) CKR_OK"), 1);
    assert_int_equal(bench_calls("C_SetPIN CKR_OK"), 1);
    assert_int_equal(bench_calls("C_Logout CKR_OK"), 1);
    assert_ok(run(pades_token_pin_verify, &s, "", &told, &e), e);
    change_to("654321", "1234");
}

/* What was refused may be right now. */
static void change_forgets_what_was_refused(void **state)
{
    (void)state;
    secrets s = {.pin = "4321", .attended = true};
    AUTO(pades_error) *e = NULL;
    pades_pin_state told;
    assert_fails_with(run(pades_token_pin_verify, &s, "", &told, &e), PADES_PIN_INCORRECT, &e,
                      "is wrong");
    assert_fails_with(run(pades_token_pin_verify, &s, "", &told, &e), PADES_PIN_INCORRECT, &e,
                      "not sent again");
    secrets change = {.pin = "1234", .fresh = "4321", .attended = true};
    assert_ok(run(pades_token_pin_change, &change, "", &told, &e), e);
    assert_ok(run(pades_token_pin_verify, &s, "", &told, &e), e);
    change_to("4321", "1234");
}

static void change_with_a_wrong_pin_costs_one_try(void **state)
{
    (void)state;
    secrets s = {.pin = "0000", .fresh = "654321", .attended = true};
    AUTO(pades_error) *e = NULL;
    pades_pin_state told;
    assert_fails_with(run(pades_token_pin_change, &s, "", &told, &e), PADES_PIN_INCORRECT, &e,
                      "says the PIN is wrong");
    assert_int_equal(secrets_left("tries", -1), 2);
    assert_int_equal(bench_calls("C_SetPIN"), 0);
    s.pin = "1234";
    assert_ok(run(pades_token_pin_verify, &s, "", &told, &e), e);
}

/* The old PIN was right: no try is lost, and the PIN is as it was. */
static void change_refused_for_the_new_pin(void **state)
{
    (void)state;
    secrets s = {.pin = "1234", .fresh = "1"};
    AUTO(pades_error) *e = NULL;
    pades_pin_state told;
    assert_int_equal(run(pades_token_pin_change, &s, "", &told, &e), PADES_PIN_INVALID);
    assert_non_null(strstr(pades_error_message(e), "does not take the new PIN: its length"));
    assert_non_null(strstr(pades_error_hint(e), "4 to 255"));
    assert_string_equal(pades_error_native(e), "CKR_PIN_LEN_RANGE");
    error_clear(&e);
    assert_int_equal(bench_calls("C_SetPIN"), 1);
    assert_int_equal(bench_calls("C_Logout CKR_OK"), 1);
    assert_int_equal(secrets_left("tries", -1), 3);
    s.fresh = "654321";
    assert_fails_with(run(pades_token_pin_change, &s, "fail C_SetPIN CKR_PIN_INVALID\n", &told, &e),
                      PADES_PIN_INVALID, &e, "its characters");
    assert_ok(run(pades_token_pin_verify, &s, "", &told, &e), e);
}

static void change_asks_before_anything_is_sent(void **state)
{
    (void)state;
    secrets s = {.pin = "1234", .fresh = NULL};
    AUTO(pades_error) *e = NULL;
    pades_pin_state told;
    assert_fails_with(run(pades_token_pin_change, &s, "", &told, &e), PADES_PIN_CANCELLED, &e,
                      "the entry of the new PIN for token 'seal' was cancelled");
    assert_int_equal(bench_calls("C_Login"), 0);
    assert_int_equal(bench_calls("C_SetPIN"), 0);
}

static void change_of_a_pin_that_has_to_be(void **state)
{
    (void)state;
    secrets s = {.pin = "1234", .fresh = "1234"};
    AUTO(pades_error) *e = NULL;
    pades_pin_state told;
    assert_ok(run(pades_token_pin_change, &s, "after C_Login CKR_PIN_EXPIRED\n", &told, &e), e);
    assert_int_equal(bench_calls("C_SetPIN CKR_OK"), 1);
}

/* On a pad the old PIN is typed once, except where C_SetPIN might take it for a PUK. */
static void change_on_a_pad(void **state)
{
    (void)state;
    char faults[512];
    secrets s = {.pin = "never used"};
    AUTO(pades_error) *e = NULL;
    pades_pin_state told;
    int n = snprintf(faults, sizeof faults, "flags +CKF_PROTECTED_AUTHENTICATION_PATH\npinpad %s\n",
                     bench_path("pad"));
    bench_write("pad", "1234\n654321\n");
    assert_ok(run(pades_token_pin_change, &s, faults, &told, &e), e);
    assert_string_equal(s.asked, "NEW");
    assert_int_equal(bench_calls("C_Login"), 0);
    bench_write("pad", "654321\n1234\n");
    snprintf(faults + n, sizeof faults - (size_t)n, "maker OpenSC Project\n");
    assert_ok(run(pades_token_pin_change, &s, faults, &told, &e), e);
    assert_string_equal(s.asked, "USER NEW");
    assert_int_equal(bench_calls("C_Login(user) CKR_OK"), 1);
    bench_write("pad", "1234\ncancel\n");
    assert_fails_with(run(pades_token_pin_change, &s, faults, &told, &e), PADES_PIN_CANCELLED, &e,
                      "cancelled");
    assert_int_equal(bench_calls("C_Logout"), 1);
    assert_int_equal(secrets_left("tries", -1), 3);
}

/* OpenSC set to take PUKs: the old PIN is one all the same. */
static void change_where_set_pin_takes_a_puk(void **state)
{
    (void)state;
    secrets s = {.pin = "1234", .fresh = "654321"};
    AUTO(pades_error) *e = NULL;
    pades_pin_state told;
    const char *opensc = "maker OpenSC Project\nunblock set-pin\n";
    assert_ok(run(pades_token_pin_change, &s, opensc, &told, &e), e);
    assert_int_equal(secrets_left("puks", -1), 3);
    assert_int_equal(secrets_left("tries", -1), 3);
    change_to("654321", "1234");
}

static void token_that_is_pulled_out(void **state)
{
    (void)state;
    secrets s = {.pin = "1234", .fresh = "654321"};
    AUTO(pades_error) *e = NULL;
    AUTO(pades_token_opts) *opts = secrets_opts(&s);
    pades_pin_state told;
    AUTO(pades_token_list) *l = secrets_list(ctx, "");
    bench_faults("absent\n");
    assert_fails_with(pades_token_pin_verify(l, 0, opts, &told, &e), PADES_TOKEN_REMOVED, &e,
                      "was removed");
    bench_faults("fail C_SetPIN CKR_DEVICE_REMOVED\n");
    assert_fails_with(pades_token_pin_change(l, 0, opts, &told, &e), PADES_TOKEN_REMOVED, &e,
                      "was removed");
    assert_int_equal(bench_calls("C_SetPIN"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(verify_right, fresh_counters),
        cmocka_unit_test_setup(verify_wrong_costs_one_try_each, fresh_counters),
        cmocka_unit_test_setup(verify_unattended_spends_no_last_try, fresh_counters),
        cmocka_unit_test_setup(verify_expired_is_right, fresh_counters),
        cmocka_unit_test_setup(verify_on_a_pad, fresh_counters),
        cmocka_unit_test_setup(verify_needs_a_source_and_a_token, fresh_counters),
        cmocka_unit_test_setup(change_and_back, fresh_counters),
        cmocka_unit_test_setup(change_forgets_what_was_refused, fresh_counters),
        cmocka_unit_test_setup(change_with_a_wrong_pin_costs_one_try, fresh_counters),
        cmocka_unit_test_setup(change_refused_for_the_new_pin, fresh_counters),
        cmocka_unit_test_setup(change_asks_before_anything_is_sent, fresh_counters),
        cmocka_unit_test_setup(change_of_a_pin_that_has_to_be, fresh_counters),
        cmocka_unit_test_setup(change_on_a_pad, fresh_counters),
        cmocka_unit_test_setup(change_where_set_pin_takes_a_puk, fresh_counters),
        cmocka_unit_test_setup(token_that_is_pulled_out, fresh_counters),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
