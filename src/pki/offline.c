/* See offline.h. */
#include "pki/offline.h"

#include "base/bulk.h"
#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES_MAX = 10000, CHUNK = 64 << 10 };
#define BYTES_MAX ((size_t)512 << 20)

typedef DIR dir_handle;
DEFINE_AUTO(dir_handle, closedir)

typedef struct names {
    char **at;
    size_t n, cap;
} names;

static void names_free(names *list)
{
    for (size_t i = 0; i < list->n; i++) {
        mem_free(list->at[i]);
    }
    mem_free(list->at);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorted, so that one folder always gives one result. */
static pades_status list_names(DIR *dir, names *list, pades_error **e)
{
    for (const struct dirent *d = readdir(dir); d; d = readdir(dir)) {
        if (d->d_name[0] == '.') {
            continue;
        }
        if (list->n == FILES_MAX) {
            return fail(e, PADES_LIMIT, "it holds more than %d files", FILES_MAX);
        }
        if (!MEM_GROW(list->at, list->n, list->cap) ||
            !(list->at[list->n] = mem_strdup(d->d_name))) {
            return fail_memory(e);
        }
        list->n++;
    }
    if (list->n > 0) {
        qsort(list->at, list->n, sizeof *list->at, by_name);
    }
    return PADES_OK;
}

typedef struct reading {
    pades_ctx *ctx;
    material_fn fn;
    void *user;
    size_t left; /* bytes that may still be read */
} reading;

/* All of it, or less when the file became shorter. */
static pades_status read_into(int fd, bulk *out, pades_error **e)
{
    AUTO_VAL(buf) chunk = BUF(CHUNK);
    uint8_t *room = buf_extend(&chunk, out->max < CHUNK ? (size_t)out->max : CHUNK);
    if (!room) {
        return fail_memory(e);
    }
    while (bulk_size(out) < out->max) {
        uint64_t left = out->max - bulk_size(out);
        ssize_t got = read(fd, room, left < chunk.n ? (size_t)left : chunk.n);
        if (got < 0 && errno != EINTR) {
            return fail_errno(e, PADES_INPUT_UNREADABLE, errno, "a file in it cannot be read");
        }
        if (got == 0) {
            break;
        }
        TRY(bulk_add(out, span_of(room, got > 0 ? (size_t)got : 0), e));
    }
    return bulk_end(out, e);
}

static pades_status read_text(reading *r, int fd, size_t size, const char *name, pades_error **e)
{
    size_t pieces = 0;
    AUTO_VAL(bulk) text = BULK(r->ctx, size);
    if (size > r->left) {
        return fail(e, PADES_LIMIT, "its files are larger than %zu MiB together", BYTES_MAX >> 20);
    }
    r->left -= size;
    TRY(read_into(fd, &text, e));
    TRY(material_each(bulk_view(&text), r->fn, r->user, &pieces, e));
    if (pieces == 0) {
        ctx_log(r->ctx, PADES_LOG_WARNING, "offline: '%s' holds no certificate, OCSP answer or CRL",
                name);
    }
    return PADES_OK;
}

static pades_status read_file(reading *r, int folder, const char *name, pades_error **e)
{
    struct stat s;
    int fd = openat(folder, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0) {
        ctx_log(r->ctx, PADES_LOG_WARNING, "offline: '%s' cannot be opened", name);
        return PADES_OK;
    }
    pades_status status = PADES_OK;
    if (fstat(fd, &s) == 0 && S_ISREG(s.st_mode) && s.st_size > 0) {
        status = read_text(r, fd, (size_t)s.st_size, name, e);
    }
    close(fd);
    return status;
}

static pades_status read_all(reading *r, const char *folder, pades_error **e)
{
    AUTO_VAL(names) list = {NULL, 0, 0};
    AUTO(dir_handle) *dir = opendir(folder);
    if (!dir) {
        return fail_errno(e, errno == ENOENT ? PADES_INPUT_NOT_FOUND : PADES_INPUT_UNREADABLE,
                          errno, "cannot be opened");
    }
    TRY(list_names(dir, &list, e));
    for (size_t i = 0; i < list.n; i++) {
        TRY(read_file(r, dirfd(dir), list.at[i], e));
    }
    return PADES_OK;
}

pades_status offline_read(pades_ctx *ctx, const char *folder, material_fn fn, void *user,
                          pades_error **e)
{
    reading r = {ctx, fn, user, BYTES_MAX};
    pades_status status = read_all(&r, folder, e);
    if (status != PADES_OK && status != PADES_NO_MEMORY && status != PADES_OUTPUT_FAILED) {
        AUTO(mem_text) *name = escape_text(span_str(folder), 0);
        fail_wrap(e, status, "the offline folder '%s'", name ? name : "?");
        error_hint(e, "name a folder of certificates, OCSP answers and CRLs, in DER or PEM");
    }
    return status;
}
