/* The signing key that the settings name: on a token, or in a file. */
#ifndef CLI_KEY_H
#define CLI_KEY_H

#include "certs.h"
#include "pin.h"

/* Where to look, from --module, --key, --cert-subject, --cert-serial and `certs` (may be NULL). */
int key_token_opts(struct app *app, const struct certs *certs, pades_token_opts **ret,
                   struct failure *f) MUST_USE;
/* For the token commands: the context, and where to look, at usual places too. */
int key_list_opts(struct app *app, pades_token_opts **ret, struct failure *f) MUST_USE;
/* The keys there. */
int key_list_open(struct app *app, pades_key_list **ret, struct failure *f) MUST_USE;
/* Lets the token's module load while other things are done. */
void key_preload(struct app *app, const struct certs *certs);
/* Opens it: one login attempt. */
int key_open(struct app *app, const struct certs *certs, struct pin_source *pin, pades_signer **ret,
             struct failure *f) MUST_USE;
/* The same, for something else than to sign: the words after "PIN to ". */
int key_open_for(struct app *app, const struct certs *certs, struct pin_source *pin,
                 const char *purpose, pades_signer **ret, struct failure *f) MUST_USE;
/* A key as it is seen without a login: its certificate and the chain of a signature. */
struct key_seen {
    pades_key_list *list; /* holds the chain */
    const pades_cert *const *chain;
    size_t n;
};
void key_seen_clear(struct key_seen *seen);
/* The one that key_open() would take, for keys on tokens only; cleared after a failure too. */
int key_look(struct app *app, const struct certs *certs, struct key_seen *ret,
             struct failure *f) MUST_USE;
/* True when --key is a file rather than a pkcs11: URI. */
bool key_is_file(const struct app *app);

#endif
