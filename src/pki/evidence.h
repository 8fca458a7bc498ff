/* Everything that shows, years later and with no network, that certificates were good: chains up to
 * an anchor, OCSP answers and CRLs for each of their certificates, and the same for whoever signed
 * these, until an anchor, id-pkix-ocsp-nocheck or a short-term certificate ends it. What the
 * document and the options bring is used first, then the cache, then the network (or a folder
 * instead of both). Nothing is written here; one object gathers for one output. */
#ifndef PKI_EVIDENCE_H
#define PKI_EVIDENCE_H

#include "base/control.h"
#include "pki/cert.h"
#include "pki/material.h"

typedef struct evidence_plan {
    const char *offline;  /* a folder of certificates, OCSP answers and CRLs (DER or PEM, any
                             names); then no network at all; NULL: the network */
    const char *ocsp_url; /* the user's responder, copied: asked instead of those that the
                             certificates name; no address rules; NULL: theirs */
    bool prefer_crl;
    bool allow_cached;   /* a status of the leaf that is older than `fresh` will do */
    uint32_t wait_fresh; /* seconds to wait for a newer status of the leaf */
    pades_control *control;
} evidence_plan;

typedef struct evidence evidence;
/* Of the plan, only what `control` points at is used later. PADES_INVALID_ARGUMENT without trust
 * anchors in the context. */
pades_status evidence_new(pades_ctx *ctx, const evidence_plan *plan, evidence **ret,
                          pades_error **e) MUST_USE;
void evidence_free(evidence *ev);
DEFINE_AUTO(evidence, evidence_free)

/* What is at hand already, copied (but for what lies in a spool, which is shared). `stored`: it is
 * in the document, and is not listed again when it is used. Garbage, and more than is reasonable,
 * is logged and passed over. */
pades_status evidence_offer(evidence *ev, evidence_kind kind, span der, bool stored,
                            pades_error **e) MUST_USE;
pades_status evidence_offer_view(evidence *ev, evidence_kind kind, view der, bool stored,
                                 pades_error **e) MUST_USE;

/* A certificate that is decoded already; the same object is used. */
pades_status evidence_offer_cert(evidence *ev, const pades_cert *cert, pades_error **e) MUST_USE;

typedef struct evidence_need {
    const pades_cert *leaf;
    path_purpose purpose;
    int64_t at;    /* the time the path is judged at: of the best timestamp, else now */
    int64_t fresh; /* an answer about the leaf that is at hand or in the cache counts only if its
                      thisUpdate is not before this; 0: any. One that is fetched and older is used
                      with a warning; with wait_fresh it is waited for (PADES_TRY_LATER in vain). */
    instant since; /* when that timestamp came here: what was asked for after it is not asked for
                     again; time 0: `fresh` */
    int64_t newer; /* an answer about any certificate of the path that is at hand or in the cache
                      counts only if its thisUpdate is not before this, or allow_cached says so:
                      who was good then may be revoked by now. One that is fetched may be older:
                      nobody has a newer one. 0: any; a folder instead of the network: any */
} evidence_need;
/* Chain and statuses for one certificate. In the life of `ev` a source is not asked twice about one
 * certificate, unless a later need wants what is newer than the first answer.
 * PADES_CERT_INVALID: no path; PADES_TRY_LATER, PADES_SERVICE_FAILED: an issuer on it could not be
 * fetched. PADES_CERT_REVOKED: revoked before `at`. PADES_REVOCATION_MISSING:
 * the error has a line for each certificate with each source and its reason; PADES_TRY_LATER when
 * sources of each of them say so. What was found stays usable after all of these. */
pades_status evidence_cover(evidence *ev, const evidence_need *need, pades_error **e) MUST_USE;

/* What is needed and not stored, in a stable order, each once. Views live as long as `ev`. */
size_t evidence_count(const evidence *ev, evidence_kind kind);
view evidence_item(const evidence *ev, evidence_kind kind, size_t i);
/* NUL-separated lines. */
const buf *evidence_warnings(const evidence *ev);

#endif
