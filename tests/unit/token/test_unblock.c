/* Unblocking: the way that is known of a module, one PUK sent, and what is said when it did not
 * help. */
#include "token/secrets.h"

#include <stdio.h>

static pades_ctx *ctx;

static int setup(void **state)
{
    (void)state;
    return bench_open(&ctx, "unblock", "seal", "seal-p256");
}

static int teardown(void **state)
{
    (void)state;
    return bench_close(ctx);
}

static int locked(void **state)
{
    (void)state;
    secrets_set_left("tries", 0);
    secrets_set_left("puks", 3);
    return 0;
}

/* SoftHSM2 remembers a wrong PUK in its flags. */
static const secrets right = {.puk = "12345678", .fresh = "1234", .attended = true};

static pades_status run(secrets *s, pades_unblock_style style, const char *faults,
                        pades_pin_state *ret, pades_error **e)
{
    AUTO(pades_token_list) *l = secrets_list(ctx, secrets_faults(faults));
    AUTO(pades_token_opts) *opts = secrets_opts(s);
    s->asked[0] = 0;
    return pades_token_pin_unblock(l, 0, opts, style, ret, e);
}

static size_t sent(void)
{
    return bench_calls("C_Login") + bench_calls("C_SetPIN") + bench_calls("C_InitPIN");
}

static void styles_known(void **state)
{
    (void)state;
    static const struct {
        const char *faults;
        pades_unblock_style style;
    } cases[] = {
        {"", PADES_UNBLOCK_INIT_PIN},
        {"maker OpenSC Project\nlibrary OpenSC smartcard framework\n", PADES_UNBLOCK_SET_PIN},
        {"maker Yubico (www.yubico.com)\n", PADES_UNBLOCK_SET_PIN_PREFIX},
        {"maker SafeNet, Inc.\nlibrary SafeNet eToken PKCS#11\n", PADES_UNBLOCK_INIT_PIN},
        {"maker IBM\nlibrary openCryptoki\n", PADES_UNBLOCK_INIT_PIN},
        {"maker IBM\nlibrary something else\n", PADES_UNBLOCK_UNKNOWN},
        {"maker Fujitsu\nlibrary mPollux\n", PADES_UNBLOCK_UNKNOWN},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO(pades_token_list) *l = secrets_list(ctx, cases[i].faults);
        assert_int_equal(pades_token_unblock_style(l, 0), cases[i].style);
        assert_int_equal(pades_token_unblock_style(l, 1), PADES_UNBLOCK_UNKNOWN);
    }
}

