/* A set of object numbers that costs what its clusters cost: 64 numbers a place, so that two
 * million consecutive ones take half a megabyte, and scattered ones are bounded. */
#ifndef PDF_IDBITS_H
#define PDF_IDBITS_H

#include "base/compiler.h"
#include <pades/error.h>

typedef struct idbits_place {
    uint32_t key; /* number / 64, plus 1; 0: empty */
    uint64_t bits;
} idbits_place;

typedef struct idbits {
    idbits_place *places;
    size_t n, cap;
    size_t last; /* where the number before was: they mostly come in order */
    bool failed; /* no memory, or more clusters than allowed: says nothing any more */
    bool over;   /* it was the number of clusters */
} idbits;

void idbits_free(idbits *set);
bool idbits_has(const idbits *set, uint32_t id);
/* Adds it; true when it was there already. */
bool idbits_add(idbits *set, uint32_t id);
/* Takes it away; true when it was there. */
bool idbits_drop(idbits *set, uint32_t id);

/* PADES_NO_MEMORY or PADES_LIMIT when something could not be added. */
pades_status idbits_check(const idbits *set, pades_error **e) MUST_USE;

#endif
