/* An empty signature field to be made, as it was asked for. Private to the sign room. */
#ifndef SIGN_FIELD_SPEC_H
#define SIGN_FIELD_SPEC_H

#include "pdf/seal.h"
#include "pdf/seed.h"
#include <pades/fields.h>

struct pades_field_spec {
    char *name, *tooltip;
    bool shown, allow_gaps;
    unsigned page;
    double x, y, w, h;
    pdf_lock lock;
    pdf_seed seed;
    pdf_pool *pool;    /* of the seed */
    const char *bad;   /* what the first bad setter was about; a literal */
    const char *about; /* the seed value that it was, or that is being set; NULL: none */
    bool no_memory;
};

#endif
