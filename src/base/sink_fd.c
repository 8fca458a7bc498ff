/* A descriptor, a pipe perhaps: the output is spooled to an unnamed file first and written when it
 * is complete, so that a reader never sees half a document that was given up. */
#include "base/sink_ops.h"

#include "base/fail.h"
#include "base/mem.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

typedef struct fd_sink {
    int fd; /* the caller's */
    int spool;
    char *dir;
    uint64_t written;
} fd_sink;

static pades_status fd_begin(void *self, pades_ctx *ctx, pades_source *source, pades_error **e)
{
    (void)ctx, (void)source;
    fd_sink *f = self;
    f->spool = open(f->dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (f->spool < 0) {
        return fail_errno(e, PADES_OUTPUT_FAILED, errno, "cannot make a temporary file");
    }
    return PADES_OK;
}

static pades_status fd_write(void *self, span data, pades_error **e)
{
    fd_sink *f = self;
    if (write_fully(f->spool, data.p, data.n, -1) != 0) {
        return fail_errno(e, PADES_OUTPUT_FAILED, errno, "cannot write the temporary file");
    }
    f->written += data.n;
    return PADES_OK;
}

static pades_status fd_commit(void *self, pades_error **e)
{
    enum { CHUNK = 64 << 10 };
    fd_sink *f = self;
    AUTO_VAL(buf) chunk = BUF(CHUNK);
    uint8_t *room = buf_extend(&chunk, CHUNK);
    if (!room) {
        return fail_memory(e);
    }
    for (uint64_t at = 0; at < f->written;) {
        size_t n = f->written - at < CHUNK ? (size_t)(f->written - at) : CHUNK;
        ssize_t got = pread(f->spool, room, n, (off_t)at);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0 || write_fully(f->fd, room, (size_t)got, -1) != 0) {
            return fail_errno(e, PADES_OUTPUT_FAILED, got == 0 ? EIO : errno,
                              "cannot write the output");
        }
        at += (uint64_t)got;
    }
    return PADES_OK;
}

static void fd_abort(void *self)
{
    (void)self; /* the spool has no name: closing it is enough */
}

static void fd_destroy(void *self)
{
    fd_sink *f = self;
    if (f->spool >= 0) {
        close(f->spool);
    }
    mem_free(f->dir);
    mem_free(f);
}

static const sink_ops fd_ops = {NULL, fd_begin, fd_write, fd_commit, fd_abort, fd_destroy, false};

pades_status pades_sink_new_fd(int fd, const char *spool_dir, pades_sink **ret_sink,
                               pades_error **ret_error)
{
    fd_sink *f = mem_alloc(sizeof *f);
    if (!f) {
        return fail_memory(ret_error);
    }
    *f = (fd_sink){.fd = fd, .spool = -1, .dir = mem_strdup(spool_dir ? spool_dir : "/tmp")};
    if (!f->dir) {
        mem_free(f);
        return fail_memory(ret_error);
    }
    return sink_new(&fd_ops, f, ret_sink, ret_error);
}
