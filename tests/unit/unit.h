/* What every unit test includes: cmocka in its required order, and short assertions on statuses. */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#undef fail /* ours, of base/fail.h */
/* cmocka's ends in its fail(). */
#undef fail_msg
#define fail_msg(...)                                                                              \
    do {                                                                                           \
        print_error(__VA_ARGS__);                                                                  \
        print_error("\n");                                                                         \
        _fail(__FILE__, __LINE__);                                                                 \
    } while (0)

#include <pades/error.h>
#include <pades/types.h>

/* The call gives PADES_OK; else the error's message is shown. `e` is a pades_error *. */
#define assert_ok(expr, e)                                                                         \
    do {                                                                                           \
        pades_status ok_ = (expr);                                                                 \
        if (ok_ != PADES_OK) {                                                                     \
            print_error("%s: %s: %s\n", #expr, pades_status_name(ok_), pades_error_message(e));    \
        }                                                                                          \
        assert_int_equal(ok_, PADES_OK);                                                           \
    } while (0)

/* The call fails with this status and says so in the error too; the error is freed. */
#define assert_fails(expr, wanted, e)                                                              \
    do {                                                                                           \
        pades_status got_ = (expr);                                                                \
        if (got_ != (wanted)) {                                                                    \
            print_error("%s: %s instead of %s: %s\n", #expr, pades_status_name(got_),              \
                        pades_status_name(wanted), pades_error_message(e));                        \
        }                                                                                          \
        assert_int_equal(got_, (wanted));                                                          \
        assert_int_equal(pades_error_status(e), (wanted));                                         \
        pades_error_free(e);                                                                       \
        (e) = NULL;                                                                                \
    } while (0)

#endif
