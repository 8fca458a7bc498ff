/* What one run of a command that writes will read and write, worked out and checked before any PIN
 * is asked for. */
#ifndef CLI_PLAN_H
#define CLI_PLAN_H

#include "app.h"

#include <sys/types.h>

struct job {
    const char *in; /* as given; "-": standard input */
    char *out;      /* "-": standard output; in place: a copy of `in` */
    bool from_stdin, to_stdout, in_place;
    bool skipped;        /* signed already, and --skip-signed */
    struct failure *why; /* failed already; NULL: to be done */
    dev_t dev;           /* of the input, when it is a file that exists */
    ino_t ino;
};

struct plan {
    struct job *jobs;
    size_t n;
    int stdin_fd; /* standard input as a file, when a job needs it */
    const struct app *app;
};

/* Names the outputs. What makes no sense for the whole run is returned; what concerns one file is
 * kept with its job. Unfinished appends to the inputs are taken back (pades_recover_in_place). */
int plan_make(struct app *app, struct plan *ret, struct failure *f) MUST_USE;
void plan_clear(struct plan *p);

/* The two ends of a job; both then belong to the caller. Safe from another thread. */
pades_status job_open_source(const struct plan *p, const struct job *job, pades_source **ret,
                             pades_error **e);
pades_status job_open_sink(const struct app *app, const struct job *job, pades_sink **ret,
                           pades_error **e);
/* Takes back what a crash left of an append to `path`. */
int recover_input(struct app *app, const char *path, struct failure *f) MUST_USE;

#endif
