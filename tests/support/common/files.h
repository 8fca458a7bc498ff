/* Whole small files for the support programs. Every function ends the program when the system
 * refuses: a test set-up that half exists is of no use. */
#ifndef PADES_SUPPORT_FILES_H
#define PADES_SUPPORT_FILES_H

#include <stdbool.h>
#include <stddef.h>

/* "DIR/NAME" + "SUFFIX" in fresh memory. */
char *path_join(const char *dir, const char *name, const char *suffix);
/* Replaces the file in one step (temporary name, rename). */
void file_write(const char *path, const void *data, size_t size, unsigned mode);
/* The file's bytes with a NUL behind them, or NULL when it cannot be read. */
char *file_read(const char *path, size_t *ret_size);
bool file_exists(const char *path);

#endif
