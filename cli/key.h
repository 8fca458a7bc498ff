/* The signing key that the settings name: on a token, or in a file. */
#ifndef CLI_KEY_H
#define CLI_KEY_H

#include "certs.h"
#include "pin.h"

/* Where to look, from --module, --key, --cert-subject, --cert-serial and `certs` (may be NULL). */
int key_token_opts(struct app *app, const struct certs *certs, pades_token_opts **ret,
                   struct failure *f) MUST_USE;
/* Opens it: one login attempt. */
int key_open(struct app *app, const struct certs *certs, struct pin_source *pin, pades_signer **ret,
             struct failure *f) MUST_USE;
/* The certificate that key_open() would take, without a login; it belongs to *ret_list. For keys on
 * tokens only. */
int key_look(struct app *app, const struct certs *certs, const pades_cert **ret,
             pades_key_list **ret_list, struct failure *f) MUST_USE;
/* True when --key is a file rather than a pkcs11: URI. */
bool key_is_file(const struct app *app);

#endif
