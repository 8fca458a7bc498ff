/* The undo journal of an append in place: a small file beside the document, fsynced before its
 * first byte is appended, removed after its last is safe. Private to base. */
#ifndef BASE_JOURNAL_H
#define BASE_JOURNAL_H

#include "base/source.h"

enum { JOURNAL_TAIL = 64 << 10 };

typedef struct journal {
    uint64_t dev, ino;
    uint64_t size;    /* of the document before the append */
    uint8_t tail[32]; /* SHA-256 of its last JOURNAL_TAIL bytes */
} journal;

/* ".NAME.pades-undo", or with a digest of NAME when that would be too long. Freed with mem_free. */
char *journal_name(const char *document) MUST_USE;
/* What the journal of the open document `fd` of `size` bytes would say. */
pades_status journal_describe(int fd, uint64_t size, journal *ret, pades_error **e) MUST_USE;
pades_status journal_write(int dir, const char *name, const journal *j, pades_error **e) MUST_USE;
/* *ret_found false: there is none, or it was cut short (then nothing was appended yet and it is
 * removed). */
pades_status journal_read(int dir, const char *name, journal *ret, bool *ret_found,
                          pades_error **e) MUST_USE;
/* A journal that never got its name, since its maker died: nothing was appended. To be removed
 * under the lock of the document only. */
bool journal_has_draft(int dir, const char *name);
void journal_remove_draft(int dir, const char *name);
pades_status journal_remove(int dir, const char *name, pades_error **e) MUST_USE;

#endif
