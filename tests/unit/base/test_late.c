/* A library or a function that is not there is told by name, and nothing is written for it. */
#include "unit.h"

#include "base/late.h"

static void nothing_is_missing(void **state)
{
    (void)state;
    void *found = NULL;
    const late_symbol symbols[] = {{"strlen", &found}};
    assert_null(late_open("libc.so.6", symbols, 1));
    assert_non_null(found);
}

static void a_library_is_missing(void **state)
{
    (void)state;
    void *found = NULL;
    const late_symbol symbols[] = {{"strlen", &found}};
    assert_string_equal(late_open("libpades-is-not-there.so.1", symbols, 1), "the library");
    assert_null(found);
}

static void a_function_is_missing(void **state)
{
    (void)state;
    void *found[2] = {NULL, NULL};
    const late_symbol symbols[] = {{"strlen", &found[0]}, {"pades_is_not_there", &found[1]}};
    assert_string_equal(late_open("libc.so.6", symbols, 2), "pades_is_not_there");
    assert_null(found[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_missing),
        cmocka_unit_test(a_library_is_missing),
        cmocka_unit_test(a_function_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
