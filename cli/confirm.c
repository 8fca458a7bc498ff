/* See confirm.h. */
#include "confirm.h"

#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

static void say(int fd, const char *text)
{
    size_t n = strlen(text);
    while (n > 0) {
        ssize_t wrote = write(fd, text, n);
        if (wrote <= 0) {
            return;
        }
        text += wrote;
        n -= (size_t)wrote;
    }
}

/* One line without its end; false when a signal or the end came instead. */
static bool read_answer(int fd, char *to, size_t n)
{
    ssize_t got;
    do {
        got = read(fd, to, n - 1);
    } while (got < 0 && errno == EINTR && process_signal() == 0);
    if (got <= 0) {
        return false;
    }
    to[got] = '\0';
    to[strcspn(to, "\r\n")] = '\0';
    return true;
}

int confirm_typed(const char *about, const char *label, const char *word, struct failure *f)
{
    char answer[64] = "";
    int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        return fail(f, PADES_PIN_REQUIRED, "--yes says that what is at stake is known",
                    "this has to be confirmed, and there is no terminal: nothing was tried");
    }
    say(fd, about);
    say(fd, label);
    bool same = read_answer(fd, answer, sizeof answer) && strcmp(answer, word) == 0;
    close(fd);
    return same ? EXIT_DONE
                : fail(f, PADES_PIN_CANCELLED, NULL, "not confirmed: nothing was tried");
}
