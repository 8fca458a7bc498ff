/* The time-stamping authorities of the settings, in order. */
#ifndef CLI_TSAS_H
#define CLI_TSAS_H

#include "app.h"

struct tsas {
    pades_tsa **all;
    size_t n;
};

/* Adds them to the options, unless NULL; they must outlive the operation. Free with tsas_clear. */
int tsas_make(struct app *app, pades_sign_opts *opts, struct tsas *ret, struct failure *f) MUST_USE;
void tsas_clear(struct tsas *t);

#endif
