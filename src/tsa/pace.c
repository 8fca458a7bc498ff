/* See pace.h. A rate of N requests in S seconds is a bucket that holds one token and gets the next
 * S/N seconds after the last: never more than N in any S seconds, and a single request never waits.
 * Turns are given in the order of asking. */
#include "tsa/pace.h"

#include "base/fail.h"
#include "base/mem.h"

#include <inttypes.h>

enum { PAUSE_MAX_MS = 3600 * 1000, LOOKS_MAX = 4 };

typedef struct place {
    char *origin;
    uint64_t next;  /* monotonic: the first turn that is free */
    uint64_t pause; /* monotonic: not asked before */
} place;

typedef struct places {
    pthread_mutex_t lock;
    place *at;
    size_t n, cap;
} places;

static void places_free(void *object)
{
    places *all = object;
    for (size_t i = 0; i < all->n; i++) {
        mem_free(all->at[i].origin);
    }
    pthread_mutex_destroy(&all->lock);
    mem_free(all->at);
    mem_free(all);
}

static pades_status places_make(pades_ctx *ctx UNUSED, void **ret, pades_error **e)
{
    places *all = mem_alloc(sizeof *all);
    if (!all || pthread_mutex_init(&all->lock, NULL) != 0) {
        mem_free(all);
        return fail_memory(e);
    }
    *ret = all;
    return PADES_OK;
}

static pades_status places_of(pades_ctx *ctx, places **ret, pades_error **e)
{
    void *slot = NULL;
    TRY(ctx_get_slot(ctx, CTX_SLOT_TSA_PACE, places_make, places_free, &slot, e));
    *ret = slot;
    return PADES_OK;
}

/* The lock is held. NULL without memory. */
static place *place_of(places *all, const char *origin)
{
    for (size_t i = 0; i < all->n; i++) {
        if (strcmp(all->at[i].origin, origin) == 0) {
            return &all->at[i];
        }
    }
    if (!MEM_GROW(all->at, all->n, all->cap)) {
        return NULL;
    }
    place new = {.origin = mem_strdup(origin)};
    if (!new.origin) {
        return NULL;
    }
    all->at[all->n] = new;
    return &all->at[all->n++];
}

static uint64_t later_of(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* Milliseconds from one turn to the next, rounded up. */
static uint64_t interval_of(const pades_tsa *tsa)
{
    uint64_t n = tsa->rate_requests;
    return n == 0 ? 0 : (1000ULL * tsa->rate_seconds + n - 1) / n;
}

static pades_status not_now(uint64_t ms, bool paused, pades_error **e)
{
    (void)fail(e, PADES_TRY_LATER,
               paused ? "not asked: it wants a pause, and said so a while ago"
                      : "not asked again: its rate does not allow it in time");
    (void)error_hint(e, "it asks to wait %" PRIu64 " seconds", (ms + 999) / 1000);
    return PADES_TRY_LATER;
}

/* One look at the place: *ret_ms until the turn, which is taken. The lock is held. */
static pades_status take_turn(place *p, uint64_t interval, uint64_t pause_ms, uint64_t all_ms,
                              uint64_t *ret_ms, pades_error **e)
{
    uint64_t now = monotonic_ms();
    uint64_t paused = p->pause > now ? p->pause - now : 0;
    uint64_t at = later_of(now + paused, interval ? p->next : 0);
    if (paused > pause_ms || at - now > all_ms) {
        return not_now(paused > pause_ms ? paused : at - now, paused > pause_ms, e);
    }
    if (interval) {
        p->next = at + interval;
    }
    *ret_ms = at - now;
    return PADES_OK;
}

static pades_status look(places *all, const pades_tsa *tsa, uint64_t pause_ms, uint64_t all_ms,
                         uint64_t *ret_ms, pades_error **e)
{
    pthread_mutex_lock(&all->lock);
    place *p = place_of(all, tsa->origin);
    pades_status status =
        p ? take_turn(p, interval_of(tsa), pause_ms, all_ms, ret_ms, e) : fail_memory(e);
    pthread_mutex_unlock(&all->lock);
    return status;
}

/* What is left of a pause that was told meanwhile, to others. */
static bool is_paused(places *all, const char *origin)
{
    pthread_mutex_lock(&all->lock);
    const place *p = place_of(all, origin);
    bool paused = p && p->pause > monotonic_ms();
    pthread_mutex_unlock(&all->lock);
    return paused;
}

pades_status pace_wait(pades_ctx *ctx, const pades_tsa *tsa, uint64_t pause_ms, uint64_t all_ms,
                       pades_control *control, pades_error **e)
{
    places *all = NULL;
    TRY(places_of(ctx, &all, e));
    for (int i = 0; i < LOOKS_MAX; i++) {
        uint64_t ms = 0;
        TRY(look(all, tsa, pause_ms, all_ms, &ms, e));
        TRY(control_sleep(control, ms, e));
        if (ms == 0 || !is_paused(all, tsa->origin)) {
            return PADES_OK;
        }
    }
    return not_now(pause_ms, true, e);
}

void pace_pause(pades_ctx *ctx, const pades_tsa *tsa, uint64_t ms)
{
    places *all = NULL;
    uint64_t until = monotonic_ms() + (ms < PAUSE_MAX_MS ? ms : PAUSE_MAX_MS);
    if (places_of(ctx, &all, NULL) != PADES_OK) {
        return;
    }
    pthread_mutex_lock(&all->lock);
    place *p = place_of(all, tsa->origin);
    if (p) {
        p->pause = later_of(p->pause, until);
        p->next = later_of(p->next, until);
    }
    pthread_mutex_unlock(&all->lock);
}
