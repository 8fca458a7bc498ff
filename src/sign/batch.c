/* Many files, a few workers: while the token signs for one, the others copy, hash and write. The
 * signer's own lock keeps signatures one at a time. Outcomes are told in input order, from the
 * caller's thread; workers run at most a window ahead of what was told. */
#include "base/fail.h"
#include "base/mem.h"
#include "base/sink.h"
#include "sign/groups.h"
#include "sign/lesson.h"
#include "sign/result.h"
#include "signer/signer.h"

#include <pades/batch.h>
#include <signal.h>

/* With a timestamp most of the time is the authority's. */
enum { WORKERS_DEFAULT = 2, WORKERS_STAMPING = 8, WORKERS_MAX = 64, WINDOW_PER_WORKER = 4 };

typedef struct outcome {
    bool ready;
    pades_status status;
    pades_result *result;
    pades_error *error;
} outcome;

struct pades_batch {
    pades_ctx *ctx;
    pades_signer *signer;
    const pades_sign_opts *opts;
    const pades_batch_callbacks *callbacks;
    void *user;
    size_t count, next, told, window;
    outcome *ring;         /* `window` of them */
    pades_status key_gone; /* the status with which every further file ends */
    pthread_mutex_t lock;
    pthread_cond_t room;  /* the window moved on */
    pthread_cond_t ready; /* the outcome that is told next is there */
    unsigned crowded;     /* workers that wait for room */
    lesson lesson;
};

bool batch_key_gone(pades_status status)
{
    return status == PADES_TOKEN_REMOVED ||
           (status >= PADES_PIN_REQUIRED && status <= PADES_PIN_CANCELLED) ||
           status == PADES_CANCELLED;
}

const char *batch_untried(pades_status gone)
{
    return gone == PADES_CANCELLED ? "not tried: cancelled" : "not tried: the key is gone";
}

static pades_status seal_one(pades_batch *b, size_t index, outcome *o)
{
    AUTO(pades_source) *source = NULL;
    AUTO(pades_sink) *sink = NULL;
    TRY(b->callbacks->open(b->user, index, &source, &sink, &o->error));
    return pades_sign(b->ctx, source, sink, b->signer, b->opts, &o->result, &o->error);
}

/* The next index to do, or false when all are taken. */
static bool take_index(pades_batch *b, size_t *ret)
{
    pthread_mutex_lock(&b->lock);
    while (b->next < b->count && b->next - b->told >= b->window) {
        b->crowded++;
        pthread_cond_wait(&b->room, &b->lock);
        b->crowded--;
    }
    bool more = b->next < b->count;
    *ret = b->next;
    b->next += more ? 1 : 0;
    pthread_mutex_unlock(&b->lock);
    return more;
}

static void give_outcome(pades_batch *b, size_t index, outcome *o)
{
    pthread_mutex_lock(&b->lock);
    o->ready = true;
    b->ring[index % b->window] = *o;
    if (b->key_gone == PADES_OK && batch_key_gone(o->status)) {
        b->key_gone = o->status;
    }
    bool next = index == b->told;
    pthread_mutex_unlock(&b->lock);
    if (next) {
        pthread_cond_signal(&b->ready);
    }
}

static pades_status key_gone(pades_batch *b)
{
    pthread_mutex_lock(&b->lock);
    pades_status gone = b->key_gone;
    pthread_mutex_unlock(&b->lock);
    return gone;
}

static void *work(void *arg)
{
    pades_batch *b = arg;
    size_t index = 0;
    while (take_index(b, &index)) {
        outcome o = {0};
        bool awaited = lesson_enter(&b->lesson);
        pades_status gone = key_gone(b);
        o.status = gone != PADES_OK ? fail(&o.error, gone, "%s", batch_untried(gone))
                                    : seal_one(b, index, &o);
        pades_status status = o.status;
        give_outcome(b, index, &o);
        lesson_leave(&b->lesson, awaited, status);
    }
    return NULL;
}

