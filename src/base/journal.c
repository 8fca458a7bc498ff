/* Journal on disk: magic, four numbers, the tail's digest and a digest over all of it, in a file
 * made under another name and renamed, so that it is there whole or not at all. */
#include "base/journal.h"

#include "base/digest.h"
#include "base/fail.h"
#include "base/mem.h"
#include "base/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

static const char magic[8] = "PADESUN1";

enum { BODY = 8 + 3 * 8 + 32, WHOLE = BODY + 32 };

char *journal_name(const char *document)
{
    AUTO_VAL(buf) name = BUF(1024);
    if (strlen(document) + strlen("..pades-undo") <= NAME_MAX) {
        buf_addf(&name, ".%s.pades-undo", document);
    } else {
        uint8_t hash[DIGEST_MAX];
        if (digest_once(PADES_DIGEST_SHA256, span_str(document), hash, NULL) != PADES_OK) {
            return NULL;
        }
        buf_add_byte(&name, '.');
        buf_add_hex(&name, span_of(hash, 32), false);
        buf_add_str(&name, ".pades-undo");
    }
    return buf_take_text(&name);
}

static pades_status hash_tail(int fd, uint64_t size, uint8_t out[32], pades_error **e)
{
    size_t n = size < JOURNAL_TAIL ? (size_t)size : JOURNAL_TAIL;
    AUTO_VAL(buf) tail = BUF(JOURNAL_TAIL);
    uint8_t *room = buf_extend(&tail, n);
    uint8_t hash[DIGEST_MAX];
    for (size_t done = 0; room && done < n;) {
        ssize_t got = pread(fd, room + done, n - done, (off_t)(size - n + done));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return fail_errno(e, PADES_INPUT_UNREADABLE, got == 0 ? EIO : errno,
                              "cannot read the document's end");
        }
        done += (size_t)got;
    }
    TRY(buf_check(&tail, "journal", e));
    TRY(digest_once(PADES_DIGEST_SHA256, buf_span(&tail), hash, e));
    memcpy(out, hash, 32);
    return PADES_OK;
}

pades_status journal_describe(int fd, uint64_t size, journal *ret, pades_error **e)
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        return fail_errno(e, PADES_INPUT_UNREADABLE, errno, "cannot look at the document");
    }
    *ret = (journal){.dev = st.st_dev, .ino = st.st_ino, .size = size};
    return hash_tail(fd, size, ret->tail, e);
}

static void put_u64(buf *out, uint64_t v)
{
    for (int i = 56; i >= 0; i -= 8) {
        buf_add_byte(out, (uint8_t)(v >> i));
    }
}

static pades_status encode(const journal *j, buf *out, pades_error **e)
{
    uint8_t hash[DIGEST_MAX];
    buf_add(out, magic, sizeof magic);
    put_u64(out, j->dev);
    put_u64(out, j->ino);
    put_u64(out, j->size);
    buf_add(out, j->tail, sizeof j->tail);
    TRY(buf_check(out, "journal", e));
    TRY(digest_once(PADES_DIGEST_SHA256, buf_span(out), hash, e));
    buf_add(out, hash, 32);
    return buf_check(out, "journal", e);
}

static pades_status journal_failed(pades_error **e)
{
    int err = errno;
    (void)fail_errno(e, PADES_OUTPUT_FAILED, err,
                     "cannot write the undo journal beside the document");
    if (err == ENOSPC || err == EDQUOT || err == EFBIG) {
        (void)error_hint(e,
                         "make room on the disk and try again; the document is as it was before");
    }
    return PADES_OUTPUT_FAILED;
}

