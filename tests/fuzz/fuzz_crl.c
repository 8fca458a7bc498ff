/* Revocation lists about a certificate whose issuer is known; the entries of those too whose
 * signature is wrong, which nobody else would read. */
#include "base/fail.h"
#include "fuzz_rev.h"
#include "pki/crl_impl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const rev_world *w = rev_world_get();
    const pades_cert *pool[] = {w->root, w->renewed};
    AUTO(pades_error) *e = NULL;
    AUTO(pades_error) *why = NULL;
    rev_info info;
    crl_head h;
    crl_entry entry;
    if (crl_check(view_of(span_of(data, n)), w->leaf, w->ca, pool, 2, REV_WORLD_NOW, &info, &e) ==
        PADES_OK) {
        rev_info_free(&info);
    }
    if (crl_parse(view_of(span_of(data, n)), &h)) {
        (void)!crl_check_scope(&h, w->leaf, &why);
        error_clear(&why);
        (void)!crl_scan(&h, cert_serial_der(w->leaf), &entry, &why);
    }
    return 0;
}
