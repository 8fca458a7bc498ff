/* PKCS#11 as the rooms see it. Owner of p11-kit: module.c, slots.c, objects.c, login.c, sign.c, uri.c.
 * Knows certificates as DER octets only (the signer room parses them). */
#ifndef TOKEN_PKCS11_H
#define TOKEN_PKCS11_H

#include "base/buf.h"
#include "base/ctx.h"
#include "base/secret.h"
#include <pades/token.h>

struct pades_pin {
    secret *secret;
};

/* Options (public setters in opts.c). */
struct pades_token_opts {
    char *module;
    char *uri;
    char *cert_subject;
    char *cert_serial;
    buf *certs; /* DER */
    size_t certs_n, certs_cap;
    pades_pin_fn pin;
    void *pin_user;
    bool pin_attended, pin_last_try, pin_for_batch;
    pades_pad_fn pad;
    void *pad_user;
    bool no_memory; /* a setter failed; reported by the operation */
};

/* One certificate object on a token, found without login. */
typedef struct p11_object {
    buf cert;    /* DER */
    buf id;      /* CKA_ID */
    char *label; /* CKA_LABEL, raw UTF-8 */
    int has_key; /* 1, 0, -1 as in pades_key_info */
    size_t token; /* index into the list */
} p11_object;

typedef struct p11_modules p11_modules; /* loaded modules, shared by count */
typedef struct p11_key p11_key;         /* an open, logged-in session with one private key */

pades_status p11_modules_open(pades_ctx *ctx, const pades_token_opts *opts, p11_modules **ret, pades_error **e) MUST_USE;
void p11_modules_close(p11_modules *m);
DEFINE_AUTO(p11_modules, p11_modules_close)
size_t p11_tokens(const p11_modules *m);
const pades_token_info *p11_token(const p11_modules *m, size_t i);
const char *p11_failed_module(const p11_modules *m, size_t i);
/* Certificates of all tokens that fit the options' URI (token attributes, id, object label). */
pades_status p11_objects(p11_modules *m, const pades_token_opts *opts, p11_object **ret, size_t *ret_n, pades_error **e) MUST_USE;
void p11_objects_free(p11_object *o, size_t n);

/* Logs in once (rules of PIN state: law 7) and finds the private key that has this CKA_ID or, when it is empty
 * or ambiguous, this public key. `subject` is for the prompt. */
typedef struct p11_key_wanted {
    size_t token;
    span id;
    span spki; /* SubjectPublicKeyInfo of the certificate */
    const char *subject;
    const char *label; /* of a certificate object, may be NULL */
} p11_key_wanted;
pades_status p11_key_open(p11_modules *m, const pades_token_opts *opts, const p11_key_wanted *wanted, p11_key **ret, pades_error **e) MUST_USE;
void p11_key_close(p11_key *k); /* logout and close; the modules stay */
bool p11_key_wants_pin_each_time(const p11_key *k);
/* RSA: PKCS#1 octets; EC: raw r||s. Mechanism from what the token offers: raw over our digest
 * first, hash-and-sign as the fallback. */
pades_status p11_key_sign(p11_key *k, pades_scheme scheme, pades_digest digest, span tbs, span hash, const char *document, buf *ret, pades_error **e) MUST_USE;
bool p11_key_supports(p11_key *k, pades_scheme scheme, pades_digest digest);
/* "CKR_PIN_INCORRECT" or "CKR_0x...". */
const char *p11_rv_name(unsigned long rv, char room[32]);

#endif
