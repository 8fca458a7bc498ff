/* A pinentry asks the person: the program of the desktop or of the terminal that GnuPG uses, spoken
 * to by the Assuan protocol over two pipes. Its own cache is never used (no SETKEYINFO, and an
 * answer that says it came from a cache is refused). What comes back is read into locked memory and
 * nowhere else. The program gets its two pipes, descriptor 2 and the environment; when it cannot
 * ask, dies, or talks nonsense, no PIN comes of it. */
#ifndef CLI_PINENTRY_H
#define CLI_PINENTRY_H

#include "secret.h"

/* Texts may hold any UTF-8; what does not fit into a line of the protocol is cut. */
struct pinentry_question {
    const char *title;
    const char *about; /* lines */
    const char *error; /* shown as a warning; NULL: none */
    const char *label;
    const char *tty; /* NULL: there is no terminal */
};

enum pinentry_end {
    PINENTRY_ANSWERED,
    PINENTRY_CANCELLED,
    PINENTRY_NO_ANSWER, /* nobody answered in time */
    PINENTRY_TOO_LONG,  /* longer than SECRET_MAX */
    PINENTRY_FAILED     /* it could not ask */
};

/* The path of the program `name` ("pinentry", or a path); false when there is none. */
bool pinentry_find(const char *name, char *ret, size_t n);
/* Asks once. `why` (n bytes) says what PINENTRY_FAILED means, safe for a terminal. */
enum pinentry_end pinentry_ask(const char *program, const struct pinentry_question *question,
                               struct secret *ret, char *why, size_t n);

#endif
