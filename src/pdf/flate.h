/* FlateDecode (RFC 1950) by pulling: asks for input when it needs some, gives as many bytes as
 * wanted. Owner of zlib's header. Its memory does not grow; the caller bounds what it takes. */
#ifndef PDF_FLATE_H
#define PDF_FLATE_H

#include "base/spool.h"

typedef struct flate flate;

/* At most n bytes; *ret_n 0 only at the end. */
typedef pades_status (*pull_fn)(void *user, uint8_t *p, size_t n, size_t *ret_n, pades_error **e);

pades_status flate_new(pull_fn input, void *user, flate **ret, pades_error **e) MUST_USE;
void flate_free(flate *f);
/* At most n bytes; fewer only at the end of the compressed data. Data that ends early or does not
 * match its checksum is PADES_DOC_DAMAGED. */
pades_status flate_read(flate *f, uint8_t *p, size_t n, size_t *ret_n, pades_error **e) MUST_USE;
DEFINE_AUTO(flate, flate_free)

/* The whole of `data` compressed, behind what `out` has. */
pades_status flate_pack(span data, buf *out, pades_error **e) MUST_USE;
/* The same in pieces, for what is large: faster, and a little longer for it. */
pades_status flate_pack_view(view data, view_fn fn, void *user, pades_error **e) MUST_USE;

/* Versions of zlib. */
const char *zlib_version_built(void);
const char *zlib_version_running(void);

#endif
