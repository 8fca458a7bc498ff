/* Bytes that never change and are shared by count: an answer that the cache of a context and any
 * number of outputs hold at once is there one time only. */
#ifndef PKI_BLOB_H
#define PKI_BLOB_H

#include "base/bulk.h"
#include "base/fail.h"

typedef struct blob blob;

/* Takes the memory of `from`, which is empty afterwards. */
pades_status blob_take(buf *from, blob **ret, pades_error **e) MUST_USE;
/* Shares the file of a large one. `from` is ended. */
pades_status blob_take_bulk(bulk *from, blob **ret, pades_error **e) MUST_USE;
/* The same for a view: what lies in a file is not copied. */
pades_status blob_of(view from, blob **ret, pades_error **e) MUST_USE;
pades_status blob_copy(span from, blob **ret, pades_error **e) MUST_USE;
/* The same blob, to be freed once more. */
blob *blob_ref(blob *b) MUST_USE;
span blob_bytes(const blob *b);
view blob_view(const blob *b);
/* SHA-256 of the bytes, 32 octets. */
const uint8_t *blob_hash(const blob *b);
/* A note that hangs on the bytes: at most eight, the oldest goes first. The key is 32 octets.
 * blob_note takes over `note`, which `destroy` frees. blob_read calls `fn` with it under a lock;
 * false: there is none. */
void blob_note(blob *b, const uint8_t *key, void *note, void (*destroy)(void *));
bool blob_read(blob *b, const uint8_t *key, void (*fn)(const void *note, void *user), void *user);
void blob_free(blob *b);
DEFINE_AUTO(blob, blob_free)

#endif
