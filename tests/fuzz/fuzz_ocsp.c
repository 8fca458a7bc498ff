/* OCSP answers about a certificate whose issuer and responder are known: form, extensions, times,
 * the search for the signer and the signature. */
#include "base/fail.h"
#include "fuzz_rev.h"
#include "pki/ocsp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const uint8_t nonce[OCSP_NONCE] = {1, 2,  3,  4,  5,  6,  7,  8,
                                              9, 10, 11, 12, 13, 14, 15, 16};
    const rev_world *w = rev_world_get();
    const pades_cert *pool[] = {w->root, w->responder};
    AUTO(pades_error) *e = NULL;
    rev_info info;
    int64_t first = 0;
    int64_t next = 0;
    if (!ocsp_times(span_of(data, n), &first, &next)) {
        next = 0;
    }
    if (ocsp_check(span_of(data, n), w->leaf, w->ca, pool, 2, nonce, REV_WORLD_NOW, &info, &e) ==
        PADES_OK) {
        rev_info_free(&info);
    }
    return 0;
}
