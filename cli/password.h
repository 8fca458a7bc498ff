/* The password of encrypted documents, from --password-fd or --password-file: read once, before the
 * first document is opened, and given to every one. */
#ifndef CLI_PASSWORD_H
#define CLI_PASSWORD_H

#include "app.h"

/* Reads it when one of the options is given, into app->password; main wipes it. */
int password_read(struct app *app, struct failure *f) MUST_USE;
/* Nothing without a password. Safe from another thread. */
pades_status password_give(const struct app *app, pades_source *source, pades_error **e);

#endif
