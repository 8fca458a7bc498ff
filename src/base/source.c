/* Sources: file or descriptor (pread on one descriptor, never mapped), memory, callbacks, and a
 * joined view for reading a revision that is not written yet. */
#include "base/source.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"
#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <unistd.h>

enum { HOLD_MAX = 1 << 20 };

typedef enum source_kind { FROM_FILE, FROM_MEMORY, FROM_CALLBACKS, FROM_JOIN } source_kind;

struct pades_source {
    source_kind kind;
    uint64_t size;
    int fd;
    struct stat stat;
    span memory; /* FROM_MEMORY: all */
    view tail;   /* FROM_JOIN */
    pades_source_callbacks callbacks;
    void *user;
    pades_source *base; /* FROM_JOIN; not owned */
    uint64_t base_n;
    _Atomic(uint8_t *) held;    /* FROM_FILE: all of it, once source_hold() has read it */
    secret *password;           /* NULL: none */
    _Atomic uint64_t counts[2]; /* by source_use */
};

/* NULL without memory. */
static pades_source *source_make(source_kind kind, uint64_t size)
{
    pades_source *s = mem_alloc(sizeof *s);
    if (s) {
        s->kind = kind;
        s->size = size;
        s->fd = -1;
    }
    return s;
}

/* Takes over `fd` in every case. */
static pades_status source_of_fd(int fd, const char *name, pades_source **ret, pades_error **e)
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        int err = errno;
        close(fd);
        return fail_errno(e, PADES_INPUT_UNREADABLE, err, "cannot read '%s'", name);
    }
    if (!S_ISREG(st.st_mode)) {
        close(fd);
        (void)fail(e, PADES_INPUT_UNREADABLE, "'%s' is not a regular file", name);
        (void)error_hint(e, "give a file, or - to read standard input");
        return PADES_INPUT_UNREADABLE;
    }
    pades_source *s = source_make(FROM_FILE, (uint64_t)st.st_size);
    if (!s) {
        close(fd);
        return fail_memory(e);
    }
    s->fd = fd;
    s->stat = st;
    *ret = s;
    return PADES_OK;
}

pades_status pades_source_new_file(const char *path, pades_source **ret_source,
                                   pades_error **ret_error)
{
    AUTO(mem_text) *name = escape_text(span_str(path), 0);
    if (!name) {
        return fail_memory(ret_error);
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        int err = errno;
        pades_status status =
            err == ENOENT || err == ENOTDIR ? PADES_INPUT_NOT_FOUND : PADES_INPUT_UNREADABLE;
        return fail_errno(ret_error, status, err, "cannot open '%s'", name);
    }
    return source_of_fd(fd, name, ret_source, ret_error);
}

pades_status pades_source_new_fd(int fd, pades_source **ret_source, pades_error **ret_error)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) {
        return fail_errno(ret_error, PADES_INPUT_UNREADABLE, errno, "descriptor %d", fd);
    }
    return source_of_fd(copy, "descriptor", ret_source, ret_error);
}

pades_status pades_source_new_memory(const void *data, size_t n, pades_source **ret_source,
                                     pades_error **ret_error)
{
    pades_source *s = source_make(FROM_MEMORY, n);
    if (!s) {
        return fail_memory(ret_error);
    }
    s->memory = span_of(data, n);
    *ret_source = s;
    return PADES_OK;
}

pades_status pades_source_new_callbacks(const pades_source_callbacks *callbacks, void *user,
                                        uint64_t size, pades_source **ret_source,
                                        pades_error **ret_error)
{
    if (!callbacks || !callbacks->read_at || size > INT64_MAX) {
        return fail(ret_error, PADES_INVALID_ARGUMENT,
                    "a source needs read_at and a size below 2^63");
    }
    pades_source *s = source_make(FROM_CALLBACKS, size);
    if (!s) {
        return fail_memory(ret_error);
    }
    s->callbacks = *callbacks;
    s->user = user;
    *ret_source = s;
    return PADES_OK;
}

