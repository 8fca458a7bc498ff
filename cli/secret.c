/* See secret.h. */
#include "secret.h"

#include "process.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Whole pages. */
static size_t room(size_t max)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return (max / page + 1) * page;
}

bool secret_open(struct secret *s)
{
    return secret_open_for(s, SECRET_MAX);
}

bool secret_open_for(struct secret *s, size_t max)
{
    void *page = mmap(NULL, room(max), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) {
        return false;
    }
    mlock(page, room(max));
    madvise(page, room(max), MADV_DONTDUMP);
    madvise(page, room(max), MADV_DONTFORK);
    *s = (struct secret){.bytes = page, .n = 0, .max = max};
    return true;
}

void secret_close(struct secret *s)
{
    if (s->bytes != NULL) {
        explicit_bzero(s->bytes, room(s->max));
        munmap(s->bytes, room(s->max));
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
        if (s->n == s->max) {
            return -2;
        }
        s->n++;
    }
    s->n -= s->n > 0 && s->bytes[s->n - 1] == '\r' ? 1 : 0;
    s->bytes[s->n] = '\0';
    return s->n > 0 ? 0 : -1;
}
