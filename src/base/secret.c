/* Secrets live in pages of their own: locked, not dumped, wiped before they are given back.
 * Locking may be refused by RLIMIT_MEMLOCK; the secret is then still kept out of dumps and wiped.
 */
#include "base/secret.h"

#include "base/fail.h"
#include "base/mem.h"

#include <errno.h>
#include <sys/mman.h>

struct secret {
    uint8_t *room;
    size_t n, max;
    size_t mapped; /* max and a NUL, in whole pages */
};

enum { PAGE = 4096 };

pades_status secret_new(secret **ret, pades_error **e)
{
    return secret_new_for(SECRET_MAX, ret, e);
}

pades_status secret_new_for(size_t max, secret **ret, pades_error **e)
{
    const size_t mapped = (max / PAGE + 1) * PAGE;
    secret *s = mem_alloc(sizeof *s);
    if (!s) {
        return fail_memory(e);
    }
    void *room = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED) {
        int err = errno;
        mem_free(s);
        return fail_errno(e, PADES_NO_MEMORY, err, "no memory for a secret");
    }
    (void)mlock(room, mapped);
    (void)madvise(room, mapped, MADV_DONTDUMP);
    (void)madvise(room, mapped, MADV_WIPEONFORK);
    s->room = room;
    s->max = max;
    s->mapped = mapped;
    *ret = s;
    return PADES_OK;
}

void secret_wipe(secret *s)
{
    mem_wipe(s->room, s->mapped);
    s->n = 0;
}

void secret_free(secret *s)
{
    if (s) {
        secret_wipe(s);
        munmap(s->room, s->mapped);
        mem_free(s);
    }
}

bool secret_set(secret *s, const void *p, size_t n)
{
    if (n > s->max) {
        return false;
    }
    secret_wipe(s);
    if (n > 0) {
        memcpy(s->room, p, n);
    }
    s->n = n;
    return true;
}

uint8_t *secret_room(secret *s)
{
    return s->room;
}

void secret_set_length(secret *s, size_t n)
{
    s->n = n <= s->max ? n : s->max;
}

span secret_span(const secret *s)
{
    return span_of(s->room, s->n);
}

const char *secret_text(const secret *s)
{
    return (const char *)s->room;
}
