/* PKCS#11 as the rooms see it: modules and the tokens in them, what lies on a token, and one
 * logged-in session with a private key. p11-kit's headers stay inside this room (internal.h);
 * certificates are DER octets here (the signer room parses them). */
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
/* For a token that is not there. */
typedef struct token_wait {
    uint32_t ms; /* 0: none, or it was waited for once */
    pades_wait_fn fn;
    void *user;
    pades_control *control;
} token_wait;
/* One step of a wait: `*until` 0 begins it, which is told. False when it is over or cancelled. */
bool p11_wait_on(const token_wait *w, const char *label, uint64_t *until);
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
    bool known; /* also modules that p11-kit is not told of */
    pades_pad_fn pad;
    void *pad_user;
    char *worker; /* program of the process for modules; NULL: none */
    uint32_t answer_ms;
    pades_control *control;
    char *purpose;
    unsigned sessions; /* 0: one */
    uint32_t wait_ms;
    pades_wait_fn wait;
    void *wait_user;
    char *refused_dir; /* NULL: refused PINs are remembered in the context only */
    bool no_memory;    /* a setter failed; reported by the operation */
};
DEFINE_AUTO(pades_token_opts, pades_token_opts_free)
/* The options, or those that say nothing for NULL; NO_MEMORY when a setter failed. */
pades_status p11_opts(const pades_token_opts *opts, const pades_token_opts **ret,
                      pades_error **e) MUST_USE;

/* Modules and the tokens in them that fit the options' module and URI. */
typedef struct p11_modules p11_modules;
pades_status p11_modules_open(pades_ctx *ctx, const pades_token_opts *opts, p11_modules **ret,
                              pades_error **e) MUST_USE;
/* Closes sessions and finalizes what was initialized here. NULL allowed. */
void p11_modules_close(p11_modules *m);
DEFINE_AUTO(p11_modules, p11_modules_close)
/* When the process of the modules has ended since: opens again what is left without the one that
 * did it; tokens have other numbers then. */
pades_status p11_modules_again(p11_modules *m, const pades_token_opts *opts, bool *ret_again,
                               pades_error **e) MUST_USE;
size_t p11_tokens(const p11_modules *m);
const pades_token_info *p11_token(const p11_modules *m, size_t i);
const char *p11_failed_module(const p11_modules *m, size_t i);
const pades_module_info *p11_module_told(const p11_modules *m, size_t i);
/* TOKEN_NOT_FOUND with the reason that fits: none there, none that the URI means, no reader
 * service. */
pades_status p11_fail_no_token(const p11_modules *m, pades_error **e);
/* TOKEN_AMBIGUOUS, naming them. */
pades_status p11_fail_several(const p11_modules *m, pades_error **e);
/* True when the token may show more after a login (a user PIN is set). */
bool p11_may_hide(const p11_modules *m, size_t token);
/* RFC 7512 URI of an object on the token; NULL without memory. `type` may be NULL. */
char *p11_object_uri(const p11_modules *m, size_t token, span id, const char *label,
                     const char *type) MUST_USE;

/* What lies on one token. */
typedef enum p11_kind { P11_CERTIFICATE, P11_PUBLIC_KEY, P11_PRIVATE_KEY } p11_kind;
typedef struct p11_object {
    p11_kind kind;
    unsigned long handle;
    unsigned long key_type; /* CKK_* of a key */
    buf id;                 /* CKA_ID */
    buf value; /* certificate: DER; RSA key: modulus; EC key: x coordinate; empty when not readable
                */
    char *label; /* CKA_LABEL, raw, never NULL */
} p11_object;
typedef struct p11_inventory {
    p11_object *items;
    size_t n, cap;
    bool logged_in;
} p11_inventory;
void p11_inventory_free(p11_inventory *inv); /* leaves an empty one */
/* Without login. */
pades_status p11_look(p11_modules *m, size_t token, p11_inventory *ret, pades_error **e) MUST_USE;
/* Is the key of this certificate there? 1, 0, or -1: a login will tell. By public key where it can
 * be read, by CKA_ID in the same token otherwise. */
int p11_has_key(const p11_inventory *inv, span id, span spki);
/* Do the object attributes of the URI (id, object, type) fit this certificate or its key? 1, 0, -1
 * as above. */
int p11_uri_fits(const p11_modules *m, const p11_inventory *inv, const p11_object *cert, span spki);

/* A session of its own with one token, later with one private key. What it needs of the options is
 * copied. `subject` is for the prompts, may be NULL. */
typedef struct p11_key p11_key;
typedef struct p11_key_wanted {
    span id;   /* CKA_ID of the certificate, may be empty */
    span spki; /* SubjectPublicKeyInfo of the certificate */
    /* What was just seen on the token: public keys that are in it are not asked for again. May be
     * NULL. */
    const p11_inventory *seen;
} p11_key_wanted;
pades_status p11_key_new(p11_modules *m, const pades_token_opts *opts, size_t token,
                         const char *subject, p11_key **ret, pades_error **e) MUST_USE;
/* Logs out and closes; the modules stay. NULL allowed. */
void p11_key_close(p11_key *k);
DEFINE_AUTO(p11_key, p11_key_close)
/* One attempt to log in, unless the token is logged in already. */
pades_status p11_key_login(p11_key *k, pades_error **e) MUST_USE;
/* As p11_look, in this session. */
pades_status p11_key_look(p11_key *k, p11_inventory *ret, pades_error **e) MUST_USE;
/* Logs in when the token wants it (or when the key is not seen without) and takes the private key.
 */
pades_status p11_key_open(p11_key *k, const p11_key_wanted *wanted, const char *subject,
                          pades_error **e) MUST_USE;
bool p11_key_wants_pin_each_time(const p11_key *k);
/* RSA: PKCS#1 octets; EC: as the token gives it, raw r||s as a rule. The mechanism is chosen from
 * what the token offers: raw over our digest first, hash-and-sign as the fallback. */
pades_status p11_key_sign(p11_key *k, pades_scheme scheme, pades_digest digest, span tbs, span hash,
                          const char *document, buf *ret, pades_error **e) MUST_USE;
bool p11_key_supports(p11_key *k, pades_scheme scheme, pades_digest digest);
/* Asks the token for its list, once: what was said above may then be asked from several threads. */
void p11_key_read_mechanisms(p11_key *k);
/* What the last signature was made with ("CKM_ECDSA"), NULL before the first. */
const char *p11_key_mechanism(p11_key *k);

/* traits.c */
/* Names of the mechanisms that the token's slot lists, a NUL behind each. */
void p11_mechanism_names(const p11_modules *m, size_t token, buf *ret);
/* Does the private key of this certificate want its PIN for every signature? 1, 0, or -1: it is not
 * seen in the session that p11_look left open. */
int p11_always_authenticate(const p11_modules *m, size_t token, const p11_inventory *inv, span id,
                            span spki);

#endif
