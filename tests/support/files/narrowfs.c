/* narrowfs.so, preloaded: the files of the program are on a filesystem that can less than others.
 *
 *   NARROWFS=WORDS        what is missing, separated by blanks:
 *            link         hard links (EPERM), as on FAT
 *            flags        the flags of renameat2() (EINVAL), as on many network filesystems
 *   NARROWFS_FAIL=N       the N-th call of linkat, renameat, renameat2 or fsync fails with EIO,
 *                         counted from 1; those that fail by NARROWFS do not count
 *   NARROWFS_FAIL=N+      and all after it */
#include "real.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

REAL_IS(linkat)
REAL_IS(renameat)
REAL_IS(renameat2)
REAL_IS(fsync)

static bool lacks(const char *word)
{
    const char *all = getenv("NARROWFS");
    return all != NULL && strstr(all, word) != NULL;
}

static bool fails(void)
{
    static long calls;
    const char *at = getenv("NARROWFS_FAIL");
    char *end = NULL;
    long n = at == NULL ? -1 : strtol(at, &end, 10);
    calls++;
    bool now = calls == n || (at != NULL && *end == '+' && calls > n);
    errno = now ? EIO : errno;
    return now;
}

static int refuse(int error)
{
    errno = error;
    return -1;
}

EXPORT int linkat(int from_dir, const char *from, int to_dir, const char *to, int flags)
{
    if (lacks("link")) {
        return refuse(EPERM);
    }
    return fails() ? -1 : real_linkat()(from_dir, from, to_dir, to, flags);
}

EXPORT int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
    if (flags != 0 && lacks("flags")) {
        return refuse(EINVAL);
    }
    return fails() ? -1 : real_renameat2()(from_dir, from, to_dir, to, flags);
}

EXPORT int renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    return fails() ? -1 : real_renameat()(from_dir, from, to_dir, to);
}

EXPORT int fsync(int fd)
{
    return fails() ? -1 : real_fsync()(fd);
}
