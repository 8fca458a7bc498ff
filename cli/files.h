/* Files beside the documents: small ones read whole, standard input kept in an unnamed file. */
#ifndef CLI_FILES_H
#define CLI_FILES_H

#include "failure.h"

#include <stdbool.h>
#include <sys/stat.h>

/* The whole of a file of at most `max` bytes ("-": standard input); free() it. A NUL follows. */
int file_read(const char *path, size_t max, char **ret_data, size_t *ret_n,
              struct failure *f) MUST_USE;
/* All of it, through interruptions; false with errno. */
bool file_put(int fd, const void *bytes, size_t n) MUST_USE;
/* "cannot write", with errno. */
int file_unwritable(struct failure *f, const char *path);
/* Standard input as a descriptor of a regular file. */
int file_spool_stdin(int *ret_fd, struct failure *f) MUST_USE;
/* Folder for unnamed temporary files. */
const char *file_spool_dir(void);
/* Opens a file with a password or PIN: refused when group or others may read it. */
int file_open_private(const char *path, int *ret_fd, struct failure *f) MUST_USE;

#endif
