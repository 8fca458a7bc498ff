/* OpenSSL's per-thread error queue is left as it was found: `AUTO_VAL(ossl_scope) scope =
 * ossl_enter();` at the top of a function that calls OpenSSL. What the application had queued
 * before stays. */
#ifndef PKI_OSSL_H
#define PKI_OSSL_H

#include "base/fail.h"
#include <openssl/err.h>

typedef struct ossl_scope {
    int marked;
} ossl_scope;

static inline ossl_scope ossl_enter(void)
{
    return (ossl_scope){ERR_set_mark()};
}

/* Without a mark the queue was empty, and popping to no mark empties it again. */
static inline void ossl_scope_free(ossl_scope *scope)
{
    (void)scope;
    ERR_pop_to_mark();
}

/* Did OpenSSL's last error come of having no memory? Then what it says of a signature is nothing.
 */
bool ossl_no_memory(void);
/* Adds the reason of OpenSSL's last error, when there is one. */
void ossl_native(pades_error **e);

#endif
