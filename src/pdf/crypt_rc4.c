/* RC4, which PDF up to 1.5 encrypts with. It protects nobody any more; it is here so that such a
 * file can be read and its new strings look like its old ones. */
#include "base/mem.h"
#include "pdf/crypt_cipher.h"

void crypt_rc4_start(crypt_rc4 *r, span key)
{
    r->i = r->j = 0;
    for (unsigned i = 0; i < 256; i++) {
        r->s[i] = (uint8_t)i;
    }
    uint8_t j = 0;
    for (unsigned i = 0; i < 256; i++) {
        uint8_t t = r->s[i];
        j = (uint8_t)(j + t + key.p[i % key.n]);
        r->s[i] = r->s[j];
        r->s[j] = t;
    }
}

void crypt_rc4_apply(crypt_rc4 *r, const uint8_t *in, uint8_t *out, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        r->i = (uint8_t)(r->i + 1);
        uint8_t t = r->s[r->i];
        r->j = (uint8_t)(r->j + t);
        r->s[r->i] = r->s[r->j];
        r->s[r->j] = t;
        out[k] = in[k] ^ r->s[(uint8_t)(r->s[r->i] + t)];
    }
}

void crypt_rc4_once(span key, const uint8_t *in, uint8_t *out, size_t n)
{
    crypt_rc4 r;
    crypt_rc4_start(&r, key);
    crypt_rc4_apply(&r, in, out, n);
    mem_wipe(&r, sizeof r);
}
