/* Secrets live in two pages of their own: locked, not dumped, wiped before they are given back.
 * Locking may be refused by RLIMIT_MEMLOCK; the secret is then still kept out of dumps and wiped.
 */
#include "base/secret.h"

#include "base/fail.h"
#include "base/mem.h"

#include <errno.h>
#include <sys/mman.h>

struct secret {
    uint8_t *room;
    size_t n;
};

enum { SECRET_MAPPING = 4096 };

pades_status secret_new(secret **ret, pades_error **e)
{
    secret *s = mem_alloc(sizeof *s);
    if (!s) {
        return fail_memory(e);
    }
    void *room =
        mmap(NULL, SECRET_MAPPING, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED) {
        int err = errno;
        mem_free(s);
        return fail_errno(e, PADES_NO_MEMORY, err, "no memory for a secret");
    }
    (void)mlock(room, SECRET_MAPPING);
    (void)madvise(room, SECRET_MAPPING, MADV_DONTDUMP);
    (void)madvise(room, SECRET_MAPPING, MADV_WIPEONFORK);
    s->room = room;
    *ret = s;
    return PADES_OK;
}

void secret_wipe(secret *s)
{
    mem_wipe(s->room, SECRET_MAPPING);
    s->n = 0;
}

void secret_free(secret *s)
{
    if (s) {
        secret_wipe(s);
        munmap(s->room, SECRET_MAPPING);
        mem_free(s);
    }
}

bool secret_set(secret *s, const void *p, size_t n)
{
    if (n > SECRET_MAX) {
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
    s->n = n <= SECRET_MAX ? n : SECRET_MAX;
}

span secret_span(const secret *s)
{
    return span_of(s->room, s->n);
}
