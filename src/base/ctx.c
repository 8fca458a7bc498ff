/* The context: settings that freeze at first use, and slots for what rooms cache. */
#include "base/ctx.h"

#include "base/digest.h"
#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

static const uint64_t default_limits[CTX_LIMITS] = {
    [PADES_LIMIT_OBJECT_BYTES] = 16U << 20,
    [PADES_LIMIT_DEPTH] = 100,
    [PADES_LIMIT_XREF_SECTIONS] = 10000,
    [PADES_LIMIT_XREF_ENTRIES] = 50000000,
    [PADES_LIMIT_XREF_STREAM_BYTES] = 64U << 20,
    [PADES_LIMIT_STREAM_BYTES] = 64U << 20,
    [PADES_LIMIT_INFLATE_RATIO] = 1100,
    [PADES_LIMIT_CROSSCHECK_ENTRIES] = 100000,
    [PADES_LIMIT_PAGE_DEPTH] = 100,
    [PADES_LIMIT_FIELDS] = 100000,
    [PADES_LIMIT_HTTP_BYTES] = 1U << 20,
    [PADES_LIMIT_CHUNK_BYTES] = 256U << 10,
    [PADES_LIMIT_THREAD_BYTES] = 4U << 20,
    [PADES_LIMIT_REPAIR_BYTES] = 192U << 20,
    [PADES_LIMIT_CRL_BYTES] = 128U << 20,
};

pades_status pades_ctx_new(pades_ctx **ret_ctx, pades_error **ret_error)
{
    pades_ctx *ctx = mem_alloc(sizeof *ctx);
    if (!ctx) {
        return fail_memory(ret_error);
    }
    if (pthread_mutex_init(&ctx->lock, NULL) != 0) {
        mem_free(ctx);
        return fail_memory(ret_error);
    }
    openssl_start();
    memcpy(ctx->limits, default_limits, sizeof ctx->limits);
    ctx->timeout_ms = 30000;
    *ret_ctx = ctx;
    return PADES_OK;
}

void pades_ctx_free(pades_ctx *ctx)
{
    if (!ctx) {
        return;
    }
    for (size_t i = 0; i < CTX_SLOTS; i++) {
        if (ctx->slots[i]) {
            ctx->slot_free[i](ctx->slots[i]);
        }
    }
    for (size_t i = 0; i < ctx->anchors_n; i++) {
        buf_free(&ctx->anchors[i]);
    }
    for (size_t i = 0; i < ctx->allowed_n; i++) {
        mem_free(ctx->allowed_hosts[i]);
    }
    mem_free(ctx->anchors);
    mem_free(ctx->allowed_hosts);
    mem_free(ctx->proxy);
    mem_free(ctx->cache_dir);
    mem_free(ctx->temp_dir);
    pthread_mutex_destroy(&ctx->lock);
    mem_free(ctx);
}

void ctx_freeze(pades_ctx *ctx)
{
    atomic_store(&ctx->frozen, true);
}

pades_status ctx_must_be_open(const pades_ctx *ctx, pades_error **e)
{
    if (atomic_load(&ctx->frozen)) {
        return fail(e, PADES_INVALID_ARGUMENT,
                    "the context is in use, its settings cannot change any more");
    }
    return PADES_OK;
}

pades_status pades_ctx_set_clock(pades_ctx *ctx, pades_clock_fn fn, void *user,
                                 pades_error **ret_error)
{
    TRY(ctx_must_be_open(ctx, ret_error));
    ctx->clock = fn;
    ctx->clock_user = user;
    return PADES_OK;
}

pades_status pades_ctx_set_logger(pades_ctx *ctx, pades_log_fn fn, void *user,
                                  pades_error **ret_error)
{
    TRY(ctx_must_be_open(ctx, ret_error));
    ctx->log = fn;
    ctx->log_user = user;
    return PADES_OK;
}

pades_status pades_ctx_set_limit(pades_ctx *ctx, pades_limit limit, uint64_t value,
                                 pades_error **ret_error)
{
    TRY(ctx_must_be_open(ctx, ret_error));
    if ((unsigned)limit >= CTX_LIMITS || default_limits[limit] == 0) {
        return fail(ret_error, PADES_INVALID_ARGUMENT, "there is no limit number %u",
                    (unsigned)limit);
    }
    if (limit == PADES_LIMIT_CHUNK_BYTES && (value < 4096 || value > (64U << 20))) {
        return fail(ret_error, PADES_INVALID_ARGUMENT, "a chunk is 4 KiB to 64 MiB");
    }
    ctx->limits[limit] = value;
    return PADES_OK;
}

static pades_status replace_text(char **slot, const char *text, pades_error **e)
{
    char *copy = NULL;
    if (text && *text && !(copy = mem_strdup(text))) {
        return fail_memory(e);
    }
    mem_free(*slot);
    *slot = copy;
    return PADES_OK;
}

