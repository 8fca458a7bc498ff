/* Paths from a certificate to an anchor of the context, built out of a pool of certificates and,
 * where that does not reach, of what the certificates say about their issuers (caIssuers of RFC
 * 5280 4.2.2.1; the address rules for URLs of documents hold). Cross-certificates and several
 * anchors are tried in turn; every bound is small, so that no pool and no server makes it long. */
#ifndef PKI_ISSUERS_H
#define PKI_ISSUERS_H

#include "pki/asking.h"
#include "pki/cert.h"

typedef struct issuers issuers;
enum { PATH_CERTS = 16, POOL_CERTS = 4096 };

/* `by` must outlive it; offline: nothing is fetched. */
pades_status issuers_new(asking *by, bool offline, issuers **ret, pades_error **e) MUST_USE;
void issuers_free(issuers *is);
DEFINE_AUTO(issuers, issuers_free)

/* A certificate for the pool; known ones are not added twice. *ret: the pool's own, which lives as
 * long as the pool does. PADES_LIMIT when the pool is full. */
pades_status issuers_add(issuers *is, const pades_cert *cert, const pades_cert **ret,
                         pades_error **e) MUST_USE;
const pades_cert *const *issuers_pool(const issuers *is, size_t *ret_n);
bool issuers_is_anchor(const issuers *is, const pades_cert *cert);

/* From the certificate (at[0]) to an anchor (at[n - 1]); of the pool or the anchors. */
typedef struct cert_path {
    const pades_cert *at[PATH_CERTS];
    size_t n;
} cert_path;
/* The first path that path_check accepts at `at`, those without the `skip` first ones: 0 for the
 * best. PADES_CERT_INVALID with the reason; when an issuer could not be fetched PADES_TRY_LATER or
 * PADES_SERVICE_FAILED, with what was tried. */
pades_status issuers_path(issuers *is, const pades_cert *leaf, path_purpose purpose, int64_t at,
                          size_t skip, cert_path *ret, pades_error **e) MUST_USE;

/* Makes the chain (*chain[0] the signer's; each signed by the next) longer by fetching issuers, up
 * to one below an anchor or a root. What cannot be had is a line, NUL at its end, in `warnings`. */
pades_status issuers_complete(asking *by, pades_cert ***chain, size_t *n, buf *warnings,
                              pades_error **e) MUST_USE;

#endif
