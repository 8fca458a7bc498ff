/* Readers with and without a card, what a token says of its PINs, and the choice of the only one.
 */
#include "token/bench.h"

DEFINE_AUTO(pades_token_list, pades_token_list_free)

static pades_ctx *ctx;

static int setup(void **state)
{
    (void)state;
    return bench_open(&ctx, "readers", "seal", "seal-p256");
}

static int teardown(void **state)
{
    (void)state;
    return bench_close(ctx);
}

static pades_token_list *list(const char *faults)
{
    AUTO(pades_token_opts) *opts = bench_opts(NULL, 0);
    pades_token_list *l = NULL;
    pades_error *e = NULL;
    bench_faults(faults);
    assert_ok(pades_token_list_new(ctx, opts, &l, &e), e);
    return l;
}

static size_t readers_in(pades_token_list *l, pades_reader_state state)
{
    const pades_reader_info *r;
    size_t n = 0;
    for (size_t i = 0; (r = pades_token_list_reader(l, i)); i++) {
        n += r->state == state ? 1 : 0;
    }
    return n;
}

static void readers_with_and_without_a_token(void **state)
{
    (void)state;
    AUTO(pades_token_list) *l = list("");
    assert_int_equal(readers_in(l, PADES_READER_TOKEN), 1);
    assert_int_equal(readers_in(l, PADES_READER_NOT_SET_UP), 1);
    assert_non_null(strstr(pades_token_list_reader(l, 0)->name, "SoftHSM slot ID"));
    assert_string_equal(pades_token_list_reader(l, 0)->manufacturer, "SoftHSM project");
    assert_string_equal(pades_token_list_reader(l, 0)->module, bench_p11fault);
    assert_null(pades_token_list_reader(l, 2));
    assert_null(pades_token_list_reader(NULL, 0));
}

static void readers_empty_unrecognized_and_silent(void **state)
{
    (void)state;
    AUTO(pades_token_list) *l = list("absent\n");
    assert_int_equal(readers_in(l, PADES_READER_EMPTY), 2);
    pades_token_list_free(TAKE(l));
    l = list("fail C_GetTokenInfo CKR_TOKEN_NOT_RECOGNIZED\n");
    assert_int_equal(readers_in(l, PADES_READER_UNRECOGNIZED), 2);
    pades_token_list_free(TAKE(l));
    l = list("fail C_GetTokenInfo CKR_DEVICE_ERROR\n");
    assert_int_equal(readers_in(l, PADES_READER_SILENT), 2);
}

/* The second slot of a reader is no second reader, whatever its state. */
static void readers_of_a_card_with_two_slots_are_one(void **state)
{
    (void)state;
    AUTO(pades_token_list) *l = list("twice\n");
    assert_int_equal(pades_token_list_count(l), 2);
    assert_int_equal(readers_in(l, PADES_READER_TOKEN), 1);
    assert_int_equal(readers_in(l, PADES_READER_NOT_SET_UP), 1);
}

static void tokens_tell_both_pins(void **state)
{
    (void)state;
    static const struct {
        const char *faults;
        pades_pin_state state;
    } cases[] = {{"", PADES_PIN_STATE_OK},
                 {"flags +CKF_SO_PIN_COUNT_LOW\n", PADES_PIN_STATE_COUNT_LOW},
                 {"flags +CKF_SO_PIN_FINAL_TRY\n", PADES_PIN_STATE_FINAL_TRY},
                 {"flags +CKF_SO_PIN_TO_BE_CHANGED\n", PADES_PIN_STATE_TO_BE_CHANGED},
                 {"flags +CKF_SO_PIN_LOCKED +CKF_SO_PIN_COUNT_LOW\n", PADES_PIN_STATE_LOCKED}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO(pades_token_list) *l = list(cases[i].faults);
        const pades_token_info *t = pades_token_list_get(l, 0);
        assert_int_equal(t->so_pin_state, cases[i].state);
        assert_int_equal(t->pin_state, PADES_PIN_STATE_OK);
        assert_int_equal(t->pin_min, 4);
        assert_int_equal(t->pin_max, 255);
        assert_non_null(strstr(t->library, "SoftHSM, Implementation of PKCS11, 2.6"));
    }
}

static void choice_is_the_only_one_or_none(void **state)
{
    (void)state;
    AUTO(pades_error) *e = NULL;
    size_t index = 7;
    AUTO(pades_token_list) *l = list("");
    assert_ok(pades_token_list_choose(l, &index, &e), e);
    assert_int_equal(index, 0);
    index = 7;
    pades_token_list_free(TAKE(l));
    l = list("twice\n");
    assert_int_equal(pades_token_list_choose(l, &index, &e), PADES_TOKEN_AMBIGUOUS);
    assert_non_null(strstr(pades_error_hint(e), "slot-id="));
    error_clear(&e);
    pades_token_list_free(TAKE(l));
    l = list("absent\n");
    assert_fails_with(pades_token_list_choose(l, &index, &e), PADES_TOKEN_NOT_FOUND, &e,
                      "no token is present");
    assert_int_equal(index, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readers_with_and_without_a_token),
        cmocka_unit_test(readers_empty_unrecognized_and_silent),
        cmocka_unit_test(readers_of_a_card_with_two_slots_are_one),
        cmocka_unit_test(tokens_tell_both_pins),
        cmocka_unit_test(choice_is_the_only_one_or_none),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
