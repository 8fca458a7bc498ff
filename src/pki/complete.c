/* A chain made longer by what its certificates say about their issuers (caIssuers, RFC 5280
 * 4.2.2.1), for a CMS that brings all of it. Nothing is trusted here; who is not found is a
 * warning. */
#include "pki/issuers_impl.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"

static bool has(pades_cert *const *chain, size_t n, const pades_cert *cert)
{
    for (size_t i = 0; i < n; i++) {
        if (cert_same(chain[i], cert)) {
            return true;
        }
    }
    return false;
}

/* Validators have roots and anchors, or do not trust them. */
static bool is_end(issuers *is, const pades_cert *last)
{
    if (issuers_is_anchor(is, last) || issuers_signed(is, last, last)) {
        return true;
    }
    for (size_t i = 0; i < is->anchors_n; i++) {
        if (issuers_signed(is, last, is->anchors[i])) {
            return true;
        }
    }
    return false;
}

static const pades_cert *in_pool(issuers *is, const pades_cert *last)
{
    size_t n = 0;
    const pades_cert *const *pool = issuers_pool(is, &n);
    for (size_t i = 0; i < n; i++) {
        if (issuers_signed(is, last, pool[i])) {
            return pool[i];
        }
    }
    return NULL;
}

static pades_status find_above(issuers *is, const pades_cert *last, const pades_cert **ret,
                               pades_error **e)
{
    bool found = false;
    *ret = in_pool(is, last);
    if (*ret) {
        return PADES_OK;
    }
    TRY(issuers_fetch(is, last, &found, e));
    *ret = found ? in_pool(is, last) : NULL;
    return PADES_OK;
}

static void warn(issuers *is, const pades_cert *last, buf *warnings)
{
    AUTO(mem_text) *issuer = escape_text(span_str(pades_cert_issuer(last)), 300);
    const char *why = "the certificate names no address of its issuer";
    for (size_t i = 0; i < is->asked_n; i++) {
        if (is->asked[i].cert == last && is->asked[i].failed.n > 0) {
            why = tried_text(&is->asked[i].failed);
        }
    }
    buf_addf(warnings, "the chain of the signer ends below '%s': %s", issuer ? issuer : "?", why);
    buf_add_byte(warnings, 0);
}

static pades_status append(pades_cert ***chain, size_t *n, const pades_cert *cert, pades_error **e)
{
    pades_cert **longer = mem_resize(*chain, (*n + 1) * sizeof(pades_cert *));
    if (!longer) {
        return fail_memory(e);
    }
    *chain = longer;
    TRY(cert_ref(cert, &longer[*n], e));
    (*n)++;
    return PADES_OK;
}

pades_status issuers_complete(asking *by, pades_cert ***chain, size_t *n, buf *warnings,
                              pades_error **e)
{
    AUTO(issuers) *is = NULL;
    TRY(issuers_new(by, false, &is, e));
    while (*n < PATH_CERTS && !is_end(is, (*chain)[*n - 1])) {
        const pades_cert *above = NULL;
        TRY(find_above(is, (*chain)[*n - 1], &above, e));
        if (!above) {
            warn(is, (*chain)[*n - 1], warnings);
            return PADES_OK;
        }
        if (issuers_signed(is, above, above) || has(*chain, *n, above)) {
            return PADES_OK;
        }
        TRY(append(chain, n, above, e));
    }
    return PADES_OK;
}
