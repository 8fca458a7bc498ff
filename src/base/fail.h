/* Making and dressing errors. `e` may be NULL everywhere. */
#ifndef BASE_FAIL_H
#define BASE_FAIL_H

#include "base/compiler.h"
#include <pades/error.h>
#include <pades/types.h>

/* Sets *e to a new error (its cause: whatever *e was, normally nothing) and returns `status`. User
 * data goes into the text through escape_text() first. */
pades_status fail(pades_error **e, pades_status status, const char *fmt, ...) PRINTF(3, 4);
/* Puts an outer message around *e, keeping its status; returns that status. */
pades_status fail_wrap(pades_error **e, pades_status status, const char *fmt, ...) PRINTF(3, 4);
/* Each adds to the outermost error of *e; nothing happens without one. */
void error_hint(pades_error **e, const char *fmt, ...) PRINTF(2, 3);
void error_native(pades_error **e, const char *fmt, ...) PRINTF(2, 3);
void error_clause(pades_error **e, const char *clause);
void error_place(pades_error **e, uint32_t object, int64_t offset);
/* fail() with errno: message ends in ": strerror", native "errno N". */
pades_status fail_errno(pades_error **e, pades_status status, int err, const char *fmt, ...)
    PRINTF(4, 5);
pades_status fail_memory(pades_error **e);
/* Drops an error that was handled. */
void error_clear(pades_error **e);
DEFINE_AUTO(pades_error, pades_error_free)

/* The messages of a chain in one line ("outer: inner"), for mem_free; NULL without memory, or when
 * they are longer than any line should be. */
char *error_line(const pades_error *error) MUST_USE;

#endif
