/* Between the files of evidence.h:
 *     evidence.c        what is at hand, what is needed
 *     evidence_cover.c  paths, and the errors
 *     evidence_status.c the status of one certificate, from the first source that is good enough
 *     evidence_judge.c  is this answer good enough at that time?
 *     evidence_fetch.c  cache and network */
#ifndef PKI_EVIDENCE_IMPL_H
#define PKI_EVIDENCE_IMPL_H

#include "pki/blob.h"
#include "pki/evidence.h"
#include "pki/issuers.h"
#include "pki/rev.h"
#include "pki/tried.h"

enum {
    OFFERS_MAX = 4096, /* of each kind */
    DEPTH_MAX = 6,     /* signers of the answers about signers of answers ... */
    WHY_MAX = 256,
    REASON_ON_HOLD = 6,
};

/* An OCSP answer or a CRL. */
typedef struct rev_answer {
    evidence_kind kind;
    blob *b;
    bool stored, needed;
} rev_answer;

/* What one certificate is asked for. */
typedef struct inquiry {
    const pades_cert *cert, *issuer; /* of the pool or the anchors */
    int64_t at, fresh, newer;
    instant since;
    uint64_t wait_end; /* monotonic: until when a newer one is waited for */
    unsigned depth;
} inquiry;

typedef enum status_state {
    STATUS_RUNNING,
    STATUS_GOOD,
    STATUS_REVOKED,
    STATUS_FAILED
} status_state;
/* What came of it; one for each certificate. */
typedef struct cert_status {
    const pades_cert *cert, *issuer;
    status_state state;
    rev_info info;     /* when good or revoked */
    size_t answer;     /* when good or revoked */
    int64_t at, fresh; /* of the inquiry */
    int64_t asked;     /* when the sources outside were, INT64_MIN: never */
    size_t offers;     /* how many there were at hand */
    tried failed;
} cert_status;

typedef struct cert_set {
    const pades_cert **at;
    size_t n, cap;
} cert_set;

struct evidence {
    pades_ctx *ctx;
    evidence_plan plan;
    char *ocsp_url; /* of the plan */
    asking asking;
    issuers *is;
    cert_set stored, needed;
    rev_answer *answers;
    size_t answers_n, answers_cap;
    size_t *order; /* of the needed answers, by number */
    size_t order_n, order_cap;
    cert_status **known;
    size_t known_n, known_cap;
    size_t offered[EVIDENCE_KINDS];
    uint64_t offered_bytes;
    size_t offers;    /* of all kinds */
    unsigned signers; /* whose status was looked for, for this need */
    buf warnings;
};

/* evidence.c */
const char *kind_name(evidence_kind kind);
pades_status evidence_need_cert(evidence *ev, const pades_cert *cert, pades_error **e) MUST_USE;
/* Takes over a reference; *ret is its number. Known bytes get no second one. */
pades_status evidence_add_answer(evidence *ev, evidence_kind kind, blob *b, bool stored,
                                 size_t *ret, pades_error **e) MUST_USE;
pades_status evidence_need_answer(evidence *ev, size_t number, pades_error **e) MUST_USE;
/* Another one took its place. */
void evidence_drop_answer(evidence *ev, size_t number);
void evidence_warn(evidence *ev, const char *fmt, ...) PRINTF(2, 3);

/* evidence_cover.c: the statuses of all certificates of a path but its anchor. PADES_CERT_REVOKED
 * and PADES_REVOCATION_MISSING: those that failed are in `ret`, no error is set. Everything else,
 * with an error, ends all. */
typedef struct failures {
    cert_status *at[PATH_CERTS];
    size_t n;
} failures;
pades_status evidence_cover_path(evidence *ev, const cert_path *path, inquiry q, failures *ret,
                                 pades_error **e) MUST_USE;

/* evidence_status.c: PADES_OK: good, and what shows it is needed now. PADES_CERT_REVOKED and
 * PADES_REVOCATION_MISSING: the status has the details, no error is set. Everything else, with an
 * error, ends all. */
pades_status evidence_status(evidence *ev, const inquiry *q, cert_status **ret,
                             pades_error **e) MUST_USE;

/* evidence_judge.c */
typedef enum verdict { VERDICT_GOOD, VERDICT_OLD, VERDICT_REVOKED, VERDICT_NO } verdict;
/* `why` gets the reason for anything but good. `now`: of the context. */
verdict evidence_judge(const rev_info *info, const inquiry *q, int64_t now, char why[WHY_MAX]);
/* What was verified once about these bytes and this certificate is not verified again, but held
 * against the clock. */
pades_status evidence_check(const evidence *ev, evidence_kind kind, blob *b, const inquiry *q,
                            const uint8_t *nonce, int64_t now, rev_info *ret,
                            pades_error **e) MUST_USE;

/* evidence_fetch.c: the answer that stands at this URL, out of the cache when it may, verified but
 * not its signer. PADES_OK with *ret_answer and *ret_info; what failed is in `failed` with
 * PADES_REVOCATION_MISSING (no error); else an error that ends everything. */
pades_status evidence_fetch(evidence *ev, evidence_kind kind, const char *url, const inquiry *q,
                            tried *failed, size_t *ret_answer, rev_info *ret_info,
                            pades_error **e) MUST_USE;

#endif
