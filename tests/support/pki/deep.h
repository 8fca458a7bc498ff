/* The PKIs of three levels, beside the one of two in profiles.c. PKI is p384, rsa or pss:
 *
 *   PKI-root                     20 years; its own OCSP answers (/ocsp-direct), CRL
 *     PKI-policy                 status: OCSP of the root, CRL
 *       PKI-issuing, PKI-tsa-ca, PKI-tsa-ca-2 (from year 2 on)     status: CRL of PKI-policy alone
 *         PKI-seal               3 years; status: OCSP (PKI-ocsp, nocheck), CRL
 *         PKI-tsa                until year 4; status: OCSP (PKI-tsa-ocsp, no nocheck: its own
 * status is in the CRL), CRL PKI-tsa-2              of PKI-tsa-ca-2, from year 2.5 on; OCSP
 * (PKI-tsa-ocsp-2, nocheck), CRL PKI-ocsp-2             the next responder, from year 2.5 on
 *
 * p384 signs with ECDSA on P-384, rsa with RSA-3072 and PKCS#1 v1.5, pss with RSA-3072 and
 * RSASSA-PSS. p384 has further ends: see deep.c. */
#ifndef PADES_SUPPORT_DEEP_H
#define PADES_SUPPORT_DEEP_H

#include "pki/profiles.h"

extern const struct cert_spec deep_specs[]; /* p384 and what hangs on it */
extern const size_t deep_spec_count;
extern const struct cert_spec deep_rsa_specs[]; /* rsa and pss */
extern const size_t deep_rsa_spec_count;
extern const char *const deep_sections[]; /* ends with NULL */

#endif
