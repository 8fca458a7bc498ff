/* Memory for a PIN: a page of its own, locked, left out of dumps, not inherited, wiped at the end.
 */
#ifndef CLI_SECRET_H
#define CLI_SECRET_H

#include <stdbool.h>
#include <stddef.h>

enum { SECRET_MAX = 255 };

struct secret {
    char *bytes; /* NULL: none */
    size_t n;
    size_t max; /* room for max + 1 */
};

/* False without memory. A page that cannot be locked is used all the same: RLIMIT_MEMLOCK is small
 * or zero on some machines, and the process cannot be dumped anyway. */
bool secret_open(struct secret *s); /* for SECRET_MAX bytes */
bool secret_open_for(struct secret *s, size_t max);
void secret_close(struct secret *s);

/* Reads one line from a descriptor, byte by byte so that nothing after it is taken; the line's end
 * is cut off. Returns 0, or -1: nothing there, -2: too long, -3: cannot be read. */
int secret_read_line(struct secret *s, int fd);

static inline void auto_secret(struct secret *s)
{
    secret_close(s);
}

#endif
