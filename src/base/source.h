/* Random-access input. Reads are counted as "pass" (the one copy-and-hash pass) or "structure". */
#ifndef BASE_SOURCE_H
#define BASE_SOURCE_H

#include "base/spool.h"
#include <pades/source.h>
#include <sys/stat.h>

typedef enum source_use { SOURCE_STRUCTURE, SOURCE_PASS } source_use;

/* Exactly n bytes at `offset`, or an error that says where the file ended. Not safe for two threads
 * on the same source at once, except for files and memory. */
pades_status source_read(pades_source *s, source_use use, uint64_t offset, void *buffer, size_t n,
                         pades_error **e) MUST_USE;
/* At most n bytes from offset; *ret_n says how many (0 at the end). */
pades_status source_read_some(pades_source *s, source_use use, uint64_t offset, void *buffer,
                              size_t n, size_t *ret_n, pades_error **e) MUST_USE;
/* The bytes themselves when the source is memory or held, else an empty span with p NULL. */
span source_memory(const pades_source *s);
/* Some of these bytes, counted as read; p NULL when they are not in memory. */
span source_view(pades_source *s, source_use use, uint64_t offset, size_t n);
/* A small file (up to 1 MiB) is read whole, once, and held: what follows reads these bytes. Does
 * nothing for other sources. */
pades_status source_hold(pades_source *s, pades_error **e) MUST_USE;
/* The descriptor when the source is a file, else -1. */
int source_fd(const pades_source *s);
/* The password for an encrypted document; empty when there is none. */
span source_password(const pades_source *s);
/* stat taken when the source was opened; NULL when it is not a file. */
const struct stat *source_stat(const pades_source *s);
/* PADES_INPUT_CHANGED when the file is not what it was when it was opened. */
pades_status source_check_unchanged(pades_source *s, pades_error **e) MUST_USE;
/* A second source: the first `n` bytes of `s`, which may be a joined one, then `tail` (not copied).
 * For reading a revision that is not written yet. */
pades_status source_new_joined(pades_source *s, uint64_t n, view tail, pades_source **ret,
                               pades_error **e) MUST_USE;
DEFINE_AUTO(pades_source, pades_source_free)

#endif
