/* BER turned into DER: what is taken is a whole element of what was given, and taking the result
 * again gives the result. What comes out is parsed as a CMS. */
#include "cms/ber.h"
#include "base/fail.h"
#include "cms/cms.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void must(bool ok)
{
    if (!ok) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    AUTO_VAL(buf) der = BUF(1 << 20);
    AUTO_VAL(buf) again = BUF(1 << 20);
    AUTO_VAL(cms_signed_data) s = {0};
    AUTO(pades_error) *e = NULL;
    size_t used = 0, used_again = 0;
    if (ber_to_der(span_of(data, n), &der, &used, &e) != PADES_OK) {
        must(pades_error_status(e) != PADES_OK);
        return 0;
    }
    must(used <= n && der.n >= 2);
    must(ber_to_der(buf_span(&der), &again, &used_again, &e) == PADES_OK);
    must(used_again == der.n && span_eq(buf_span(&der), buf_span(&again)));
    (void)!cms_parse(buf_span(&der), &s, NULL);
    return 0;
}
