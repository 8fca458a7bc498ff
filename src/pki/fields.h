/* The outer shape of a certificate (RFC 5280 4.1) read with our own strict DER reader, without
 * OpenSSL: cheap enough to look for one certificate among many. Spans point into the input. */
#ifndef PKI_FIELDS_H
#define PKI_FIELDS_H

#include "base/der.h"

typedef struct cert_fields {
    span serial;    /* content octets */
    span algorithm; /* whole AlgorithmIdentifier of what is signed */
    span issuer;    /* whole Name */
    span subject;   /* whole Name */
    span spki;      /* whole SubjectPublicKeyInfo */
    span exts;      /* content of Extensions, empty when absent */
    int64_t not_before;
    int64_t not_after;
} cert_fields;
/* False when `der` is not exactly one certificate in DER. */
bool cert_fields_parse(span der, cert_fields *ret) MUST_USE;

/* Time: UTCTime or GeneralizedTime. */
bool cert_time(reader *r, int64_t *ret) MUST_USE;

typedef struct cert_ext {
    bool present;
    bool critical;
    span value; /* content of extnValue */
    span id;    /* content of the OBJECT IDENTIFIER */
} cert_ext;
/* The next of the extensions that `r` reads. */
bool cert_ext_next(reader *r, cert_ext *ret) MUST_USE;
/* False when the extensions are malformed or have this one twice (RFC 5280 4.2). */
bool cert_ext_find(span exts, const char *oid, cert_ext *ret) MUST_USE;

#endif
