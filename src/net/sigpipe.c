/* See sigpipe.h. */
#include "net/sigpipe.h"

#include <pthread.h>
#include <time.h>

static void only_sigpipe(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGPIPE);
}

void sigpipe_block(sigpipe_hold *hold)
{
    sigset_t set, waiting;
    only_sigpipe(&set);
    sigpending(&waiting);
    hold->pending = sigismember(&waiting, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &set, &hold->before);
}

void sigpipe_release(const sigpipe_hold *hold)
{
    sigset_t set;
    only_sigpipe(&set);
    if (!hold->pending) {
        const struct timespec now = {0, 0};
        while (sigtimedwait(&set, NULL, &now) == SIGPIPE) {
        }
    }
    pthread_sigmask(SIG_SETMASK, &hold->before, NULL);
}