pades_status source_new_joined(pades_source *base, uint64_t n, view tail, pades_source **ret,
                               pades_error **e)
{
    uint64_t size = 0;
    if (n > base->size || !u64_add(n, tail.s.n, &size) || size > INT64_MAX) {
        return fail(e, PADES_INVALID_ARGUMENT, "a joined source longer than its parts");
    }
    pades_source *s = source_make(FROM_JOIN, size);
    if (!s) {
        return fail_memory(e);
    }
    s->base = base;
    s->base_n = n;
    s->tail = tail;
    *ret = s;
    return PADES_OK;
}

void pades_source_free(pades_source *source)
{
    if (!source) {
        return;
    }
    if (source->kind == FROM_CALLBACKS && source->callbacks.close) {
        source->callbacks.close(source->user);
    }
    if (source->fd >= 0) {
        close(source->fd);
    }
    mem_free(atomic_load(&source->held));
    secret_free(source->password);
    mem_free(source);
}

pades_status pades_source_set_password(pades_source *source, const void *password, size_t n,
                                       pades_error **ret_error)
{
    AUTO(secret) *fresh = NULL;
    if (!source || (!password && n > 0)) {
        return fail(ret_error, PADES_INVALID_ARGUMENT, "a source and a password are needed");
    }
    if (n > 0 && memchr(password, 0, n)) {
        (void)fail(ret_error, PADES_INVALID_ARGUMENT, "a password holds no NUL");
        error_hint(ret_error, "the owner's password opens a document whose user's holds one");
        return PADES_INVALID_ARGUMENT;
    }
    TRY(secret_new(&fresh, ret_error));
    if (n > 0 && !secret_set(fresh, password, n)) {
        return fail(ret_error, PADES_INVALID_ARGUMENT, "a password has at most %d bytes",
                    SECRET_MAX);
    }
    secret_free(source->password);
    source->password = TAKE(fresh);
    return PADES_OK;
}

span source_password(const pades_source *s)
{
    const pades_source *from = s;
    while (from->kind == FROM_JOIN && !from->password) {
        from = from->base;
    }
    return from->password ? secret_span(from->password) : span_of(NULL, 0);
}

uint64_t pades_source_size(const pades_source *source)
{
    return source->size;
}

void pades_source_counts(const pades_source *source, uint64_t *ret_pass, uint64_t *ret_structure)
{
    *ret_pass = atomic_load(&source->counts[SOURCE_PASS]);
    *ret_structure = atomic_load(&source->counts[SOURCE_STRUCTURE]);
}

/* Reads up to n bytes of a file; a read that ends early means the file was cut. */
static pades_status read_file(pades_source *s, uint64_t offset, uint8_t *p, size_t n,
                              pades_error **e)
{
    size_t done = 0;
    while (done < n) {
        ssize_t got = pread(s->fd, p + done, n - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return fail_errno(e, PADES_INPUT_UNREADABLE, errno, "cannot read the input");
        }
        if (got == 0) {
            (void)fail(e, PADES_INPUT_CHANGED, "the input became shorter while it was read");
            (void)error_place(e, 0, (int64_t)(offset + done));
            return PADES_INPUT_CHANGED;
        }
        done += (size_t)got;
    }
    return PADES_OK;
}

static pades_status read_join(pades_source *s, source_use use, uint64_t offset, uint8_t *p,
                              size_t n, pades_error **e)
{
    size_t first = 0;
    if (offset < s->base_n) {
        first = s->base_n - offset < n ? (size_t)(s->base_n - offset) : n;
        TRY(source_read(s->base, use, offset, p, first, e));
    }
    if (first < n) {
        size_t at = (size_t)(offset + first - s->base_n);
        memcpy(p + first, s->tail.s.p + at, n - first);
        view_drop(s->tail, at, at + n - first);
    }
    return PADES_OK;
}

