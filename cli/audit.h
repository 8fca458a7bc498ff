/* One line for each output written, for the people who must answer for the key. */
#ifndef CLI_AUDIT_H
#define CLI_AUDIT_H

#include "plan.h"

struct audit {
    bool to_syslog;
    int fd; /* -1: none */
};

/* Before the first signature: nothing is signed that could not be written down. */
/* Refuses an audit file that is one of the documents: a line in it would break the seal. */
int audit_check(const struct app *app, const struct plan *plan, struct failure *f) MUST_USE;
int audit_open(const struct app *app, struct audit *ret, struct failure *f) MUST_USE;
void audit_close(struct audit *a);
/* Time, user, digest of the input, field, serial of the certificate, TSA ("-": there is none).
 * Never a PIN. */
int audit_write(const struct audit *a, const char *file, const pades_result *result,
                struct failure *f) MUST_USE;

#endif
