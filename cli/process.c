/* See process.h. The only variables of the command line that outlive a call: what a signal handler
 * needs, and where descriptor 2 went. */
#include "process.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static volatile sig_atomic_t caught;
static pades_control *volatile to_cancel;
static int saved_stderr = -1;
static bool stdout_missing;

/* A file opened later must not become descriptor 0, 1 or 2. */
static void fill_standard_descriptors(void)
{
    int fd;
    stdout_missing = fcntl(STDOUT_FILENO, F_GETFD) < 0;
    do {
        fd = open("/dev/null", O_RDWR);
    } while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd > STDERR_FILENO) {
        close(fd);
    }
}

FILE *process_start(void)
{
    const struct rlimit none = {0, 0};
    fill_standard_descriptors();
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    setrlimit(RLIMIT_CORE, &none);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a limit on file sizes is a failed write, not a death */
    int fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    FILE *err = fd < 0 ? NULL : fdopen(fd, "w");
    if (err != NULL) {
        setvbuf(err, NULL, _IOLBF, 0);
    }
    return err == NULL ? stderr : err;
}

bool process_has_stdout(void)
{
    return !stdout_missing;
}

static void on_signal(int number)
{
    caught = number;
    if (to_cancel != NULL) {
        pades_control_cancel(to_cancel);
    }
}

void process_cancel_with(pades_control *control)
{
    const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    to_cancel = control;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct sigaction old;
        struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
        sigemptyset(&action.sa_mask);
        /* Ignored by who started us (nohup, a background job): stays so. */
        if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN) {
            sigaction(numbers[i], &action, NULL);
        }
    }
}

int process_signal(void)
{
    return (int)caught;
}

void process_note_signal(int number)
{
    on_signal(number);
}

void process_quiet_begin(bool keep)
{
    if (keep || saved_stderr >= 0) {
        return;
    }
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    saved_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (nowhere >= 0 && saved_stderr >= 0) {
        dup2(nowhere, STDERR_FILENO);
    }
    if (nowhere >= 0) {
        close(nowhere);
    }
}

void process_quiet_end(void)
{
    if (saved_stderr >= 0) {
        dup2(saved_stderr, STDERR_FILENO);
        close(saved_stderr);
        saved_stderr = -1;
    }
}
