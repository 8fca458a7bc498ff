/* The kinds of sinks behind sink.h; private to base. */
#ifndef BASE_SINK_OPS_H
#define BASE_SINK_OPS_H

#include "base/sink.h"

typedef struct sink_ops {
    pades_status (*check)(void *self, pades_error **e); /* NULL: nothing to check */
    pades_status (*begin)(void *self, pades_ctx *ctx, pades_source *source, pades_error **e);
    pades_status (*write)(void *self, span data, pades_error **e);
    pades_status (*commit)(void *self, pades_error **e);
    void (*abort)(void *self); /* after begin, when commit did not succeed */
    void (*destroy)(void *self);
    bool in_place;
} sink_ops;

/* Takes over `self` in every case. */
pades_status sink_new(const sink_ops *ops, void *self, pades_sink **ret, pades_error **e) MUST_USE;
void *sink_self(pades_sink *s);
const sink_ops *sink_kind(const pades_sink *s);

/* Removes temporary files of ours in `dir` whose maker is gone: nobody holds their lock. */
void leftovers_remove(int dir);
/* The same, once a context and folder. */
void leftovers_remove_once(pades_ctx *ctx, int dir);
#define LEFTOVER_PREFIX ".pades-"
#define LEFTOVER_SUFFIX ".tmp"

#endif
