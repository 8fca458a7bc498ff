/* How large the tokens of an authority are is known after its first answer. Until then the workers
 * of a batch wait for the one that asks first: with tokens larger than what is reserved for unknown
 * ones each of them would sign, and ask, twice. Nobody waits when it is known, when there is no
 * timestamp, or when the caller said what to reserve. Owner: lesson.c. */
#ifndef SIGN_LESSON_H
#define SIGN_LESSON_H

#include "sign/opts.h"
#include <pthread.h>

typedef struct lesson {
    pades_ctx *ctx;
    const pades_tsa *tsa; /* the first one, which is asked first */
    pthread_mutex_t lock;
    pthread_cond_t moved;
    bool open; /* the size is not known */
    bool busy; /* a file is on its way that may tell */
} lesson;

pades_status lesson_init(lesson *l, pades_ctx *ctx, const pades_sign_opts *opts,
                         pades_error **e) MUST_USE;
void lesson_end(lesson *l);
/* Before a file is begun. True: others wait for it, until lesson_leave(). */
bool lesson_enter(lesson *l);
/* After it, with what lesson_enter() said. Another file is to tell when it failed for reasons of
 * its own; else all go on, whatever was learned. */
void lesson_leave(lesson *l, bool awaited, pades_status status);

#endif
