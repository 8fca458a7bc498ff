/* Who signed a list: the key of the issuer of the certificate, or another key of the same name,
 * which authorities have when they changed their key or sign lists with one apart. A name alone
 * proves nothing, so such a signer must be kin of the issuer. Clause: RFC 5280 6.3.3 f, g. */
#include "pki/crl_impl.h"

enum { TRIES = 8 };

static bool is_kin(const pades_cert *signer, const pades_cert *issuer,
                   const pades_cert *const *pool, size_t n)
{
    span parent = cert_issuer_der(signer);
    if (signed_by(signer, issuer, NULL) == PADES_OK ||
        signed_by(issuer, signer, NULL) == PADES_OK) {
        return true;
    }
    for (size_t i = 0; i < n; i++) { /* octets first: the pool may be large and hostile */
        if (span_eq(parent, cert_subject_der(pool[i])) &&
            signed_by(signer, pool[i], NULL) == PADES_OK &&
            signed_by(issuer, pool[i], NULL) == PADES_OK) {
            return true;
        }
    }
    return false;
}

static pades_status check_usage(const pades_cert *signer, pades_error **e)
{
    return cert_may_sign_crl(signer)
               ? PADES_OK
               : rev_wrong(e, CRL_WHAT, "RFC5280#6.3.3",
                           "its signer '%s' may not sign revocation lists (key usage)",
                           pades_cert_common_name(signer));
}

static pades_status try_one(const crl_head *h, const pades_cert *signer, pades_error **e)
{
    TRY(signed_verify(&h->parts, signer, CRL_WHAT, e));
    return check_usage(signer, e);
}

static bool same_key(const pades_cert *a, const pades_cert *b)
{
    return span_eq(cert_spki(a), cert_spki(b));
}

/* It has the name of an authority; that it is one, or signs lists, must be written in it. */
static bool is_meant_for_lists(const pades_cert *cert)
{
    return cert_may_sign_crl(cert) && (cert->d->usage.has_ku || cert->d->usage.ca);
}

/* Another key of the issuer's name out of the pool; NULL when there is none that fits. */
static const pades_cert *find_kin(const crl_head *h, const pades_cert *issuer,
                                  const pades_cert *const *pool, size_t n)
{
    size_t tried = 0;
    for (size_t i = 0; i < n && tried < TRIES; i++) {
        if (!span_eq(cert_subject_der(pool[i]), cert_subject_der(issuer)) ||
            same_key(pool[i], issuer)) {
            continue;
        }
        tried++;
        if (is_meant_for_lists(pool[i]) && try_one(h, pool[i], NULL) == PADES_OK &&
            is_kin(pool[i], issuer, pool, n)) {
            return pool[i];
        }
    }
    return NULL;
}

pades_status crl_find_signer(const crl_head *h, const pades_cert *issuer,
                             const pades_cert *const *pool, size_t n, pades_cert **ret,
                             pades_error **e)
{
    AUTO(pades_error) *why = NULL;
    pades_status status = try_one(h, issuer, &why);
    const pades_cert *kin = status == PADES_OK ? NULL : find_kin(h, issuer, pool, n);
    if (kin) {
        return cert_ref(kin, ret, e);
    }
    if (status == PADES_OK) {
        *ret = NULL;
    } else if (e) {
        *e = TAKE(why);
    }
    return status;
}
