/* BER as other programs write it around a CMS, as DER, so that the strict parser can read it.
 * For looking only: what is judged is parsed as it stands. */
#ifndef CMS_BER_H
#define CMS_BER_H

#include "base/buf.h"

/* The element at the start of `ber`: indefinite lengths become definite, an octet string in pieces
 * becomes one, long lengths the shortest. What has a definite length is taken over as it is.
 * *ret_used: octets of `ber` it takes. */
pades_status ber_to_der(span ber, buf *out, size_t *ret_used, pades_error **e) MUST_USE;

#endif
