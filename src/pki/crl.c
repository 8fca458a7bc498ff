/* Is this certificate on that list, and may the list say so? Cheap questions first; the entries are
 * read only after the signature was found good. Clause: RFC 5280 6.3.3. */
#include "pki/crl_impl.h"

static pades_status parse(view der, crl_head *ret, pades_error **e)
{
    if (crl_parse(der, ret)) {
        return PADES_OK;
    }
    fail(e, PADES_SERVICE_FAILED, "not a certificate revocation list in DER");
    error_clause(e, "RFC5280#5.1");
    return PADES_SERVICE_FAILED;
}

static pades_status check_head(const crl_head *h, const pades_cert *cert, int64_t now,
                               pades_error **e)
{
    if (!name_same(h->issuer, cert_issuer_der(cert))) {
        return rev_wrong(e, CRL_WHAT, "RFC5280#6.3.3", "it is of another issuer than '%s' has",
                         pades_cert_common_name(cert));
    }
    /* clause: RFC5280#5.1.2.5 nextUpdate is a must: without it an old list would never be stale */
    if (h->next_update == 0 && now != 0) {
        return rev_wrong(e, CRL_WHAT, "RFC5280#5.1.2.5", "it does not say when the next is due");
    }
    TRY(rev_check_times(h->this_update, h->next_update, now, CRL_WHAT, "RFC5280#5.1.2.5", e));
    return crl_check_scope(h, cert, e);
}

/* ITU-T X.509: ExpiredCertsOnCRL ::= GeneralizedTime */
static pades_status read_reach(const crl_head *h, int64_t *ret, pades_error **e)
{
    cert_ext ext;
    *ret = INT64_MAX;
    if (!cert_ext_find(h->exts, "2.5.29.60", &ext) || (ext.present && !rev_time(ext.value, ret))) {
        return rev_wrong(e, CRL_WHAT, "RFC5280#5.2", "its expiredCertsOnCRL is malformed");
    }
    return PADES_OK;
}

pades_status crl_check(view der, const pades_cert *cert, const pades_cert *issuer,
                       const pades_cert *const *pool, size_t n, int64_t now, rev_info *ret,
                       pades_error **e)
{
    crl_head h;
    crl_entry found;
    int64_t reach = INT64_MAX;
    AUTO(pades_cert) *signer = NULL;
    TRY(parse(der, &h, e));
    TRY(check_head(&h, cert, now, e));
    TRY(read_reach(&h, &reach, e));
    TRY(crl_find_signer(&h, issuer, pool, n, &signer, e));
    TRY(crl_scan(&h, cert_serial_der(cert), &found, e));
    *ret = (rev_info){.state = found.listed ? REV_REVOKED : REV_GOOD,
                      .this_update = h.this_update,
                      .next_update = h.next_update,
                      .revoked_at = found.revoked_at,
                      .reason = found.reason,
                      .reaches_back = reach,
                      .signer = TAKE(signer),
                      .nocheck = false};
    return PADES_OK;
}

bool crl_times(span der, int64_t *ret_this, int64_t *ret_next)
{
    crl_head h;
    if (!crl_parse(view_of(der), &h)) {
        return false;
    }
    *ret_this = h.this_update;
    *ret_next = h.next_update;
    return true;
}

bool crl_issuer(span der, span *ret_name)
{
    crl_head h;
    if (!crl_parse(view_of(der), &h)) {
        return false;
    }
    *ret_name = h.issuer;
    return true;
}
