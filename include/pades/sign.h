/* libpades - sealing and signing (EN 319 142-1).
 *
 * One path: prepare reads the input once and gives the bytes to be signed; a signature comes from a
 * signer, from the caller, or from another process after the session was stored and resumed; finish
 * makes the CMS, asks for the timestamp, fills /Contents and commits the sink. pades_sign() is
 * those calls in a row. */
#ifndef PADES_SIGN_H
#define PADES_SIGN_H

#include <pades/control.h>
#include <pades/signer.h>
#include <pades/source.h>
#include <pades/tsa.h>
#include <pades/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Options. All setters copy; a bad value is remembered and reported by the operation. */
PADES_API PADES_MUST_USE pades_status pades_sign_opts_new(pades_sign_opts **ret_opts,
                                                          pades_error **ret_error);
PADES_API void pades_sign_opts_free(pades_sign_opts *opts);
/* Default: T when a TSA was added, else B. */
PADES_API void pades_sign_opts_set_level(pades_sign_opts *opts, pades_level level);
/* Default: SHA-256, raised to fit the curve of the key. The imprint of a document timestamp is of
 * the same digest; that of the signature's timestamp is SHA-256 in any case. */
PADES_API void pades_sign_opts_set_digest(pades_sign_opts *opts, pades_digest digest);
/* RSASSA-PSS instead of PKCS#1 v1.5 for an RSA key. */
PADES_API void pades_sign_opts_set_pss(pades_sign_opts *opts, int on);
/* Tried in order; not copied, must outlive the operation. */
PADES_API void pades_sign_opts_add_tsa(pades_sign_opts *opts, const pades_tsa *tsa);
/* Full name of the field, UTF-8: an empty signature field of the document is signed, of any other
 * name a new invisible one is made, with the parents that are missing ("Contract.Seals.Company").
 * Default: a new "Signature1", "Signature2", ... */
PADES_API void pades_sign_opts_set_field(pades_sign_opts *opts, const char *name);
/* Certification (DocMDP) instead of an approval: 1 no changes, 2 forms may be filled in and signed,
 * 3 annotations too; 0, the default: none. Only the first signature can certify. */
PADES_API void pades_sign_opts_set_certification(pades_sign_opts *opts, int p);
typedef enum pades_lock_action {
    PADES_LOCK_NONE = 0,
    PADES_LOCK_ALL = 1,
    PADES_LOCK_INCLUDE = 2, /* the fields named, and all below them */
    PADES_LOCK_EXCLUDE = 3  /* all but those */
} pades_lock_action;
/* Fields that the signature locks (FieldMDP), by `n` full names in UTF-8; none with PADES_LOCK_ALL.
 * A field of the document that has a lock of its own takes no other. */
PADES_API void pades_sign_opts_set_lock(pades_sign_opts *opts, pades_lock_action action,
                                        const char *const *names, size_t n);
/* Removes usage rights (UR, UR3) of the document, which a change would break, while nothing is
 * signed. Default: such a document is refused. */
PADES_API void pades_sign_opts_set_drop_usage_rights(pades_sign_opts *opts, int on);
PADES_API void pades_sign_opts_set_name(pades_sign_opts *opts, const char *text);
PADES_API void pades_sign_opts_set_reason(pades_sign_opts *opts, const char *text);
PADES_API void pades_sign_opts_set_location(pades_sign_opts *opts, const char *text);
PADES_API void pades_sign_opts_set_contact(pades_sign_opts *opts, const char *text);
/* commitment-type-indication, dotted OID; not together with a reason. */
PADES_API void pades_sign_opts_set_commitment(pades_sign_opts *opts, const char *oid);
/* Offset of /M from UTC, seconds east; default 0, written Z. */
PADES_API void pades_sign_opts_set_utc_offset(pades_sign_opts *opts, int seconds);
/* Seals a file whose first revision leaves object numbers out, with a warning instead of an error:
 * Acrobat repairs such a file when it opens it, and calls its signatures broken. */
PADES_API void pades_sign_opts_set_allow_gaps(pades_sign_opts *opts, int on);
/* Bytes of /Contents (CMS), 0: an upper bound is computed. */
PADES_API void pades_sign_opts_set_reserve(pades_sign_opts *opts, size_t bytes);
/* Fills a form field, by its full name, in the same revision, with a new appearance; copied. A text
 * field takes the text, a check box or radio button the name of one of its states (or "Off"), a
 * choice one of its options. Scripts of the form are not run. */
