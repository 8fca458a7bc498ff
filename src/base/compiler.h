/* Compiler attributes and the few macros that may hide control flow: AUTO cleans up, TAKE moves
 * out, TRY returns a failed status. */
#ifndef BASE_COMPILER_H
#define BASE_COMPILER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#define UNUSED __attribute__((unused))
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* A pointer that is freed when it goes out of scope: DEFINE_AUTO(X509, X509_free) once, then
 * `AUTO(X509) *cert = NULL;`. */
#define DEFINE_AUTO(type, fn)                                                                      \
    static inline UNUSED void auto_##type(type **p)                                                \
    {                                                                                              \
        if (*p) {                                                                                  \
            fn(*p);                                                                                \
        }                                                                                          \
    }
#define AUTO(type) __attribute__((cleanup(auto_##type), unused)) type

/* A value that is freed: a function `type_free(type *)` must exist. `AUTO_VAL(buf) b = BUF(max);`
 */
#define AUTO_VAL(type) __attribute__((cleanup(type##_free), unused)) type

/* The pointer, leaving NULL behind, so that AUTO does not free it. */
#define TAKE(p)                                                                                    \
    __extension__({                                                                                \
        __typeof__(p) taken_ = (p);                                                                \
        (p) = NULL;                                                                                \
        taken_;                                                                                    \
    })

/* Returns from this function with the status of a failed call. */
#define TRY(expr)                                                                                  \
    do {                                                                                           \
        pades_status status_ = (expr);                                                             \
        if (status_ != PADES_OK) {                                                                 \
            return status_;                                                                        \
        }                                                                                          \
    } while (0)

#endif
