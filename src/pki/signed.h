/* The outer shape that certificates, CRLs and OCSP answers share, SEQUENCE { toBeSigned, algorithm,
 * signature }, and whether a certificate's key made that signature over the bytes as they stand. */
#ifndef PKI_SIGNED_H
#define PKI_SIGNED_H

#include "base/der.h"
#include "base/spool.h"
#include "pki/cert.h"

typedef struct signed_parts {
    view tbs;       /* whole; in memory, unless who split it says otherwise */
    span algorithm; /* whole AlgorithmIdentifier */
    span signature; /* octets of the BIT STRING */
    span rest;      /* what follows inside the SEQUENCE */
} signed_parts;
/* False when `der` is not exactly one such SEQUENCE. */
bool signed_split(span der, signed_parts *ret) MUST_USE;

/* SHA-2 with RSA (PKCS#1 v1.5, PSS) or ECDSA, EdDSA, and ML-DSA where OpenSSL has it; keys of 112
 * bits of security at least. PADES_ALGORITHM for others, SHA-1 and MD5 by name;
 * PADES_SIGNATURE_WRONG. `what` names the thing in messages ("the revocation list"). */
pades_status signed_verify(const signed_parts *parts, const pades_cert *by, const char *what,
                           pades_error **e) MUST_USE;
/* Is `cert` issued by `issuer`: names, and a signature that signed_verify accepts? */
pades_status signed_by(const pades_cert *cert, const pades_cert *issuer, pades_error **e) MUST_USE;

/* Are two Names the same, as RFC 5280 7.1 compares them? */
bool name_same(span a, span b);

#endif
