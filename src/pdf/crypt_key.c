/* Keys of revisions 2 to 4: MD5 and RC4.
 * clause: ISO32000-1#7.6.3.3 algorithm 2, #7.6.3.4 algorithms 3 to 7 */
#include "pdf/crypt_key.h"

#include "base/fail.h"
#include "base/mem.h"
#include "pdf/crypt_cipher.h"

enum { PAD = 32, ROUNDS = 50, STEPS = 20 };

static const uint8_t padding[PAD] = {
    0x28, 0xBF, 0x4E, 0x5E, 0x4E, 0x75, 0x8A, 0x41, 0x64, 0x00, 0x4E, 0x56, 0xFF, 0xFA, 0x01, 0x08,
    0x2E, 0x2E, 0x00, 0xB6, 0xD0, 0x68, 0x3E, 0x80, 0x2F, 0x0C, 0xA9, 0xFE, 0x64, 0x53, 0x69, 0x7A};

static void pad(span password, uint8_t out[PAD])
{
    size_t n = password.n < PAD ? password.n : PAD;
    if (n > 0) {
        memcpy(out, password.p, n);
    }
    memcpy(out + n, padding, PAD - n);
}

/* 50 times MD5 of the first n octets. */
static pades_status stretch(const crypt_dict *d, uint8_t digest[CRYPT_MD5], size_t n,
                            pades_error **e)
{
    for (int i = 0; d->info.revision >= 3 && i < ROUNDS; i++) {
        const span part = span_of(digest, n);
        TRY(crypt_md5(&part, 1, digest, e));
    }
    return PADES_OK;
}

/* Algorithm 2. */
static pades_status file_key(const crypt_dict *d, const uint8_t padded[PAD],
                             uint8_t key[CRYPT_KEY_MAX], pades_error **e)
{
    static const uint8_t clear_metadata[4] = {0xFF, 0xFF, 0xFF, 0xFF};
    uint32_t p = d->info.permissions;
    const uint8_t rights[4] = {(uint8_t)p, (uint8_t)(p >> 8), (uint8_t)(p >> 16),
                               (uint8_t)(p >> 24)};
    bool marked = d->info.revision >= 4 && !d->info.encrypt_metadata;
    const span parts[] = {span_of(padded, PAD), d->o, span_of(rights, 4), d->id,
                          span_of(clear_metadata, marked ? 4 : 0)};
    TRY(crypt_md5(parts, ARRAY_LEN(parts), key, e));
    return stretch(d, key, d->key_n, e);
}

/* RC4 with every octet of the key changed by `step`. */
static void rc4_step(span key, unsigned step, uint8_t *data, size_t n)
{
    uint8_t changed[CRYPT_KEY_MAX];
    for (size_t k = 0; k < key.n; k++) {
        changed[k] = key.p[k] ^ (uint8_t)step;
    }
    crypt_rc4_once(span_of(changed, key.n), data, data, n);
    mem_wipe(changed, sizeof changed);
}

/* Algorithms 4, 5 and 6. */
static pades_status fits_user(const crypt_dict *d, const uint8_t key[CRYPT_KEY_MAX], bool *ret,
                              pades_error **e)
{
    uint8_t expected[PAD];
    const span parts[] = {span_of(padding, PAD), d->id};
    span k = span_of(key, d->key_n);
    if (d->info.revision == 2) {
        crypt_rc4_once(k, padding, expected, PAD);
        *ret = memcmp(expected, d->u.p, PAD) == 0;
        return PADES_OK;
    }
    TRY(crypt_md5(parts, ARRAY_LEN(parts), expected, e));
    for (unsigned step = 0; step < STEPS; step++) {
        rc4_step(k, step, expected, CRYPT_MD5);
    }
    *ret = memcmp(expected, d->u.p, CRYPT_MD5) == 0;
    return PADES_OK;
}

/* Algorithm 7: the user's password, padded, out of /O. `n`: how many octets are stretched; the
 * rules say all 16, some writers and readers take as many as the key has. */
static pades_status open_owner(const crypt_dict *d, span password, size_t n, uint8_t padded[PAD],
                               pades_error **e)
{
    uint8_t key[PAD];
    pad(password, key);
    const span part = span_of(key, PAD);
    TRY(crypt_md5(&part, 1, key, e));
    TRY(stretch(d, key, n, e));
    memcpy(padded, d->o.p, PAD);
    for (unsigned step = d->info.revision >= 3 ? STEPS : 1; step-- > 0;) {
        rc4_step(span_of(key, d->key_n), step, padded, PAD);
    }
    mem_wipe(key, sizeof key);
    return PADES_OK;
}

/* The password without its padding. */
static size_t unpadded(const uint8_t padded[PAD])
{
    size_t n = 0;
    while (memcmp(padded + n, padding, PAD - n) != 0) {
        n++;
    }
    return n;
}

static pades_status try_padded(const crypt_dict *d, const uint8_t padded[PAD],
                               uint8_t key[CRYPT_KEY_MAX], secret *opener, bool *ret_fits,
                               pades_error **e)
{
    TRY(file_key(d, padded, key, e));
    TRY(fits_user(d, key, ret_fits, e));
    if (*ret_fits && !secret_set(opener, padded, unpadded(padded))) {
        return fail_memory(e);
    }
    return PADES_OK;
}

static pades_status try_owner(const crypt_dict *d, span password, uint8_t padded[PAD],
                              uint8_t key[CRYPT_KEY_MAX], secret *opener, bool *ret_fits,
                              pades_error **e)
{
    const size_t stretched[] = {CRYPT_MD5, d->key_n};
    *ret_fits = false;
    for (size_t i = 0; i < ARRAY_LEN(stretched) && !*ret_fits; i++) {
        TRY(open_owner(d, password, stretched[i], padded, e));
        TRY(try_padded(d, padded, key, opener, ret_fits, e));
    }
    span found = secret_span(opener);
    if (*ret_fits && found.n > 0 && memchr(found.p, 0, found.n) &&
        !secret_set(opener, password.p, password.n)) {
        return fail_memory(e); /* not to be said in a C string, as the second reader wants it */
    }
    return PADES_OK;
}

pades_status crypt_key_legacy(const crypt_dict *d, span password, bool owner,
                              uint8_t key[CRYPT_KEY_MAX], secret *opener, bool *ret_fits,
                              pades_error **e)
{
    uint8_t padded[PAD];
    pad(password, padded);
    pades_status status = owner ? try_owner(d, password, padded, key, opener, ret_fits, e)
                                : try_padded(d, padded, key, opener, ret_fits, e);
    mem_wipe(padded, sizeof padded);
    return status;
}
