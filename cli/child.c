/* See child.h. Between fork and exec only what may be called there when other threads hold locks.
 */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static void close_all_from(int first)
{
#ifdef SYS_close_range
    if (syscall(SYS_close_range, (unsigned)first, ~0U, 0U) == 0) {
        return;
    }
#endif
    for (long fd = first, end = sysconf(_SC_OPEN_MAX); fd < end && fd < 65536; fd++) {
        close((int)fd);
    }
}

/* What was ignored or blocked here would stay so in the program. */
static void usual_signals(void)
{
    struct sigaction usual = {.sa_handler = SIG_DFL};
    sigset_t none;
    sigemptyset(&none);
    sigaction(SIGPIPE, &usual, NULL);
    sigaction(SIGXFSZ, &usual, NULL);
    pthread_sigmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void become(const char *program, char *const argv[], int in, int out, pid_t parent)
{
    usual_signals();
    prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
    if (getppid() == parent && dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0) {
        close_all_from(STDERR_FILENO + 1);
        execve(program, argv, environ);
    }
    _exit(127);
}

static void close_pair(const int pair[2])
{
    close(pair[0]);
    close(pair[1]);
}

bool child_start(struct child *ret, const char *program, char *const argv[])
{
    int to[2], from[2];
    if (pipe2(to, O_CLOEXEC) != 0) {
        return false;
    }
    if (pipe2(from, O_CLOEXEC) != 0) {
        close_pair(to);
        return false;
    }
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        become(program, argv, to[0], from[1], parent);
    }
    int error = errno;
    close(to[0]);
    close(from[1]);
    if (pid < 0) {
        close(to[1]);
        close(from[0]);
        errno = error;
        return false;
    }
    *ret = (struct child){.pid = pid, .to = to[1], .from = from[0]};
    return true;
}

static bool is_over(pid_t pid, int ms)
{
    const struct timespec turn = {.tv_nsec = 5 * 1000 * 1000};
    for (int i = 0; i <= ms / 5; i++) {
        pid_t got = waitpid(pid, NULL, WNOHANG);
        if (got == pid || (got < 0 && errno == ECHILD)) {
            return true;
        }
        nanosleep(&turn, NULL);
    }
    return false;
}

/* Only while the terminal is ours: a process in the background would be stopped. */
static void restore_echo(void)
{
    struct termios t;
    int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        return;
    }
    if (tcgetpgrp(fd) == getpgrp() && tcgetattr(fd, &t) == 0) {
        t.c_lflag |= ECHO | ICANON | ISIG;
        tcsetattr(fd, TCSANOW, &t);
    }
    close(fd);
}

void child_end(struct child *c, bool at_once)
{
    close(c->to);
    close(c->from);
    bool over = is_over(c->pid, at_once ? 0 : 1000);
    if (!over) {
        kill(c->pid, SIGTERM);
        over = is_over(c->pid, 1000);
    }
    if (!over) {
        kill(c->pid, SIGKILL);
        waitpid(c->pid, NULL, 0);
    }
    if (at_once) {
        restore_echo();
    }
    c->pid = -1;
}
