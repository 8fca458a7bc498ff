/* System calls that change files, in one place: tests wrap these at link time and make the n-th
 * fail, so that "all or nothing" is proved for every one of them. */
#ifndef BASE_SYS_H
#define BASE_SYS_H

#include "base/compiler.h"
#include <sys/types.h>

int sys_openat(int dir, const char *name, int flags, mode_t mode);
ssize_t sys_write(int fd, const void *p, size_t n);
ssize_t sys_pwrite(int fd, const void *p, size_t n, off_t offset);
int sys_fsync(int fd);
int sys_ftruncate(int fd, off_t size);
/* Renames within a folder; `replace` false: EEXIST when `to` is there. */
int sys_renameat(int dir, const char *from, const char *to, bool replace);
int sys_unlinkat(int dir, const char *name);

/* All n bytes, through short writes and EINTR; 0 or -1 with errno. offset < 0: at the file's
 * position. */
int write_fully(int fd, const void *p, size_t n, off_t offset);
/* The folder of `path` opened (O_DIRECTORY), and *ret_name pointing at the last part of `path`. */
int open_folder(const char *path, const char **ret_name);

#endif
