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

/* Between these two, OpenSSL's errors are ours and are dropped; the application's stay. */
static bool drop_errors(bool ok)
{
    ERR_pop_to_mark();
    return ok;
}

static pades_status digest_result(bool ok, pades_error **e)
{
    return drop_errors(ok) ? PADES_OK : fail(e, PADES_INTERNAL, "hashing failed");
}

/* Nothing below us reads the environment (OPENSSL_CONF) because of us. Without effect when the
 * application has started OpenSSL its own way before. */
void openssl_start(void)
{
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
}

pades_status digest_new(pades_digest alg, digest **ret, pades_error **e)
{
    AUTO(digest) *d = mem_alloc(sizeof *d);
    if (!d || !(d->md = EVP_MD_CTX_new())) {
        return fail_memory(e);
    }
    d->alg = alg;
    ERR_set_mark();
    TRY(digest_result(EVP_DigestInit_ex(d->md, digest_md(alg), NULL) == 1, e));
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
    ERR_set_mark();
    TRY(digest_result(EVP_MD_CTX_copy_ex(d->md, from->md) == 1, e));
    *ret = TAKE(d);
    return PADES_OK;
}

pades_status digest_update(digest *d, span data, pades_error **e)
{
    ERR_set_mark();
    return digest_result(EVP_DigestUpdate(d->md, data.p, data.n) == 1, e);
}

pades_status digest_final(digest *d, uint8_t out[DIGEST_MAX], pades_error **e)
{
    ERR_set_mark();
    return digest_result(EVP_DigestFinal_ex(d->md, out, NULL) == 1, e);
}

pades_status digest_once(pades_digest alg, span data, uint8_t out[DIGEST_MAX], pades_error **e)
{
    ERR_set_mark();
    return digest_result(EVP_Digest(data.p, data.n, out, NULL, digest_md(alg), NULL) == 1, e);
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
    ERR_set_mark();
    bool ok = drop_errors(n <= INT32_MAX && RAND_bytes(p, (int)n) == 1);
    return ok ? PADES_OK : fail(e, PADES_INTERNAL, "no random numbers");
}

const char *openssl_version_running(void)
{
    return OpenSSL_version(OPENSSL_VERSION_STRING);
}

const char *openssl_version_built(void)
{
    return OPENSSL_VERSION_STR;
}
