/* Is an answer sound, and good enough for one certificate at a time? No I/O, no clock of its own.
 */
#include "pki/evidence_impl.h"

#include "base/mem.h"
#include "base/timefmt.h"
#include "pki/crl.h"
#include "pki/ocsp.h"
#include "pki/rev_impl.h"
#include "pki/revcache.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    OPEN_END = 7 * 86400, /* how long an answer without nextUpdate is taken for new */
};

typedef struct recall {
    rev_info info;
    pades_status status;
} recall;

static pades_status copy_info(const rev_info *from, rev_info *ret)
{
    rev_info copy = *from;
    copy.signer = NULL;
    if (from->signer && cert_ref(from->signer, &copy.signer, NULL) != PADES_OK) {
        return PADES_NO_MEMORY;
    }
    *ret = copy;
    return PADES_OK;
}

static void recall_info(const void *note, void *user)
{
    recall *r = user;
    r->status = copy_info(note, &r->info);
}

static void forget_info(void *note)
{
    rev_info_free(note);
    mem_free(note);
}

static void note_info(blob *b, const rev_key *key, const rev_info *info)
{
    rev_info *copy = mem_alloc(sizeof *copy);
    if (copy && copy_info(info, copy) == PADES_OK) {
        blob_note(b, key->hash, copy, forget_info);
    } else {
        mem_free(copy);
    }
}

static pades_status verify(const evidence *ev, evidence_kind kind, view der, const inquiry *q,
                           const uint8_t *nonce, int64_t now, rev_info *ret, pades_error **e)
{
    size_t n = 0;
    const pades_cert *const *pool = issuers_pool(ev->is, &n);
    return kind == EVIDENCE_OCSP
               ? ocsp_check(der.s, q->cert, q->issuer, pool, n, nonce, now, ret, e)
               : crl_check(der, q->cert, q->issuer, pool, n, now, ret, e);
}

static pades_status hold_against_clock(evidence_kind kind, recall *r, int64_t now, rev_info *ret,
                                       pades_error **e)
{
    if (r->status != PADES_OK) {
        return fail_memory(e);
    }
    const char *clause = kind == EVIDENCE_OCSP ? "RFC6960#4.2.2.1" : "RFC5280#5.1.2.5";
    pades_status status =
        rev_check_times(r->info.this_update, r->info.next_update, now, kind_name(kind), clause, e);
    if (status != PADES_OK) {
        rev_info_free(&r->info);
        return status;
    }
    *ret = r->info;
    return PADES_OK;
}

pades_status evidence_check(const evidence *ev, evidence_kind kind, blob *b, const inquiry *q,
                            const uint8_t *nonce, int64_t now, rev_info *ret, pades_error **e)
{
    rev_key key;
    recall r = {.status = PADES_OK};
    const pades_cert *const about[] = {q->cert, q->issuer};
    TRY(revcache_truth((int)kind, about, 2, &key, e));
    if (!nonce && blob_read(b, key.hash, recall_info, &r)) {
        return hold_against_clock(kind, &r, now, ret, e);
    }
    rev_info info = {.signer = NULL};
    TRY(verify(ev, kind, blob_view(b), q, nonce, now, &info, e));
    note_info(b, &key, &info);
    *ret = info;
    return PADES_OK;
}

static void say(char why[WHY_MAX], const char *text, int64_t when)
{
    char date[TIME_TEXT];
    time_rfc3339(when, date);
    snprintf(why, WHY_MAX, "%s %s", text, date);
}

static verdict judge_revoked(const rev_info *info, const inquiry *q, char why[WHY_MAX])
{
    char date[TIME_TEXT];
    const char *reason = rev_reason_name(info->reason);
    if (info->revoked_at > q->at) {
        return VERDICT_GOOD; /* it was not revoked yet */
    }
    time_rfc3339(info->revoked_at, date);
    snprintf(why, WHY_MAX, "%s %s%s%s%s",
             info->reason == REASON_ON_HOLD ? "on hold since" : "revoked on", date,
             reason ? " (" : "", reason ? reason : "", reason ? ")" : "");
    return VERDICT_REVOKED;
}

/* clause: RFC6960#4.4.4 archiveCutoff; X.509 expiredCertsOnCRL: who has expired may be left out of
 * answers that do not say how far they reach back */
static bool tells_expired(const rev_info *info, const pades_cert *cert, int64_t now)
{
    int64_t end = pades_cert_not_after(cert);
    return now <= end || info->this_update <= end || info->reaches_back <= end;
}

verdict evidence_judge(const rev_info *info, const inquiry *q, int64_t now, char why[WHY_MAX])
{
    int64_t end = info->next_update ? info->next_update : info->this_update + OPEN_END;
    if (info->state == REV_REVOKED) {
        return judge_revoked(info, q, why);
    }
    if (info->state != REV_GOOD) {
        snprintf(why, WHY_MAX, "it does not know the certificate");
        return VERDICT_NO;
    }
    if (info->this_update > now + REV_CLOCK_SLACK) {
        say(why, "it comes from the future:", info->this_update);
        return VERDICT_NO;
    }
    if (info->this_update < q->at && end < q->at) {
        say(why, "it is out of date since", end);
        return VERDICT_NO;
    }
    if (!tells_expired(info, q->cert, now)) {
        snprintf(why, WHY_MAX,
                 "the certificate has expired, and the answer does not say that it still covers it "
                 "(archive cutoff, expiredCertsOnCRL)");
        return VERDICT_NO;
    }
    if (info->this_update < q->fresh) {
        say(why, "it is older than the timestamp: of", info->this_update);
        return VERDICT_OLD;
    }
    return VERDICT_GOOD;
}
