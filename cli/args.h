/* The command line itself: the command, its options, its operands. */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include "app.h"

/* Sorts argv into app->command, app->settings and app->operands (which points into argv, whose
 * order is changed). */
int args_parse(struct app *app, int argc, char **argv, struct failure *f) MUST_USE;

#endif
