/* A signer inside the library: chain and a small table of functions. */
#ifndef SIGNER_SIGNER_H
#define SIGNER_SIGNER_H

#include "pki/cert.h"
#include <pades/signer.h>

typedef struct signer_ops {
    /* Makes one signature in the form of pades_sign_fn. */
    pades_status (*sign)(void *self, const pades_sign_request *request, buf *ret_signature,
                         pades_error **e);
    /* True when another signature needs no new PIN entry (so that an overflow may sign again). */
    bool (*again_without_pin)(void *self);
    /* True when the scheme can be made by this key. */
    bool (*supports)(void *self, pades_scheme scheme, pades_digest digest);
    void (*destroy)(void *self);
    /* How the last signature was made, NULL: nothing to say; the member may be NULL. */
    const char *(*mechanism)(void *self);
} signer_ops;

struct pades_signer {
    const signer_ops *ops;
    void *self;
    pades_cert **chain; /* [0] the signer's */
    size_t chain_n;
    bool ordered; /* by path_order: leaf first, each signed by the next */
    char *name;
    unsigned at_once;     /* calls of `sign` that may be made side by side; 0: one */
    pthread_mutex_t lock; /* where it is one */
};

/* Takes over `self` (on success only) and copies the chain. */
pades_status signer_new(const signer_ops *ops, void *self, const pades_cert *const *chain, size_t n,
                        const char *name, pades_signer **ret, pades_error **e) MUST_USE;
/* Checks the request, signs under the lock; the signature is verified by the caller (sign room). */
pades_status signer_sign(pades_signer *s, const pades_sign_request *request, buf *ret_signature,
                         pades_error **e) MUST_USE;
/* Waits, as signing does, for a signature that is under way: a PIN that is kept is in its hands. */
bool signer_again_without_pin(pades_signer *s);
DEFINE_AUTO(pades_signer, pades_signer_free)

enum { SIGNER_MAX_SIGNATURE = 8192 };
/* For messages: "RSA-PSS". */
const char *signer_scheme_name(pades_scheme scheme);
/* Does the scheme go with the key of the certificate? */
bool signer_key_fits(const pades_cert *cert, pades_scheme scheme);
/* ecdsa.c: the r||s of a token as CMS wants it. Tokens that give DER already are taken at their
 * word. */
pades_status ecdsa_to_der(const pades_cert *cert, span signature, buf *ret,
                          pades_error **e) MUST_USE;

#endif