static outcome wait_outcome(pades_batch *b, size_t index)
{
    pthread_mutex_lock(&b->lock);
    outcome *slot = &b->ring[index % b->window];
    while (!slot->ready) {
        pthread_cond_wait(&b->ready, &b->lock);
    }
    outcome o = *slot;
    *slot = (outcome){0};
    b->told = index + 1;
    bool crowded = b->crowded > 0;
    pthread_mutex_unlock(&b->lock);
    if (crowded) {
        pthread_cond_broadcast(&b->room);
    }
    return o;
}

static pades_status tell_all(pades_batch *b, pades_error **e)
{
    pades_status first = PADES_OK;
    for (size_t i = 0; i < b->count; i++) {
        outcome o = wait_outcome(b, i);
        b->callbacks->done(b->user, i, o.status, o.result, o.error);
        if (first == PADES_OK && o.status != PADES_OK) {
            first = o.status;
            if (e) {
                *e = TAKE(o.error);
            }
        }
        pades_result_free(o.result);
        pades_error_free(o.error);
    }
    return first;
}

static unsigned start_workers(pades_batch *b, pthread_t *threads, unsigned wanted)
{
    sigset_t all, old;
    unsigned started = 0;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    while (started < wanted && pthread_create(&threads[started], NULL, work, b) == 0) {
        started++;
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return started;
}

static pades_status run_workers(pades_batch *b, unsigned workers, pades_error **e)
{
    pthread_t threads[WORKERS_MAX];
    unsigned started = start_workers(b, threads, workers);
    if (started == 0) {
        return fail_memory(e);
    }
    pades_status status = tell_all(b, e);
    for (unsigned i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
    }
    return status;
}

static pades_status run_batch(pades_batch *b, unsigned workers, pades_error **e)
{
    TRY(lesson_init(&b->lesson, b->ctx, b->opts, e));
    pades_status status = run_workers(b, workers, e);
    lesson_end(&b->lesson);
    return status;
}

/* One more than sign at a time, so that the token is never waited for a document; fewer where few
 * files may be open. */
static unsigned workers_for(const pades_signer *signer, const pades_sign_opts *opts,
                            unsigned wanted)
{
    unsigned usual = opts_level(opts) > PADES_LEVEL_B ? WORKERS_STAMPING : WORKERS_DEFAULT;
    size_t members = 0;
    unsigned fitting = 0;
    unsigned busy = signer->at_once > 1 ? signer->at_once + 2 : 0;
    usual = busy > usual ? busy : usual;
    usual = usual < WORKERS_MAX ? usual : WORKERS_MAX;
    wanted = wanted == 0 ? usual : wanted < WORKERS_MAX ? wanted : WORKERS_MAX;
    groups_fit(groups_files_left(), wanted, &members, &fitting);
    return fitting;
}

pades_status pades_batch_run(pades_ctx *ctx, pades_signer *signer, const pades_sign_opts *opts,
                             size_t count, unsigned workers, const pades_batch_callbacks *callbacks,
                             void *user, pades_error **ret_error)
{
    unsigned n = workers_for(signer, opts, workers);
    pades_batch b = {.ctx = ctx,
                     .signer = signer,
                     .opts = opts,
                     .callbacks = callbacks,
                     .user = user,
                     .count = count,
                     .window = (size_t)n * WINDOW_PER_WORKER};
    ctx_freeze(ctx);
    if (count == 0) {
        return PADES_OK;
    }
    if (opts_level(opts) >= PADES_LEVEL_LT) {
        const groups_plan plan = {ctx, signer, opts, count, n, callbacks, user};
        return groups_run(&plan, ret_error);
    }
    b.ring = mem_array(b.window, sizeof *b.ring);
    if (!b.ring || pthread_mutex_init(&b.lock, NULL) != 0) {
        mem_free(b.ring);
        return fail_memory(ret_error);
    }
    pthread_cond_init(&b.room, NULL); /* cannot fail here: no attributes, no memory taken */
    pthread_cond_init(&b.ready, NULL);
    pades_status status = run_batch(&b, n, ret_error);
    pthread_cond_destroy(&b.room);
    pthread_cond_destroy(&b.ready);
    pthread_mutex_destroy(&b.lock);
    mem_free(b.ring);
    return status;
}
