/* See pool.h. The oldest idle handle is closed when POOL_IDLE of a class are kept already. */
#include "net/pool.h"

#include "base/fail.h"
#include "base/mem.h"
#include "net/sigpipe.h"

#include <stdio.h>

enum { POOL_IDLE = 8 };

typedef struct idle {
    CURL *easy;
    bool https;
    uint16_t port;
    char host[URL_HOST_MAX + 1];
} idle;

typedef struct pool {
    const curl_api *curl;
    pthread_mutex_t lock;
    idle idle[POOL_CLASSES][POOL_IDLE];
    size_t n[POOL_CLASSES];
} pool;

static void close_handle(const curl_api *curl, CURL *easy)
{
    sigpipe_hold hold;
    sigpipe_block(&hold);
    curl->easy_cleanup(easy);
    sigpipe_release(&hold);
}

static void pool_free(void *object)
{
    pool *p = object;
    for (int class = 0; class < POOL_CLASSES; class ++) {
        for (size_t i = 0; i < p->n[class]; i++) {
            close_handle(p->curl, p->idle[class][i].easy);
        }
    }
    pthread_mutex_destroy(&p->lock);
    mem_free(p);
}

static pades_status pool_make(pades_ctx *ctx UNUSED, void **ret, pades_error **e)
{
    const curl_api *curl = curl_api_get(e);
    if (!curl) {
        return PADES_INTERNAL;
    }
    pool *p = mem_alloc(sizeof *p);
    if (!p || pthread_mutex_init(&p->lock, NULL) != 0) {
        mem_free(p);
        return fail_memory(e);
    }
    p->curl = curl;
    *ret = p;
    return PADES_OK;
}

static pades_status pool_of(pades_ctx *ctx, pool **ret, pades_error **e)
{
    void *slot = NULL;
    TRY(ctx_get_slot(ctx, CTX_SLOT_NET, pool_make, pool_free, &slot, e));
    *ret = slot;
    return PADES_OK;
}

static bool speaks_to(const idle *i, const url *target)
{
    return i->https == target->https && i->port == target->port &&
           strcmp(i->host, target->host) == 0;
}

/* The place of the handle to take: the newest one that knows the target, else the newest. */
static size_t choose(const idle *list, size_t n, const url *target)
{
    for (size_t i = n; i > 0; i--) {
        if (speaks_to(&list[i - 1], target)) {
            return i - 1;
        }
    }
    return n - 1;
}

static CURL *remove_at(pool *p, pool_class class, size_t at)
{
    idle *list = p->idle[class];
    CURL *easy = list[at].easy;
    p->n[class]--;
    memmove(&list[at], &list[at + 1], (p->n[class] - at) * sizeof *list);
    return easy;
}

pades_status pool_take(pades_ctx *ctx, pool_class class, const url *target, CURL **ret,
                       pades_error **e)
{
    pool *p = NULL;
    TRY(pool_of(ctx, &p, e));
    CURL *easy = NULL;
    pthread_mutex_lock(&p->lock);
    if (p->n[class] > 0) {
        easy = remove_at(p, class, choose(p->idle[class], p->n[class], target));
    }
    pthread_mutex_unlock(&p->lock);
    if (!easy && !(easy = p->curl->easy_init())) {
        return fail_memory(e);
    }
    *ret = easy;
    return PADES_OK;
}

void pool_give(pades_ctx *ctx, pool_class class, const url *target, CURL *easy)
{
    pool *p = NULL;
    if (!easy || pool_of(ctx, &p, NULL) != PADES_OK) {
        return;
    }
    p->curl->easy_reset(easy);
    idle back = {.easy = easy, .https = target->https, .port = target->port};
    snprintf(back.host, sizeof back.host, "%s", target->host);
    CURL *oldest = NULL;
    pthread_mutex_lock(&p->lock);
    if (p->n[class] == POOL_IDLE) {
        oldest = remove_at(p, class, 0);
    }
    p->idle[class][p->n[class]++] = back;
    pthread_mutex_unlock(&p->lock);
    if (oldest) {
        close_handle(p->curl, oldest);
    }
}
