/* See recent.h. */
#include "pdf/recent.h"

#include "pdf/pool.h"

enum { RECENT_BYTES = 256 << 10 };

const recent_object *recent_find(const recent *r, pdf_ref ref)
{
    for (size_t i = 0; i < r->n; i++) {
        if (r->objects[i].ref.id == ref.id && r->objects[i].ref.gen == ref.gen) {
            return &r->objects[i];
        }
    }
    return NULL;
}

pdf_pool *recent_room(recent *r)
{
    if (r->full || r->n == RECENT_MAX) {
        return NULL;
    }
    if (!r->pool && pdf_pool_new(RECENT_BYTES, &r->pool, NULL) != PADES_OK) {
        r->full = true;
        return NULL;
    }
    return r->pool;
}

void recent_keep(recent *r, pdf_ref ref, const pdf_obj *o, uint64_t stream)
{
    if (r->n < RECENT_MAX) { /* objects that were needed on the way may have taken the last place */
        r->objects[r->n++] = (recent_object){ref, o, stream};
    }
}

bool recent_is_full(recent *r)
{
    r->full = r->full || pdf_pool_is_over(r->pool);
    return r->full;
}

void recent_free(recent *r)
{
    pdf_pool_free(r->pool);
    *r = (recent){.n = 0};
}
