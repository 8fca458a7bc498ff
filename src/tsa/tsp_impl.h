/* Between the tsp_*.c files. */
#ifndef TSA_TSP_IMPL_H
#define TSA_TSP_IMPL_H

#include "tsa/tsp.h"

#define OID_TST_INFO "1.2.840.113549.1.9.16.1.4"

/* cms_parse of a token: nothing after it, TSTInfo inside. */
pades_status tsp_token_cms(span der, cms_signed_data *ret, pades_error **e) MUST_USE;
/* The TSTInfo of the token `der` that was parsed to *s. */
pades_status tsp_token_info(span der, const cms_signed_data *s, tsp_token *ret,
                            pades_error **e) MUST_USE;
/* messageImprint's or an ESSCertIDv2's algorithm: the digest, or PADES_DIGEST_DEFAULT when unknown.
 */
pades_digest tsp_digest_of_oid(const char *oid);
const char *tsp_oid_of_digest(pades_digest alg);

#endif
