/* See files.h. */
#include "common/files.h"

#include "common/auto.h"
#include "common/die.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *path_join(const char *dir, const char *name, const char *suffix)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s%s", dir, name, suffix) < 0) {
        die("out of memory");
    }
    return path;
}

static void write_all(int fd, const char *path, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, data, size);
        if (n < 0 && errno != EINTR) {
            die("cannot write '%s': %s", path, strerror(errno));
        }
        if (n > 0) {
            data += n;
            size -= (size_t)n;
        }
    }
}

void file_write(const char *path, const void *data, size_t size, unsigned mode)
{
    AUTO(char) *part = NULL;
    if (asprintf(&part, "%s.part", path) < 0) {
        die("out of memory");
    }
    int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, (mode_t)mode);
    if (fd < 0) {
        die("cannot create '%s': %s", part, strerror(errno));
    }
    write_all(fd, part, data, size);
    if (close(fd) != 0 || rename(part, path) != 0) {
        die("cannot write '%s': %s", path, strerror(errno));
    }
}

static size_t size_of(FILE *file)
{
    struct stat st;
    return fstat(fileno(file), &st) == 0 && st.st_size > 0 ? (size_t)st.st_size : 0;
}

char *file_read(const char *path, size_t *ret_size)
{
    AUTO(FILE) *file = fopen(path, "re");
    if (file == NULL) {
        return NULL;
    }
    size_t size = size_of(file);
    AUTO(char) *data = calloc(1, size + 1);
    if (data == NULL || fread(data, 1, size, file) != size) {
        return NULL;
    }
    if (ret_size != NULL) {
        *ret_size = size;
    }
    return TAKE(data);
}

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}
