/* The second reader's library is opened in a thread of its own, so that its start-up hides behind
 * that of the token: once the module's code is there, for the loader does one thing at a time. A
 * context waits for the thread when it is freed; a failure shows when the reader is asked. What
 * OpenSSL does once is done by the caller, since a fork or an exit would meet its locks half-way in
 * a thread; a module in another process starts meanwhile. */
#include "base/fail.h"
#include "base/mem.h"
#include "pdf/second.h"
#include "pki/preload.h"

#include <signal.h>
#include <unistd.h>

typedef struct preload {
    pthread_t thread;
    pid_t owner; /* a child forked off has no such thread */
} preload;

static void *preload_main(void *arg)
{
    (void)arg;
    pades_status told_later = pdf_second_preload(NULL);
    (void)told_later;
    return NULL;
}

static void preload_free(void *p)
{
    preload *run = p;
    if (run->owner == getpid()) {
        pthread_join(run->thread, NULL);
    }
    mem_free(run);
}

static pades_status preload_make(pades_ctx *ctx, void **ret, pades_error **e)
{
    (void)ctx;
    sigset_t all, old;
    preload *run = mem_alloc(sizeof *run);
    if (!run) {
        return fail_memory(e);
    }
    run->owner = getpid();
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int failed = pthread_create(&run->thread, NULL, preload_main, NULL);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (failed) {
        mem_free(run);
        return fail_errno(e, PADES_NO_MEMORY, failed, "cannot start a thread");
    }
    *ret = run;
    return PADES_OK;
}

/* Beside another process that loads the module, a thread and the caller at once would make three to
 * share the processors. */
static void start(pades_ctx *ctx, bool elsewhere)
{
    void *slot = NULL;
    if (elsewhere) {
        pki_preload();
    }
    pades_status told_later =
        ctx_get_slot(ctx, CTX_SLOT_SECOND, preload_make, preload_free, &slot, NULL);
    (void)told_later;
    if (!elsewhere) {
        pki_preload();
    }
}

void pades_ctx_preload(pades_ctx *ctx)
{
    ctx_when_loaded(ctx, start);
}
