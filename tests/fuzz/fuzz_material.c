/* What comes from the folder of --offline and from the addresses of issuers: the octets are taken
 * apart, each piece is read as what it looks like, and lies within what was given. */
#include "base/fail.h"
#include "pki/cert.h"
#include "pki/crl.h"
#include "pki/material.h"
#include "pki/ocsp.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static pades_status read_piece(void *user, evidence_kind kind, view piece, pades_error **e)
{
    const span der = piece.s;
    evidence_kind again = kind;
    int64_t from = 0;
    int64_t to = 0;
    size_t *pieces = user;
    AUTO(pades_cert) *cert = NULL;
    if (!material_look(der, &again) || again != kind) {
        abort();
    }
    if (kind == EVIDENCE_CERT) {
        (void)!pades_cert_new_der(der.p, der.n, &cert, NULL);
    } else if (kind == EVIDENCE_OCSP) {
        (void)!ocsp_times(der, &from, &to);
    } else {
        (void)!crl_times(der, &from, &to);
    }
    return ++*pieces < 1000 ? PADES_OK : fail(e, PADES_LIMIT, "many pieces");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    size_t pieces = 0;
    size_t told = 0;
    AUTO(pades_error) *e = NULL;
    pades_status status = material_each(view_of(span_of(data, n)), read_piece, &pieces, &told, &e);
    if (status == PADES_OK && told != pieces) {
        abort();
    }
    return 0;
}
