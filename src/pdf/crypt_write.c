/* What a new revision says in an encrypted document. Whoever writes an object writes it in plain;
 * here its strings are encrypted with the key of its number, whatever object they came from, and
 * everything else stays as it was written.
 * clause: ISO32000-1#7.6.2 every object has its key; a fresh initialization vector for each string
 */
#include "pdf/crypt_impl.h"

#include "base/digest.h"
#include "base/fail.h"
#include "base/mem.h"
#include "pdf/crypt_cipher.h"
#include "pdf/lexer.h"
#include "pdf/pool.h"

enum { NODE_BYTES = 128, POOL_LEAST = 1 << 20 };

typedef struct encrypting {
    crypt_method method;
    crypt_object_key key;
    buf *out;
    const uint8_t *from; /* of the text: what is not written yet */
} encrypting;

static void encrypting_free(encrypting *w)
{
    crypt_object_key_free(&w->key);
}

static pades_status encrypt_aes(const encrypting *w, span data, buf *out, pades_error **e)
{
    uint8_t last[CRYPT_BLOCK];
    size_t rest = data.n % CRYPT_BLOCK, whole = data.n - rest;
    uint8_t *room = buf_extend(out, CRYPT_BLOCK + whole + CRYPT_BLOCK);
    AUTO(crypt_aes) *aes = NULL;
    TRY(buf_check(out, "encrypted data", e));
    memset(last, (int)(CRYPT_BLOCK - rest), sizeof last);
    if (rest > 0) {
        memcpy(last, data.p + whole, rest);
    }
    TRY(random_bytes(room, CRYPT_BLOCK, e));
    TRY(crypt_aes_new(true, span_of(w->key.octets, w->key.n), room, &aes, e));
    TRY(crypt_aes_apply(aes, data.p, room + CRYPT_BLOCK, whole, e));
    return crypt_aes_apply(aes, last, room + CRYPT_BLOCK + whole, CRYPT_BLOCK, e);
}

static pades_status encrypt(const encrypting *w, span data, buf *out, pades_error **e)
{
    if (w->method != CRYPT_RC4) {
        return encrypt_aes(w, data, out, e);
    }
    uint8_t *room = buf_extend(out, data.n);
    TRY(buf_check(out, "encrypted data", e));
    crypt_rc4_once(span_of(w->key.octets, w->key.n), data.p, room, data.n);
    return PADES_OK;
}

/* The text up to the string, then the string as hexadecimal digits. */
static pades_status write_string(void *user, pdf_obj *string, pades_error **e)
{
    encrypting *w = user;
    AUTO_VAL(buf) data = BUF(w->out->max);
    TRY(encrypt(w, string->u.text, &data, e));
    buf_add(w->out, w->from, (size_t)(string->raw.p - w->from));
    buf_add_byte(w->out, '<');
    buf_add_hex(w->out, buf_span(&data), true);
    buf_add_byte(w->out, '>');
    w->from = string->raw.p + string->raw.n;
    return PADES_OK;
}

static pades_status parse(span text, pdf_pool *pool, unsigned depth, pdf_obj **ret, pades_error **e)
{
    size_t used = 0;
    TRY(pdf_parse(pool, text, depth, ret, &used, e));
    pdf_lexer lx = {text, used, false};
    if (pdf_lex(&lx).kind != TOKEN_END) {
        return fail(e, PADES_INTERNAL,
                    "an object of an encrypted document was written as more "
                    "than one value");
    }
    return PADES_OK;
}

pades_status crypt_write_object(const pdf_file *f, pdf_ref ref, span text, buf *out,
                                pades_error **e)
{
    const pdf_crypt *c = f->crypt;
    pdf_obj *o = NULL;
    AUTO(pdf_pool) *pool = NULL;
    TRY(pdf_crypt_check(f, e));
    if (!c || c->dict.strings == CRYPT_NONE) {
        buf_add_span(out, text);
        return PADES_OK;
    }
    AUTO_VAL(encrypting) w = {.method = c->dict.strings, .out = out, .from = text.p};
    TRY(pdf_pool_new(text.n * NODE_BYTES + POOL_LEAST, &pool, e));
    TRY(parse(text, pool, pdf_depth_limit(f->ctx) + 8, &o, e));
    TRY(crypt_object_key_of(c, w.method, ref, &w.key, e));
    TRY(o->kind == PDF_STRING ? write_string(&w, o, e) : crypt_each_string(o, write_string, &w, e));
    buf_add(out, w.from, (size_t)(text.p + text.n - w.from));
    return PADES_OK;
}

pades_status crypt_write_data(const pdf_file *f, pdf_ref ref, span data, buf *out, pades_error **e)
{
    const pdf_crypt *c = f->crypt;
    TRY(pdf_crypt_check(f, e));
    if (!c || c->dict.streams == CRYPT_NONE) {
        buf_add_span(out, data);
        return PADES_OK;
    }
    AUTO_VAL(encrypting) w = {.method = c->dict.streams, .out = out};
    TRY(crypt_object_key_of(c, w.method, ref, &w.key, e));
    return encrypt(&w, data, out, e);
}