static pades_status write_temp(int dir, const char *temp, span text, pades_error **e)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
    int fd = sys_openat(dir, temp, flags, 0600);
    if (fd < 0 && errno == EEXIST &&
        sys_unlinkat(dir, temp) == 0) { /* of a dead process: ours is the lock */
        fd = sys_openat(dir, temp, flags, 0600);
    }
    if (fd < 0) {
        return journal_failed(e);
    }
    bool ok = write_fully(fd, text.p, text.n, -1) == 0 && sys_fsync(fd) == 0;
    pades_status status = ok ? PADES_OK : journal_failed(e);
    close(fd);
    return status;
}

/* The name under which a journal is made, in `room` of NAME_MAX + 1 bytes. */
static const char *draft_name(const char *name, char *room)
{
    snprintf(room, NAME_MAX + 1, "%.*s~", (int)(NAME_MAX - 2), name);
    return room;
}

pades_status journal_write(int dir, const char *name, const journal *j, pades_error **e)
{
    char room[NAME_MAX + 1];
    AUTO_VAL(buf) text = BUF(WHOLE);
    TRY(encode(j, &text, e));
    const char *temp_name = draft_name(name, room);
    pades_status status = write_temp(dir, temp_name, buf_span(&text), e);
    if (status == PADES_OK && sys_renameat(dir, temp_name, name, true) != 0) {
        status = journal_failed(e);
    }
    if (status != PADES_OK) {
        (void)sys_unlinkat(dir, temp_name);
        return status;
    }
    if (sys_fsync(dir) != 0) {
        status = journal_failed(e);
        (void)sys_unlinkat(dir, name);
        return status;
    }
    return PADES_OK;
}

bool journal_has_draft(int dir, const char *name)
{
    char room[NAME_MAX + 1];
    struct stat st;
    return fstatat(dir, draft_name(name, room), &st, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISREG(st.st_mode) && st.st_uid == geteuid();
}

void journal_remove_draft(int dir, const char *name)
{
    char room[NAME_MAX + 1];
    (void)sys_unlinkat(dir, draft_name(name, room));
}

static bool decode(span text, journal *ret)
{
    uint8_t hash[DIGEST_MAX];
    if (text.n != WHOLE || memcmp(text.p, magic, sizeof magic) != 0 ||
        digest_once(PADES_DIGEST_SHA256, span_part(text, 0, BODY), hash, NULL) != PADES_OK ||
        memcmp(hash, text.p + BODY, 32) != 0) {
        return false;
    }
    reader r = reader_of(span_part(text, sizeof magic, WHOLE));
    ret->dev = reader_be(&r, 8);
    ret->ino = reader_be(&r, 8);
    ret->size = reader_be(&r, 8);
    memcpy(ret->tail, reader_take(&r, 32).p, 32);
    return true;
}

pades_status journal_read(int dir, const char *name, journal *ret, bool *ret_found, pades_error **e)
{
    uint8_t text[WHOLE + 1];
    struct stat st;
    *ret_found = false;
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return errno == ENOENT
                   ? PADES_OK
                   : fail_errno(e, PADES_INPUT_UNREADABLE, errno, "cannot read the undo journal");
    }
    bool owned =
        fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && (st.st_uid == geteuid() || st.st_uid == 0);
    ssize_t n = owned ? pread(fd, text, sizeof text, 0) : -1;
    close(fd);
    if (!owned) {
        (void)fail(e, PADES_INPUT_UNREADABLE,
                   "the undo journal beside the document belongs to another user");
        (void)error_hint(
            e,
            "let its owner run the command, or remove it when the document is known to be whole");
        return PADES_INPUT_UNREADABLE;
    }
    *ret_found = n >= 0 && decode(span_of(text, (size_t)n), ret);
    return *ret_found ? PADES_OK : journal_remove(dir, name, e);
}

pades_status journal_remove(int dir, const char *name, pades_error **e)
{
    if ((sys_unlinkat(dir, name) != 0 && errno != ENOENT) || sys_fsync(dir) != 0) {
        return fail_errno(e, PADES_OUTPUT_FAILED, errno, "cannot remove the undo journal");
    }
    return PADES_OK;
}
