/* See spool.h. The mapping is shared and read-only: what is dropped of it is read again from the
 * file, never lost. */
#include "base/spool.h"

#include "base/digest.h"
#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

struct spool {
    atomic_uint refs;
    int fd; /* -1: complete */
    uint64_t n;
    uint8_t *map; /* NULL: not complete, or empty */
    char *shown;  /* its folder */
};

enum { NAME_TRIES = 16 };

/* Where a file cannot be made without a name: one that nobody can guess, for a moment. */
static int open_named(const char *folder)
{
    char name[64];
    int fd = -1;
    int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; dir >= 0 && fd < 0 && i < NAME_TRIES; i++) {
        uint64_t random = 0;
        if (random_bytes(&random, sizeof random, NULL) != PADES_OK) {
            errno = EIO;
            break;
        }
        snprintf(name, sizeof name, ".pades-spool-%016llx", (unsigned long long)random);
        fd = sys_openat(dir, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
        if (fd < 0 && errno != EEXIST) {
            break;
        }
    }
    int err = errno;
    if (fd >= 0 && sys_unlinkat(dir, name) != 0) {
        err = errno;
        close(fd);
        fd = -1;
    }
    if (dir >= 0) {
        close(dir);
    }
    errno = err;
    return fd;
}

static int open_in(const char *folder)
{
    int fd = sys_openat(AT_FDCWD, folder, O_TMPFILE | O_RDWR, 0600);
    bool knows_none = fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL);
    return knows_none ? open_named(folder) : fd;
}

/* /var/tmp is meant for what is large; /tmp may be memory. */
static int open_somewhere(const pades_ctx *ctx, const char **ret_folder)
{
    static const char *const usual[] = {"/var/tmp", "/tmp"};
    int fd = -1;
    if (ctx->temp_dir) {
        *ret_folder = ctx->temp_dir;
        return open_in(ctx->temp_dir);
    }
    for (size_t i = 0; fd < 0 && i < ARRAY_LEN(usual); i++) {
        *ret_folder = usual[i];
        fd = open_in(usual[i]);
    }
    return fd;
}

static pades_status failed(const char *what, const char *shown, int err, pades_error **e)
{
    (void)fail_errno(e, PADES_OUTPUT_FAILED, err, "cannot %s a temporary file in '%s'", what,
                     shown ? shown : "?");
    error_hint(e, err == ENOSPC || err == EDQUOT || err == EFBIG
                      ? "make room there, or name another folder for temporary files (TMPDIR)"
                      : "name a folder for temporary files (TMPDIR)");
    return PADES_OUTPUT_FAILED;
}

pades_status spool_new(const pades_ctx *ctx, spool **ret, pades_error **e)
{
    const char *folder = NULL;
    AUTO(spool) *s = mem_alloc(sizeof *s);
    if (!s) {
        return fail_memory(e);
    }
    atomic_init(&s->refs, 1);
    s->fd = open_somewhere(ctx, &folder);
    int err = errno;
    s->shown = escape_text(span_str(folder), 0);
    if (s->fd < 0) {
        return failed("make", s->shown, err, e);
    }
    *ret = TAKE(s);
    return PADES_OK;
}

static pades_status write_at(const spool *s, uint64_t at, span bytes, pades_error **e)
{
    if (s->fd < 0) {
        return fail(e, PADES_INTERNAL, "a spool is complete");
    }
    return write_fully(s->fd, bytes.p, bytes.n, (off_t)at) == 0
               ? PADES_OK
               : failed("write", s->shown, errno, e);
}

pades_status spool_add(spool *s, span bytes, pades_error **e)
{
    TRY(write_at(s, s->n, bytes, e));
    s->n += bytes.n;
    return PADES_OK;
}

uint64_t spool_size(const spool *s)
{
    return s->n;
}

pades_status spool_patch(spool *s, uint64_t at, span bytes, pades_error **e)
{
    return at > s->n || bytes.n > s->n - at
               ? fail(e, PADES_INTERNAL, "a patch beyond the end of a spool")
               : write_at(s, at, bytes, e);
}

pades_status spool_cut(spool *s, uint64_t n, pades_error **e)
{
    if (s->fd < 0 || n > s->n) {
        return fail(e, PADES_INTERNAL, "a spool that cannot be cut");
    }
    if (sys_ftruncate(s->fd, (off_t)n) != 0) {
        return failed("cut", s->shown, errno, e);
    }
    s->n = n;
    return PADES_OK;
}

pades_status spool_end(spool *s, pades_error **e)
{
    if (s->fd < 0) {
        return PADES_OK;
    }
    if (s->n > SIZE_MAX / 2) {
        return fail(e, PADES_LIMIT, "a temporary file too large for this machine");
    }
    if (s->n > 0) {
        void *map = mmap(NULL, (size_t)s->n, PROT_READ, MAP_SHARED, s->fd, 0);
        if (map == MAP_FAILED) {
            return failed("read", s->shown, errno, e);
        }
        s->map = map;
    }
    close(s->fd);
    s->fd = -1;
    return PADES_OK;
}

view spool_view(spool *s)
{
    return (view){span_of(s->map, s->map ? (size_t)s->n : 0), s};
}

spool *spool_ref(spool *s)
{
    if (s) {
        atomic_fetch_add(&s->refs, 1);
    }
    return s;
}

void spool_free(spool *s)
{
    if (!s || atomic_fetch_sub(&s->refs, 1) != 1) {
        return;
    }
    if (s->map) {
        (void)munmap(s->map, (size_t)s->n);
    }
    if (s->fd >= 0) {
        close(s->fd);
    }
    mem_free(s->shown);
    mem_free(s);
}

/* Whole pages; those that it begins and ends in go too, which costs no more than reading them
 * again. */
void view_drop(view v, size_t from, size_t to)
{
    const spool *s = v.home;
    if (!s || !s->map || from >= to || to > v.s.n) {
        return;
    }
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t start = (size_t)(v.s.p - s->map) + from;
    size_t first = start - start % page;
    (void)madvise(s->map + first, start - first + (to - from), MADV_DONTNEED);
}

pades_status view_each(view v, view_fn fn, void *user, pades_error **e)
{
    for (size_t at = 0; at < v.s.n; at += VIEW_STEP) {
        span piece = span_part(v.s, at, VIEW_STEP);
        TRY(fn(user, piece, e));
        view_drop(v, at, at + piece.n);
    }
    return PADES_OK;
}

static pades_status hash_piece(void *user, span piece, pades_error **e)
{
    return digest_update(user, piece, e);
}

pades_status view_update(view v, digest *d, pades_error **e)
{
    return v.home ? view_each(v, hash_piece, d, e) : digest_update(d, v.s, e);
}

pades_status view_hash(view v, pades_digest alg, uint8_t *out, pades_error **e)
{
    AUTO(digest) *d = NULL;
    TRY(digest_new(alg, &d, e));
    TRY(view_update(v, d, e));
    return digest_final(d, out, e);
}

bool view_eq(view a, view b)
{
    bool same = a.s.n == b.s.n;
    for (size_t at = 0; same && at < a.s.n; at += VIEW_STEP) {
        span x = span_part(a.s, at, VIEW_STEP);
        span y = span_part(b.s, at, VIEW_STEP);
        same = memcmp(x.p, y.p, x.n) == 0;
        view_drop(a, at, at + x.n);
        view_drop(b, at, at + x.n);
    }
    return same;
}
