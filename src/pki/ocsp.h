/* OCSP (RFC 6960, RFC 5019): a request for one certificate, and the judgement of a response. Both
 * by our own DER; OpenSSL checks signatures only. */
#ifndef PKI_OCSP_H
#define PKI_OCSP_H

#include "pki/rev.h"

enum { OCSP_NONCE = 16 };

/* The request, DER. The CertID is of SHA-1, the only one every responder knows; nothing rests on
 * it. */
pades_status ocsp_request(const pades_cert *cert, const pades_cert *issuer,
                          const uint8_t nonce[OCSP_NONCE] /* or NULL */, buf *out,
                          pades_error **e) MUST_USE;
/* The address of the GET form (RFC 6960 A.1), NUL-terminated by nobody: `url`, a slash, the request
 * in base64, percent-encoded. */
pades_status ocsp_get_url(span url, span request, buf *out, pades_error **e) MUST_USE;

/* Judges a whole OCSPResponse about `cert`, which `issuer` issued (the caller made sure of that).
 * The responder is the issuer, or a certificate out of the response or `pool` that the issuer
 * issued for it. `nonce` NULL: not compared; a response without one is accepted. `now` 0: times are
 * not held against a clock. PADES_TRY_LATER: the responder says so. PADES_ALGORITHM: signed in a
 * way that is not accepted. PADES_SIGNATURE_WRONG. Everything else: PADES_SERVICE_FAILED. *ret is
 * untouched on failure; else rev_info_free. REV_UNKNOWN and REV_REVOKED are answers, not failures.
 */
pades_status ocsp_check(span der, const pades_cert *cert, const pades_cert *issuer,
                        const pades_cert *const *pool, size_t n,
                        const uint8_t nonce[OCSP_NONCE] /* or NULL */, int64_t now, rev_info *ret,
                        pades_error **e) MUST_USE;

/* Without trust, for a cache: the earliest thisUpdate and nextUpdate (0: none given) of a
 * successful response. False when it is none. */
bool ocsp_times(span der, int64_t *ret_this, int64_t *ret_next) MUST_USE;

#endif
