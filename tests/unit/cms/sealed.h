/* A complete SignedData over a few bytes, as the sign room makes it; for the tests of this room. */
#ifndef UNIT_CMS_SEALED_H
#define UNIT_CMS_SEALED_H

#include "base/digest.h"
#include "cms/cms.h"
#include "pki/made.h"

typedef struct sealed_plan {
    const made *signer;
    const made *issuer; /* its certificate goes along, or NULL */
    pades_scheme scheme;
    pades_digest digest;
    span document;
    span timestamp;
    const char *commitment;
} sealed_plan;

buf sealed_der(const sealed_plan *plan);
/* What a verifier does, from the bytes alone: true when everything fits. */
bool sealed_verifies(span der, span document);

#endif
