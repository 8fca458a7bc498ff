/* Thin wrappers: see sys.h for why they exist. */
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int sys_openat(int dir, const char *name, int flags, mode_t mode)
{
    return openat(dir, name, flags | O_CLOEXEC, mode);
}

ssize_t sys_write(int fd, const void *p, size_t n)
{
    return write(fd, p, n);
}

ssize_t sys_pwrite(int fd, const void *p, size_t n, off_t offset)
{
    return pwrite(fd, p, n, offset);
}

int sys_fsync(int fd)
{
    return fsync(fd);
}

int sys_ftruncate(int fd, off_t size)
{
    return ftruncate(fd, size);
}

/* Filesystems without RENAME_NOREPLACE: a hard link never replaces either. */
static int link_then_unlink(int dir, const char *from, const char *to)
{
    if (linkat(dir, from, dir, to, 0) != 0) {
        return -1;
    }
    return unlinkat(dir, from, 0);
}

int sys_renameat(int dir, const char *from, const char *to, bool replace)
{
    if (replace) {
        return renameat(dir, from, dir, to);
    }
    int result = renameat2(dir, from, dir, to, RENAME_NOREPLACE);
    if (result != 0 && (errno == EINVAL || errno == ENOSYS)) {
        return link_then_unlink(dir, from, to);
    }
    return result;
}

int sys_unlinkat(int dir, const char *name)
{
    return unlinkat(dir, name, 0);
}
