/* See files.h. */
#include "files.h"

#include "process.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK = 64 * 1024 };

static int unreadable(struct failure *f, const char *path)
{
    int code = errno;
    pades_status status =
        code == ENOENT || code == ENOTDIR ? PADES_INPUT_NOT_FOUND : PADES_INPUT_UNREADABLE;
    return fail(f, status, NULL, "cannot read '%s': %s", show(path).text, strerror(code));
}

int file_unwritable(struct failure *f, const char *path)
{
    int code = errno;
    return fail(f, PADES_OUTPUT_FAILED, NULL, "cannot write '%s': %s", show(path).text,
                strerror(code));
}

static void close_fd(const int *fd)
{
    if (*fd > STDERR_FILENO) {
        close(*fd);
    }
}
#define AUTO_FD __attribute__((cleanup(close_fd))) int

/* read() that waits through signals, except those that ask to stop. */
static ssize_t read_some(int fd, void *to, size_t n)
{
    ssize_t got;
    do {
        got = read(fd, to, n);
    } while (got < 0 && errno == EINTR && process_signal() == 0);
    return got;
}

bool file_put(int fd, const void *bytes, size_t n)
{
    const char *data = bytes;
    while (n > 0) {
        ssize_t wrote = write(fd, data, n);
        if (wrote < 0 && errno != EINTR) {
            return false;
        }
        data += wrote > 0 ? wrote : 0;
        n -= wrote > 0 ? (size_t)wrote : 0;
    }
    return true;
}

/* At most `max` bytes; one more is asked for to see that there are none. */
static int read_whole(int fd, const char *path, size_t max, char **ret, size_t *ret_n,
                      struct failure *f)
{
    AUTO(free) char *data = malloc(max + 1);
    size_t n = 0;
    ssize_t got = 1;
    if (data == NULL) {
        return fail(f, PADES_NO_MEMORY, NULL, "no memory");
    }
    while (got > 0 && n <= max) {
        got = read_some(fd, data + n, max + 1 - n);
        n += got > 0 ? (size_t)got : 0;
    }
    if (got < 0) {
        return unreadable(f, path);
    }
    if (n > max) {
        return fail(f, PADES_INPUT_UNREADABLE, NULL, "'%s' is larger than %zu bytes",
                    show(path).text, max);
    }
    data[n] = '\0';
    *ret = data;
    *ret_n = n;
    data = NULL;
    return EXIT_DONE;
}

int file_read(const char *path, size_t max, char **ret_data, size_t *ret_n, struct failure *f)
{
    bool is_stdin = strcmp(path, "-") == 0;
    AUTO_FD fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return unreadable(f, path);
    }
    return read_whole(fd, path, max, ret_data, ret_n, f);
}

const char *file_spool_dir(void)
{
    const char *dir = getenv("TMPDIR");
    return dir != NULL && dir[0] == '/' ? dir : "/tmp";
}

static int open_spool(struct failure *f)
{
    char name[4096];
    const char *dir = file_spool_dir();
    int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0) {
        snprintf(name, sizeof name, "%.4000s/pades-stdin.XXXXXX", dir);
        fd = mkostemp(name, O_CLOEXEC);
        if (fd >= 0) {
            unlink(name);
        }
    }
    if (fd < 0) {
        file_unwritable(f, dir);
    }
    return fd;
}

static int copy_stdin(int to, struct failure *f)
{
    AUTO(free) char *chunk = malloc(CHUNK);
    if (chunk == NULL) {
        return fail(f, PADES_NO_MEMORY, NULL, "no memory");
    }
    for (;;) {
        ssize_t got = read_some(STDIN_FILENO, chunk, CHUNK);
        if (got < 0 && process_signal() != 0) {
            return fail(f, PADES_CANCELLED, NULL, "interrupted");
        }
        if (got < 0) {
            return unreadable(f, "-");
        }
        if (got == 0) {
            return EXIT_DONE;
        }
        if (!file_put(to, chunk, (size_t)got)) {
            return file_unwritable(f, file_spool_dir());
        }
    }
}

static bool is_whole_file(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && lseek(fd, 0, SEEK_CUR) == 0;
}

int file_spool_stdin(int *ret_fd, struct failure *f)
{
    if (is_whole_file(STDIN_FILENO)) {
        *ret_fd = STDIN_FILENO;
        return EXIT_DONE;
    }
    AUTO_FD fd = open_spool(f);
    if (fd < 0) {
        return f->exit;
    }
    TRY(copy_stdin(fd, f));
    *ret_fd = fd;
    fd = -1;
    return EXIT_DONE;
}

int file_open_private(const char *path, int *ret_fd, struct failure *f)
{
    struct stat st;
    AUTO_FD fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0 || fstat(fd, &st) != 0) {
        return unreadable(f, path);
    }
    if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        char hint[1100];
        snprintf(hint, sizeof hint, "chmod 600 '%s'", show(path).text);
        return fail(f, PADES_INPUT_UNREADABLE, hint, "others than its owner may read or write '%s'",
                    show(path).text);
    }
    *ret_fd = fd;
    fd = -1;
    return EXIT_DONE;
}
