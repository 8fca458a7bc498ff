/* See blob.h. */
#include "pki/blob.h"

#include "base/digest.h"
#include "base/mem.h"
#include <stdatomic.h>

struct blob {
    atomic_uint refs;
    uint8_t hash[DIGEST_MAX];
    buf bytes;
};

pades_status blob_take(buf *from, blob **ret, pades_error **e)
{
    AUTO(blob) *b = mem_alloc(sizeof *b);
    if (!b) {
        return fail_memory(e);
    }
    atomic_init(&b->refs, 1);
    TRY(digest_once(PADES_DIGEST_SHA256, buf_span(from), b->hash, e));
    b->bytes = *from;
    *from = BUF(from->max);
    *ret = TAKE(b);
    return PADES_OK;
}

pades_status blob_copy(span from, blob **ret, pades_error **e)
{
    AUTO_VAL(buf) bytes = BUF(from.n);
    buf_add_span(&bytes, from);
    TRY(buf_check(&bytes, "a copy", e));
    return blob_take(&bytes, ret, e);
}

blob *blob_ref(blob *b)
{
    atomic_fetch_add(&b->refs, 1);
    return b;
}

span blob_bytes(const blob *b)
{
    return buf_span(&b->bytes);
}

const uint8_t *blob_hash(const blob *b)
{
    return b->hash;
}

void blob_free(blob *b)
{
    if (b && atomic_fetch_sub(&b->refs, 1) == 1) {
        buf_free(&b->bytes);
        mem_free(b);
    }
}
