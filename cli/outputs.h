/* Small files written together: all of them complete, or nothing is left that was not there before.
 */
#ifndef CLI_OUTPUTS_H
#define CLI_OUTPUTS_H

#include "failure.h"

#include <stdbool.h>

struct output {
    const char *path; /* "-": standard output; NULL: not asked for */
    const void *data;
    size_t n;
};

enum { OUTPUTS_MAX = 4 };

bool output_is_stdout(const char *path);
/* True when both name one file, also by way of folders and links that are there already. */
bool output_is_same(const char *a, const char *b);
/* Refuses a file that exists unless `force`, and then what is no regular file. */
int output_check(const char *path, bool force, struct failure *f) MUST_USE;
/* Writes `n` files, 0600, put in place in this order, as output_check() allows; what goes to
 * standard output goes last. Old files are kept until all of it is done. */
int outputs_write(const struct output *all, size_t n, bool force, struct failure *f) MUST_USE;

#endif