PADES_API void pades_sign_opts_add_fill(pades_sign_opts *opts, const char *name, const char *value);
/* Name of the document for prompts. */
PADES_API void pades_sign_opts_set_document(pades_sign_opts *opts, const char *name);
/* Progress, cancel, deadline; not copied, may be NULL. */
PADES_API void pades_sign_opts_set_control(pades_sign_opts *opts, pades_control *control);
/* Additional certificates for the CMS and the path of the signer (intermediates), copied. */
PADES_API void pades_sign_opts_add_cert(pades_sign_opts *opts, const pades_cert *cert);
/* 1: issuers that neither the signer nor the options bring are fetched from where its certificates
 * say, before the signature, for the CMS; the address rules for URLs of certificates hold, and what
 * cannot be had is a warning. Default 0: at the levels b and t nobody is asked for them. Without
 * effect with pades_sign_opts_set_offline(). */
PADES_API void pades_sign_opts_set_aia(pades_sign_opts *opts, int on);

typedef enum pades_sub_filter {
    PADES_SUB_FILTER_CADES = 1, /* ETSI.CAdES.detached: PAdES (EN 319 142-1); the default */
    PADES_SUB_FILTER_ADBE = 2   /* adbe.pkcs7.detached */
} pades_sub_filter;
/* With Adobe's kind, what is known of the status of the signer's chain is signed with it
 * (adbe-revocationInfoArchival): it is asked for before the signature, at every level, and needs
 * trust anchors; a warning says how old it is. No PAdES level is reached then: see
 * pades_result_level_name(). */
PADES_API void pades_sign_opts_set_sub_filter(pades_sign_opts *opts, pades_sub_filter sub_filter);

/* For the levels lt and lta, where certificates and their status are gathered. */
/* From a folder of certificates, OCSP answers and CRLs (DER or PEM, any names) instead of the
 * network, which is then asked for timestamps only; NULL, the default: the network. */
PADES_API void pades_sign_opts_set_offline(pades_sign_opts *opts, const char *folder);
/* An OCSP responder that is asked instead of those that certificates name, for all of them; its
 * answers are verified like any other. The address is the user's own: any host and port. NULL, the
 * default: theirs. Together with a folder, the operation is PADES_INVALID_ARGUMENT. */
PADES_API void pades_sign_opts_set_ocsp_url(pades_sign_opts *opts, const char *address);
/* CRLs first, OCSP where there is none; default: the other way round. */
PADES_API void pades_sign_opts_set_prefer_crl(pades_sign_opts *opts, int on);
/* Where some status cannot be had, the level that is reached is written, with a warning; default:
 * nothing is. */
PADES_API void pades_sign_opts_set_allow_partial(pades_sign_opts *opts, int on);
/* An answer that is kept is good enough although it is older than the timestamp; a warning. */
PADES_API void pades_sign_opts_set_allow_cached(pades_sign_opts *opts, int on);
/* How long to wait for a status that is newer than the timestamp; default 0. */
PADES_API void pades_sign_opts_set_wait_fresh(pades_sign_opts *opts, unsigned seconds);
/* A /VRI dictionary for each signature; default off, as EN 319 142-1 advises. */
PADES_API void pades_sign_opts_set_vri(pades_sign_opts *opts, int on);

/* Everything but PIN and signature: the document, the certificate, the options and the place of
 * `sink` (may be NULL) are checked; nothing is written. n 0: the certificate is not known yet; the
 * document, the options and the place are looked at, quickly and without the second reader, and
 * `ret_result` stays as it is. */
PADES_API PADES_MUST_USE pades_status pades_sign_check(
    pades_ctx *ctx, pades_source *source, pades_sink *sink, const pades_cert *const *chain,
    size_t n, const pades_sign_opts *opts, pades_result **ret_result, pades_error **ret_error);

/* Puts a document timestamp on any PDF, signed or not, in a new invisible field ("Timestamp1",
 * ...). Of the options count: the TSAs, of which at least one is needed, the digest of the imprint
 * (SHA-256 by default), the gaps, the usage rights to drop, and the control. The result has a
 * field, a range and a timestamp, but no certificate and no level. */
PADES_API PADES_MUST_USE pades_status pades_timestamp(pades_ctx *ctx, pades_source *source,
                                                      pades_sink *sink, const pades_sign_opts *opts,
                                                      pades_result **ret_result,
                                                      pades_error **ret_error);

/* Raises every signature of a file, whoever made it, to the level of the options: t by a document
 * timestamp where a signature has no timestamp; lt by certificates, OCSP answers and CRLs in the
 * document's security store; lta by a document timestamp over that; lta again renews it, the data
 * for the last timestamp first. Needs trust anchors from lt on. What is there is checked first:
 * PADES_DOC_SIGNATURE_BROKEN. Of the options count what counts for pades_timestamp(), the level,
 * those for the levels lt and lta, and certificates that may be missing. The result has the level
 * that was reached, lower than the one asked for only when that is allowed. */
PADES_API PADES_MUST_USE pades_status pades_extend(pades_ctx *ctx, pades_source *source,
                                                   pades_sink *sink, const pades_sign_opts *opts,
                                                   pades_result **ret_result,
                                                   pades_error **ret_error);

