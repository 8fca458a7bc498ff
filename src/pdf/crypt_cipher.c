/* MD5 and AES for encrypted documents. What OpenSSL says goes no further than this file. */
#include "pdf/crypt_cipher.h"

#include "base/fail.h"
#include "base/mem.h"

#include <openssl/err.h>
#include <openssl/evp.h>

struct crypt_aes {
    EVP_CIPHER_CTX *ctx;
};

static pades_status result(bool ok, const char *what, pades_error **e)
{
    ERR_pop_to_mark();
    return ok ? PADES_OK : fail(e, PADES_INTERNAL, "%s is not available or failed", what);
}

static bool md5(EVP_MD_CTX *md, const span *parts, size_t n, uint8_t *out)
{
    bool ok = EVP_DigestInit_ex(md, EVP_md5(), NULL) == 1;
    for (size_t i = 0; ok && i < n; i++) {
        ok = EVP_DigestUpdate(md, parts[i].p, parts[i].n) == 1;
    }
    return ok && EVP_DigestFinal_ex(md, out, NULL) == 1;
}

pades_status crypt_md5(const span *parts, size_t n, uint8_t out[CRYPT_MD5], pades_error **e)
{
    ERR_set_mark();
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    bool ok = md && md5(md, parts, n, out);
    EVP_MD_CTX_free(md);
    return result(ok, "MD5, which the document's encryption needs,", e);
}

pades_status crypt_aes_new(bool encrypt, span key, const uint8_t iv[CRYPT_BLOCK], crypt_aes **ret,
                           pades_error **e)
{
    AUTO(crypt_aes) *a = mem_alloc(sizeof *a);
    if (!a) {
        return fail_memory(e);
    }
    ERR_set_mark();
    const EVP_CIPHER *cipher = key.n == 32 ? EVP_aes_256_cbc() : EVP_aes_128_cbc();
    a->ctx = EVP_CIPHER_CTX_new();
    bool ok = a->ctx && EVP_CipherInit_ex(a->ctx, cipher, NULL, key.p, iv, encrypt) == 1 &&
              EVP_CIPHER_CTX_set_padding(a->ctx, 0) == 1;
    TRY(result(ok, "AES", e));
    *ret = TAKE(a);
    return PADES_OK;
}

void crypt_aes_free(crypt_aes *a)
{
    if (a) {
        EVP_CIPHER_CTX_free(a->ctx);
        mem_free(a);
    }
}

pades_status crypt_aes_apply(crypt_aes *a, const uint8_t *in, uint8_t *out, size_t n,
                             pades_error **e)
{
    enum { STEP = 1 << 20 };
    bool ok = true;
    ERR_set_mark();
    for (size_t at = 0; ok && at < n; at += STEP) {
        int part = (int)(n - at < STEP ? n - at : STEP), done = 0;
        ok = EVP_CipherUpdate(a->ctx, out + at, &done, in + at, part) == 1 && done == part;
    }
    return result(ok, "AES", e);
}

pades_status crypt_aes_once(bool encrypt, span key, const uint8_t iv[CRYPT_BLOCK],
                            const uint8_t *in, uint8_t *out, size_t n, pades_error **e)
{
    AUTO(crypt_aes) *a = NULL;
    TRY(crypt_aes_new(encrypt, key, iv, &a, e));
    return crypt_aes_apply(a, in, out, n, e);
}
