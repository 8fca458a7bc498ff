/* Between the ocsp*.c files. */
#ifndef PKI_OCSP_IMPL_H
#define PKI_OCSP_IMPL_H

#include "pki/ocsp.h"
#include "pki/rev_impl.h"

#define OCSP_WHAT "the OCSP answer"
#define OID_OCSP_BASIC "1.3.6.1.5.5.7.48.1.1"
#define OID_OCSP_NONCE "1.3.6.1.5.5.7.48.1.2"
#define OID_OCSP_CUTOFF "1.3.6.1.5.5.7.48.1.6"
#define OID_OCSP_EXTENDED_REVOKE "1.3.6.1.5.5.7.48.1.9"

/* Spans point into the response. */
typedef struct ocsp_basic {
    signed_parts parts;
    span certs;     /* content of the SEQUENCE OF Certificate, empty when absent */
    span responder; /* a whole Name, or the octets of a KeyHash */
    bool by_key;    /* responder is a KeyHash */
    int64_t produced_at;
    span singles; /* content of the SEQUENCE OF SingleResponse */
    span exts;    /* content of responseExtensions, empty when absent */
} ocsp_basic;

typedef struct ocsp_single {
    span cert_id; /* content */
    rev_state state;
    int64_t revoked_at;
    int reason;
    int64_t this_update, next_update;
    span exts; /* content of singleExtensions, empty when absent */
} ocsp_single;

/* ocsp_parse.c: form only, and the responseStatus. */
pades_status ocsp_parse(span der, ocsp_basic *ret, pades_error **e) MUST_USE;
/* False when malformed. */
bool ocsp_next_single(reader *r, ocsp_single *ret) MUST_USE;

/* ocsp_id.c: CertID ::= SEQUENCE { hashAlgorithm, issuerNameHash, issuerKeyHash, serialNumber } */
void ocsp_add_id(buf *out, const pades_cert *cert, const pades_cert *issuer);
/* Is it this certificate's? Of SHA-1, SHA-256, -384 and -512. */
bool ocsp_id_fits(span cert_id, const pades_cert *cert, const pades_cert *issuer);
/* KeyHash: SHA-1 of the key's octets. */
bool ocsp_key_hash_fits(span hash, const pades_cert *cert);

/* ocsp_signer.c: who signed it, and that he may and did. *ret NULL: the issuer. */
pades_status ocsp_find_signer(const ocsp_basic *basic, const pades_cert *issuer,
                              const pades_cert *const *pool, size_t n, pades_cert **ret,
                              pades_error **e) MUST_USE;

#endif
