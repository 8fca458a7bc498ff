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
/* Writes `n` files, 0600, put in place in this order; refuses one that exists unless `force`, which
 * keeps the old ones until every new one is in place. */
int outputs_write(const struct output *all, size_t n, bool force, struct failure *f) MUST_USE;

#endif
