/* See decades.h. Revocation is asked for after the timestamp, which it must not be older than. */
#include "sign/decades.h"

#include "base/fail.h"
#include "base/mem.h"
#include "base/timefmt.h"
#include "pki/evidence.h"
#include "pki/tried.h"

#include <stdio.h>

enum { CERTS_MAX = 16 };

void decades_free(decades *d)
{
    layers_free(d->layers);
    layers_stamped_free(&d->stamped);
    *d = (decades){.stamped = {.verified = {.warnings = BUF(0)}}};
}

pades_status decades_evidence(pades_ctx *ctx, const pades_sign_opts *o, evidence **ret,
                              pades_error **e)
{
    const evidence_plan plan = {.offline = o->offline,
                                .ocsp_url = o->ocsp_url,
                                .prefer_crl = o->prefer_crl,
                                .allow_cached = o->allow_cached,
                                .wait_fresh = o->wait_fresh,
                                .control = o->control};
    AUTO(evidence) *ev = NULL;
    TRY(evidence_new(ctx, &plan, &ev, e));
    for (size_t i = 0; i < o->certs_n; i++) {
        TRY(evidence_offer_cert(ev, o->certs[i], e));
    }
    *ret = TAKE(ev);
    return PADES_OK;
}

static pades_status new_evidence(const pades_session *s, evidence **ret, pades_error **e)
{
    AUTO(evidence) *ev = NULL;
    TRY(decades_evidence(s->ctx, s->opts, &ev, e));
    for (size_t i = 0; i < s->certs_n; i++) {
        TRY(evidence_offer_cert(ev, s->certs[i], e));
    }
    *ret = TAKE(ev);
    return PADES_OK;
}

bool decades_is_missing(pades_status status)
{
    return status == PADES_REVOCATION_MISSING || status == PADES_TRY_LATER ||
           status == PADES_SERVICE_FAILED || status == PADES_SERVICE_REFUSED ||
           status == PADES_TIMEOUT;
}

bool decades_is_unstamped(pades_status status)
{
    return decades_is_missing(status) || status == PADES_TIMESTAMP_INVALID;
}

static pades_status add_warnings(buf *to, const buf *lines, pades_error **e)
{
    TRY(buf_check(lines, "warnings", e));
    buf_add(to, lines->p, lines->n);
    return buf_check(to, "warnings", e);
}

/* `own` says what is missing, down to each source that was tried. */
static pades_status lower(pades_session *s, const char *what, pades_status status, bool missing,
                          pades_error **own, pades_error **e)
{
    if (!s->opts->allow_partial || !missing) {
        if (e) {
            *e = TAKE(*own);
        }
        return status;
    }
    AUTO_VAL(buf) line = BUF(64 << 10);
    AUTO(mem_text) *why = error_line(*own);
    buf_addf(&line, "%s: %s", what, why && *why ? why : pades_status_name(status));
    buf_add_byte(&line, '\0');
    TRY(buf_check(&line, "warnings", e));
    session_warn(s, (const char *)line.p);
    return PADES_OK;
}

pades_status decades_check_signer(pades_session *s, pades_error **e)
{
    AUTO(evidence) *ev = NULL;
    AUTO(pades_error) *own = NULL;
    if (s->level < PADES_LEVEL_LT) {
        return PADES_OK;
    }
    const evidence_need need = {.leaf = s->certs[0], .purpose = PATH_ANY, .at = s->time};
    TRY(new_evidence(s, &ev, e));
    pades_status status = evidence_cover(ev, &need, &own);
    if (status == PADES_OK) {
        return PADES_OK;
    }
    return lower(s, "the signer's status is not known", status, decades_is_missing(status), &own,
                 e);
}

static pades_status items_of(const evidence *ev, evidence_kind kind, span **ret, size_t *ret_n,
                             pades_error **e)
{
    size_t n = evidence_count(ev, kind);
    *ret = mem_array(n + 1, sizeof(span));
    if (!*ret) {
        return fail_memory(e);
    }
    for (size_t i = 0; i < n; i++) {
        const view item = evidence_item(ev, kind, i);
        if (item.home) { /* in the signed attributes it would be held in memory, several times */
            (void)fail(e, PADES_LIMIT, "a revocation list of %zu bytes is too large to be signed",
                       item.s.n);
            error_hint(e, "ask OCSP responders first, or use the usual --sub-filter, which stores "
                          "it beside the signature");
            return PADES_LIMIT;
        }
        (*ret)[i] = item.s;
    }
    *ret_n = n;
    return PADES_OK;
}

static pades_status write_archive(const evidence *ev, buf *out, pades_error **e)
{
    span *crls = NULL, *ocsps = NULL;
    size_t crls_n = 0, ocsps_n = 0;
    buf_clear(out);
    pades_status status = items_of(ev, EVIDENCE_CRL, &crls, &crls_n, e);
    if (status == PADES_OK) {
        status = items_of(ev, EVIDENCE_OCSP, &ocsps, &ocsps_n, e);
    }
    if (status == PADES_OK) {
        status = cms_archive_write(crls, crls_n, ocsps, ocsps_n, out, e);
    }
    mem_free(crls);
    mem_free(ocsps);
    return status;
}

