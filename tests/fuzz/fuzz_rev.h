/* The certificates of rev_certs.h, read once. */
#ifndef FUZZ_REV_H
#define FUZZ_REV_H

#include "pki/cert.h"
#include "rev_certs.h"
#include <stdlib.h>

enum { REV_WORLD_NOW = 1780315200 }; /* the answers of the corpus are of that time */

typedef struct rev_world {
    pades_cert *root, *ca, *renewed, *leaf, *responder;
} rev_world;

static inline pades_cert *rev_world_cert(const uint8_t *der, size_t n)
{
    pades_cert *cert = NULL;
    if (pades_cert_new_der(der, n, &cert, NULL) != PADES_OK) {
        abort();
    }
    return cert;
}

static inline const rev_world *rev_world_get(void)
{
    static rev_world w;
    if (!w.root) {
        w.root = rev_world_cert(ROOT, sizeof ROOT);
        w.ca = rev_world_cert(CA, sizeof CA);
        w.renewed = rev_world_cert(RENEWED_CA, sizeof RENEWED_CA);
        w.leaf = rev_world_cert(LEAF, sizeof LEAF);
        w.responder = rev_world_cert(RESPONDER, sizeof RESPONDER);
    }
    return &w;
}

#endif
