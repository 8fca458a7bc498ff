/* Appending to the input itself. Nothing is written before everything exists; then, under an
 * exclusive lock: the document is still what was signed, journal (fsync), append (fsync), journal
 * removed. A crash in between is undone by pades_recover_in_place(). */
#include "base/sink_ops.h"

#include "base/bulk.h"
#include "base/escape.h"
#include "base/fail.h"
#include "base/journal.h"
#include "base/mem.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

typedef struct place_sink {
    char *path; /* without symbolic links */
    char *shown;
    const char *name;
    char *journal;
    int dir, fd;
    pades_source *source; /* not owned */
    uint64_t size;
    bulk tail;
} place_sink;

static pades_status open_beside(place_sink *p, pades_error **e)
{
    p->dir = open_folder(p->path, &p->name);
    if (p->dir < 0) {
        return fail_errno(e, PADES_OUTPUT_FAILED, errno, "cannot open the folder of '%s'",
                          p->shown);
    }
    p->journal = journal_name(p->name);
    return p->journal ? PADES_OK : fail_memory(e);
}

static pades_status open_file(place_sink *p, pades_error **e)
{
    p->fd = sys_openat(p->dir, p->name, O_RDWR | O_NOFOLLOW, 0);
    if (p->fd < 0) {
        return fail_errno(e, PADES_OUTPUT_FAILED, errno, "cannot open '%s' for writing", p->shown);
    }
    return PADES_OK;
}

static pades_status same_file(const place_sink *p, pades_error **e)
{
    struct stat st;
    const struct stat *from = source_stat(p->source);
    if (fstat(p->fd, &st) != 0) {
        return fail_errno(e, PADES_OUTPUT_FAILED, errno, "cannot look at '%s'", p->shown);
    }
    if (!from || from->st_dev != st.st_dev || from->st_ino != st.st_ino) {
        return fail(e, PADES_INVALID_ARGUMENT, "the source is not the file '%s'", p->shown);
    }
    return PADES_OK;
}

static pades_status place_begin(void *self, pades_ctx *ctx, pades_source *source, pades_error **e)
{
    place_sink *p = self;
    p->tail.ctx = ctx;
    p->source = source;
    p->size = pades_source_size(source);
    TRY(open_beside(p, e));
    TRY(open_file(p, e));
    return same_file(p, e);
}

static pades_status place_write(void *self, span data, pades_error **e)
{
    place_sink *p = self;
    return bulk_add(&p->tail, data, e);
}

/* Takes back whatever was appended. The journal stays when that cannot be made safe. */
static void take_back(const place_sink *p)
{
    bool back = sys_ftruncate(p->fd, (off_t)p->size) == 0 && sys_fsync(p->fd) == 0;
    if (back && journal_remove(p->dir, p->journal, NULL) != PADES_OK) {
        return; /* the next run removes it: the file is as long as it says */
    }
}

typedef struct appending {
    int fd;
    off_t at;
} appending;

static pades_status append_piece(void *user, span piece, pades_error **e)
{
    appending *a = user;
    (void)e;
    if (write_fully(a->fd, piece.p, piece.n, a->at) != 0) {
        return PADES_OUTPUT_FAILED;
    }
    a->at += (off_t)piece.n;
    return PADES_OK;
}

static pades_status append(const place_sink *p, pades_error **e)
{
    appending a = {p->fd, (off_t)p->size};
    if (view_each(bulk_view(&p->tail), append_piece, &a, NULL) != PADES_OK ||
        sys_fsync(p->fd) != 0) {
        int err = errno;
        take_back(p);
        (void)fail_errno(e, PADES_OUTPUT_FAILED, err, "cannot append to '%s'", p->shown);
        (void)error_hint(e, "the file is as it was before");
        return PADES_OUTPUT_FAILED;
    }
    return PADES_OK;
}

/* The name may lead to another file by now: appending to the old one would be told as done and be
 * lost. */
