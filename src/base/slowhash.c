/* scrypt (RFC 7914) through OpenSSL, which wipes what it worked on. */
#include "base/slowhash.h"

#include "base/fail.h"

#include <openssl/err.h>
#include <openssl/evp.h>

enum { COST = 1 << 14, BLOCKS = 8, LANES = 1, MEMORY = 64 << 20 };

pades_status slowhash(span what, const uint8_t salt[SLOWHASH_SALT], uint8_t out[SLOWHASH_OCTETS],
                      pades_error **e)
{
    ERR_set_mark();
    int done = EVP_PBE_scrypt((const char *)what.p, what.n, salt, SLOWHASH_SALT, COST, BLOCKS,
                              LANES, MEMORY, out, SLOWHASH_OCTETS);
    ERR_pop_to_mark();
    return done == 1 ? PADES_OK
                     : fail(e, PADES_INTERNAL, "the slow hash cannot be made (no scrypt?)");
}
