/* The chain of a certificate out of a heap of others, by names and by the signature of each step.
 * Nothing is trusted here: it is what goes into the CMS, in order. */
#include "pki/cert_impl.h"

#include "base/fail.h"
#include "base/mem.h"
#include "pki/ossl.h"
#include "pki/signed.h"

enum { PATH_MAX_CERTS = 16 };

bool cert_signed_by(const pades_cert *cert, const pades_cert *issuer)
{
    if (!span_eq(cert_issuer_der(cert), cert_subject_der(issuer))) {
        return false;
    }
    pades_status status = signed_by(cert, issuer, NULL);
    if (status != PADES_ALGORITHM) {
        return status == PADES_OK;
    }
    /* not one of those that evidence may have: an old root's, say */
    AUTO_VAL(ossl_scope) scope = ossl_enter();
    X509 *x = cert_x509(cert);
    EVP_PKEY *key = cert_key(issuer);
    return x && key && X509_verify(x, key) == 1;
}

typedef struct chain {
    const pades_cert *certs[PATH_MAX_CERTS];
    size_t n;
} chain;

static bool chain_has(const chain *c, const pades_cert *cert)
{
    for (size_t i = 0; i < c->n; i++) {
        if (cert_same(c->certs[i], cert)) {
            return true;
        }
    }
    return false;
}

/* The issuer of the last certificate; of several (cross-certified) the one that lasts longest. */
static const pades_cert *find_issuer(const chain *c, const pades_cert *const *pool, size_t n)
{
    const pades_cert *last = c->certs[c->n - 1];
    const pades_cert *best = NULL;
    for (size_t i = 0; i < n; i++) {
        bool better = !best || pades_cert_not_after(pool[i]) > pades_cert_not_after(best);
        if (better && !chain_has(c, pool[i]) && cert_signed_by(last, pool[i])) {
            best = pool[i];
        }
    }
    return best;
}

static chain build(const pades_cert *leaf, const pades_cert *const *pool, size_t n)
{
    chain c = {.certs = {leaf}, .n = 1};
    while (c.n < PATH_MAX_CERTS) {
        if (cert_signed_by(c.certs[c.n - 1], c.certs[c.n - 1])) {
            c.n -= c.n > 1 ? 1 : 0; /* a root: validators have it or do not trust it */
            break;
        }
        const pades_cert *issuer = find_issuer(&c, pool, n);
        if (!issuer) {
            break;
        }
        c.certs[c.n++] = issuer;
    }
    return c;
}

pades_status path_order(const pades_cert *leaf, const pades_cert *const *pool, size_t n,
                        pades_cert ***ret, size_t *ret_n, pades_error **e)
{
    chain c = build(leaf, pool, n);
    pades_cert **copies = mem_array(c.n, sizeof(pades_cert *));
    if (!copies) {
        return fail_memory(e);
    }
    for (size_t i = 0; i < c.n; i++) {
        pades_status status = cert_ref(c.certs[i], &copies[i], e);
        if (status != PADES_OK) {
            certs_free(copies, i);
            return status;
        }
    }
    *ret = copies;
    *ret_n = c.n;
    return PADES_OK;
}
