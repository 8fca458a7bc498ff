/* Textual encodings (RFC 7468): labels and base64. Own reader: OpenSSL's would ask for a password
 * on the terminal. */
#ifndef PKI_PEM_H
#define PKI_PEM_H

#include "base/buf.h"

/* Base64 with line breaks anywhere, padding at its end; false when it is something else or empty.
 */
bool pem_decode(span text, buf *out) MUST_USE;
/* The next "-----BEGIN label-----" at or after *at with its END line: moves *at behind it. */
bool pem_next(span text, size_t *at, span *ret_label, span *ret_body) MUST_USE;

#endif
