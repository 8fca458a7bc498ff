/* Identifiers and algorithm tables that building and parsing share. */
#ifndef CMS_OIDS_H
#define CMS_OIDS_H

#include "base/der.h"
#include <pades/types.h>

#define OID_DATA "1.2.840.113549.1.7.1"
#define OID_SIGNED_DATA "1.2.840.113549.1.7.2"
#define OID_CONTENT_TYPE "1.2.840.113549.1.9.3"
#define OID_MESSAGE_DIGEST "1.2.840.113549.1.9.4"
#define OID_SIGNING_TIME "1.2.840.113549.1.9.5"
#define OID_SIGNING_CERT "1.2.840.113549.1.9.16.2.12"
#define OID_TIMESTAMP "1.2.840.113549.1.9.16.2.14"
#define OID_REVOCATION_ARCHIVE "1.2.840.113583.1.1.8"
#define OID_COMMITMENT "1.2.840.113549.1.9.16.2.16"
#define OID_SIGNING_CERT_V2 "1.2.840.113549.1.9.16.2.47"
#define OID_RSA "1.2.840.113549.1.1.1"
#define OID_RSA_PSS "1.2.840.113549.1.1.10"
#define OID_MGF1 "1.2.840.113549.1.1.8"

/* NULL, PADES_DIGEST_DEFAULT or 0 for what is not known. */
const char *oid_of_digest(pades_digest digest);
pades_digest digest_of_oid(const char *oid);
const char *oid_of_ecdsa(pades_digest digest);
/* The scheme of an ecdsa-with-SHA* or sha*WithRSAEncryption, and its digest. */
pades_scheme scheme_of_oid(const char *oid, pades_digest *ret_digest);

#endif
