/* A hash that is slow on purpose (scrypt), for telling a secret of few digits again without storing
 * it: about 50 ms and 16 MiB a call. Who has the salt and the hash can still try every PIN, in
 * hours instead of milliseconds. */
#ifndef BASE_SLOWHASH_H
#define BASE_SLOWHASH_H

#include "base/span.h"
#include <pades/error.h>
#include <pades/types.h>

enum { SLOWHASH_SALT = 16, SLOWHASH_OCTETS = 32 };
/* Its name and parameters, as they are stored beside a hash. */
#define SLOWHASH_NAME "scrypt-14-8-1"

pades_status slowhash(span what, const uint8_t salt[SLOWHASH_SALT], uint8_t out[SLOWHASH_OCTETS],
                      pades_error **e) MUST_USE;

#endif
