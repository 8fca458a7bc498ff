/* Where the secrets of a token command come from: the PIN as it is, the new one, the PUK. What has
 * no source of its own is asked of a person. */
#ifndef CLI_PIN_SET_H
#define CLI_PIN_SET_H

#include "pin.h"

struct line_source {
    int fd; /* -1: none */
    bool owned;
};

struct pin_set {
    struct app *app;
    struct pin_source user;   /* the PIN as it is; closed where the command wants none */
    struct pin_source person; /* who is asked for the rest */
    struct line_source fresh, puk;
    struct failure why; /* what a callback could not tell through its status */
};

/* `with_user`: the command wants the PIN as it is. */
int pin_set_open(struct app *app, bool with_user, struct pin_set *ret, struct failure *f) MUST_USE;
void pin_set_close(struct pin_set *set);
void pin_set_attach(struct pin_set *set, pades_token_opts *opts);
/* The failure that the library told, or what lies behind it: why there was no PIN. */
int pin_set_failure(struct pin_set *set, struct failure *f);

#endif
