/* Certificates as the rooms see them. Owner of OpenSSL's x509 headers: cert.c, names.c, qc.c,
 * path.c, public.c. */
#ifndef PKI_CERT_H
#define PKI_CERT_H

#include "base/ctx.h"
#include <openssl/x509.h>
#include <pades/cert.h>

DEFINE_AUTO(pades_cert, pades_cert_free)

typedef enum key_kind {
    KEY_RSA = 1,
    KEY_EC_P256,
    KEY_EC_P384,
    KEY_EC_P521,
    KEY_ED25519,
    KEY_OTHER
} key_kind;

/* As pades_cert_new_der(), which takes four times as long, but OpenSSL keeps nothing of what it
 * reads, and looks for no key in it, until cert_x509() is first asked for. */
pades_status cert_new_quick(span der, pades_cert **ret, pades_error **e) MUST_USE;
pades_status cert_ref(const pades_cert *cert, pades_cert **ret,
                      pades_error **e) MUST_USE; /* a copy that is cheap */
/* The certificate's, as the key is; NULL without memory. */
X509 *cert_x509(const pades_cert *cert);
/* NULL when there is none that OpenSSL can use. */
EVP_PKEY *cert_key(const pades_cert *cert);
span cert_der(const pades_cert *cert);
key_kind cert_key_kind(const pades_cert *cert);
unsigned cert_key_bits(const pades_cert *cert);
span cert_spki(const pades_cert *cert);       /* whole SubjectPublicKeyInfo */
span cert_issuer_der(const pades_cert *cert); /* whole Name */
span cert_subject_der(const pades_cert *cert);
span cert_algorithm_der(const pades_cert *cert); /* whole, of what is signed */
span cert_serial_der(const pades_cert *cert);    /* content octets of the INTEGER */
bool cert_same(const pades_cert *a, const pades_cert *b);
bool cert_is_self_issued(const pades_cert *cert);
/* Extended key usage is exactly timeStamping and critical (RFC 3161 2.3). */
bool cert_is_tsa_only(const pades_cert *cert);
/* The digest that fits the key: at least the curve's strength. */
pades_digest cert_fitting_digest(const pades_cert *cert, pades_digest wanted);

/* What a form may ask of the signer's certificate. keyUsage as nine bits, digitalSignature the
 * lowest; 0 when the certificate does not say. */
unsigned cert_key_usage(const pades_cert *cert);
/* The certificate policy itself, dotted; anyPolicy stands for none but itself. */
bool cert_has_policy(const pades_cert *cert, span oid);
/* The subject has an attribute `name` ("CN" or dotted) of this text; ASCII letters of both cases
 * are alike. */
bool cert_subject_has(const pades_cert *cert, span name, span utf8);
/* Is `cert` signed with the key of `issuer`? */
bool cert_signed_by(const pades_cert *cert, const pades_cert *issuer);

/* Where the certificate says that its status and its issuer are found (RFC 5280 4.2.1.13, 4.2.2.1):
 * http and https addresses in their order, printable ASCII, each once; the rest is passed over.
 * They point into the certificate. */
enum { CERT_URLS = 8, CERT_URL_MAX = 2048 };
size_t cert_ocsp_urls(const pades_cert *cert, span ret[CERT_URLS]);
size_t cert_crl_urls(const pades_cert *cert, span ret[CERT_URLS]);
size_t cert_issuer_urls(const pades_cert *cert, span ret[CERT_URLS]);
/* id-pkix-ocsp-nocheck (RFC 6960 4.2.2.2.1). */
bool cert_has_nocheck(const pades_cert *cert);
/* It lives too short to be revoked: ext-etsi-valassured-ST-certs (EN 319 412-1 5.2) or noRevAvail
 * (RFC 9608). */
bool cert_is_short_term(const pades_cert *cert);
/* Extended key usage OCSPSigning, and a key usage that does not forbid to sign answers. */
bool cert_may_sign_ocsp(const pades_cert *cert);
/* keyUsage does not forbid to sign revocation lists. */
bool cert_may_sign_crl(const pades_cert *cert);

/* Validity at `now`, usage, key type: refused with the reason; 60 days or less: a line in
 * `warnings` (NUL-separated). */
pades_status cert_check_signer(const pades_cert *cert, int64_t now, buf *warnings,
                               pades_error **e) MUST_USE;

/* All certificates of a PEM or DER text; *ret is an array of *ret_n that certs_free frees. */
pades_status certs_parse(span text, pades_cert ***ret, size_t *ret_n, pades_error **e) MUST_USE;
pades_status certs_read_file(const char *path, pades_cert ***ret, size_t *ret_n,
                             pades_error **e) MUST_USE;
void certs_free(pades_cert **certs, size_t n);

/* The chain of `leaf` out of `pool` (leaf first, up to but without a self-issued root unless it is
 * the leaf); at most 16. Signatures of each step are checked. */
pades_status path_order(const pades_cert *leaf, const pades_cert *const *pool, size_t n,
                        pades_cert ***ret, size_t *ret_n, pades_error **e) MUST_USE;
/* Does `leaf` chain to an anchor of the context at `at`, for this purpose? PADES_OK;
 * PADES_CERT_INVALID with the reason. *ret_no_anchors is set when the context has none (then
 * PADES_OK). Revocation is not asked here. */
typedef enum path_purpose { PATH_ANY, PATH_TIMESTAMP } path_purpose;
pades_status path_check(pades_ctx *ctx, const pades_cert *leaf, const pades_cert *const *pool,
                        size_t n, int64_t at, path_purpose purpose, bool *ret_no_anchors,
                        pades_error **e) MUST_USE;

#endif
