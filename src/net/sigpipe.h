/* Holds SIGPIPE back from the calling thread while libcurl works: it marks its own sends, but its
 * TLS library writes with write(2), and the process' handler is not ours to change. */
#ifndef NET_SIGPIPE_H
#define NET_SIGPIPE_H

#include "base/compiler.h"
#include <signal.h>

typedef struct sigpipe_hold {
    sigset_t before;
    bool pending; /* one was waiting already: not ours to take */
} sigpipe_hold;

void sigpipe_block(sigpipe_hold *hold);
/* Takes away a SIGPIPE that came meanwhile and restores the thread's mask. */
void sigpipe_release(const sigpipe_hold *hold);

#endif
