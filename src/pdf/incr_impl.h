/* A revision while it is written; shared by incr*.c only. */
#ifndef PDF_INCR_IMPL_H
#define PDF_INCR_IMPL_H

#include "pdf/incr.h"

typedef struct incr_entry {
    uint32_t id;
    uint32_t gen;
    uint64_t offset;
} incr_entry;

struct pdf_incr {
    pdf_file *file;
    buf out;
    spool *front; /* what stands before `out`; NULL: nothing */
    uint64_t base;
    uint32_t first_id; /* of the new ones */
    uint32_t next_id;
    incr_entry *entries;
    size_t n, cap;
    pdf_ref ref;         /* of the object being written */
    size_t body;         /* where it begins in `out` */
    pades_status status; /* of what was encrypted */
    pades_error *error;
};

#endif
