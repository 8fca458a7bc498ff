/* Keys of objects, and the strings of an object that was read. /Contents of a signature is as it
 * stands; a string that cannot be decrypted is damage, because readers would each make something
 * else of it.
 * clause: ISO32000-1#7.6.2 algorithm 1, ISO32000-2#7.6.3.3 algorithm 1.A; #7.6.2 what is not
 * encrypted */
#include "pdf/crypt_impl.h"

#include "base/mem.h"
#include "pdf/crypt_cipher.h"
#include "pdf/damage.h"
#include "pdf/pool.h"

pades_status crypt_object_key_of(const pdf_crypt *c, crypt_method method, pdf_ref ref,
                                 crypt_object_key *ret, pades_error **e)
{
    static const uint8_t salt[] = {0x73, 0x41, 0x6C, 0x54};
    span key = secret_span(c->key);
    if (method == CRYPT_AESV3) {
        memcpy(ret->octets, key.p, key.n);
        ret->n = key.n;
        return PADES_OK;
    }
    const uint8_t number[5] = {(uint8_t)ref.id, (uint8_t)(ref.id >> 8), (uint8_t)(ref.id >> 16),
                               (uint8_t)ref.gen, (uint8_t)(ref.gen >> 8)};
    const span parts[] = {key, span_of(number, sizeof number),
                          span_of(salt, method == CRYPT_AESV2 ? sizeof salt : 0)};
    ret->n = key.n + 5 < CRYPT_MD5 ? key.n + 5 : CRYPT_MD5;
    return crypt_md5(parts, ARRAY_LEN(parts), ret->octets, e);
}

void crypt_object_key_free(crypt_object_key *key)
{
    mem_wipe(key, sizeof *key);
}

static bool is_signature(const pdf_obj *dict)
{
    return pdf_is(pdf_dict_get(dict, "ByteRange"), PDF_ARRAY);
}

/* clause: ISO32000-2#7.6.2 the hexadecimal /Contents of a signature is not encrypted */
static bool is_seal(const pdf_pair *pair)
{
    return span_is(pair->key, "Contents") && pdf_is(pair->value, PDF_STRING) &&
           pair->value->raw.n > 0 && pair->value->raw.p[0] == '<';
}

static pades_status visit(pdf_obj *o, crypt_string_fn fn, void *user, pades_error **e)
{
    return o->kind == PDF_STRING ? fn(user, o, e) : crypt_each_string(o, fn, user, e);
}

/* Not deeper than the parser lets in. */
pades_status crypt_each_string(const pdf_obj *o, crypt_string_fn fn, void *user, pades_error **e)
{
    for (size_t i = 0; pdf_is(o, PDF_ARRAY) && i < o->u.array.n; i++) {
        TRY(visit(o->u.array.items[i], fn, user, e));
    }
    bool signature = is_signature(o);
    for (size_t i = 0; pdf_is(o, PDF_DICT) && i < o->u.dict.n; i++) {
        const pdf_pair *pair = &o->u.dict.pairs[i];
        if (!signature || !is_seal(pair)) {
            TRY(visit(pair->value, fn, user, e));
        }
    }
    return PADES_OK;
}

typedef struct decrypting {
    crypt_method method;
    crypt_object_key key;
    pdf_ref ref;
    pdf_pool *pool;
} decrypting;

static void decrypting_free(decrypting *d)
{
    crypt_object_key_free(&d->key);
}

/* How many bytes of padding end the data; 0: none that can be. */
static size_t padding_of(span data)
{
    size_t n = data.n > 0 ? data.p[data.n - 1] : 0;
    if (n == 0 || n > CRYPT_BLOCK || n > data.n) {
        return 0;
    }
    for (size_t i = data.n - n; i < data.n; i++) {
        if (data.p[i] != n) {
            return 0;
        }
    }
    return n;
}

static pades_status undecipherable(const decrypting *d, pades_error **e)
{
    return pdf_damaged(e, d->ref.id, 0, "ISO32000-1#7.6.2",
                       "a string of object %u cannot be decrypted", d->ref.id);
}

/* The initialization vector, then whole blocks of which the last is padded. Nothing, or the vector
 * alone, is read as nothing by everybody. */
static pades_status decrypt_aes(const decrypting *d, span in, uint8_t *out, size_t *ret_n,
                                pades_error **e)
{
    span body = span_part(in, CRYPT_BLOCK, in.n);
    *ret_n = 0;
    if (in.n % CRYPT_BLOCK != 0) {
        return undecipherable(d, e);
    }
    if (body.n == 0) {
        return PADES_OK;
    }
    TRY(crypt_aes_once(false, span_of(d->key.octets, d->key.n), in.p, body.p, out, body.n, e));
    size_t padding = padding_of(span_of(out, body.n));
    *ret_n = body.n - padding;
    return padding > 0 ? PADES_OK : undecipherable(d, e);
}

static pades_status decrypt_string(void *user, pdf_obj *string, pades_error **e)
{
    const decrypting *d = user;
    span in = string->u.text;
    size_t n = in.n;
    uint8_t *out = pdf_pool_take(d->pool, n + 1);
    if (!out) {
        return pdf_pool_fail(d->pool, e);
    }
    if (d->method == CRYPT_RC4) {
        crypt_rc4_once(span_of(d->key.octets, d->key.n), in.p, out, n);
    } else {
        TRY(decrypt_aes(d, in, out, &n, e));
    }
    string->u.string.text = span_of(out, n);
    string->u.string.encrypted = true;
    return PADES_OK;
}

/* clause: ISO32000-1#7.6.1 strings of the encryption dictionary, #7.5.8.2 of xref streams are not
 */
static bool is_plain(const pdf_crypt *c, pdf_ref ref, const pdf_obj *o)
{
    return c->dict.strings == CRYPT_NONE || ref.id == c->id ||
           (pdf_is(o, PDF_DICT) && o->u.dict.home_id != 0 &&
            pdf_is_name(pdf_dict_get(o, "Type"), "XRef"));
}

pades_status crypt_strings(pdf_file *f, pdf_ref ref, pdf_obj *o, pdf_pool *pool, pades_error **e)
{
    const pdf_crypt *c = f->crypt;
    if (!c || is_plain(c, ref, o)) {
        return PADES_OK;
    }
    AUTO_VAL(decrypting) d = {.method = c->dict.strings, .ref = ref, .pool = pool};
    TRY(crypt_object_key_of(c, d.method, ref, &d.key, e));
    return visit(o, decrypt_string, &d, e);
}
