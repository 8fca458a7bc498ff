/* A file that appears complete or not at all: locked temporary file in the same folder, which only
 * its maker can read until it is complete; then mode and owner of the source, fsync, rename (never
 * over an existing file unless told), fsync of the folder. */
#include "base/sink_ops.h"

#include "base/digest.h"
#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

enum { FLUSH_EVERY = 16 << 20, TEMP_TRIES = 16 };

typedef struct file_sink {
    char *path;
    const char *name; /* last part of path */
    char *shown;      /* escaped path */
    bool overwrite;
    int dir;
    int fd;
    char temp[64];
    struct stat from; /* mode and owner for the complete file; st_nlink 0: a new file's */
    uint64_t written, flushed;
} file_sink;

static pades_status exists(const file_sink *f, pades_error **e)
{
    (void)fail(e, PADES_OUTPUT_EXISTS, "'%s' exists", f->shown);
    (void)error_hint(e, "name another output, or replace it with --force");
    return PADES_OUTPUT_EXISTS;
}

static pades_status look(const file_sink *f, pades_error **e)
{
    struct stat st;
    if (f->name[0] == '\0' || strcmp(f->name, ".") == 0 || strcmp(f->name, "..") == 0) {
        return fail(e, PADES_OUTPUT_FAILED, "'%s' is a folder", f->shown);
    }
    if (fstatat(f->dir, f->name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        return PADES_OK;
    }
    if (!f->overwrite) {
        return exists(f, e);
    }
    if (S_ISDIR(st.st_mode)) {
        return fail(e, PADES_OUTPUT_FAILED, "'%s' is a folder", f->shown);
    }
    return PADES_OK;
}

static pades_status open_dir(file_sink *f, pades_error **e)
{
    if (f->dir >= 0) {
        return PADES_OK;
    }
    f->dir = open_folder(f->path, &f->name);
    if (f->dir < 0) {
        return fail_errno(e, PADES_OUTPUT_FAILED, errno, "cannot open the folder of '%s'",
                          f->shown);
    }
    return PADES_OK;
}

/* The folder that was looked at is the one that is written to. */
static pades_status file_check(void *self, pades_error **e)
{
    file_sink *f = self;
    TRY(open_dir(f, e));
    TRY(look(f, e));
    if (faccessat(f->dir, ".", W_OK, AT_EACCESS) != 0) {
        return fail_errno(e, PADES_OUTPUT_FAILED, errno, "cannot write to the folder of '%s'",
                          f->shown);
    }
    return PADES_OK;
}

/* Made, locked and still linked: nobody took it for a leftover in between. */
static bool make_temp(file_sink *f)
{
    uint64_t random = 0;
    struct stat st;
    if (random_bytes(&random, sizeof random, NULL) != PADES_OK) {
        errno = EIO;
        return false;
    }
    snprintf(f->temp, sizeof f->temp, LEFTOVER_PREFIX "%ld-%016llx" LEFTOVER_SUFFIX, (long)getpid(),
             (unsigned long long)random);
    f->fd = sys_openat(f->dir, f->temp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    if (f->fd < 0) {
        return false;
    }
    if (flock(f->fd, LOCK_EX) == 0 && fstat(f->fd, &st) == 0 && st.st_nlink == 1) {
        return true;
    }
    close(f->fd);
    f->fd = -1;
    errno = EEXIST;
    return false;
}

/* The mode that a new file would get: 0666 without the process's umask. */
static mode_t default_mode(void)
{
    unsigned mask = 077;
    FILE *status = fopen("/proc/self/status", "re");
    char line[256];
    while (status && fgets(line, sizeof line, status)) {
        if (sscanf(line, "Umask: %o", &mask) == 1) {
            break;
        }
    }
    if (status) {
        fclose(status);
    }
    return (mode_t)(0666 & ~mask);
}

/* Owner first, then mode, without the bits that a lost owner or group would give to strangers. */
static void take_over(const file_sink *f)
{
    struct stat own;
    const struct stat *from = &f->from;
    mode_t mode = from->st_nlink > 0 ? from->st_mode & 0777 : default_mode();
    if (from->st_nlink > 0 && fstat(f->fd, &own) == 0) {
        bool uid_ok = own.st_uid == from->st_uid, gid_ok = own.st_gid == from->st_gid;
        if ((!uid_ok || !gid_ok) && fchown(f->fd, from->st_uid, from->st_gid) != 0 && !gid_ok &&
            fchown(f->fd, (uid_t)-1, from->st_gid) != 0) {
            mode &= (mode_t)~070;
        }
    }
    (void)fchmod(f->fd, mode); /* the descriptor stays writable whatever it says */
}

static void file_abort(void *self)
{
    file_sink *f = self;
    if (f->fd >= 0) {
        (void)sys_unlinkat(f->dir, f->temp);
        close(f->fd);
        f->fd = -1;
    }
}

static pades_status file_begin(void *self, pades_ctx *ctx, pades_source *source, pades_error **e)
{
    file_sink *f = self;
    TRY(open_dir(f, e));
    TRY(look(f, e));
    leftovers_remove_once(ctx, f->dir);
    for (int i = 0; !make_temp(f); i++) {
        if (errno != EEXIST || i == TEMP_TRIES) {
            return fail_errno(e, PADES_OUTPUT_FAILED, errno, "cannot make a file beside '%s'",
                              f->shown);
        }
    }
    const struct stat *from = source ? source_stat(source) : NULL;
    f->from = from ? *from : (struct stat){0};
    return PADES_OK;
}

static pades_status write_failed(const file_sink *f, int err, pades_error **e)
{
    (void)fail_errno(e, PADES_OUTPUT_FAILED, err, "cannot write '%s'", f->shown);
    if (err == ENOSPC || err == EDQUOT || err == EFBIG) {
        (void)error_hint(e, "make room on the disk and try again; nothing was left behind");
    }
    return PADES_OUTPUT_FAILED;
}

static pades_status file_write(void *self, span data, pades_error **e)
{
    file_sink *f = self;
    if (write_fully(f->fd, data.p, data.n, -1) != 0) {
        return write_failed(f, errno, e);
    }
    f->written += data.n;
    if (f->written - f->flushed >= FLUSH_EVERY) { /* so that the fsync at the end is short */
        (void)sync_file_range(f->fd, (off_t)f->flushed, (off_t)(f->written - f->flushed),
                              SYNC_FILE_RANGE_WRITE);
        f->flushed = f->written;
    }
    return PADES_OK;
}

static pades_status file_commit(void *self, pades_error **e)
{
    file_sink *f = self;
    take_over(f); /* before the fsync, which makes it last */
    if (sys_fsync(f->fd) != 0) {
        return write_failed(f, errno, e);
    }
    if (sys_renameat(f->dir, f->temp, f->name, f->overwrite) != 0) {
        return errno == EEXIST ? exists(f, e) : write_failed(f, errno, e);
    }
    if (sys_fsync(f->dir) !=
        0) { /* the name may not survive a power cut: say so and take it back */
        int err = errno;
        if (!f->overwrite) {
            (void)sys_unlinkat(f->dir, f->name);
        }
        return write_failed(f, err, e);
    }
    close(f->fd);
    f->fd = -1;
    return PADES_OK;
}

static void file_destroy(void *self)
{
    file_sink *f = self;
    if (f->dir >= 0) {
        close(f->dir);
    }
    mem_free(f->path);
    mem_free(f->shown);
    mem_free(f);
}

static const sink_ops file_ops = {file_check, file_begin,   file_write, file_commit,
                                  file_abort, file_destroy, false};

pades_status pades_sink_new_file(const char *path, unsigned flags, pades_sink **ret_sink,
                                 pades_error **ret_error)
{
    if (!path || !*path) {
        return fail(ret_error, PADES_INVALID_ARGUMENT, "an empty output name");
    }
    file_sink *f = mem_alloc(sizeof *f);
    if (!f) {
        return fail_memory(ret_error);
    }
    *f = (file_sink){
        .path = mem_strdup(path), .shown = escape_text(span_str(path), 0), .dir = -1, .fd = -1};
    f->overwrite = (flags & PADES_SINK_OVERWRITE) != 0;
    if (!f->path || !f->shown) {
        file_destroy(f);
        return fail_memory(ret_error);
    }
    const char *slash = strrchr(f->path, '/');
    f->name = slash ? slash + 1 : f->path;
    return sink_new(&file_ops, f, ret_sink, ret_error);
}
