/* cmocka with what it wants before it, and small helpers. Included last: its fail() is a macro. */
#ifndef TEST_NET_CM_H
#define TEST_NET_CM_H

#include <pades/error.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* True when a message of the chain, or a hint or native code of it, holds `text`. */
static inline int error_says(const pades_error *e, const char *text)
{
    const char *hint = pades_error_hint(e), *native = pades_error_native(e);
    int found = (hint && strstr(hint, text)) || (native && strstr(native, text));
    for (; e; e = pades_error_cause(e)) {
        found = found || strstr(pades_error_message(e), text);
    }
    return found;
}

#define assert_error(e, text)                                                                      \
    do {                                                                                           \
        if (!error_says((e), (text))) {                                                            \
            fail_msg("'%s' is not in '%s' / '%s'", (text), pades_error_message(e),                 \
                     pades_error_message(pades_error_cause(e)));                                   \
        }                                                                                          \
        pades_error_free(e);                                                                       \
        (e) = NULL;                                                                                \
    } while (0)

#endif
