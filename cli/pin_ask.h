/* A person is asked for the PIN: by a pinentry, else on the terminal. */
#ifndef CLI_PIN_ASK_H
#define CLI_PIN_ASK_H

#include "pin.h"

/* The user named a program: a PIN that is lying about elsewhere is not meant. */
bool pin_ask_is_demanded(const struct settings *s);
/* Looks for a program and a terminal. */
int pin_ask_find(struct pin_source *p, struct failure *f) MUST_USE;
/* One question; why there is no answer is left in p->why. */
pades_status pin_ask(struct pin_source *p, const pades_pin_request *request, pades_pin *pin);

#endif