/* The chain of a signer for pades_sign_check() and pades_session_prepare(); belongs to the signer.
 */
PADES_API const pades_cert *const *pades_signer_chain(const pades_signer *signer, size_t *ret_n);

/* The whole. `ret_result` may be NULL. */
PADES_API PADES_MUST_USE pades_status pades_sign(pades_ctx *ctx, pades_source *source,
                                                 pades_sink *sink, pades_signer *signer,
                                                 const pades_sign_opts *opts,
                                                 pades_result **ret_result,
                                                 pades_error **ret_error);

/* Step one. `sink` NULL: nothing is copied yet, give a sink to finish. `source`, `sink`, `opts`
 * must outlive the session. `chain[0]` is the signer's certificate. */
PADES_API PADES_MUST_USE pades_status pades_session_prepare(
    pades_ctx *ctx, pades_source *source, pades_sink *sink, const pades_cert *const *chain,
    size_t n, const pades_sign_opts *opts, pades_session **ret_session, pades_error **ret_error);
/* The bytes to be signed and their digest; they belong to the session. */
PADES_API void pades_session_get_request(const pades_session *session,
                                         pades_sign_request *ret_request);
/* What is to be told of the seal as far as it is known before the signature; NULL beyond the end.
 * Escaped, belongs to the session; the result has these lines too. */
PADES_API const char *pades_session_warning(const pades_session *session, size_t index);
/* Step two: `signature` as pades_sign_fn gives it; checked against the certificate first. `sink`
 * only when prepare had none. After a failure (no timestamp, no revocation data) it may be called
 * again with the same signature: a sink given here is given up then, so with a new one; the one
 * that prepare got goes on, unless it was the sink that failed. */
PADES_API PADES_MUST_USE pades_status pades_session_finish(pades_session *session,
                                                           const void *signature, size_t n,
                                                           pades_sink *sink,
                                                           pades_result **ret_result,
                                                           pades_error **ret_error);
/* The state between, to be kept by the caller (it holds no secret); free with pades_free(). Only of
 * a session prepared without a sink. */
PADES_API PADES_MUST_USE pades_status pades_session_store(const pades_session *session,
                                                          void **ret_data, size_t *ret_n,
                                                          pades_error **ret_error);
/* In any process: the input is read once more and refused if its digest differs. TSAs, control and
 * sink come from `opts` and the call; the rest from the state. */
PADES_API PADES_MUST_USE pades_status pades_session_resume(
    pades_ctx *ctx, const void *data, size_t n, pades_source *source, pades_sink *sink,
    const pades_sign_opts *opts, pades_session **ret_session, pades_error **ret_error);
PADES_API void pades_session_free(pades_session *session);
PADES_API void pades_free(void *data);

/* What was made. */
PADES_API void pades_result_free(pades_result *result);
PADES_API const char *pades_result_field(const pades_result *result);
PADES_API pades_level pades_result_level(const pades_result *result);
/* "B-LT"; "PKCS7-LT" of a signature that is not of PAdES; "none". Never NULL. */
PADES_API const char *pades_result_level_name(const pades_result *result);
/* 1: the level is lower than the one asked for (pades_sign_opts_set_allow_partial()); a warning
 * says why. */
PADES_API int pades_result_is_partial(const pades_result *result);
PADES_API pades_digest pades_result_digest(const pades_result *result);
PADES_API void pades_result_byte_range(const pades_result *result, uint64_t ret_range[4]);
PADES_API const pades_cert *pades_result_cert(const pades_result *result);
typedef struct pades_timestamp_info {
    int64_t time;    /* genTime, seconds since 1970 */
    const char *tsa; /* subject of its certificate, escaped */
    const char *url;
    const char *serial;
} pades_timestamp_info;
PADES_API const pades_timestamp_info *pades_result_timestamp(const pades_result *result,
                                                             size_t index);
/* After pades_extend(): each signature and document timestamp of the file, in the order of what
 * they cover; those that were added last. */
typedef struct pades_level_info {
    const char *field; /* full name, UTF-8, not escaped */
    const char *type;  /* "signature" or "doctimestamp" */
    const char *level; /* "B-T", "B-LT", "B-LTA"; of adbe.pkcs7.detached "PKCS7-T", ...; NULL for a
                          document timestamp */
} pades_level_info;
PADES_API const pades_level_info *pades_result_signature(const pades_result *result, size_t index);
PADES_API const char *pades_result_warning(const pades_result *result, size_t index);
/* Digest of the input file alone with the signature's digest, hexadecimal; for audit lines. */
PADES_API const char *pades_result_input_digest(const pades_result *result);

#ifdef __cplusplus
}
#endif
#endif
