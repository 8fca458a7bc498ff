/* The context as the rooms see it. Settings are read-only once frozen; what a room caches there
 * hangs on a slot with its own lock. */
#ifndef BASE_CTX_H
#define BASE_CTX_H

#include "base/buf.h"
#include <pades/ctx.h>
#include <pthread.h>
#include <stdatomic.h>

enum { CTX_LIMITS = 16 };

typedef enum ctx_slot {
    CTX_SLOT_NET,
    CTX_SLOT_TSA_CACHE,
    CTX_SLOT_TSA_PACE,
    CTX_SLOT_SECOND,
    CTX_SLOT_TRUST,
    CTX_SLOT_FOLDERS,
    CTX_SLOT_TOKEN,
    CTX_SLOT_TOKEN_EARLY,
    CTX_SLOT_REV,
    CTX_SLOT_ANCHORS,
    CTX_SLOT_REFUSED,
    CTX_SLOTS
} ctx_slot;

struct pades_ctx;
typedef void (*ctx_loaded_fn)(struct pades_ctx *ctx, bool elsewhere);

struct pades_ctx {
    atomic_bool frozen;
    pades_clock_fn clock;
    void *clock_user;
    pades_log_fn log;
    void *log_user;
    uint64_t limits[CTX_LIMITS];
    buf *anchors; /* DER certificates */
    size_t anchors_n, anchors_cap;
    char *proxy;     /* NULL: none */
    char *cache_dir; /* NULL: nothing kept */
    char *temp_dir;  /* NULL: the usual ones */
    char **allowed_hosts;
    size_t allowed_n, allowed_cap;
    uint32_t timeout_ms;
    _Atomic(ctx_loaded_fn) loaded; /* NULL: nothing waits */
    pthread_mutex_t lock;          /* of the slots */
    void *slots[CTX_SLOTS];
    void (*slot_free[CTX_SLOTS])(void *);
};

/* `fn` waits until the code of a token's module is loaded, or another process loads it
 * (`elsewhere`): the loader does one thing at a time, and what comes first for the caller is the
 * module. ctx_loaded() is where that is. */
void ctx_when_loaded(pades_ctx *ctx, ctx_loaded_fn fn);
void ctx_loaded(pades_ctx *ctx, bool elsewhere);
/* Every operation calls this first. */
void ctx_freeze(pades_ctx *ctx);
/* PADES_INVALID_ARGUMENT when the context is frozen already. */
pades_status ctx_must_be_open(const pades_ctx *ctx, pades_error **e) MUST_USE;
uint64_t ctx_limit(const pades_ctx *ctx, pades_limit limit);
int64_t ctx_now(const pades_ctx *ctx);
/* An instant, told apart from others of the same second when both are of this process. */
typedef struct instant {
    int64_t time; /* by the clock of the context */
    uint64_t ns;  /* by one that never jumps; 0: not known */
} instant;
instant ctx_instant(const pades_ctx *ctx);
/* Did `a` come after `b`? Of what may be one instant: no. */
bool instant_after(instant a, instant b);
void ctx_log(const pades_ctx *ctx, pades_log_level level, const char *fmt, ...) PRINTF(3, 4);
pades_status ctx_add_anchor(pades_ctx *ctx, span der, pades_error **e) MUST_USE;
/* Gets the object on a slot, making it once with `make` (which may fail) under the lock. */
typedef pades_status (*ctx_make_fn)(pades_ctx *ctx, void **ret, pades_error **e);
pades_status ctx_get_slot(pades_ctx *ctx, ctx_slot slot, ctx_make_fn make, void (*destroy)(void *),
                          void **ret, pades_error **e) MUST_USE;

#endif
