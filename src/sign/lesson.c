/* See lesson.h. */
#include "sign/lesson.h"

#include "base/fail.h"
#include "tsa/authority.h"

static bool is_unknown(const lesson *l)
{
    return tsa_cache_get(l->ctx, pades_tsa_url(l->tsa)) == 0;
}

/* Of the input, the document or the output: nobody was asked, perhaps. */
static bool is_of_the_file(pades_status status)
{
    return status >= PADES_INPUT_NOT_FOUND && status <= PADES_DOC_SIGNATURE_BROKEN;
}

pades_status lesson_init(lesson *l, pades_ctx *ctx, const pades_sign_opts *opts, pades_error **e)
{
    bool stamped = opts_level(opts) > PADES_LEVEL_B && opts->tsas_n > 0 && opts->reserve == 0;
    *l = (lesson){.ctx = ctx, .tsa = stamped ? opts->tsas[0] : NULL};
    if (pthread_mutex_init(&l->lock, NULL) != 0) {
        return fail_memory(e);
    }
    pthread_cond_init(&l->moved, NULL); /* cannot fail here: no attributes, no memory taken */
    l->open = stamped && is_unknown(l);
    return PADES_OK;
}

void lesson_end(lesson *l)
{
    pthread_cond_destroy(&l->moved);
    pthread_mutex_destroy(&l->lock);
}

bool lesson_enter(lesson *l)
{
    pthread_mutex_lock(&l->lock);
    while (l->open && l->busy) {
        pthread_cond_wait(&l->moved, &l->lock);
    }
    bool awaited = l->open;
    l->busy = awaited;
    pthread_mutex_unlock(&l->lock);
    return awaited;
}

void lesson_leave(lesson *l, bool awaited, pades_status status)
{
    if (!awaited) {
        return;
    }
    bool still = is_of_the_file(status) && is_unknown(l);
    pthread_mutex_lock(&l->lock);
    l->open = still;
    l->busy = false;
    pthread_mutex_unlock(&l->lock);
    pthread_cond_broadcast(&l->moved);
}