static bool has_cert(const pades_session *s, span der)
{
    for (size_t i = 0; i < s->certs_n; i++) {
        if (span_eq(cert_der(s->certs[i]), der)) {
            return true;
        }
    }
    return false;
}

/* Behind the chain, so that the order of that stays. */
static pades_status add_certs(pades_session *s, const evidence *ev, pades_error **e)
{
    size_t n = evidence_count(ev, EVIDENCE_CERT);
    pades_cert **grown = mem_array(s->certs_n + n, sizeof(*grown));
    if (!grown) {
        return fail_memory(e);
    }
    memcpy(grown, s->certs, s->certs_n * sizeof(*grown));
    mem_free(s->certs);
    s->certs = grown;
    for (size_t i = 0; i < n && s->certs_n < CERTS_MAX; i++) {
        span der = evidence_item(ev, EVIDENCE_CERT, i).s;
        if (!has_cert(s, der)) {
            TRY(pades_cert_new_der(der.p, der.n, &s->certs[s->certs_n], e));
            s->certs_n++;
        }
    }
    return PADES_OK;
}

pades_status decades_archive(pades_session *s, pades_error **e)
{
    char line[128];
    char when[TIME_TEXT];
    AUTO(evidence) *ev = NULL;
    const evidence_need need = {.leaf = s->certs[0], .purpose = PATH_ANY, .at = s->time};
    if (!s->adbe) {
        return PADES_OK;
    }
    TRY(new_evidence(s, &ev, e));
    TRY(evidence_cover(ev, &need, e));
    TRY(write_archive(ev, &s->archive, e));
    TRY(add_certs(s, ev, e));
    TRY(add_warnings(&s->warnings, evidence_warnings(ev), e));
    time_rfc3339(s->time, when);
    snprintf(line, sizeof line,
             "the revocation data that are signed were gathered at %s, before the signature", when);
    session_warn(s, line);
    return PADES_OK;
}

static pades_status offer_token(evidence *ev, span token, pades_error **e)
{
    AUTO_VAL(cms_signed_data) cms = {0};
    TRY(cms_parse(token, &cms, e));
    for (size_t i = 0; i < cms.certs_n; i++) {
        TRY(evidence_offer(ev, EVIDENCE_CERT, cms.certs[i], false, e));
    }
    return PADES_OK;
}

static pades_status gather(const pades_session *s, evidence *ev, pades_error **e)
{
    const int64_t at = s->stamp.verified.time;
    const evidence_need needs[] = {
        {s->certs[0], PATH_ANY, at, at, s->stamp.since, 0},
        {s->stamp.verified.signer, PATH_TIMESTAMP, at, at, s->stamp.since, 0}};
    TRY(offer_token(ev, buf_span(&s->stamp.token), e));
    for (size_t i = 0; i < ARRAY_LEN(needs); i++) {
        TRY(evidence_cover(ev, &needs[i], e));
    }
    return PADES_OK;
}

static pades_status lay_seal(pades_session *s, layers **ret, pades_error **e)
{
    TRY(layers_new(s->ctx, s->source, s->at_end, s->digest, s->opts->control, ret, e));
    layers_offline(*ret, s->opts->offline);
    TRY(layers_agreed(*ret, s->seal.touched, s->seal.touched_n, e));
    return layers_add(*ret, &s->seal, e);
}

static pades_status stamp_all(pades_session *s, decades *d, pades_error **e)
{
    AUTO(pades_error) *own = NULL;
    if (s->level < PADES_LEVEL_LTA) {
        return PADES_OK;
    }
    pades_status status =
        layers_stamp(d->layers, s->opts->tsas, s->opts->tsas_n, &d->stamped, &own);
    if (status == PADES_OK) {
        d->have_stamp = true;
        d->reached = PADES_LEVEL_LTA;
        return PADES_OK;
    }
    return lower(s, "level lta is not reached, but lt", status, decades_is_unstamped(status), &own,
                 e);
}

static pades_status lay_all(pades_session *s, decades *d, pades_error **e)
{
    AUTO(evidence) *ev = NULL;
    AUTO(pades_error) *own = NULL;
    TRY(new_evidence(s, &ev, e));
    TRY(lay_seal(s, &d->layers, e));
    pades_status status = gather(s, ev, &own);
    if (status != PADES_OK) {
        return lower(s, "level lt is not reached, but t", status, decades_is_missing(status), &own,
                     e);
    }
    TRY(add_warnings(&s->warnings, evidence_warnings(ev), e));
    TRY(layers_dss(d->layers, ev, s->opts->vri, e));
    d->reached = PADES_LEVEL_LT;
    TRY(stamp_all(s, d, e));
    return add_warnings(&s->warnings, layers_warnings(d->layers), e);
}

pades_status decades_add(pades_session *s, decades *ret, pades_error **e)
{
    ret->reached = s->level < PADES_LEVEL_LT ? s->level : PADES_LEVEL_T;
    return s->level < PADES_LEVEL_LT ? PADES_OK : lay_all(s, ret, e);
}
