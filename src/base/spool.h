/* Bytes too many for memory: revocation lists of a hundred megabytes, and the revisions that store
 * them (law 3). One way for all of them, from the network to the output:
 *
 *     net, offline folder, cache, a stream of the document
 *       -> bulk (bulk.h): in memory up to 8 MiB, beyond that in a spool
 *       -> spool: a file without a name in the context's temporary folder, 0600, written front to
 *          back; full disk: PADES_OUTPUT_FAILED. Complete, it is mapped and its descriptor closed.
 *       -> view: the bytes to whoever parses, hashes, compares, compresses or writes them. It looks
 *          like memory (view.s), so that there is one parser for lists of any size; who walks over
 *          it gives back what lies behind (view_each, view_drop), so that no more than a few MiB of
 *          it are ever in memory.
 *       -> the incremental writer, which compresses and encrypts a large stream piece by piece into
 *          a spool of its own revision (pdf/incr_large.c); layers keep that, the sink copies it.
 *
 * Nobody else has this file and it never changes once it is mapped: nothing cuts it under a reader.
 * A caller's file is never mapped. */
#ifndef BASE_SPOOL_H
#define BASE_SPOOL_H

#include "base/ctx.h"

struct digest;

typedef struct spool spool;

/* Bytes to be read, of somebody else. */
typedef struct view {
    span s;
    spool *home; /* where they lie; NULL: in memory */
} view;
static inline view view_of(span s)
{
    return (view){s, NULL};
}
/* Who walks over a view gives back what is behind after so many bytes. */
enum { VIEW_STEP = 1 << 20 };
/* Its bytes from `from` up to `to` are not needed for now; they may be read again all the same. */
void view_drop(view v, size_t from, size_t to);
/* Calls `fn` with all of it in pieces of at most VIEW_STEP, in memory one after the other. */
typedef pades_status (*view_fn)(void *user, span piece, pades_error **e);
pades_status view_each(view v, view_fn fn, void *user, pades_error **e) MUST_USE;
pades_status view_update(view v, struct digest *d, pades_error **e) MUST_USE;
/* `out` has room for any digest (DIGEST_MAX). */
pades_status view_hash(view v, pades_digest alg, uint8_t *out, pades_error **e) MUST_USE;
bool view_eq(view a, view b);

/* In the temporary folder of the context (pades_ctx_set_temp_dir). */
pades_status spool_new(const pades_ctx *ctx, spool **ret, pades_error **e) MUST_USE;
pades_status spool_add(spool *s, span bytes, pades_error **e) MUST_USE;
uint64_t spool_size(const spool *s);
/* Writes over bytes that are there. */
pades_status spool_patch(spool *s, uint64_t at, span bytes, pades_error **e) MUST_USE;
/* Only the first n bytes stay. */
pades_status spool_cut(spool *s, uint64_t n, pades_error **e) MUST_USE;
/* It is complete: nothing is added any more, and it can be read. */
pades_status spool_end(spool *s, pades_error **e) MUST_USE;
view spool_view(spool *s);
/* The same spool, to be freed once more; NULL stays NULL. */
spool *spool_ref(spool *s);
void spool_free(spool *s);
DEFINE_AUTO(spool, spool_free)

#endif