pades_status pades_ctx_set_proxy(pades_ctx *ctx, const char *url, pades_error **ret_error)
{
    TRY(ctx_must_be_open(ctx, ret_error));
    return replace_text(&ctx->proxy, url, ret_error);
}

pades_status pades_ctx_set_cache_dir(pades_ctx *ctx, const char *path, pades_error **ret_error)
{
    TRY(ctx_must_be_open(ctx, ret_error));
    return replace_text(&ctx->cache_dir, path, ret_error);
}

pades_status pades_ctx_set_temp_dir(pades_ctx *ctx, const char *path, pades_error **ret_error)
{
    TRY(ctx_must_be_open(ctx, ret_error));
    return replace_text(&ctx->temp_dir, path, ret_error);
}

pades_status pades_ctx_set_timeout(pades_ctx *ctx, uint32_t ms, pades_error **ret_error)
{
    TRY(ctx_must_be_open(ctx, ret_error));
    if (ms == 0) {
        return fail(ret_error, PADES_INVALID_ARGUMENT, "a timeout of 0 milliseconds");
    }
    ctx->timeout_ms = ms;
    return PADES_OK;
}

pades_status pades_ctx_allow_host(pades_ctx *ctx, const char *host, pades_error **ret_error)
{
    TRY(ctx_must_be_open(ctx, ret_error));
    if (!host || !*host) {
        return fail(ret_error, PADES_INVALID_ARGUMENT, "an empty host name");
    }
    AUTO(mem_text) *copy = mem_strdup(host);
    if (!copy || !MEM_GROW(ctx->allowed_hosts, ctx->allowed_n, ctx->allowed_cap)) {
        return fail_memory(ret_error);
    }
    ctx->allowed_hosts[ctx->allowed_n++] = TAKE(copy);
    return PADES_OK;
}

pades_status ctx_add_anchor(pades_ctx *ctx, span der, pades_error **e)
{
    TRY(ctx_must_be_open(ctx, e));
    AUTO_VAL(buf) copy = BUF(1U << 20);
    buf_add_span(&copy, der);
    TRY(buf_check(&copy, "trust anchor", e));
    if (!MEM_GROW(ctx->anchors, ctx->anchors_n, ctx->anchors_cap)) {
        return fail_memory(e);
    }
    ctx->anchors[ctx->anchors_n++] = copy;
    copy = BUF(0);
    return PADES_OK;
}

const void *pades_ctx_trust_der(const pades_ctx *ctx, size_t index, size_t *ret_n)
{
    if (!ctx || !ret_n || index >= ctx->anchors_n) {
        return NULL;
    }
    *ret_n = ctx->anchors[index].n;
    return ctx->anchors[index].p;
}

uint64_t ctx_limit(const pades_ctx *ctx, pades_limit limit)
{
    return ctx->limits[limit];
}

int64_t ctx_now(const pades_ctx *ctx)
{
    return ctx->clock ? ctx->clock(ctx->clock_user) : (int64_t)time(NULL);
}

instant ctx_instant(const pades_ctx *ctx)
{
    struct timespec t = {0};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (instant){ctx_now(ctx), (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec + 1};
}

bool instant_after(instant a, instant b)
{
    return a.ns && b.ns ? a.ns > b.ns : a.time > b.time;
}

void ctx_log(const pades_ctx *ctx, pades_log_level level, const char *fmt, ...)
{
    if (!ctx->log) {
        return;
    }
    char line[1024];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    AUTO(mem_text) *safe = n < 0 ? NULL : escape_text(span_str(line), sizeof line);
    if (safe) {
        ctx->log(ctx->log_user, level, safe);
    }
}

void ctx_when_loaded(pades_ctx *ctx, ctx_loaded_fn fn)
{
    atomic_store(&ctx->loaded, fn);
}

void ctx_loaded(pades_ctx *ctx, bool elsewhere)
{
    ctx_loaded_fn fn = atomic_exchange(&ctx->loaded, NULL);
    if (fn) {
        fn(ctx, elsewhere);
    }
}

pades_status ctx_get_slot(pades_ctx *ctx, ctx_slot slot, ctx_make_fn make, void (*destroy)(void *),
                          void **ret, pades_error **e)
{
    pades_status status = PADES_OK;
    pthread_mutex_lock(&ctx->lock);
    if (!ctx->slots[slot]) {
        status = make(ctx, &ctx->slots[slot], e);
        ctx->slot_free[slot] = destroy;
    }
    if (status == PADES_OK) {
        *ret = ctx->slots[slot];
    }
    pthread_mutex_unlock(&ctx->lock);
    return status;
}
