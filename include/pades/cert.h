/* libpades - one X.509 certificate and what it claims. Claims only: nothing here says that a claim
 * is true, nor that a certificate is trusted. */
#ifndef PADES_CERT_H
#define PADES_CERT_H

#include <pades/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* DER (RFC 5280), copied; trailing bytes are refused. */
PADES_API PADES_MUST_USE pades_status pades_cert_new_der(const void *der, size_t n,
                                                         pades_cert **ret_cert,
                                                         pades_error **ret_error);
/* The first certificate of a PEM or DER file. */
PADES_API PADES_MUST_USE pades_status pades_cert_new_file(const char *path, pades_cert **ret_cert,
                                                          pades_error **ret_error);
PADES_API void pades_cert_free(pades_cert *cert);
PADES_API const void *pades_cert_der(const pades_cert *cert, size_t *ret_n);

/* RFC 4514 text of the name, hostile characters escaped. */
PADES_API const char *pades_cert_subject(const pades_cert *cert);
PADES_API const char *pades_cert_issuer(const pades_cert *cert);
/* commonName of the subject, else organizationName, else the whole subject; escaped. */
PADES_API const char *pades_cert_common_name(const pades_cert *cert);
/* Upper-case hexadecimal without separators. */
PADES_API const char *pades_cert_serial(const pades_cert *cert);
/* Seconds since 1970 in UTC. */
PADES_API int64_t pades_cert_not_before(const pades_cert *cert);
PADES_API int64_t pades_cert_not_after(const pades_cert *cert);
/* SHA-256 of the DER, 64 lower-case hexadecimal digits. */
PADES_API const char *pades_cert_fingerprint(const pades_cert *cert);
/* "RSA 3072", "EC P-256", "Ed25519". */
PADES_API const char *pades_cert_key_type(const pades_cert *cert);
/* 3072, 256; 0 for a kind of key that is not known. */
PADES_API unsigned pades_cert_key_bits(const pades_cert *cert);
/* "sha256WithRSAEncryption": how the issuer signed it; NULL when it has no name here. */
PADES_API const char *pades_cert_signature_algorithm(const pades_cert *cert);

/* What a certificate lists. */
typedef enum pades_cert_list {
    PADES_CERT_KEY_USAGE = 1,     /* "digitalSignature", "nonRepudiation" ... */
    PADES_CERT_EXT_KEY_USAGE = 2, /* dotted */
    PADES_CERT_POLICIES = 3,      /* dotted */
    PADES_CERT_OCSP_URLS = 4,     /* http and https addresses only, as the other two */
    PADES_CERT_ISSUER_URLS = 5,
    PADES_CERT_CRL_URLS = 6
} pades_cert_list;
/* Writes the index-th entry of the list to `to` (n octets, NUL at the end; cut when it is longer)
 * and returns 1; 0 and "" beyond the end. Printable ASCII. 2,049 octets are enough for any. */
PADES_API int pades_cert_entry(const pades_cert *cert, pades_cert_list list, size_t index, char *to,
                               size_t n);
/* 1 when keyUsage has nonRepudiation (contentCommitment). */
PADES_API int pades_cert_has_non_repudiation(const pades_cert *cert);
/* 1 when keyUsage and extended key usage allow signing documents: digitalSignature or
 * nonRepudiation (or no keyUsage at all), and no EKU that confines it to something else. */
PADES_API int pades_cert_may_sign(const pades_cert *cert);
PADES_API int pades_cert_is_ca(const pades_cert *cert);

/* QcStatements (EN 319 412-5), as claimed. */
typedef enum pades_qc_type {
    PADES_QC_NONE = 0,
    PADES_QC_ESIGN = 1,
    PADES_QC_ESEAL = 2,
    PADES_QC_WEB = 3
} pades_qc_type;
PADES_API int pades_cert_claims_qc_compliance(const pades_cert *cert);
PADES_API int pades_cert_claims_qscd(const pades_cert *cert);
PADES_API pades_qc_type pades_cert_qc_type(const pades_cert *cert);

#ifdef __cplusplus
}
#endif
#endif
