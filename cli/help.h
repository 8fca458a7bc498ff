/* --help and --version. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "app.h"

int help_print(struct app *app, struct failure *f) MUST_USE;
int version_print(struct app *app, struct failure *f) MUST_USE;

#endif
