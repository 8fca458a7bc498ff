/* The data of a new stream that are too many for memory: encrypted while they pass.
 * clause: ISO32000-1#7.6.2 AES in CBC mode behind its initialization vector, padded to whole blocks
 */
#include "pdf/crypt_impl.h"

#include "base/digest.h"
#include "base/fail.h"
#include "base/mem.h"
#include "pdf/crypt_cipher.h"

enum { STEP = 16 << 10 };

struct crypt_push {
    view_fn fn;
    void *user;
    crypt_method method;
    crypt_aes *aes;
    crypt_rc4 rc4;
    uint8_t held[CRYPT_BLOCK]; /* of AES: less than a block */
    size_t held_n;
    uint8_t out[STEP + CRYPT_BLOCK];
};

static pades_status start_aes(crypt_push *c, const crypt_object_key *key, pades_error **e)
{
    uint8_t iv[CRYPT_BLOCK];
    TRY(random_bytes(iv, sizeof iv, e));
    TRY(crypt_aes_new(true, span_of(key->octets, key->n), iv, &c->aes, e));
    return c->fn(c->user, span_of(iv, sizeof iv), e);
}

static pades_status start(crypt_push *c, const pdf_file *f, pdf_ref ref, pades_error **e)
{
    AUTO_VAL(crypt_object_key) key = {.n = 0};
    TRY(crypt_object_key_of(f->crypt, c->method, ref, &key, e));
    if (c->method != CRYPT_RC4) {
        return start_aes(c, &key, e);
    }
    crypt_rc4_start(&c->rc4, span_of(key.octets, key.n));
    return PADES_OK;
}

pades_status crypt_push_new(const pdf_file *f, pdf_ref ref, view_fn fn, void *user,
                            crypt_push **ret, pades_error **e)
{
    TRY(pdf_crypt_check(f, e));
    AUTO(crypt_push) *c = mem_alloc(sizeof *c);
    if (!c) {
        return fail_memory(e);
    }
    c->fn = fn;
    c->user = user;
    c->method = f->crypt ? f->crypt->dict.streams : CRYPT_NONE;
    if (c->method != CRYPT_NONE) {
        TRY(start(c, f, ref, e));
    }
    *ret = TAKE(c);
    return PADES_OK;
}

/* At most STEP octets. */
static pades_status add_aes(crypt_push *c, span piece, pades_error **e)
{
    uint8_t in[STEP + CRYPT_BLOCK];
    size_t n = c->held_n + piece.n;
    size_t whole = n - n % CRYPT_BLOCK;
    memcpy(in, c->held, c->held_n);
    memcpy(in + c->held_n, piece.p, piece.n);
    c->held_n = n - whole;
    memcpy(c->held, in + whole, c->held_n);
    TRY(crypt_aes_apply(c->aes, in, c->out, whole, e));
    return c->fn(c->user, span_of(c->out, whole), e);
}

pades_status crypt_push_add(crypt_push *c, span piece, pades_error **e)
{
    if (c->method == CRYPT_NONE) {
        return c->fn(c->user, piece, e);
    }
    for (size_t at = 0; at < piece.n; at += STEP) {
        span part = span_part(piece, at, STEP);
        if (c->method != CRYPT_RC4) {
            TRY(add_aes(c, part, e));
            continue;
        }
        crypt_rc4_apply(&c->rc4, part.p, c->out, part.n);
        TRY(c->fn(c->user, span_of(c->out, part.n), e));
    }
    return PADES_OK;
}

pades_status crypt_push_end(crypt_push *c, pades_error **e)
{
    uint8_t pad[CRYPT_BLOCK];
    size_t n = CRYPT_BLOCK - c->held_n;
    if (!c->aes) {
        return PADES_OK;
    }
    memset(pad, (int)n, sizeof pad);
    return add_aes(c, span_of(pad, n), e);
}

void crypt_push_free(crypt_push *c)
{
    if (c) {
        crypt_aes_free(c->aes);
        mem_wipe(c, sizeof *c);
        mem_free(c);
    }
}
