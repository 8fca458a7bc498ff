/* The algorithms of encrypted documents: MD5 and AES through OpenSSL's EVP, RC4 by itself (current
 * OpenSSL ships it apart). For old files only; nothing here is a choice of ours. */
#ifndef PDF_CRYPT_CIPHER_H
#define PDF_CRYPT_CIPHER_H

#include "base/span.h"
#include <pades/error.h>
#include <pades/types.h>

enum { CRYPT_MD5 = 16, CRYPT_BLOCK = 16 };

/* Of all parts, one after the other. */
pades_status crypt_md5(const span *parts, size_t n, uint8_t out[CRYPT_MD5],
                       pades_error **e) MUST_USE;

typedef struct crypt_rc4 {
    uint8_t s[256];
    uint8_t i, j;
} crypt_rc4;
void crypt_rc4_start(crypt_rc4 *r, span key);
/* `out` may be `in`. */
void crypt_rc4_apply(crypt_rc4 *r, const uint8_t *in, uint8_t *out, size_t n);
void crypt_rc4_once(span key, const uint8_t *in, uint8_t *out, size_t n);

/* AES in CBC mode without padding, with a key of 16 or 32 octets; block by block, so the caller
 * sees to it that lengths are multiples of 16. */
typedef struct crypt_aes crypt_aes;
pades_status crypt_aes_new(bool encrypt, span key, const uint8_t iv[CRYPT_BLOCK], crypt_aes **ret,
                           pades_error **e) MUST_USE;
void crypt_aes_free(crypt_aes *a);
pades_status crypt_aes_apply(crypt_aes *a, const uint8_t *in, uint8_t *out, size_t n,
                             pades_error **e) MUST_USE;
pades_status crypt_aes_once(bool encrypt, span key, const uint8_t iv[CRYPT_BLOCK],
                            const uint8_t *in, uint8_t *out, size_t n, pades_error **e) MUST_USE;
DEFINE_AUTO(crypt_aes, crypt_aes_free)

#endif
