/* SHA-2 through OpenSSL's EVP. */
#include "base/digest.h"

#include "base/fail.h"
#include "base/mem.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/opensslv.h>

struct digest {
    EVP_MD_CTX *md;
    pades_digest alg;
};

static const EVP_MD *digest_md(pades_digest alg)
{
    switch (alg) {
    case PADES_DIGEST_SHA384:
        return EVP_sha384();
    case PADES_DIGEST_SHA512:
        return EVP_sha512();
    case PADES_DIGEST_SHA256:
    case PADES_DIGEST_DEFAULT:
        break;
    }
    return EVP_sha256();
}

static pades_status digest_failed(pades_error **e)
{
    ERR_clear_error();
    return fail(e, PADES_INTERNAL, "hashing failed");
}

pades_status digest_new(pades_digest alg, digest **ret, pades_error **e)
{
    AUTO(digest) *d = mem_alloc(sizeof *d);
    if (!d || !(d->md = EVP_MD_CTX_new())) {
        return fail_memory(e);
    }
    d->alg = alg;
    if (EVP_DigestInit_ex(d->md, digest_md(alg), NULL) != 1) {
        return digest_failed(e);
    }
    *ret = TAKE(d);
    return PADES_OK;
}

pades_status digest_copy(const digest *from, digest **ret, pades_error **e)
{
    AUTO(digest) *d = mem_alloc(sizeof *d);
    if (!d || !(d->md = EVP_MD_CTX_new())) {
        return fail_memory(e);
    }
    d->alg = from->alg;
    if (EVP_MD_CTX_copy_ex(d->md, from->md) != 1) {
        return digest_failed(e);
    }
    *ret = TAKE(d);
    return PADES_OK;
}

pades_status digest_update(digest *d, span data, pades_error **e)
{
    return EVP_DigestUpdate(d->md, data.p, data.n) == 1 ? PADES_OK : digest_failed(e);
}

pades_status digest_final(digest *d, uint8_t out[DIGEST_MAX], pades_error **e)
{
    return EVP_DigestFinal_ex(d->md, out, NULL) == 1 ? PADES_OK : digest_failed(e);
}

pades_status digest_once(pades_digest alg, span data, uint8_t out[DIGEST_MAX], pades_error **e)
{
    return EVP_Digest(data.p, data.n, out, NULL, digest_md(alg), NULL) == 1 ? PADES_OK : digest_failed(e);
}

pades_digest digest_alg(const digest *d)
{
    return d->alg;
}

void digest_free(digest *d)
{
    if (d) {
        EVP_MD_CTX_free(d->md);
        mem_free(d);
    }
}

pades_status random_bytes(void *p, size_t n, pades_error **e)
{
    if (n > INT32_MAX || RAND_bytes(p, (int)n) != 1) {
        ERR_clear_error();
        return fail(e, PADES_INTERNAL, "no random numbers");
    }
    return PADES_OK;
}

const char *openssl_version_running(void)
{
    return OpenSSL_version(OPENSSL_VERSION_STRING);
}

const char *openssl_version_built(void)
{
    return OPENSSL_VERSION_STR;
}
