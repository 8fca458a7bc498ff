/* law_die_at.so, preloaded: the N-th call that changes a file is not made as it should be.
 *
 *   DIE_AT=N              which call, counted from 1 over all of the process
 *   DIE_HOW=kill          SIGKILL to the process instead of the call
 *           half          of a write, half is written first
 *           fail          the call returns -1 and errno EIO (a write: ENOSPC)
 *   DIE_IN=FOLDER         only files in it count (and it itself), so that messages, logs and the
 *                         token's own files do not
 *   DIE_LOG=PATH          one line a call: what it was */
#include "../support/files/real.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

REAL_IS(open)
REAL_IS(write)
REAL_IS(pwrite)
REAL_IS(fsync)
REAL_IS(ftruncate)
REAL_IS(fchmod)
REAL_IS(unlinkat)
REAL_IS(renameat)
REAL_IS(renameat2)

static bool of_the_document(int fd)
{
    char link[64];
    char path[4096];
    const char *folder = getenv("DIE_IN");
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (folder == NULL || n <= 0) {
        return false;
    }
    path[n] = '\0';
    return strncmp(path, folder, strlen(folder)) == 0;
}

static void note(const char *what)
{
    const char *path = getenv("DIE_LOG");
    int fd = path == NULL ? -1 : real_open()(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0) {
        dprintf(fd, "%s\n", what);
        close(fd);
    }
}

static bool is(const char *how)
{
    const char *set = getenv("DIE_HOW");
    return strcmp(set == NULL ? "kill" : set, how) == 0;
}

/* True when this call is the one. */
static bool now(const char *what)
{
    static long calls;
    const char *at = getenv("DIE_AT");
    note(what);
    return ++calls == (at == NULL ? -1 : strtol(at, NULL, 10));
}

/* Of a call that is not a write: true when it must fail. */
static bool stop(const char *what)
{
    if (!now(what)) {
        return false;
    }
    if (!is("fail")) {
        raise(SIGKILL);
    }
    errno = EIO;
    return true;
}

/* The bytes to write before the end; n when this is not the call. */
static size_t cut(const char *what, size_t n, bool *ret_end)
{
    *ret_end = now(what);
    return !*ret_end ? n : is("half") ? n / 2 : 0;
}

static ssize_t end_write(void)
{
    if (!is("fail")) {
        raise(SIGKILL);
    }
    errno = ENOSPC;
    return -1;
}

EXPORT ssize_t write(int fd, const void *p, size_t n)
{
    bool end = false;
    n = of_the_document(fd) ? cut("write", n, &end) : n;
    ssize_t done = end && n == 0 ? 0 : real_write()(fd, p, n);
    return end ? end_write() : done;
}

EXPORT ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
    bool end = false;
    n = of_the_document(fd) ? cut("pwrite", n, &end) : n;
    ssize_t done = end && n == 0 ? 0 : real_pwrite()(fd, p, n, at);
    return end ? end_write() : done;
}

EXPORT ssize_t pwrite64(int fd, const void *p, size_t n, off64_t at)
{
    return pwrite(fd, p, n, at);
}

EXPORT int fsync(int fd)
{
    return of_the_document(fd) && stop("fsync") ? -1 : real_fsync()(fd);
}

EXPORT int ftruncate(int fd, off_t size)
{
    return of_the_document(fd) && stop("ftruncate") ? -1 : real_ftruncate()(fd, size);
}

EXPORT int ftruncate64(int fd, off64_t size)
{
    return ftruncate(fd, size);
}

EXPORT int fchmod(int fd, mode_t mode)
{
    return of_the_document(fd) && stop("fchmod") ? -1 : real_fchmod()(fd, mode);
}

EXPORT int unlinkat(int dir, const char *name, int flags)
{
    return of_the_document(dir) && stop("unlinkat") ? -1 : real_unlinkat()(dir, name, flags);
}

EXPORT int renameat(int a, const char *from, int b, const char *to)
{
    return of_the_document(a) && stop("renameat") ? -1 : real_renameat()(a, from, b, to);
}

EXPORT int renameat2(int a, const char *from, int b, const char *to, unsigned flags)
{
    return of_the_document(a) && stop("renameat2") ? -1 : real_renameat2()(a, from, b, to, flags);
}
