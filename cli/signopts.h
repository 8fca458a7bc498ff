/* pades_sign_opts from the settings. */
#ifndef CLI_SIGNOPTS_H
#define CLI_SIGNOPTS_H

#include "tsas.h"

/* Everything the options of sign and prepare say; `tsas` is filled and must outlive the options. */
int signopts_make(struct app *app, struct tsas *tsas, pades_sign_opts **ret,
                  struct failure *f) MUST_USE;

/* --offline, --prefer and the others that levels lt and lta know. */
void signopts_lasting(const struct settings *s, pades_sign_opts *opts);
/* "b", "t", "lt", "lta". */
pades_level signopts_level(const char *word);
/* "sha256" and so on; the default for any other name. */
pades_digest signopts_digest(const char *name);

#endif
