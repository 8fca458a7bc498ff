/* See prompt.h. Signals are caught while the echo is off: the terminal is restored first, then
 * the signal does what it would have done; after a stop (^Z) and fg the question comes again. */
#include "prompt.h"

#include "process.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { SIGNALS = 7 };
static const int numbers[SIGNALS] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU};
static volatile sig_atomic_t arrived;

struct terminal {
    int fd;
    struct termios before;
    struct sigaction actions[SIGNALS];
};

bool prompt_possible(void)
{
    int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (fd >= 0) {
        close(fd);
    }
    return fd >= 0;
}

static void on_signal(int number)
{
    arrived = number;
}

static void catch_signals(struct terminal *t)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < SIGNALS; i++) {
        sigaction(numbers[i], &action, &t->actions[i]);
    }
}

static void release_signals(const struct terminal *t)
{
    for (size_t i = 0; i < SIGNALS; i++) {
        sigaction(numbers[i], &t->actions[i], NULL);
    }
}

static void say(const struct terminal *t, const char *text)
{
    size_t n = strlen(text);
    while (n > 0) {
        ssize_t wrote = write(t->fd, text, n);
        if (wrote <= 0) {
            return;
        }
        text += wrote;
        n -= (size_t)wrote;
    }
}

/* One question; the signal that came instead of an answer, 0 when none did. */
static int ask_once(struct terminal *t, const char *about, const char *label, struct secret *ret,
                    int *got)
{
    struct termios silent = t->before;
    arrived = 0;
    catch_signals(t);
    silent.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
    silent.c_lflag |= ICANON;
    tcsetattr(t->fd, TCSAFLUSH, &silent);
    say(t, about);
    say(t, label);
    *got = -1;
    for (ret->n = 0; arrived == 0;) {
        ssize_t n = read(t->fd, ret->bytes, SECRET_MAX + 1);
        if (n > 0) {
            ret->n = (size_t)n;
            *got = 0;
        }
        if (n >= 0) {
            break;
        }
    }
    tcsetattr(t->fd, TCSAFLUSH, &t->before);
    say(t, "\n");
    release_signals(t);
    return (int)arrived;
}

static bool is_stop(int number)
{
    return number == SIGTSTP || number == SIGTTIN || number == SIGTTOU;
}

static void cut_line_end(struct secret *s)
{
    while (s->n > 0 && (s->bytes[s->n - 1] == '\n' || s->bytes[s->n - 1] == '\r')) {
        s->n--;
    }
    s->bytes[s->n] = '\0'; /* a page is larger than SECRET_MAX + 1 */
}

static pades_status ask(struct terminal *t, const char *about, const char *label,
                        struct secret *ret)
{
    int got = -1;
    int number = ask_once(t, about, label, ret, &got);
    while (is_stop(number)) {
        raise(number);
        number = ask_once(t, about, label, ret, &got);
    }
    if (number == SIGQUIT) {
        raise(number);
    }
    if (number != 0) {
        process_note_signal(number);
    }
    if (number != 0 || got != 0) {
        return PADES_PIN_CANCELLED;
    }
    if (ret->n > SECRET_MAX && ret->bytes[SECRET_MAX] != '\n') {
        return PADES_PIN_CANCELLED; /* cut: half a PIN must not cost a try */
    }
    cut_line_end(ret);
    return PADES_OK;
}

pades_status prompt_secret(const char *about, const char *label, struct secret *ret)
{
    struct terminal t = {.fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)};
    if (t.fd < 0) {
        return PADES_PIN_REQUIRED;
    }
    pades_status status = PADES_PIN_REQUIRED;
    if (tcgetattr(t.fd, &t.before) == 0) {
        status = ask(&t, about, label, ret);
    }
    close(t.fd);
    return status;
}
