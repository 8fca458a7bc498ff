/* Memory for a PIN: a page of its own, locked, left out of dumps, not inherited, wiped at the end.
 */
#ifndef CLI_SECRET_H
#define CLI_SECRET_H

#include <stdbool.h>
#include <stddef.h>

enum { SECRET_MAX = 255 };

struct secret {
    char *bytes; /* SECRET_MAX + 1 of them; NULL: none */
    size_t n;
};

/* False without memory. A page that cannot be locked is used all the same: RLIMIT_MEMLOCK is small
 * or zero on some machines, and the process cannot be dumped anyway. */
bool secret_open(struct secret *s);
void secret_close(struct secret *s);

/* Reads one line from a descriptor, byte by byte so that nothing after it is taken; the line's end
 * is cut off. Returns 0, or -1: nothing there, -2: too long, -3: cannot be read. */
int secret_read_line(struct secret *s, int fd);

static inline void auto_secret(struct secret *s)
{
    secret_close(s);
}

#endif