static pades_status same_name(const place_sink *p, pades_error **e)
{
    struct stat named, held;
    if (fstat(p->fd, &held) == 0 && fstatat(p->dir, p->name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
        named.st_dev == held.st_dev && named.st_ino == held.st_ino) {
        return PADES_OK;
    }
    (void)fail(e, PADES_INPUT_CHANGED, "another file took the place of '%s' while it was signed",
               p->shown);
    (void)error_hint(e, "nothing was changed; sign it again");
    return PADES_INPUT_CHANGED;
}

static pades_status place_commit(void *self, pades_error **e)
{
    place_sink *p = self;
    journal j;
    if (flock(p->fd, LOCK_EX | LOCK_NB) != 0) {
        return fail_errno(e, PADES_OUTPUT_FAILED, errno, "'%s' is locked by another program",
                          p->shown);
    }
    TRY(bulk_end(&p->tail, e));
    TRY(source_check_unchanged(p->source, e));
    TRY(same_name(p, e));
    TRY(journal_describe(p->fd, p->size, &j, e));
    TRY(journal_write(p->dir, p->journal, &j, e));
    TRY(append(p, e));
    if (journal_remove(p->dir, p->journal, e) !=
        PADES_OK) { /* it would undo a good seal: undo it now */
        take_back(p);
        return PADES_OUTPUT_FAILED;
    }
    return PADES_OK;
}

static void place_abort(void *self)
{
    (void)self; /* nothing was written, or place_commit took it back */
}

static void place_destroy(void *self)
{
    place_sink *p = self;
    if (p->fd >= 0) {
        close(p->fd);
    }
    if (p->dir >= 0) {
        close(p->dir);
    }
    free(p->path); /* of malloc */
    mem_free(p->shown);
    mem_free(p->journal);
    bulk_free(&p->tail);
    mem_free(p);
}

static pades_status place_check(void *self, pades_error **e)
{
    const place_sink *p = self;
    if (access(p->path, W_OK) != 0) {
        return fail_errno(e, PADES_OUTPUT_FAILED, errno, "cannot write to '%s'", p->shown);
    }
    return PADES_OK;
}

static const sink_ops place_ops = {place_check, place_begin,   place_write, place_commit,
                                   place_abort, place_destroy, true};

/* For now: the name as it is when only its folders may be symbolic links. */
static char *resolve_last(const char *path)
{
    struct stat st;
    bool plain = lstat(path, &st) == 0 && !S_ISLNK(st.st_mode);
    return plain ? strdup(path) : realpath(path, NULL);
}

/* `resolved` is from malloc and taken over; NULL with errno: it could not be resolved. */
static pades_status place_new(const char *path, char *resolved, place_sink **ret, pades_error **e)
{
    place_sink *p = mem_alloc(sizeof *p);
    if (!p) {
        free(resolved);
        return fail_memory(e);
    }
    *p = (place_sink){.path = resolved,
                      .shown = escape_text(span_str(path), 0),
                      .dir = -1,
                      .fd = -1,
                      .tail = BULK(NULL, SIZE_MAX / 4)};
    if (!p->path || !p->shown) {
        pades_status status =
            !p->shown ? fail_memory(e)
            : errno == ENOENT
                ? fail_errno(e, PADES_INPUT_NOT_FOUND, errno, "cannot open '%s'", p->shown)
                : fail_errno(e, PADES_INPUT_UNREADABLE, errno, "cannot open '%s'", p->shown);
        place_destroy(p);
        return status;
    }
    *ret = p;
    return PADES_OK;
}

pades_status pades_sink_new_in_place(const char *path, pades_sink **ret_sink,
                                     pades_error **ret_error)
{
    place_sink *p = NULL;
    TRY(place_new(path, realpath(path, NULL), &p, ret_error));
    return sink_new(&place_ops, p, ret_sink, ret_error);
}

/* The journal is believed only when it speaks of this very file and the bytes before the append are
 * still there. */
static pades_status undo(place_sink *p, const journal *j, int *ret_undone, pades_error **e)
{
    journal now;
    struct stat st;
    if (fstat(p->fd, &st) != 0) {
        return fail_errno(e, PADES_INPUT_UNREADABLE, errno, "cannot look at '%s'", p->shown);
    }
    bool fits = j->dev == st.st_dev && j->ino == st.st_ino && j->size <= (uint64_t)st.st_size &&
                journal_describe(p->fd, j->size, &now, NULL) == PADES_OK &&
                memcmp(now.tail, j->tail, 32) == 0;
    if (!fits) {
        (void)fail(e, PADES_INPUT_UNREADABLE,
                   "an undo journal lies beside '%s' but does not fit it", p->shown);
        (void)error_hint(
            e,
            "an append to another version of this file was cut short; remove '%s' when the file "
            "is known to be whole",
            p->journal);
        return PADES_INPUT_UNREADABLE;
    }
    if ((uint64_t)st.st_size > j->size &&
        (sys_ftruncate(p->fd, (off_t)j->size) != 0 || sys_fsync(p->fd) != 0)) {
        return fail_errno(e, PADES_OUTPUT_FAILED, errno, "cannot undo the append to '%s'",
                          p->shown);
    }
    TRY(journal_remove(p->dir, p->journal, e));
    if (ret_undone) {
        *ret_undone = (uint64_t)st.st_size > j->size;
    }
    return PADES_OK;
}

static void clear_draft(place_sink *p)
{
    bool dead = journal_has_draft(p->dir, p->journal) && open_file(p, NULL) == PADES_OK &&
                flock(p->fd, LOCK_EX | LOCK_NB) == 0;
    if (dead) {
        journal_remove_draft(p->dir, p->journal);
    }
}

static pades_status recover(place_sink *p, int *ret_undone, pades_error **e)
{
    journal j;
    bool found = false;
    TRY(open_beside(p, e));
    if (faccessat(p->dir, p->journal, F_OK, AT_SYMLINK_NOFOLLOW) != 0) {
        clear_draft(p);
        return PADES_OK;
    }
    TRY(journal_read(p->dir, p->journal, &j, &found, e));
    if (!found) {
        return PADES_OK;
    }
    TRY(open_file(p, e));
    if (flock(p->fd, LOCK_EX | LOCK_NB) != 0) { /* its writer lives */
        (void)fail_errno(e, PADES_INPUT_UNREADABLE, errno,
                         "'%s' is being written by another program", p->shown);
        (void)error_hint(e, "try again when it is done");
        return PADES_INPUT_UNREADABLE;
    }
    TRY(journal_read(p->dir, p->journal, &j, &found, e)); /* again, now that nobody else can */
    return found ? undo(p, &j, ret_undone, e) : PADES_OK;
}

pades_status pades_recover_in_place(const char *path, int *ret_undone, pades_error **ret_error)
{
    place_sink *p = NULL;
    if (ret_undone) {
        *ret_undone = 0;
    }
    AUTO(pades_error) *ignored = NULL;
    if (place_new(path, resolve_last(path), &p, &ignored) != PADES_OK) {
        return PADES_OK; /* opening it will tell */
    }
    pades_status status = recover(p, ret_undone, ret_error);
    place_destroy(p);
    return status;
}
