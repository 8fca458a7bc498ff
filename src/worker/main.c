/* pades-token-worker: the process of its own that PKCS#11 modules run in. Started by the library
 * (token/worker.c) with a socket and a page of memory for PINs; not a command for people. Nothing
 * of it may be dumped, and the signals of a terminal are for the program that started it: that one
 * closes the socket when it wants an end. */
#include "worker/serve.h"

#include "token/wire.h"

#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What the program that started it ignores or blocks is not for modules: the alarm that ends a
 * hanging one, and the children that they wait for. */
static void usual_signals(void)
{
    const int needed[] = {SIGALRM, SIGCHLD};
    sigset_t none;
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        signal(needed[i], SIG_DFL);
    }
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

int main(void)
{
    const int ignored[] = {SIGINT, SIGQUIT, SIGHUP, SIGTSTP, SIGPIPE, SIGTERM};
    const struct rlimit none = {0, 0};
    int type = 0;
    socklen_t n = sizeof type;
    if (getsockopt(WIRE_SOCKET, SOL_SOCKET, SO_TYPE, &type, &n) != 0 || type != SOCK_SEQPACKET) {
        fputs("pades-token-worker: started by pades itself, not by hand\n", stderr);
        return 64;
    }
    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++) {
        signal(ignored[i], SIG_IGN);
    }
    usual_signals();
#ifdef M_ARENA_MAX
    (void)mallopt(M_ARENA_MAX, 1); /* a thread's own grows page by page, a system call each */
#endif
    fcntl(WIRE_SOCKET, F_SETFD, FD_CLOEXEC); /* not for programs that modules start */
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    setrlimit(RLIMIT_CORE, &none);
#ifdef SYS_close_range
    (void)syscall(SYS_close_range, WIRE_PINS + 1U, ~0U, 0U);
#endif
    return p11_serve(WIRE_SOCKET, WIRE_PINS);
}