pades_status source_read(pades_source *s, source_use use, uint64_t offset, void *buffer, size_t n,
                         pades_error **e)
{
    if (n == 0) {
        return PADES_OK;
    }
    if (offset > s->size || n > s->size - offset) {
        (void)fail(e, PADES_DOC_DAMAGED, "the file ends before something it refers to");
        (void)error_place(e, 0, (int64_t)(offset <= INT64_MAX ? offset : INT64_MAX));
        return PADES_DOC_DAMAGED;
    }
    atomic_fetch_add(&s->counts[use], n);
    span all = source_memory(s);
    if (all.p) {
        memcpy(buffer, all.p + (size_t)offset, n);
        return PADES_OK;
    }
    switch (s->kind) {
    case FROM_FILE:
        return read_file(s, offset, buffer, n, e);
    case FROM_JOIN:
        return read_join(s, use, offset, buffer, n, e);
    case FROM_MEMORY: /* of no bytes */
    case FROM_CALLBACKS:
        break;
    }
    if (s->callbacks.read_at(s->user, offset, buffer, n) != 0) {
        return fail(e, PADES_INPUT_UNREADABLE, "the source failed to read %zu bytes", n);
    }
    return PADES_OK;
}

pades_status source_read_some(pades_source *s, source_use use, uint64_t offset, void *buffer,
                              size_t n, size_t *ret_n, pades_error **e)
{
    size_t left = offset >= s->size ? 0 : s->size - offset < n ? (size_t)(s->size - offset) : n;
    TRY(source_read(s, use, offset, buffer, left, e));
    *ret_n = left;
    return PADES_OK;
}

span source_memory(const pades_source *s)
{
    uint8_t *held = atomic_load(&s->held);
    return s->kind == FROM_MEMORY ? s->memory : span_of(held, held ? (size_t)s->size : 0);
}

span source_view(pades_source *s, source_use use, uint64_t offset, size_t n)
{
    span all = source_memory(s);
    if (!all.p || offset > all.n || n > all.n - offset) {
        return span_of(NULL, 0);
    }
    atomic_fetch_add(&s->counts[use], n);
    return span_of(all.p + (size_t)offset, n);
}

/* Two threads may come here at once: one copy stays. */
pades_status source_hold(pades_source *s, pades_error **e)
{
    if (s->kind != FROM_FILE || s->size == 0 || s->size > HOLD_MAX || atomic_load(&s->held)) {
        return PADES_OK;
    }
    uint8_t *none = NULL;
    uint8_t *held = mem_alloc((size_t)s->size);
    if (!held) {
        return fail_memory(e);
    }
    pades_status status = source_read(s, SOURCE_STRUCTURE, 0, held, (size_t)s->size, e);
    if (status != PADES_OK || !atomic_compare_exchange_strong(&s->held, &none, held)) {
        mem_free(held);
    }
    return status;
}

int source_fd(const pades_source *s)
{
    return s->kind == FROM_FILE ? s->fd : -1;
}

const struct stat *source_stat(const pades_source *s)
{
    return s->kind == FROM_FILE ? &s->stat : NULL;
}

pades_status source_check_unchanged(pades_source *s, pades_error **e)
{
    if (s->kind == FROM_JOIN) {
        return source_check_unchanged(s->base, e);
    }
    if (s->kind != FROM_FILE) {
        return PADES_OK;
    }
    struct stat now;
    if (fstat(s->fd, &now) != 0) {
        return fail_errno(e, PADES_INPUT_UNREADABLE, errno, "cannot look at the input again");
    }
    bool same = now.st_size == s->stat.st_size && now.st_ino == s->stat.st_ino &&
                now.st_dev == s->stat.st_dev && now.st_mtim.tv_sec == s->stat.st_mtim.tv_sec &&
                now.st_mtim.tv_nsec == s->stat.st_mtim.tv_nsec;
    if (!same) {
        (void)fail(e, PADES_INPUT_CHANGED, "the input was changed while it was read");
        (void)error_hint(e, "try again when no other program writes to it");
        return PADES_INPUT_CHANGED;
    }
    return PADES_OK;
}
