/* A word that has to be typed before something is put at stake. */
#ifndef CLI_CONFIRM_H
#define CLI_CONFIRM_H

#include "failure.h"

/* Shows `about` and `label` on the terminal and wants `word`, letter by letter. Without a terminal,
 * and with any other answer, it is a refusal that spends nothing. */
int confirm_typed(const char *about, const char *label, const char *word,
                  struct failure *f) MUST_USE;

#endif
