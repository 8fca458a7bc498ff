/* Certificates from files: one DER, or any number in PEM. */
#ifndef CLI_CERTS_H
#define CLI_CERTS_H

#include "app.h"

struct certs {
    pades_cert **all;
    size_t n;
};

/* Those of every --cert, in order; free with certs_clear. */
int certs_load(struct app *app, struct certs *ret, struct failure *f) MUST_USE;
/* One file more. */
int certs_add_file(struct certs *c, const char *path, struct failure *f) MUST_USE;
void certs_clear(struct certs *c);

#endif
