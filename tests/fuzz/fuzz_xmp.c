/* XMP packets of any bytes: claims within their ranges, and nothing read beyond the packet. */
#include "pdf/xmp.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    pdf_claims claims = {0, 0, 0, false, false};
    if (xmp_claims(span_of(data, n), &claims, NULL) != PADES_OK || claims.pdfa_part < 0 ||
        claims.pdfa_part > 9 || claims.pdfua_part < 0 || claims.pdfua_part > 9) {
        abort();
    }
    return 0;
}
