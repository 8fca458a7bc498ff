/* Libraries opened by their SONAME when they are first needed, for their start takes long (ADR 1).
 * They stay for the whole process. Call under pthread_once: what is written is a constant from then
 * on, the one thing that this library keeps. */
#ifndef BASE_LATE_H
#define BASE_LATE_H

#include "base/compiler.h"

typedef struct late_symbol {
    const char *name;
    void *place; /* of a pointer to it */
} late_symbol;

/* What is missing, the library or a symbol; NULL: nothing. */
const char *late_open(const char *soname, const late_symbol *symbols, size_t n);

#endif
