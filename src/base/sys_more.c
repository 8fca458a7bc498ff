/* What is built on the system calls of sys.c; apart from them, so that tests that wrap those see
 * it. */
#include "base/sys.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int write_fully(int fd, const void *p, size_t n, off_t offset)
{
    const char *at = p;
    while (n > 0) {
        ssize_t done = offset < 0 ? sys_write(fd, at, n) : sys_pwrite(fd, at, n, offset);
        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            errno = done == 0 ? EIO : errno;
            return -1;
        }
        at += done;
        n -= (size_t)done;
        offset = offset < 0 ? offset : offset + done;
    }
    return 0;
}

int open_folder(const char *path, const char **ret_name)
{
    const char *slash = strrchr(path, '/');
    *ret_name = slash ? slash + 1 : path;
    AUTO(mem_text) *folder =
        slash ? mem_strndup(path, slash == path ? 1 : (size_t)(slash - path)) : mem_strdup(".");
    if (!folder) {
        errno = ENOMEM;
        return -1;
    }
    return open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}
