/* All digests in one pass: a running state for each algorithm, copied where a hole begins; the copy
 * goes on behind the hole.
 * clause: ISO32000-1#12.8.1 the bytes that /ByteRange names */
#include "sign/existing.h"

#include "base/fail.h"
#include "base/mem.h"

enum { ALGS = PADES_DIGEST_SHA512 + 1 };
/* Every signature is hashed from its hole to its end anew: a file of many that all cover much of it
 * would be read for hours. */
static const uint64_t tails_times = 16, tails_more = (uint64_t)4 << 30;

typedef struct tap {
    uint64_t hole, resume, end;
    digest *state; /* NULL before the hole */
    existing_signature *of;
} tap;

typedef struct taps {
    digest *running[ALGS]; /* NULL: not needed */
    uint64_t at;
    tap *items; /* sorted by hole */
    size_t n, next;
} taps;

static void taps_free(taps *t)
{
    for (size_t i = 0; i < ALGS; i++) {
        digest_free(t->running[i]);
    }
    for (size_t i = 0; i < t->n; i++) {
        digest_free(t->items[i].state);
    }
    mem_free(t->items);
}

static pades_status run_to(taps *t, span piece, pades_error **e)
{
    for (size_t i = 0; i < ALGS; i++) {
        if (t->running[i]) {
            TRY(digest_update(t->running[i], piece, e));
        }
    }
    return PADES_OK;
}

/* What of a chunk at `at` lies behind the hole. */
static span behind_hole(const tap *p, uint64_t at, span chunk)
{
    uint64_t from = p->resume > at ? p->resume - at : 0;
    uint64_t to = p->end > at ? p->end - at : 0;
    to = to < chunk.n ? to : chunk.n;
    return from < to ? span_part(chunk, (size_t)from, (size_t)(to - from)) : span_of(NULL, 0);
}

static pades_status feed(void *user, span chunk, pades_error **e)
{
    taps *t = user;
    size_t done = 0;
    while (done < chunk.n || (t->next < t->n && t->items[t->next].hole == t->at + done)) {
        tap *p = t->next < t->n ? &t->items[t->next] : NULL;
        uint64_t left = p ? p->hole - (t->at + done) : UINT64_MAX;
        size_t n = left < chunk.n - done ? (size_t)left : chunk.n - done;
        TRY(run_to(t, span_part(chunk, done, n), e));
        done += n;
        if (p && left == n) {
            TRY(digest_copy(t->running[p->of->alg], &p->state, e));
            t->next++;
        }
    }
    for (size_t i = 0; i < t->next; i++) {
        span behind = behind_hole(&t->items[i], t->at, chunk);
        if (behind.n > 0) {
            TRY(digest_update(t->items[i].state, behind, e));
        }
    }
    t->at += chunk.n;
    return PADES_OK;
}

static int by_hole(const void *a, const void *b)
{
    const tap *left = a;
    const tap *right = b;
    return left->hole < right->hole ? -1 : left->hole > right->hole;
}

static pades_status set_up(existing *all, uint64_t size, pades_digest alg, taps *t, pades_error **e)
{
    uint64_t tails = 0;
    t->items = mem_array(all->n + 1, sizeof *t->items);
    if (!t->items) {
        return fail_memory(e);
    }
    TRY(digest_new(alg, &t->running[alg], e));
    for (size_t i = 0; i < all->n; i++) {
        existing_signature *s = &all->items[i];
        t->items[i] = (tap){s->range[1], s->range[2], s->range[2] + s->range[3], NULL, s};
        tails += s->range[3];
        t->n++;
        if (!t->running[s->alg]) {
            TRY(digest_new(s->alg, &t->running[s->alg], e));
        }
    }
    qsort(t->items, t->n, sizeof *t->items, by_hole);
    return tails / tails_times > size + tails_more
               ? fail(e, PADES_LIMIT, "the document's signatures cover more than is reasonable")
               : PADES_OK;
}

pades_status existing_pass(pades_ctx *ctx, pades_source *source, pades_sink *sink, existing *all,
                           pades_digest alg, pades_control *control, digest **ret_at_end,
                           pades_error **e)
{
    AUTO_VAL(taps) t = {.at = 0};
    TRY(set_up(all, pades_source_size(source), alg, &t, e));
    TRY(pass_run_to(ctx, source, sink, feed, &t, control, e));
    for (size_t i = 0; i < t.n; i++) {
        if (!t.items[i].state) {
            return fail(e, PADES_INPUT_CHANGED, "the input ended before a signature in it");
        }
        TRY(digest_final(t.items[i].state, t.items[i].of->hash, e));
    }
    *ret_at_end = TAKE(t.running[alg]);
    return PADES_OK;
}
