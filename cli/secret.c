/* See secret.h. */
#include "secret.h"

#include "process.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static size_t room(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

bool secret_open(struct secret *s)
{
    void *page = mmap(NULL, room(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) {
        return false;
    }
    mlock(page, room());
    madvise(page, room(), MADV_DONTDUMP);
    madvise(page, room(), MADV_DONTFORK);
    *s = (struct secret){.bytes = page, .n = 0};
    return true;
}

void secret_close(struct secret *s)
{
    if (s->bytes != NULL) {
        explicit_bzero(s->bytes, room());
        munmap(s->bytes, room());
        *s = (struct secret){0};
    }
}

/* One byte; 0 at the end. A signal that asks to stop ends the wait. */
static ssize_t read_byte(int fd, char *byte)
{
    ssize_t got;
    do {
        got = read(fd, byte, 1);
    } while (got < 0 && errno == EINTR && process_signal() == 0);
    return got;
}

int secret_read_line(struct secret *s, int fd)
{
    s->n = 0;
    for (;;) {
        char *at = s->bytes + s->n;
        ssize_t got = read_byte(fd, at);
        if (got < 0) {
            return -3;
        }
        if (got == 0 || *at == '\n') {
            break;
        }
        if (s->n == SECRET_MAX) {
            return -2;
        }
        s->n++;
    }
    s->n -= s->n > 0 && s->bytes[s->n - 1] == '\r' ? 1 : 0;
    s->bytes[s->n] = '\0';
    return s->n > 0 ? 0 : -1;
}
