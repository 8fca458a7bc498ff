/* The one full pass. Small inputs: read, write, hash in turn. Big ones: a second thread hashes the
 * chunks of a small ring that this thread reads and writes (reading the input again to hash it
 * would be a second pass, and would hash something else than what was written). */
#include "base/pass.h"

#include "base/fail.h"
#include "base/mem.h"

#include <signal.h>

enum { RING = 4 };

typedef struct chunk {
    uint8_t *p;
    size_t n;
} chunk;

/* Who gets the bytes. */
typedef struct pass_to {
    pass_fn fn;
    void *user;
} pass_to;

typedef struct hasher {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t moved;
    chunk ring[RING];
    uint64_t filled, hashed; /* chunks so far */
    bool stop;
    pass_to to;
    pades_status status;
} hasher;

static void *hash_loop(void *arg)
{
    hasher *h = arg;
    pthread_mutex_lock(&h->lock);
    while (true) {
        while (h->hashed == h->filled && !h->stop) {
            pthread_cond_wait(&h->moved, &h->lock);
        }
        if (h->hashed == h->filled) {
            break;
        }
        chunk c = h->ring[h->hashed % RING];
        pthread_mutex_unlock(&h->lock);
        pades_status status = h->to.fn(h->to.user, span_of(c.p, c.n), NULL);
        pthread_mutex_lock(&h->lock);
        h->status = status != PADES_OK ? status : h->status;
        h->hashed++;
        pthread_cond_signal(&h->moved);
    }
    pthread_mutex_unlock(&h->lock);
    return NULL;
}

/* The next chunk of the ring to fill, waiting until it has been hashed. */
static chunk *hasher_room(hasher *h)
{
    pthread_mutex_lock(&h->lock);
    while (h->filled - h->hashed == RING) {
        pthread_cond_wait(&h->moved, &h->lock);
    }
    pthread_mutex_unlock(&h->lock);
    return &h->ring[h->filled % RING];
}

static void hasher_give(hasher *h)
{
    pthread_mutex_lock(&h->lock);
    h->filled++;
    pthread_cond_signal(&h->moved);
    pthread_mutex_unlock(&h->lock);
}

static void hasher_free(hasher *h)
{
    for (size_t i = 0; i < RING; i++) {
        mem_free(h->ring[i].p);
    }
    pthread_cond_destroy(&h->moved);
    pthread_mutex_destroy(&h->lock);
    mem_free(h);
}

static hasher *hasher_start(pass_to to, size_t chunk_size)
{
    hasher *h = mem_alloc(sizeof *h);
    if (!h) {
        return NULL;
    }
    h->to = to;
    bool ok = pthread_mutex_init(&h->lock, NULL) == 0 && pthread_cond_init(&h->moved, NULL) == 0;
    for (size_t i = 0; i < RING; i++) {
        h->ring[i].p = mem_alloc(chunk_size);
        ok = ok && h->ring[i].p;
    }
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    ok = ok && pthread_create(&h->thread, NULL, hash_loop, h) == 0;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (!ok) {
        hasher_free(h);
        return NULL;
    }
    return h;
}

static pades_status hasher_finish(hasher *h)
{
    pthread_mutex_lock(&h->lock);
    h->stop = true;
    pthread_cond_signal(&h->moved);
    pthread_mutex_unlock(&h->lock);
    pthread_join(h->thread, NULL);
    pades_status status = h->status;
    hasher_free(h);
    return status;
}

typedef struct pass {
    pades_source *source;
    pades_sink *sink;
    pades_control *control;
    uint64_t size;
    size_t chunk_size;
} pass;

/* Reads and writes the chunk at `offset`. */
static pades_status move_chunk(const pass *p, uint64_t offset, chunk *c, pades_error **e)
{
    TRY(control_check(p->control, e));
    c->n = p->size - offset < p->chunk_size ? (size_t)(p->size - offset) : p->chunk_size;
    TRY(source_read(p->source, SOURCE_PASS, offset, c->p, c->n, e));
    if (p->sink) {
        TRY(sink_write(p->sink, span_of(c->p, c->n), e));
    }
    control_progress(p->control, offset + c->n, p->size);
    return PADES_OK;
}

static pades_status run_threaded(const pass *p, hasher *h, pades_error **e)
{
    pades_status status = PADES_OK;
    for (uint64_t at = 0; at < p->size && status == PADES_OK;) {
        chunk *c = hasher_room(h);
        status = move_chunk(p, at, c, e);
        if (status == PADES_OK) {
            at += c->n;
            hasher_give(h);
        }
    }
    pades_status hashed = hasher_finish(h);
    if (status == PADES_OK && hashed != PADES_OK) {
        return fail(e, hashed, "hashing failed");
    }
    return status;
}

/* What is in memory is written and hashed where it stands. */
static pades_status run_in_memory(const pass *p, pass_to to, span all, pades_error **e)
{
    TRY(control_check(p->control, e));
    if (p->sink) {
        TRY(sink_write(p->sink, all, e));
    }
    TRY(to.fn(to.user, all, e));
    control_progress(p->control, p->size, p->size);
    return PADES_OK;
}

static pades_status run_alone(const pass *p, pass_to to, pades_error **e)
{
    span all = p->size <= p->chunk_size ? source_view(p->source, SOURCE_PASS, 0, (size_t)p->size)
                                        : span_of(NULL, 0);
    if (all.p) {
        return run_in_memory(p, to, all, e);
    }
    AUTO_VAL(buf) room = BUF(p->chunk_size);
    chunk c = {buf_extend(&room, p->size < p->chunk_size ? (size_t)p->size : p->chunk_size), 0};
    if (!c.p && p->size > 0) {
        return fail_memory(e);
    }
    for (uint64_t at = 0; at < p->size; at += c.n) {
        TRY(move_chunk(p, at, &c, e));
        TRY(to.fn(to.user, span_of(c.p, c.n), e));
    }
    return PADES_OK;
}

pades_status pass_run_to(pades_ctx *ctx, pades_source *source, pades_sink *sink, pass_fn fn,
                         void *user, pades_control *control, pades_error **e)
{
    const pass_to to = {fn, user};
    pass p = {source, sink, control, pades_source_size(source),
              (size_t)ctx_limit(ctx, PADES_LIMIT_CHUNK_BYTES)};
    if (p.size >= ctx_limit(ctx, PADES_LIMIT_THREAD_BYTES)) {
        hasher *h = hasher_start(to, p.chunk_size);
        if (h) {
            return run_threaded(&p, h, e);
        }
    }
    return run_alone(&p, to, e);
}

static pades_status hash_bytes(void *user, span bytes, pades_error **e)
{
    return digest_update(user, bytes, e);
}

pades_status pass_run(pades_ctx *ctx, pades_source *source, pades_sink *sink, digest *d,
                      pades_control *control, pades_error **e)
{
    return pass_run_to(ctx, source, sink, hash_bytes, d, control, e);
}
