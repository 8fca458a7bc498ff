/* SignedData as PAdES wants it (RFC 5652, EN 319 122-1, EN 319 142-1 6.3): built with our own DER
 * writer, parsed strictly. Owner: build.c, parse.c, attrs.c. */
#ifndef CMS_CMS_H
#define CMS_CMS_H

#include "base/der.h"
#include "pki/cert.h"
#include <pades/signer.h>

typedef struct cms_attrs_plan {
    pades_digest digest;
    span message_digest;
    const pades_cert *signer;
    const char *commitment; /* OID or NULL */
    span archive;           /* RevocationInfoArchival (adbe-revocationInfoArchival), or empty */
} cms_attrs_plan;
/* RevocationInfoArchival of whole CRLs and OCSPResponses. */
pades_status cms_archive_write(const span *crls, size_t crls_n, const span *ocsps, size_t ocsps_n,
                               buf *out, pades_error **e) MUST_USE;
/* Calls `fn` with each of them; what is not as it should be is passed over. */
typedef pades_status (*cms_archive_fn)(void *user, bool is_crl, span der, pades_error **e);
pades_status cms_archive_each(span archive, cms_archive_fn fn, void *user,
                              pades_error **e) MUST_USE;
/* DER SET OF signed attributes, tag 0x31: content-type, message-digest, signing-certificate-v2
 * (hashAlgorithm absent for SHA-256), commitment-type-indication; sorted; no signing-time. */
pades_status cms_signed_attrs(const cms_attrs_plan *plan, buf *out, pades_error **e) MUST_USE;

typedef struct cms_build {
    pades_digest digest;
    pades_scheme scheme;
    span signed_attrs; /* as cms_signed_attrs gave them */
    span signature;
    const pades_cert *const *certs; /* [0] is the signer's */
    size_t certs_n;
    span timestamp; /* TimeStampToken (ContentInfo), or empty */
} cms_build;
/* ContentInfo. */
pades_status cms_build_signed_data(const cms_build *plan, buf *out, pades_error **e) MUST_USE;
/* Upper bound of what cms_build_signed_data will give for these certificates, digest and key, with
 * room for a timestamp of `timestamp_n` octets (0: none). */
size_t cms_size_bound(const pades_cert *const *certs, size_t n, pades_digest digest,
                      size_t timestamp_n, const char *commitment);
/* Octets of the largest signature the key of `cert` makes (RSA modulus; DER ECDSA). */
size_t cms_signature_bound(const pades_cert *cert);
/* Verifies `signature` over `tbs` with the certificate's key; PADES_SIGNATURE_WRONG when it does
 * not. */
pades_status cms_verify_signature(const pades_cert *cert, pades_scheme scheme, pades_digest digest,
                                  span tbs, span signature, pades_error **e) MUST_USE;

/* The same with RSASSA-PSS and a salt of `salt` octets, as other programs make it. */
pades_status cms_verify_salted(const pades_cert *cert, pades_digest digest, unsigned salt, span tbs,
                               span signature, pades_error **e) MUST_USE;

/* A parsed SignedData; spans point into the input. */
typedef struct cms_signer_info {
    span sid_issuer;     /* DER Name, or empty with ... */
    span sid_serial;     /* ... content octets of the INTEGER; */
    span sid_key_id;     /* subjectKeyIdentifier instead */
    pades_digest digest; /* PADES_DIGEST_DEFAULT: another algorithm */
    char digest_oid[64];
    char signature_oid[64];
    pades_scheme scheme; /* 0 when unknown */
    unsigned odd_salt;   /* unknown only because RSASSA-PSS has a salt of another length than the
                            digest's: that length and one; else 0 */
    span signed_attrs;   /* whole element, tag 0xa0 as in the file; empty when absent */
    span signature;
    span message_digest;              /* empty when absent */
    span content_type;                /* OID content octets */
    span signing_cert_hash;           /* first ESSCertID(v2) */
    pades_digest signing_cert_digest; /* 0 with a hash: SHA-1 (signing-certificate v1) or unknown */
    bool signing_cert_v1, signing_cert_v2, signing_time;
    span unsigned_attrs; /* whole element, tag 0xa1 as in the file; empty when absent */
    span timestamp;      /* first signature-time-stamp token, or empty */
} cms_signer_info;
typedef struct cms_signed_data {
    char content_oid[64];
    span content; /* eContent octets; p NULL when detached */
    span *certs;  /* whole certificates, at most 64 */
    size_t certs_n;
    size_t signers; /* number of SignerInfos; `signer` is the first */
    cms_signer_info signer;
    size_t used; /* octets of the ContentInfo; what follows is padding */
} cms_signed_data;
/* Strict DER. Zero padding after it is left to the caller (`used`). */
pades_status cms_parse(span der, cms_signed_data *ret, pades_error **e) MUST_USE;
void cms_signed_data_free(cms_signed_data *s);
/* The values of a signed attribute, what is in its SET; empty when it is absent. */
span cms_signed_attribute(const cms_signer_info *si, const char *oid);
/* The signer's certificate among s->certs (and `more`) by sid; NULL error-free when absent. */
pades_status cms_find_signer(const cms_signed_data *s, const pades_cert *const *more, size_t n,
                             pades_cert **ret, pades_error **e) MUST_USE;

#endif
