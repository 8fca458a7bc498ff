/* libpades - is everything in the document that a verifier will need in later years?
 *
 * What Acrobat calls "LTV enabled", condition by condition: for every certificate of the chains of
 * signer and time-stamping authority, and of whoever signed the answers about them, the issuer and
 * an OCSP answer or a CRL have to be in the file. Nobody is asked and nobody is trusted: whether
 * the last issuer is an anchor, and whether a signature is valid, are other questions. */
#ifndef PADES_LTV_H
#define PADES_LTV_H

#include <pades/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct pades_ltv pades_ltv;

/* The conditions of one signature or document timestamp, by its index in pades_doc_get_signature().
 * What cannot be read is a condition that is not met. */
PADES_API PADES_MUST_USE pades_status pades_ltv_new(pades_doc *doc, size_t signature,
                                                    pades_ltv **ret_ltv, pades_error **ret_error);
PADES_API void pades_ltv_free(pades_ltv *ltv);

typedef struct pades_ltv_condition {
    const char *role;    /* "signer", "timestamp", "OCSP responder", "CRL signer", "issuer" */
    const char *subject; /* of the certificate, escaped */
    const char *of;      /* whose issuer or responder it is, escaped; NULL: nobody's */
    int issuer;          /* its issuer's certificate is in the file, or it issued itself */
    const char *status;  /* what says that it was good: "OCSP", "CRL"; why nothing has to: "root",
                            "no check", "short-term"; NULL: nothing does */
    int revoked;         /* what `status` says is that it was revoked */
    int64_t this_update; /* of the answer, seconds since 1970; 0: no answer */
    int met;
} pades_ltv_condition;
/* NULL beyond the end. */
PADES_API const pades_ltv_condition *pades_ltv_get(const pades_ltv *ltv, size_t index);
/* 1: every condition is met, and there is at least one. */
PADES_API int pades_ltv_is_enabled(const pades_ltv *ltv);

#ifdef __cplusplus
}
#endif
#endif
