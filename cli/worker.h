/* The program that PKCS#11 modules run in: where it is. */
#ifndef CLI_WORKER_H
#define CLI_WORKER_H

#include "app.h"

/* Lets modules run there, unless --no-isolate says otherwise or there is none. */
void worker_attach(struct app *app, pades_token_opts *opts);

#endif
