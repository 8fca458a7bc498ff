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

enum { NAME_BYTES = 80, CHUNK = 32 << 10 };

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

/* Into memory, or a file of our own: another process may do with this one what it likes. */
static bool read_into(int fd, bulk *out)
{
    uint8_t room[CHUNK];
    while (bulk_size(out) < out->max) {
        uint64_t left = out->max - bulk_size(out);
        ssize_t got = read(fd, room, left < sizeof room ? (size_t)left : sizeof room);
        if (got == 0 || (got < 0 && errno != EINTR)) {
            return false;
        }
        if (bulk_add(out, span_of(room, got > 0 ? (size_t)got : 0), NULL) != PADES_OK) {
            return false;
        }
    }
    return bulk_end(out, NULL) == PADES_OK;
}

static blob *read_entry(const pades_ctx *ctx, int fd, size_t max_bytes)
{
    struct stat s;
    blob *b = NULL;
    if (!is_ours(fd, S_IFREG, &s) || s.st_size <= 0 || (uint64_t)s.st_size > max_bytes) {
        return NULL;
    }
    AUTO_VAL(bulk) bytes = BULK(ctx, (size_t)s.st_size);
    return read_into(fd, &bytes) && blob_take_bulk(&bytes, &b, NULL) == PADES_OK ? b : NULL;
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
    blob *b = read_entry(ctx, fd, max_bytes);
    close(fd);
    return b;
}

static pades_status write_piece(void *user, span piece, pades_error **e)
{
    (void)e;
    return write_fully(*(const int *)user, piece.p, piece.n, -1) == 0 ? PADES_OK
                                                                      : PADES_OUTPUT_FAILED;
}

/* A fresh file, then the rename: a reader sees the old entry or the new one. */
static void replace(int folder, const char *name, view der)
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
    bool written = view_each(der, write_piece, &fd, NULL) == PADES_OK;
    written = close(fd) == 0 && written;
    if (!written || sys_renameat(folder, fresh, name, true) != 0) {
        (void)sys_unlinkat(folder, fresh);
    }
}

void revdisk_store(const pades_ctx *ctx, const rev_key *key, view der)
{
    char name[NAME_BYTES];
    int folder = open_cache(ctx, true);
    if (folder >= 0) {
        file_name(key, name);
        replace(folder, name, der);
        revdisk_prune(folder, name);
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
