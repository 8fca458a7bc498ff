/* Telling certificates, OCSP answers and CRLs apart in whatever comes along: files of any name,
 * PEM or DER, bundles, what servers send. Shape alone, nothing is believed here. */
#ifndef PKI_MATERIAL_H
#define PKI_MATERIAL_H

#include "base/spool.h"

typedef enum evidence_kind { EVIDENCE_CERT, EVIDENCE_OCSP, EVIDENCE_CRL } evidence_kind;
enum { EVIDENCE_KINDS = 3 };

/* False when the bytes are none of the three in DER. */
bool material_look(span der, evidence_kind *ret) MUST_USE;

typedef pades_status (*material_fn)(void *user, evidence_kind kind, view der, pades_error **e);
/* Calls `fn` with each piece of a text: one in DER, any number in PEM, the certificates of a
 * PKCS#7 bundle. What is neither is passed over; *ret_n counts the pieces. */
pades_status material_each(view text, material_fn fn, void *user, size_t *ret_n,
                           pades_error **e) MUST_USE;

#endif
