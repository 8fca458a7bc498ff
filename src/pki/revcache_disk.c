/* See revcache_disk.h. Folders 0700, files 0600; a folder or a file that somebody else owns or may
 * write to is not used. Nothing is synced: after a power cut an entry is whole, missing, or fails
 * its check. */
#include "pki/revcache_disk.h"

#include "base/digest.h"
#include "base/mem.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_BYTES = 80 };

/* "<64 hexadecimal digits>.der" */
static void file_name(const rev_key *key, char out[NAME_BYTES])
{
    size_t at = 0;
    for (size_t i = 0; i < sizeof key->hash; i++) {
        at += (size_t)snprintf(out + at, NAME_BYTES - at, "%02x", key->hash[i]);
    }
    snprintf(out + at, NAME_BYTES - at, ".der");
}

static bool is_ours(int fd, mode_t type, struct stat *s)
{
    return fstat(fd, s) == 0 && (s->st_mode & S_IFMT) == type && s->st_uid == geteuid() &&
           (s->st_mode & 022) == 0;
}

static int open_cache(const pades_ctx *ctx, bool make)
{
    struct stat s;
    if (!ctx->cache_dir) {
        return -1;
    }
    if (make) {
        (void)mkdir(ctx->cache_dir, 0700);
    }
    int top = open(ctx->cache_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (top < 0) {
        return -1;
    }
    if (make) {
        (void)mkdirat(top, "rev", 0700);
    }
    int folder = openat(top, "rev", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    close(top);
    if (folder >= 0 && !is_ours(folder, S_IFDIR, &s)) {
        close(folder);
        return -1;
    }
    return folder;
}

static bool read_fully(int fd, uint8_t *p, size_t n)
{
    size_t have = 0;
    while (have < n) {
        ssize_t got = read(fd, p + have, n - have);
        if (got == 0 || (got < 0 && errno != EINTR)) {
            return false;
        }
        have += got > 0 ? (size_t)got : 0;
    }
    return true;
}

static blob *read_entry(int fd, size_t max_bytes)
{
    struct stat s;
    blob *b = NULL;
    if (!is_ours(fd, S_IFREG, &s) || s.st_size <= 0 || (uint64_t)s.st_size > max_bytes) {
        return NULL;
    }
    size_t n = (size_t)s.st_size;
    AUTO_VAL(buf) bytes = BUF(n);
    uint8_t *room = buf_extend(&bytes, n);
    if (!room || !read_fully(fd, room, n) || blob_take(&bytes, &b, NULL) != PADES_OK) {
        return NULL;
    }
    return b;
}

blob *revdisk_load(const pades_ctx *ctx, const rev_key *key, size_t max_bytes)
{
    char name[NAME_BYTES];
    int folder = open_cache(ctx, false);
    if (folder < 0) {
        return NULL;
    }
    file_name(key, name);
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    close(folder);
    if (fd < 0) {
        return NULL;
    }
    blob *b = read_entry(fd, max_bytes);
    close(fd);
    return b;
}

/* A fresh file, then the rename: a reader sees the old entry or the new one. */
static void replace(int folder, const char *name, span der)
{
    char fresh[NAME_BYTES + 16];
    uint32_t tail = 0;
    if (random_bytes(&tail, sizeof tail, NULL) != PADES_OK) {
        return;
    }
    snprintf(fresh, sizeof fresh, ".%s.%08x", name, (unsigned)tail);
    int fd = sys_openat(folder, fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return;
    }
    bool written = write_fully(fd, der.p, der.n, -1) == 0;
    written = close(fd) == 0 && written;
    if (!written || sys_renameat(folder, fresh, name, true) != 0) {
        (void)sys_unlinkat(folder, fresh);
    }
}

void revdisk_store(const pades_ctx *ctx, const rev_key *key, span der)
{
    char name[NAME_BYTES];
    int folder = open_cache(ctx, true);
    if (folder >= 0) {
        file_name(key, name);
        replace(folder, name, der);
        close(folder);
    }
}

void revdisk_drop(const pades_ctx *ctx, const rev_key *key)
{
    char name[NAME_BYTES];
    int folder = open_cache(ctx, false);
    if (folder >= 0) {
        file_name(key, name);
        (void)sys_unlinkat(folder, name);
        close(folder);
    }
}
