/* Do they fit? The message digest is that of the bytes covered, the signature is of the
 * certificate's key, ESS names that certificate, and timestamps are of what they should be. Then
 * when each is proved to have existed. clause: RFC5652#5.4, #5.6 message digest and signature,
 * EN319142-1#5.4.3 the imprint */
#include "sign/existing.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"

static pades_status broken(const existing_signature *s, const char *why, pades_error **e)
{
    (void)fail(e, PADES_DOC_SIGNATURE_BROKEN, "the %s in '%s' is broken: %s",
               s->is_timestamp ? "document timestamp" : "signature", s->shown, why);
    error_hint(e, "nothing was written: nothing that is added would mend it");
    return PADES_DOC_SIGNATURE_BROKEN;
}

/* A judgement about the document, whatever the check called it; lack of memory stays what it is. */
static pades_status judged(const existing_signature *s, pades_status status, const char *why,
                           pades_error **e)
{
    if (status == PADES_OK || status == PADES_NO_MEMORY) {
        return status;
    }
    if (status == PADES_ALGORITHM) {
        return fail_wrap(e, PADES_DOC_UNSUPPORTED, "the signature in '%s' cannot be checked",
                         s->shown);
    }
    error_clear(e);
    return broken(s, why, e);
}

/* clause: RFC5652#5.4 the signature is over the DER of the attributes as a SET */
static pades_status check_signature(const existing_signature *s, pades_error **e)
{
    const cms_signer_info *si = &s->cms.signer;
    AUTO_VAL(buf) tbs = BUF(si->signed_attrs.n + 1);
    buf_add_byte(&tbs, DER_SET);
    buf_add_span(&tbs, span_part(si->signed_attrs, 1, si->signed_attrs.n));
    TRY(buf_check(&tbs, "signed attributes", e));
    if (!span_eq(si->message_digest, span_of(s->hash, pades_digest_size(s->alg)))) {
        return broken(s, "the document was changed after it was made", e);
    }
    pades_status status = si->odd_salt ? cms_verify_salted(s->signer, si->digest, si->odd_salt - 1,
                                                           buf_span(&tbs), si->signature, e)
                                       : cms_verify_signature(s->signer, si->scheme, si->digest,
                                                              buf_span(&tbs), si->signature, e);
    return judged(s, status, "it was not made with the key of its certificate", e);
}

/* The certificate is the one that was signed with it. */
static pades_status check_ess(const existing_signature *s, pades_error **e)
{
    uint8_t hash[DIGEST_MAX];
    const cms_signer_info *si = &s->cms.signer;
    if (si->signing_cert_digest == PADES_DIGEST_DEFAULT) {
        return PADES_OK; /* none, or by SHA-1 */
    }
    TRY(digest_once(si->signing_cert_digest, cert_der(s->signer), hash, e));
    return span_eq(si->signing_cert_hash, span_of(hash, pades_digest_size(si->signing_cert_digest)))
               ? PADES_OK
               : broken(s, "its attributes name another certificate", e);
}

static void warn(existing *all, const existing_signature *s, const char *what,
                 const pades_error *why)
{
    buf_addf(&all->warnings, "%s in '%s' is no good and counts as none: %s", what, s->shown,
             why ? pades_error_message(why) : "");
    buf_add_byte(&all->warnings, 0);
}

static pades_digest imprint_digest(span token)
{
    tsp_token t;
    return tsp_token_parse(token, &t, NULL) == PADES_OK ? t.digest : PADES_DIGEST_DEFAULT;
}

/* The signature timestamp of a signature: a bad one is not the signature's fault. */
static pades_status check_stamp(pades_ctx *ctx, existing *all, existing_signature *s,
                                pades_error **e)
{
    bool sound = false;
    uint8_t imprint[DIGEST_MAX];
    span token = s->cms.signer.timestamp;
    AUTO(pades_error) *why = NULL;
    AUTO_VAL(tsp_verified) v = {.warnings = BUF(0)};
    pades_digest alg = token.n > 0 ? imprint_digest(token) : PADES_DIGEST_DEFAULT;
    if (token.n == 0) {
        return PADES_OK;
    }
    if (alg == PADES_DIGEST_DEFAULT) {
        (void)fail(&why, PADES_ALGORITHM, "its imprint is not of SHA-2");
        warn(all, s, "the timestamp of the signature", why);
        return PADES_OK;
    }
    TRY(digest_once(alg, s->cms.signer.signature, imprint, e));
    pades_status status = tsp_token_check(ctx, token, alg, imprint, &v, &sound, &why);
    if (status == PADES_NO_MEMORY) {
        return fail_memory(e);
    }
    if (status != PADES_OK) {
        warn(all, s, "the timestamp of the signature", why);
        return PADES_OK;
    }
    s->signed_stamp = v.time;
    s->authority = TAKE(v.signer);
    return PADES_OK;
}

static pades_status check_timestamp(pades_ctx *ctx, existing *all, existing_signature *s,
                                    pades_error **e)
{
    bool sound = false;
    AUTO(pades_error) *why = NULL;
    AUTO_VAL(tsp_verified) v = {.warnings = BUF(0)};
    pades_status status = tsp_token_check(ctx, s->token.der, s->alg, s->hash, &v, &sound, &why);
    if (status == PADES_NO_MEMORY) {
        return fail_memory(e);
    }
    if (status != PADES_OK && !sound) {
        return broken(s, why ? pades_error_message(why) : "it cannot be checked", e);
    }
    if (status != PADES_OK) {
        warn(all, s, "the document timestamp", why);
        s->is_unusable = true;
        return PADES_OK;
    }
    s->own_time = v.time;
    s->signer = TAKE(v.signer);
    return PADES_OK;
}

const existing_signature *existing_cover(const existing *all, const existing_signature *s)
{
    for (size_t i = 0; i < all->n; i++) {
        const existing_signature *by = &all->items[i];
        if (by != s && by->is_timestamp && !by->is_unusable &&
            s->range[2] + s->range[3] <= by->range[1]) {
            return by;
        }
    }
    return NULL;
}

/* The earliest proof: its own timestamp, or the first document timestamp that covers it. */
static int64_t best_time(const existing *all, const existing_signature *s)
{
    const existing_signature *by = existing_cover(all, s);
    int64_t covered = by ? by->own_time : 0;
    int64_t own = s->signed_stamp;
    return own == 0 || (covered != 0 && covered < own) ? covered : own;
}

pades_status existing_check(pades_ctx *ctx, existing *all, pades_error **e)
{
    for (size_t i = 0; i < all->n; i++) {
        existing_signature *s = &all->items[i];
        if (s->is_timestamp) {
            TRY(check_timestamp(ctx, all, s, e));
            continue;
        }
        TRY(check_signature(s, e));
        TRY(check_ess(s, e));
        TRY(check_stamp(ctx, all, s, e));
    }
    for (size_t i = 0; i < all->n; i++) {
        all->items[i].best_time = best_time(all, &all->items[i]);
    }
    return buf_check(&all->warnings, "warnings", e);
}
