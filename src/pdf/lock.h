/* Which fields a signature locks: the dictionary that a field's /Lock is (SigFieldLock) and the one
 * that a signature's FieldMDP transform has as its parameters say it alike. Owner: lock.c.
 * clause: ISO32000-1#12.7.4.5 table 233, ISO32000-1#12.8.2.4 table 256 */
#ifndef PDF_LOCK_H
#define PDF_LOCK_H

#include "pdf/file.h"

typedef enum pdf_lock_action {
    PDF_LOCK_NONE,
    PDF_LOCK_ALL,
    PDF_LOCK_INCLUDE,
    PDF_LOCK_EXCLUDE
} pdf_lock_action;

typedef struct pdf_lock {
    pdf_lock_action action;
    char **names; /* full names of fields, UTF-8; of a name that is above others, all below it */
    size_t n;
    size_t bytes; /* of the names and what holds them */
    int permits;  /* /P of PDF 2.0, as DocMDP has it: 1 to 3; 0: not said */
} pdf_lock;

/* What reading it takes. `touch` (may be NULL) is told of every object that it stands in. */
typedef struct pdf_lock_from {
    pdf_file *f;
    pdf_pool *pool;
    pades_status (*touch)(void *user, pdf_ref ref, pades_error **e);
    void *user;
} pdf_lock_from;

/* The lock that `dict` says; *ret is empty (PDF_LOCK_NONE) when `dict` is null or absent. What is
 * not as the standard has it is damage: it cannot be known what it locks. */
pades_status pdf_lock_read(const pdf_lock_from *from, const pdf_obj *dict, pdf_lock *ret,
                           pades_error **e) MUST_USE;
void pdf_lock_free(pdf_lock *lock);
/* A lock of names that are copied, and have to be UTF-8 and not empty. */
pades_status pdf_lock_make(pdf_lock_action action, const char *const *names, size_t n,
                           pdf_lock *ret, pades_error **e) MUST_USE;
pades_status pdf_lock_copy(const pdf_lock *lock, pdf_lock *ret, pades_error **e) MUST_USE;

/* True when the field of this full name is locked. */
bool pdf_lock_covers(const pdf_lock *lock, const char *name);
/* "/Action/Include/Fields[(a)]/P 1": the entries that both dictionaries have. */
pades_status pdf_lock_write(buf *out, const pdf_lock *lock, pades_error **e) MUST_USE;

#endif
