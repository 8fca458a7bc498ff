/* Sets of object numbers, dense and scattered. */
#include "unit.h"

#include "pdf/idbits.h"

static void idbits_keeps_what_was_added(void **state)
{
    (void)state;
    AUTO_VAL(idbits) set = {0};
    assert_false(idbits_has(&set, 0));
    assert_false(idbits_drop(&set, 7));
    for (uint32_t id = 0; id < 200000; id += 3) {
        assert_false(idbits_add(&set, id));
    }
    for (uint32_t id = 0; id < 200000; id++) {
        assert_int_equal(idbits_has(&set, id), id % 3 == 0);
    }
    assert_true(idbits_add(&set, 3));
    assert_true(idbits_drop(&set, 3));
    assert_false(idbits_has(&set, 3));
    assert_false(idbits_add(&set, 3));
    assert_true(set.n <= 200000 / 64 + 1);
    assert_int_equal(idbits_check(&set, NULL), PADES_OK);
}

static void idbits_takes_numbers_at_the_edges(void **state)
{
    (void)state;
    AUTO_VAL(idbits) set = {0};
    static const uint32_t ids[] = {0, 63, 64, INT32_MAX, UINT32_MAX - 64, UINT32_MAX};
    for (size_t i = 0; i < 6; i++) {
        assert_false(idbits_add(&set, ids[i]));
    }
    for (size_t i = 0; i < 6; i++) {
        assert_true(idbits_has(&set, ids[i]));
        assert_true(idbits_drop(&set, ids[i]));
    }
}

static void idbits_says_when_it_is_over(void **state)
{
    (void)state;
    AUTO_VAL(idbits) set = {0};
    for (uint32_t i = 0; i < (1u << 22) && !set.failed; i++) {
        idbits_add(&set, i * 256);
    }
    assert_true(set.failed && set.over);
    assert_int_equal(idbits_check(&set, NULL), PADES_LIMIT);
    assert_true(set.n < (1u << 22));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(idbits_keeps_what_was_added),
        cmocka_unit_test(idbits_takes_numbers_at_the_edges),
        cmocka_unit_test(idbits_says_when_it_is_over),
    };
    return cmocka_run_group_tests_name("pdf_idbits", tests, NULL, NULL);
}
