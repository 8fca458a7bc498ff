/* What OpenSSL says of a failure becomes the native code of our error. Only its fixed reason
 * strings are used, never the data attached to them. */
#include "pki/ossl.h"

void ossl_native(pades_error **e)
{
    unsigned long code = ERR_peek_last_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;
    if (!reason) {
        error_native(e, "OpenSSL %08lx", code);
        return;
    }
    error_native(e, "OpenSSL %08lx (%s)", code, reason);
}

bool ossl_no_memory(void)
{
    return ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE;
}
