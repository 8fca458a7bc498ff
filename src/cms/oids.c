/* The algorithms of PAdES signatures by their identifiers (RFC 5754, RFC 4055, RFC 5758). SHA-1 and
 * older are not in these tables on purpose. */
#include "cms/oids.h"

typedef struct digest_row {
    pades_digest digest;
    const char *oid;
    const char *ecdsa;
    const char *rsa;
} digest_row;

static const digest_row ROWS[] = {
    {PADES_DIGEST_SHA256, "2.16.840.1.101.3.4.2.1", "1.2.840.10045.4.3.2", "1.2.840.113549.1.1.11"},
    {PADES_DIGEST_SHA384, "2.16.840.1.101.3.4.2.2", "1.2.840.10045.4.3.3", "1.2.840.113549.1.1.12"},
    {PADES_DIGEST_SHA512, "2.16.840.1.101.3.4.2.3", "1.2.840.10045.4.3.4", "1.2.840.113549.1.1.13"},
};

static const digest_row *row_of(pades_digest digest)
{
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        if (ROWS[i].digest == digest) {
            return &ROWS[i];
        }
    }
    return NULL;
}

const char *oid_of_digest(pades_digest digest)
{
    const digest_row *row = row_of(digest);
    return row ? row->oid : NULL;
}

const char *oid_of_ecdsa(pades_digest digest)
{
    const digest_row *row = row_of(digest);
    return row ? row->ecdsa : NULL;
}

pades_digest digest_of_oid(const char *oid)
{
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        if (strcmp(ROWS[i].oid, oid) == 0) {
            return ROWS[i].digest;
        }
    }
    return PADES_DIGEST_DEFAULT;
}

pades_scheme scheme_of_oid(const char *oid, pades_digest *ret_digest)
{
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        if (strcmp(ROWS[i].ecdsa, oid) == 0) {
            *ret_digest = ROWS[i].digest;
            return PADES_SCHEME_ECDSA;
        }
        if (strcmp(ROWS[i].rsa, oid) == 0) {
            *ret_digest = ROWS[i].digest;
            return PADES_SCHEME_RSA_PKCS1;
        }
    }
    return (pades_scheme)0;
}
