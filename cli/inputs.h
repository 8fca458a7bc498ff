/* What a command reads, so that --force never replaces it. */
#ifndef CLI_INPUTS_H
#define CLI_INPUTS_H

#include "app.h"

/* Refuses an output that is, under whatever name, a file of another option, a configuration file
 * that was read, or what a standard descriptor or --password-fd or --pin-fd leads to: 64. `except`:
 * the options that name the outputs, `n` of them. Operands are the caller's. */
int inputs_spare(const struct app *app, const char *output, const enum option_id *except, size_t n,
                 struct failure *f) MUST_USE;

#endif
