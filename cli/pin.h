/* Where the PIN comes from: a descriptor, a file, the environment, a credential of systemd, or a
 * person. */
#ifndef CLI_PIN_H
#define CLI_PIN_H

#include "app.h"
#include "secret.h"

#include <pthread.h>

enum pin_kind { PIN_NONE, PIN_FROM_FD, PIN_FROM_ENV, PIN_FROM_PERSON };

struct pin_source {
    struct app *app;
    char document[1024]; /* what is to be signed, for the prompt */
    enum pin_kind kind;
    int fd;
    bool owned;   /* opened here */
    bool is_file; /* can be read again from its start */
    bool spent;   /* the one line of a descriptor or variable was given out */
    struct secret from_env;
    char pinentry[1024];  /* the program that asks the person; empty: none */
    bool demanded;        /* it was named: nothing else will do */
    bool terminal;        /* there is one */
    struct failure why;   /* what the callback could not tell through its status */
    pthread_mutex_t lock; /* a batch asks from its workers */
};

/* Takes a variable out of the environment at once, whatever comes after. */
int pin_source_open(struct app *app, struct pin_source *ret, struct failure *f) MUST_USE;
void pin_source_close(struct pin_source *p);
/* A copy of why the source gave no PIN; false when it has nothing to say. */
bool pin_source_why(struct pin_source *p, struct failure *ret);
/* A PIN that nobody types. */
bool pin_source_is_unattended(const struct pin_source *p);
/* One question to the source; a pades_pin_fn. */
pades_status pin_source_answer(void *source, const pades_pin_request *request, pades_pin *pin);
/* Makes the options ask this source. */
void pin_source_attach(struct pin_source *p, pades_token_opts *opts);

#endif
