/* p11-kit's functions, opened by its SONAME when the first module is loaded: a program whose
 * modules run in another process never needs them. Once opened it stays. For module.c. */
#ifndef TOKEN_P11KIT_H
#define TOKEN_P11KIT_H

#include "token/internal.h"

/* The functions used: their types are those of the header the build saw. */
#define P11KIT_FUNCTIONS(X)                                                                        \
    X(message)                                                                                     \
    X(module_finalize)                                                                             \
    X(module_for_name)                                                                             \
    X(module_get_filename)                                                                         \
    X(module_get_flags)                                                                            \
    X(module_get_name)                                                                             \
    X(module_initialize)                                                                           \
    X(module_load)                                                                                 \
    X(module_release)                                                                              \
    X(modules_load)                                                                                \
    X(modules_release)

typedef struct p11kit_functions {
#define P11KIT_MEMBER(name) __typeof__(p11_kit_##name) *name;
    P11KIT_FUNCTIONS(P11KIT_MEMBER)
#undef P11KIT_MEMBER
} p11kit_functions;

/* PADES_MODULE_FAILED, and what to install, when it is not there. Nothing of it is called before.
 */
pades_status p11kit_open(pades_error **e) MUST_USE;
const p11kit_functions *p11kit(void);

#endif
