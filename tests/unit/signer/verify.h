/* Signatures of a signer checked by OpenSSL with its certificate. */
#ifndef UNIT_SIGNER_VERIFY_H
#define UNIT_SIGNER_VERIFY_H

#include "signer/signer.h"

/* A request over a few octets, with its digest. */
typedef struct verify_request {
    uint8_t tbs[64];
    uint8_t hash[64];
    pades_sign_request r;
} verify_request;
void verify_make(verify_request *v, pades_scheme scheme, pades_digest digest);
bool verify_is_good(const pades_signer *s, const verify_request *v, span signature);
/* Signs and asserts that the signature is good. */
void verify_signer(pades_signer *s, pades_scheme scheme, pades_digest digest);

#endif
