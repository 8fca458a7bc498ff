/* AlgorithmIdentifiers as we write them. */
#ifndef CMS_ALGS_H
#define CMS_ALGS_H

#include "cms/cms.h"

/* digestAlgorithm: parameters absent (RFC 5754 2). */
void alg_add_digest(buf *out, pades_digest digest);
/* signatureAlgorithm of a SignerInfo; marks the buf failed for an unknown scheme or digest. */
void alg_add_signature(buf *out, pades_scheme scheme, pades_digest digest);
/* Reads an AlgorithmIdentifier's content: its OID as text and what follows it. False when
 * malformed. */
bool alg_read(span content, char oid[64], span *ret_params) MUST_USE;
/* The scheme of a signatureAlgorithm when it agrees with the digestAlgorithm, else 0. */
pades_scheme alg_scheme(const char *oid, span params, pades_digest digest);
/* The salt of RSASSA-PSS parameters, whatever its length; false when the rest of them is not what
 * the digest wants. */
bool alg_pss_salt(span params, pades_digest digest, uint64_t *ret);

#endif
