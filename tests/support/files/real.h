/* For libraries that are loaded ahead of the C library (LD_PRELOAD) and pass calls on to it. */
#ifndef FILES_REAL_H
#define FILES_REAL_H

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
/* The function of the C library; a pointer to one cannot be cast from what dlsym() gives. */
#define REAL_IS(name)                                                                              \
    static __typeof__(&name) real_##name(void)                                                     \
    {                                                                                              \
        void *found = dlsym(RTLD_NEXT, #name);                                                     \
        __typeof__(&name) function = NULL;                                                         \
        if (found == NULL) {                                                                       \
            abort();                                                                               \
        }                                                                                          \
        memcpy(&function, &found, sizeof function);                                                \
        return function;                                                                           \
    }

#endif
