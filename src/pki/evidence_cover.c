/* See evidence.h: the paths of a certificate, and what is said when it has none that is whole. */
#include "pki/evidence_impl.h"

#include "base/escape.h"
#include "base/mem.h"

enum { PATHS_MAX = 4 };

static bool is_judgement(pades_status status)
{
    return status == PADES_CERT_REVOKED || status == PADES_REVOCATION_MISSING;
}

/* All are asked, so that all failures are told at once. One that is revoked outweighs the rest. */
pades_status evidence_cover_path(evidence *ev, const cert_path *path, inquiry q, failures *ret,
                                 pades_error **e)
{
    pades_status worst = PADES_OK;
    *ret = (failures){.n = 0};
    for (size_t i = 0; i < path->n; i++) {
        TRY(evidence_need_cert(ev, path->at[i], e));
    }
    for (size_t i = 0; i + 1 < path->n; i++) {
        cert_status *s = NULL;
        q.cert = path->at[i];
        q.issuer = path->at[i + 1];
        pades_status status = evidence_status(ev, &q, &s, e);
        q.fresh = 0; /* of the leaf only */
        q.since = (instant){q.newer, 0};
        if (status == PADES_OK) {
            continue;
        }
        if (!is_judgement(status)) {
            return status;
        }
        ret->at[ret->n++] = s;
        worst = worst == PADES_CERT_REVOKED ? worst : status;
    }
    return worst;
}

static const char *sources_of(const evidence *ev, cert_status *s)
{
    const char *sources = tried_text(&s->failed);
    if (*sources) {
        return sources;
    }
    return ev->plan.offline ? "the folder holds no OCSP answer and no CRL about it"
                            : "it names neither an OCSP responder nor a CRL";
}

static void tell_one(const evidence *ev, cert_status *s, pades_status status, pades_error **e)
{
    AUTO(mem_text) *name = escape_text(span_str(pades_cert_common_name(s->cert)), 200);
    (void)fail(e, status, "'%s' (serial number %.80s): %s", name ? name : "?",
               pades_cert_serial(s->cert), sources_of(ev, s));
    if (s->failed.hint) {
        (void)error_hint(e, "%s", s->failed.hint);
    }
}

static pades_status tell_revoked(const evidence *ev, const evidence_need *need, const failures *f,
                                 pades_error **e)
{
    bool itself = false;
    for (size_t i = f->n; i > 0; i--) {
        if (f->at[i - 1]->state == STATUS_REVOKED) {
            tell_one(ev, f->at[i - 1], PADES_CERT_REVOKED, e);
            itself = cert_same(f->at[i - 1]->cert, need->leaf);
        }
    }
    fail_wrap(e, PADES_CERT_REVOKED, "%s",
              itself ? "the certificate is revoked" : "a certificate of the chain is revoked");
    error_hint(e, "a signature with it has no value: ask its issuer for a new certificate");
    error_clause(e, "RFC5280#6.3");
    return PADES_CERT_REVOKED;
}

static pades_status tell_missing(const evidence *ev, const failures *f, pades_error **e)
{
    bool later = true;
    for (size_t i = 0; i < f->n; i++) {
        later = later && f->at[i]->failed.later;
    }
    pades_status status = later ? PADES_TRY_LATER : PADES_REVOCATION_MISSING;
    for (size_t i = f->n; i > 0; i--) {
        tell_one(ev, f->at[i - 1], status, e);
    }
    if (f->n == 1) {
        fail_wrap(e, status, "no usable answer tells the status of a certificate");
    } else {
        fail_wrap(e, status, "no usable answers tell the status of %zu certificates", f->n);
    }
    if (e && *e && !pades_error_hint(*e)) {
        error_hint(e, "%s",
                   ev->plan.offline ? "put an OCSP answer or a CRL about it into the folder"
                   : later          ? "try again later"
                                    : "the addresses come from the certificates; their issuer can "
                                      "tell whether the services run");
    }
    return status;
}

static pades_status tell(const evidence *ev, const evidence_need *need, pades_status status,
                         const failures *f, pades_error **e)
{
    return status == PADES_CERT_REVOKED ? tell_revoked(ev, need, f, e) : tell_missing(ev, f, e);
}

/* A cross-certificate may lead past a certificate of the chain that is revoked or silent, but never
 * past the leaf itself. */
static bool another_may_help(const evidence_need *need, const failures *f)
{
    return f->n > 0 && !cert_same(f->at[0]->cert, need->leaf);
}

static instant since_of(const evidence_need *need)
{
    const int64_t least = need->fresh > need->newer ? need->fresh : need->newer;
    return need->since.time ? need->since : (instant){least, 0};
}

/* The path number `skip`, covered. *ret_more: it failed, and another may do better. */
static pades_status cover_with(evidence *ev, const evidence_need *need, size_t skip, failures *ret,
                               bool *ret_more, pades_error **e)
{
    cert_path path;
    const inquiry q = {
        .at = need->at,
        .fresh = need->fresh,
        .newer = ev->plan.offline ? 0 : need->newer,
        .since = since_of(need),
    };
    TRY(issuers_path(ev->is, need->leaf, need->purpose, need->at, skip, &path, e));
    pades_status status = evidence_cover_path(ev, &path, q, ret, e);
    *ret_more = is_judgement(status) && another_may_help(need, ret);
    return status;
}

pades_status evidence_cover(evidence *ev, const evidence_need *need, pades_error **e)
{
    failures first;
    bool more = false;
    ev->signers = 0;
    pades_status worst = cover_with(ev, need, 0, &first, &more, e);
    if (!is_judgement(worst)) {
        return worst;
    }
    for (size_t skip = 1; more && skip < PATHS_MAX; skip++) {
        failures f;
        pades_error *why = NULL;
        pades_status status = cover_with(ev, need, skip, &f, &more, &why);
        if (status == PADES_OK) {
            return PADES_OK;
        }
        if (ends_everything(ev->plan.control, status) && e) {
            *e = why;
            return status;
        }
        pades_error_free(why);
        more = more && is_judgement(status);
    }
    return tell(ev, need, worst, &first, e);
}
