/* The process for modules, started before anybody asks for it: modules load in it while the
 * document is looked at. One a context; nobody has logged in there, so one that is not wanted is
 * ended by force. One that was started before a fork stays the parent's. */
#include "token/internal.h"
#include "token/worker.h"

#include "base/fail.h"
#include "base/mem.h"

typedef struct early {
    pthread_mutex_t lock;
    p11_early run; /* worker NULL: none */
    char *program;
    uint32_t answer_ms;
    pades_control *control;
} early;

static void drop(early *a)
{
    if (a->run.worker) {
        p11_call_end(&a->run.call);
        p11_worker_abandon(a->run.worker);
    }
    mem_free(a->program);
    a->program = NULL;
    a->run.worker = NULL;
}

static void early_free(void *p)
{
    early *a = p;
    drop(a);
    pthread_mutex_destroy(&a->lock);
    mem_free(a);
}

static pades_status early_make(pades_ctx *ctx, void **ret, pades_error **e)
{
    (void)ctx;
    early *a = mem_alloc(sizeof *a);
    if (!a) {
        return fail_memory(e);
    }
    pthread_mutex_init(&a->lock, NULL); /* cannot fail: no attributes, no memory taken */
    *ret = a;
    return PADES_OK;
}

static early *early_of(pades_ctx *ctx)
{
    void *p = NULL;
    return ctx_get_slot(ctx, CTX_SLOT_TOKEN_EARLY, early_make, early_free, &p, NULL) == PADES_OK
               ? p
               : NULL;
}

void p11_early_put(pades_ctx *ctx, const p11_worker_setup *setup, const p11_early *run)
{
    early *a = early_of(ctx);
    char *program = mem_strdup(setup->program);
    if (!a || !program) {
        early lost = {.run = *run, .program = program};
        drop(&lost);
        return;
    }
    pthread_mutex_lock(&a->lock);
    drop(a);
    a->run = *run;
    a->program = program;
    a->answer_ms = setup->answer_ms;
    a->control = setup->control;
    pthread_mutex_unlock(&a->lock);
}

/* The request as it was sent, without op and number of the module. */
static span sent(const early *a)
{
    return span_part(buf_span(a->run.call.out), 2 * sizeof(uint64_t), SIZE_MAX);
}

bool p11_early_take(pades_ctx *ctx, const p11_worker_setup *setup, span request, p11_early *ret)
{
    early *a = early_of(ctx);
    if (!a) {
        return false;
    }
    pthread_mutex_lock(&a->lock);
    bool same = a->run.worker && p11_worker_is_ours(a->run.worker) &&
                strcmp(a->program, setup->program) == 0 && a->answer_ms == setup->answer_ms &&
                a->control == setup->control && span_eq(sent(a), request);
    if (same) {
        *ret = a->run;
        a->run.worker = NULL;
    }
    pthread_mutex_unlock(&a->lock);
    return same;
}
