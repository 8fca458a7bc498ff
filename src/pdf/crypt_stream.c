/* Streams: which filter decrypts one, and decrypting by pulling. The last block of AES is held back
 * until it is known to be the last, because its end is padding.
 * clause: ISO32000-1#7.6.5 crypt filters, #7.4.10 the Crypt filter, #7.6.3.2 EncryptMetadata */
#include "pdf/crypt_impl.h"

#include "base/mem.h"
#include "pdf/crypt_cipher.h"
#include "pdf/damage.h"

enum { STEP = 4096 };

struct crypt_stream {
    pull_fn input;
    void *user;
    uint32_t id;
    crypt_object_key key;
    crypt_rc4 rc4;
    bool is_aes, ended, holds;
    crypt_aes *aes; /* once the initialization vector was read */
    uint8_t held[CRYPT_BLOCK];
    uint8_t in[STEP], out[STEP + CRYPT_BLOCK];
    size_t at, n; /* of `out` */
};

pades_status crypt_stream_method(const pdf_file *f, const pdf_obj *dict, span filter,
                                 crypt_method *ret, pades_error **e)
{
    const pdf_crypt *c = f->crypt;
    const pdf_obj *type = pdf_dict_get(dict, "Type");
    *ret = CRYPT_NONE;
    if (!c || pdf_is_name(type, "XRef")) {
        return PADES_OK;
    }
    TRY(pdf_crypt_check(f, e));
    if (filter.p) {
        return crypt_dict_method(&c->dict, filter, ret, e);
    }
    bool clear = c->dict.info.version >= 4 && !c->dict.info.encrypt_metadata;
    *ret = clear && pdf_is_name(type, "Metadata") ? CRYPT_NONE
           : pdf_is_name(type, "EmbeddedFile")    ? c->dict.files
                                                  : c->dict.streams;
    return PADES_OK;
}

pades_status crypt_stream_new(const pdf_file *f, crypt_method method, pdf_ref ref, pull_fn input,
                              void *user, crypt_stream **ret, pades_error **e)
{
    AUTO(crypt_stream) *s = mem_alloc(sizeof *s);
    if (!s) {
        return fail_memory(e);
    }
    s->input = input;
    s->user = user;
    s->id = ref.id;
    s->is_aes = method != CRYPT_RC4;
    TRY(crypt_object_key_of(f->crypt, method, ref, &s->key, e));
    if (!s->is_aes) {
        crypt_rc4_start(&s->rc4, span_of(s->key.octets, s->key.n));
    }
    *ret = TAKE(s);
    return PADES_OK;
}

void crypt_stream_free(crypt_stream *s)
{
    if (s) {
        crypt_aes_free(s->aes);
        mem_wipe(s, sizeof *s);
        mem_free(s);
    }
}

static pades_status damaged(const crypt_stream *s, pades_error **e)
{
    return pdf_damaged(e, s->id, 0, "ISO32000-1#7.6.2", "stream %u cannot be decrypted", s->id);
}

static pades_status start_aes(crypt_stream *s, pades_error **e)
{
    size_t n = 0;
    TRY(s->input(s->user, s->in, CRYPT_BLOCK, &n, e));
    s->ended = n == 0;
    if (n == 0) {
        return PADES_OK;
    }
    return n < CRYPT_BLOCK
               ? damaged(s, e)
               : crypt_aes_new(false, span_of(s->key.octets, s->key.n), s->in, &s->aes, e);
}

/* What is held is the last block, and says how much of it is padding. */
static pades_status end_aes(crypt_stream *s, pades_error **e)
{
    size_t padding = s->held[CRYPT_BLOCK - 1];
    bool ok = padding > 0 && padding <= CRYPT_BLOCK;
    for (size_t i = 0; ok && i < padding; i++) {
        ok = s->held[CRYPT_BLOCK - 1 - i] == padding;
    }
    if (!ok) {
        return damaged(s, e);
    }
    s->n -= padding;
    return PADES_OK;
}

/* The block that was held, and all but the last of the new ones. */
static pades_status next_aes(crypt_stream *s, pades_error **e)
{
    size_t got = 0, kept = s->holds ? CRYPT_BLOCK : 0;
    TRY(s->input(s->user, s->in, STEP, &got, e));
    if (got % CRYPT_BLOCK != 0) {
        return damaged(s, e);
    }
    memcpy(s->out, s->held, kept);
    TRY(crypt_aes_apply(s->aes, s->in, s->out + kept, got, e));
    s->n = kept + got;
    s->ended = got < STEP;
    if (s->n > 0) {
        memcpy(s->held, s->out + s->n - CRYPT_BLOCK, CRYPT_BLOCK);
    }
    if (s->ended) {
        return s->n > 0 ? end_aes(s, e) : PADES_OK;
    }
    s->holds = true;
    s->n -= CRYPT_BLOCK;
    return PADES_OK;
}

static pades_status refill(crypt_stream *s, pades_error **e)
{
    s->at = s->n = 0;
    if (s->is_aes) {
        if (!s->aes) {
            TRY(start_aes(s, e));
        }
        return s->ended ? PADES_OK : next_aes(s, e);
    }
    TRY(s->input(s->user, s->in, STEP, &s->n, e));
    crypt_rc4_apply(&s->rc4, s->in, s->out, s->n);
    s->ended = s->n < STEP;
    return PADES_OK;
}

pades_status crypt_stream_read(crypt_stream *s, uint8_t *p, size_t n, size_t *ret_n,
                               pades_error **e)
{
    size_t done = 0;
    while (done < n && (s->at < s->n || !s->ended)) {
        if (s->at == s->n) {
            TRY(refill(s, e));
        }
        size_t part = s->n - s->at < n - done ? s->n - s->at : n - done;
        memcpy(p + done, s->out + s->at, part);
        s->at += part;
        done += part;
    }
    *ret_n = done;
    return PADES_OK;
}