/* Each way against a module that takes PUKs that way; the PIN works afterwards. */
static void unblock_each_way(void **state)
{
    (void)state;
    static const struct {
        const char *faults;
        pades_unblock_style style;
        const char *calls;
    } cases[] = {
        {"", PADES_UNBLOCK_UNKNOWN, "C_InitPIN CKR_OK"},
        {"maker OpenSC Project\nunblock set-pin\n", PADES_UNBLOCK_UNKNOWN, "C_SetPIN CKR_OK"},
        {"maker Yubico (www.yubico.com)\nunblock prefix\n", PADES_UNBLOCK_UNKNOWN,
         "C_SetPIN CKR_OK"},
        {"maker Somebody\n", PADES_UNBLOCK_INIT_PIN, "C_InitPIN CKR_OK"},
        {"maker Somebody\nunblock set-pin\n", PADES_UNBLOCK_SET_PIN, "C_SetPIN CKR_OK"},
        {"maker Somebody\nunblock context\n", PADES_UNBLOCK_SET_PIN_CONTEXT, "C_SetPIN CKR_OK"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        secrets s = right;
        AUTO(pades_error) *e = NULL;
        pades_pin_state told = PADES_PIN_STATE_LOCKED;
        locked(NULL);
        assert_ok(run(&s, cases[i].style, cases[i].faults, &told, &e), e);
        assert_int_equal(told, PADES_PIN_STATE_OK);
        assert_string_equal(s.asked, "puk new");
        assert_string_equal(s.purpose, "unblock the PIN");
        assert_int_equal(bench_calls(cases[i].calls), 1);
        assert_int_equal(secrets_left("tries", -1), 3);
        assert_int_equal(secrets_left("puks", -1), 3);
    }
}

static void unblock_with_a_wrong_puk_costs_one_try(void **state)
{
    (void)state;
    static const struct {
        const char *faults;
        const char *part;
    } cases[] = {
        {"", "token 'seal' says the PUK is wrong"},
        {"maker OpenSC Project\nunblock set-pin\n", "says the PUK is wrong, or its module took no"},
        {"maker Yubico\nunblock prefix\n", "says the PUK is wrong, or its module took no"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        secrets s = {.puk = "00000000", .fresh = "1234", .attended = true};
        AUTO(pades_error) *e = NULL;
        pades_pin_state told = PADES_PIN_STATE_NOT_SET;
        locked(NULL);
        assert_fails_with(run(&s, PADES_UNBLOCK_UNKNOWN, cases[i].faults, &told, &e),
                          PADES_PIN_INCORRECT, &e, cases[i].part);
        assert_int_equal(secrets_left("puks", -1), 2);
        assert_int_equal(secrets_left("tries", -1), 0);
        assert_int_equal(sent(), 1);
        assert_int_equal(told, PADES_PIN_STATE_NOT_SET);
    }
}

static void unblock_of_an_unknown_module_is_refused(void **state)
{
    (void)state;
    secrets s = right;
    AUTO(pades_error) *e = NULL;
    pades_pin_state told;
    assert_int_equal(run(&s, PADES_UNBLOCK_UNKNOWN, "maker Somebody\n", &told, &e),
                     PADES_TOKEN_ERROR);
    assert_non_null(strstr(pades_error_message(e), "not known how the module of token 'seal' "
                                                   "(Somebody, "));
    assert_non_null(strstr(pades_error_hint(e), "--style"));
    error_clear(&e);
    assert_string_equal(s.asked, "");
    assert_int_equal(sent(), 0);
    assert_fails_with(run(&s, (pades_unblock_style)9, "", &told, &e), PADES_INVALID_ARGUMENT, &e,
                      "this number");
}

/* OpenSC as it comes: the PUK is taken for the old PIN, which the locked PIN refuses. */
static void unblock_where_the_module_takes_no_puk(void **state)
{
    (void)state;
    secrets s = right;
    AUTO(pades_error) *e = NULL;
    pades_pin_state told;
    assert_int_equal(run(&s, PADES_UNBLOCK_UNKNOWN, "maker OpenSC Project\n", &told, &e),
                     PADES_PIN_LOCKED);
    assert_non_null(strstr(pades_error_message(e), "stays locked"));
    assert_non_null(strstr(pades_error_hint(e), "user_pin_unblock_style"));
    error_clear(&e);
    assert_int_equal(secrets_left("puks", -1), 3);
    assert_int_equal(sent(), 1);
    secrets_set_left("tries", 3);
    assert_fails_with(run(&s, PADES_UNBLOCK_SET_PIN_CONTEXT, "", &told, &e), PADES_TOKEN_ERROR, &e,
                      "does not take a PUK this way");
    assert_fails_with(
        run(&s, PADES_UNBLOCK_INIT_PIN, "fail C_InitPIN CKR_FUNCTION_NOT_SUPPORTED\n", &told, &e),
        PADES_TOKEN_ERROR, &e, "does not take a PUK this way");
    assert_int_equal(bench_calls("C_Logout CKR_OK"), 1);
}

/* A PIN that is not locked could lose a try to the PUK; by name it is the user's own will. */
static void unblock_of_a_pin_that_is_not_locked(void **state)
{
    (void)state;
    secrets s = right;
    AUTO(pades_error) *e = NULL;
    pades_pin_state told;
    secrets_set_left("tries", 3);
    assert_fails_with(run(&s, PADES_UNBLOCK_UNKNOWN, "maker OpenSC Project\n", &told, &e),
                      PADES_TOKEN_ERROR, &e, "is not locked: nothing was tried");
    assert_int_equal(sent(), 0);
    assert_fails_with(run(&s, PADES_UNBLOCK_SET_PIN, "maker OpenSC Project\n", &told, &e),
                      PADES_PIN_INCORRECT, &e, "says the PUK is wrong, or");
    assert_int_equal(secrets_left("tries", -1), 2);
    secrets_set_left("tries", 3);
    assert_ok(run(&s, PADES_UNBLOCK_UNKNOWN, "", &told, &e), e);
}

static void unblock_when_the_puk_is_locked(void **state)
{
    (void)state;
    secrets s = right;
    AUTO(pades_error) *e = NULL;
    pades_pin_state told;
    assert_fails_with(run(&s, PADES_UNBLOCK_UNKNOWN, "flags +CKF_SO_PIN_LOCKED\n", &told, &e),
                      PADES_PIN_LOCKED, &e, "the PUK of token 'seal' is locked");
    assert_int_equal(sent(), 0);
    assert_string_equal(s.asked, "");
    secrets_set_left("puks", 0); /* and no flag says so */
    assert_fails_with(run(&s, PADES_UNBLOCK_UNKNOWN, "", &told, &e), PADES_PIN_LOCKED, &e,
                      "the PUK of token 'seal' is locked");
    assert_int_equal(sent(), 1);
}

static void unblock_unattended_spends_no_last_try(void **state)
{
    (void)state;
    secrets s = right;
    AUTO(pades_error) *e = NULL;
    pades_pin_state told;
    const char *few = "flags +CKF_SO_PIN_FINAL_TRY\n";
    s.attended = false;
    assert_fails_with(run(&s, PADES_UNBLOCK_UNKNOWN, few, &told, &e), PADES_PIN_LAST_TRY, &e,
                      "one try is left for the PUK");
    assert_int_equal(sent(), 0);
    s.last_try = true;
    assert_ok(run(&s, PADES_UNBLOCK_UNKNOWN, few, &told, &e), e);
}

static void unblock_refused_for_the_new_pin(void **state)
{
    (void)state;
    secrets s = {.puk = "12345678", .fresh = "1", .attended = true};
    AUTO(pades_error) *e = NULL;
    pades_pin_state told;
    assert_fails_with(run(&s, PADES_UNBLOCK_UNKNOWN, "", &told, &e), PADES_PIN_INVALID, &e,
                      "does not take the new PIN: its length");
    assert_int_equal(secrets_left("tries", -1), 0);
    assert_int_equal(bench_calls("C_Logout CKR_OK"), 1);
    s = (secrets){.puk = "12345678", .attended = true};
    assert_fails_with(run(&s, PADES_UNBLOCK_UNKNOWN, "", &told, &e), PADES_PIN_CANCELLED, &e,
                      "the entry of the new PIN");
    assert_int_equal(sent(), 0);
}

static void unblock_on_a_pad(void **state)
{
    (void)state;
    char faults[512];
    secrets s = {.pin = "never used"};
    AUTO(pades_error) *e = NULL;
    pades_pin_state told;
    int n = snprintf(faults, sizeof faults, "flags +CKF_PROTECTED_AUTHENTICATION_PATH\npinpad %s\n",
                     bench_path("pad"));
    bench_write("pad", "12345678\n1234\n");
    assert_ok(run(&s, PADES_UNBLOCK_UNKNOWN, faults, &told, &e), e);
    assert_string_equal(s.asked, "PUK NEW");
    locked(NULL);
    snprintf(faults + n, sizeof faults - (size_t)n, "maker OpenSC Project\nunblock set-pin\n");
    assert_ok(run(&s, PADES_UNBLOCK_UNKNOWN, faults, &told, &e), e);
    assert_string_equal(s.asked, "PUK");
    locked(NULL);
    bench_write("pad", "12345678\ncancel\n");
    faults[n] = 0;
    assert_fails_with(run(&s, PADES_UNBLOCK_UNKNOWN, faults, &told, &e), PADES_PIN_CANCELLED, &e,
                      "cancelled");
    assert_int_equal(secrets_left("tries", -1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(styles_known, locked),
        cmocka_unit_test_setup(unblock_each_way, locked),
        cmocka_unit_test_setup(unblock_with_a_wrong_puk_costs_one_try, locked),
        cmocka_unit_test_setup(unblock_of_an_unknown_module_is_refused, locked),
        cmocka_unit_test_setup(unblock_where_the_module_takes_no_puk, locked),
        cmocka_unit_test_setup(unblock_of_a_pin_that_is_not_locked, locked),
        cmocka_unit_test_setup(unblock_when_the_puk_is_locked, locked),
        cmocka_unit_test_setup(unblock_unattended_spends_no_last_try, locked),
        cmocka_unit_test_setup(unblock_refused_for_the_new_pin, locked),
        cmocka_unit_test_setup(unblock_on_a_pad, locked),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
