/* The first few small objects that were loaded, kept for as long as the file is open: catalog, form
 * and page are asked for again and again. Bounded, and nothing is ever dropped. Owner: recent.c. */
#ifndef PDF_RECENT_H
#define PDF_RECENT_H

#include "pdf/object.h"

enum { RECENT_MAX = 16 };

typedef struct recent_object {
    pdf_ref ref;
    const pdf_obj *o;
    uint64_t stream;
} recent_object;

typedef struct recent {
    recent_object objects[RECENT_MAX];
    size_t n;
    pdf_pool *pool; /* made when first needed */
    bool full;
} recent;

/* NULL when it is not kept. */
const recent_object *recent_find(const recent *r, pdf_ref ref);
/* Where the next object is to be loaded so that it can be kept; NULL: in a pool of the caller's. */
pdf_pool *recent_room(recent *r);
/* Keeps what was loaded into recent_room(). */
void recent_keep(recent *r, pdf_ref ref, const pdf_obj *o, uint64_t stream);
/* Whether loading may have failed because the room is too small: the caller's pool may do. */
bool recent_is_full(recent *r);
void recent_free(recent *r);

#endif
