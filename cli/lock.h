/* What --lock says: which form fields a signature locks. */
#ifndef CLI_LOCK_H
#define CLI_LOCK_H

#include "app.h"

enum { LOCK_NAMES_MAX = 1000 };

struct lock {
    pades_lock_action action; /* PADES_LOCK_NONE: the option is not given */
    const char *names[LOCK_NAMES_MAX];
    size_t n;
    char *copy; /* what the names are in */
};

/* "all", "include:A,B" or "exclude:A,B". */
int lock_read(const struct settings *s, struct lock *ret, struct failure *f) MUST_USE;
void lock_clear(struct lock *lock);

#endif
