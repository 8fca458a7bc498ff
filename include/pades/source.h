/* libpades - where the bytes come from and where they go.
 *
 * A source is random access and of known size; its file is opened once, never mapped, and checked
 * for change (size, mtime, inode) before an operation finishes. A sink receives the whole output in
 * order and shows it complete or not at all. */
#ifndef PADES_SOURCE_H
#define PADES_SOURCE_H

#include <pades/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Opens a regular file for reading. */
PADES_API PADES_MUST_USE pades_status pades_source_new_file(const char *path,
                                                            pades_source **ret_source,
                                                            pades_error **ret_error);
/* A descriptor of a regular file; duplicated, the caller keeps and closes its own. */
PADES_API PADES_MUST_USE pades_status pades_source_new_fd(int fd, pades_source **ret_source,
                                                          pades_error **ret_error);
/* Bytes that the caller keeps alive and unchanged until the source is freed. */
PADES_API PADES_MUST_USE pades_status pades_source_new_memory(const void *data, size_t n,
                                                              pades_source **ret_source,
                                                              pades_error **ret_error);
/* `read_at` fills exactly `n` bytes from `offset` and returns 0, or anything else on failure.
 * Called from more than one thread during one operation, never at the same time. */
typedef struct pades_source_callbacks {
    int (*read_at)(void *user, uint64_t offset, void *buffer, size_t n);
    void (*close)(void *user); /* may be NULL */
} pades_source_callbacks;
PADES_API PADES_MUST_USE pades_status
pades_source_new_callbacks(const pades_source_callbacks *callbacks, void *user, uint64_t size,
                           pades_source **ret_source, pades_error **ret_error);
PADES_API void pades_source_free(pades_source *source);
/* The password of an encrypted document: the user's or the owner's, as UTF-8, 1 to 1024 bytes and
 * no NUL. It is copied into locked memory and wiped when the source is freed; the caller wipes its
 * own. The empty user password is tried without being given. A password is not checked here but
 * when the document is opened: PADES_DOC_PASSWORD says that it is wrong, PADES_DOC_ENCRYPTED that
 * one is needed; a document that is not encrypted ignores it. n 0: none. */
PADES_API PADES_MUST_USE pades_status pades_source_set_password(pades_source *source,
                                                                const void *password, size_t n,
                                                                pades_error **ret_error);
PADES_API uint64_t pades_source_size(const pades_source *source);
/* Bytes read so far by full passes and by reads of the structure, counted apart. */
PADES_API void pades_source_counts(const pades_source *source, uint64_t *ret_pass,
                                   uint64_t *ret_structure);

typedef enum pades_sink_flags {
    PADES_SINK_OVERWRITE = 1 /* an existing file is replaced; without it PADES_OUTPUT_EXISTS */
} pades_sink_flags;
/* A file that appears complete: temporary file in the same folder (0600, O_EXCL, O_NOFOLLOW),
 * then, when it is complete, mode and owner of the source where permitted, fsync, rename, fsync of
 * the folder. */
PADES_API PADES_MUST_USE pades_status pades_sink_new_file(const char *path, unsigned flags,
                                                          pades_sink **ret_sink,
                                                          pades_error **ret_error);
/* Appends to the very file at `path`: nothing is written until everything exists, then under a
 * lock with an undo journal beside the file. */
PADES_API PADES_MUST_USE pades_status pades_sink_new_in_place(const char *path,
                                                              pades_sink **ret_sink,
                                                              pades_error **ret_error);
/* A descriptor (a pipe too) that is written only when the output is complete; until then it is kept
 * in an unnamed temporary file in `spool_dir`. The descriptor stays the caller's. */
PADES_API PADES_MUST_USE pades_status pades_sink_new_fd(int fd, const char *spool_dir,
                                                        pades_sink **ret_sink,
                                                        pades_error **ret_error);
/* Memory; pades_sink_bytes() gives it after success. */
PADES_API PADES_MUST_USE pades_status pades_sink_new_memory(pades_sink **ret_sink,
                                                            pades_error **ret_error);
/* `write` takes all `n` bytes in order and returns 0; then exactly one of `commit` (returns 0 when
 * the output is safe) and `abort`. */
typedef struct pades_sink_callbacks {
    int (*write)(void *user, const void *data, size_t n);
    int (*commit)(void *user);
    void (*abort)(void *user);
} pades_sink_callbacks;
PADES_API PADES_MUST_USE pades_status
pades_sink_new_callbacks(const pades_sink_callbacks *callbacks, void *user, pades_sink **ret_sink,
                         pades_error **ret_error);
/* What was not committed is undone. NULL is allowed. */
PADES_API void pades_sink_free(pades_sink *sink);
/* The bytes of a memory sink after success; they belong to the sink. NULL before. */
PADES_API const void *pades_sink_bytes(const pades_sink *sink, size_t *ret_n);

/* Undoes an append to `path` that a crash cut short, if its journal says so. Every command calls
 * it before opening a file; does nothing when there is no journal. *ret_undone (may be NULL): 1
 * when bytes were taken back. */
PADES_API PADES_MUST_USE pades_status pades_recover_in_place(const char *path, int *ret_undone,
                                                             pades_error **ret_error);

#ifdef __cplusplus
}
#endif
#endif
