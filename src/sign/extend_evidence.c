/* Which certificates have to be shown to have been good, and at what time: the signer's when the
 * signature is proved to have existed; an authority's when something later proves its timestamp,
 * else now. An answer has to be newer than what it is about (freshness), unless a document
 * timestamp that is there already has fixed what was good enough then. clause: EN319142-1#6.3
 * validation data for signer, timestamps and those who vouch for them */
#include "sign/extend_impl.h"

#include "base/fail.h"
#include "base/mem.h"
#include "cms/oids.h"
#include "pdf/dss.h"
#include "sign/decades.h"
#include "tsa/tsp_impl.h"

enum {
    LINE_MAX_BYTES = 16 << 10,
    OF_NOW = 600, /* seconds: a status so old is asked for again before lta is renewed */
};

static pades_status offer_certs(extending *x, const cms_signed_data *cms, pades_error **e)
{
    for (size_t i = 0; i < cms->certs_n; i++) {
        TRY(evidence_offer(x->ev, EVIDENCE_CERT, cms->certs[i], false, e));
    }
    return PADES_OK;
}

/* What signatures that are no PAdES bring with them. */
static pades_status offer_archived(void *user, bool is_crl, span der, pades_error **e)
{
    const extending *x = user;
    return evidence_offer(x->ev, is_crl ? EVIDENCE_CRL : EVIDENCE_OCSP, der, false, e);
}

/* Tokens are parsed already: what cannot be read again brings nothing. */
static pades_status offer_token(extending *x, span token, pades_error **e)
{
    AUTO_VAL(cms_signed_data) cms = {0};
    if (token.n == 0 || tsp_token_cms(token, &cms, NULL) != PADES_OK) {
        return PADES_OK;
    }
    return offer_certs(x, &cms, e);
}

static pades_status offer_store(extending *x, pades_error **e)
{
    static const evidence_kind kinds[PDF_DSS_KINDS] = {EVIDENCE_CERT, EVIDENCE_OCSP, EVIDENCE_CRL};
    pdf_file *f = NULL;
    AUTO_VAL(pdf_dss) dss = {.warnings = BUF(0)};
    TRY(layers_open(x->l, &f, e));
    TRY(pdf_dss_read(f, &dss, e));
    for (size_t k = 0; k < PDF_DSS_KINDS; k++) {
        for (size_t i = 0; i < dss.lists[k].n; i++) {
            view item = bulk_view(&dss.lists[k].items[i].data);
            if (item.s.n > 0) {
                TRY(evidence_offer_view(x->ev, kinds[k], item, true, e));
            }
        }
    }
    return result_add_warnings(x->r, &dss.warnings, e);
}

static pades_status offer_all(extending *x, pades_error **e)
{
    TRY(offer_store(x, e));
    for (size_t i = 0; i < x->all.n; i++) {
        const existing_signature *s = &x->all.items[i];
        TRY(offer_certs(x, &s->cms, e));
        TRY(offer_token(x, s->cms.signer.timestamp, e));
        TRY(cms_archive_each(cms_signed_attribute(&s->cms.signer, OID_REVOCATION_ARCHIVE),
                             offer_archived, x, e));
    }
    TRY(offer_token(x, buf_span(&x->first.token), e));
    return PADES_OK;
}

pades_status extend_warn(extending *x, const char *what, const pades_error *why, pades_error **e)
{
    AUTO_VAL(buf) line = BUF(2 * LINE_MAX_BYTES);
    AUTO(mem_text) *reasons = error_line(why); /* too many: the first words will do */
    buf_addf(&line, "%s%s%s", what, reasons && *reasons ? ": " : "", reasons ? reasons : "");
    buf_add_byte(&line, 0);
    return result_add_warnings(x->r, &line, e);
}

/* One certificate. What may be missing becomes a warning. */
static pades_status cover(extending *x, const evidence_need *need, bool *whole, pades_error **e)
{
    AUTO(pades_error) *why = NULL;
    pades_status status = evidence_cover(x->ev, need, &why);
    if (status == PADES_OK) {
        return PADES_OK;
    }
    if (!x->j.opts->allow_partial || !decades_is_missing(status)) {
        if (e) {
            *e = TAKE(why);
        }
        return status;
    }
    *whole = false;
    return extend_warn(x, "the level that was asked for is not reached", why, e);
}

/* When something later proves that `s` existed. */
static int64_t proved_at(const extending *x, const existing_signature *s)
{
    const existing_signature *by = existing_cover(&x->all, s);
    if (by) {
        return by->own_time;
    }
    return x->first.field ? x->first.time : ctx_now(x->j.ctx);
}

/* What nothing later proves stands and falls with its unit's certificate today: it is asked for
 * anew before a timestamp is laid over it, which would only hide a revocation that is known by now.
 * clause: EN319142-1#6.3 the data are gathered before the next document time-stamp */
static int64_t newer_than(const extending *x, bool fixed)
{
    return !fixed && x->wanted >= PADES_LEVEL_LTA ? ctx_now(x->j.ctx) - OF_NOW : 0;
}

static pades_status cover_signature(extending *x, const existing_signature *s, bool *whole,
                                    pades_error **e)
{
    bool fixed = existing_cover(&x->all, s) != NULL;
    int64_t best = s->best_time ? s->best_time : x->first.time;
    evidence_need need = {.leaf = s->signer,
                          .purpose = PATH_ANY,
                          .at = best,
                          .fresh = fixed ? 0 : best,
                          .since = s->best_time ? (instant){0, 0} : x->first.since};
    TRY(cover(x, &need, whole, e));
    if (!s->authority) {
        return PADES_OK;
    }
    need = (evidence_need){.leaf = s->authority,
                           .purpose = PATH_TIMESTAMP,
                           .at = proved_at(x, s),
                           .fresh = fixed ? 0 : s->signed_stamp,
                           .newer = newer_than(x, fixed)};
    return cover(x, &need, whole, e);
}

static pades_status cover_timestamp(extending *x, const existing_signature *s, bool *whole,
                                    pades_error **e)
{
    bool fixed = existing_cover(&x->all, s) != NULL;
    const evidence_need need = {.leaf = s->signer,
                                .purpose = PATH_TIMESTAMP,
                                .at = proved_at(x, s),
                                .fresh = fixed ? 0 : s->own_time,
                                .newer = newer_than(x, fixed)};
    return s->is_unusable ? PADES_OK : cover(x, &need, whole, e);
}

pades_status extend_gather(extending *x, bool *ret_whole, pades_error **e)
{
    *ret_whole = true;
    TRY(offer_all(x, e));
    for (size_t i = 0; i < x->all.n; i++) {
        const existing_signature *s = &x->all.items[i];
        TRY(s->is_timestamp ? cover_timestamp(x, s, ret_whole, e)
                            : cover_signature(x, s, ret_whole, e));
    }
    if (x->first.field) {
        const evidence_need need = {.leaf = x->first.authority,
                                    .purpose = PATH_TIMESTAMP,
                                    .at = ctx_now(x->j.ctx),
                                    .fresh = x->first.time,
                                    .since = x->first.since};
        TRY(cover(x, &need, ret_whole, e));
    }
    return result_add_warnings(x->r, evidence_warnings(x->ev), e);
}
