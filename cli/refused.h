/* The folder in which the library remembers refused PINs. */
#ifndef CLI_REFUSED_H
#define CLI_REFUSED_H

#include "app.h"

/* Gives it to the options; with `unattended` it is made, and one that cannot be made is warned of.
 */
void refused_folder_set(struct app *app, pades_token_opts *opts, bool unattended);

#endif
