/* What went wrong, as the command line tells it: exit code, status, one line, a hint. */
#ifndef CLI_FAILURE_H
#define CLI_FAILURE_H

#include "auto.h"

enum {
    EXIT_DONE = 0,
    EXIT_FOUND = 1,   /* certs --expiring: some end; doctor: something fails */
    EXIT_PARTIAL = 4, /* written, at a lower level than asked for */
    EXIT_USAGE = 64,
    EXIT_DOCUMENT = 65,
    EXIT_INPUT = 66,
    EXIT_SERVICE = 69,
    EXIT_INTERNAL = 70,
    EXIT_OUTPUT = 73,
    EXIT_LATER = 75,
    EXIT_KEY = 77,
    EXIT_CONFIG = 78,
    EXIT_SIGNALLED = 128 /* plus the number of the signal */
};

struct failure {
    int exit; /* EXIT_DONE: nothing failed */
    const char *status;
    char message[4096];
    char hint[8192];
    uint32_t object; /* of the document; 0: not about one */
    int64_t offset;  /* byte of the document; -1: not known */
    char native[256];
    char clause[64];
};

/* The exit code of a status of the library (pades(1), EXIT STATUS). */
int exit_of_status(pades_status status);

/* Fills `f` and returns its exit code. `hint` may be NULL; user data in the message must have been
 * through show() (text.h). */
int fail(struct failure *f, pades_status status, const char *hint, const char *fmt, ...)
    PRINTF(4, 5);
/* A command line that makes no sense: 64. */
int fail_usage(struct failure *f, const char *hint, const char *fmt, ...) PRINTF(3, 4);
/* A configuration that makes no sense: 78. */
int fail_config(struct failure *f, const char *hint, const char *fmt, ...) PRINTF(3, 4);
/* EXIT_DONE for PADES_OK; else takes the error into `f`, frees it and returns the exit code. */
int call(struct failure *f, pades_status status, pades_error **error);
/* The same for an error that stays its owner's. */
int fail_from(struct failure *f, pades_status status, const pades_error *error);

#endif
