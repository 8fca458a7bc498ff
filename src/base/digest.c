/* SHA-2 through OpenSSL's EVP. */
#include "base/digest.h"

#include "base/fail.h"
#include "base/mem.h"

#include <errno.h>
#include <pthread.h>
#include <sys/random.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/opensslv.h>

struct digest {
    EVP_MD_CTX *md;
    pades_digest alg;
};

/* Fetched once for the process: OpenSSL looks an algorithm up by name, under locks, whenever it is
 * given one that was not. NULL entries fall back to that. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static const EVP_MD *fetched[3]; /* written once, under `once` */

static void fetch_all(void)
{
    static const char *const names[] = {"SHA256", "SHA384", "SHA512"};
    ERR_set_mark();
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        fetched[i] = EVP_MD_fetch(NULL, names[i], NULL);
    }
    ERR_pop_to_mark();
}

static const EVP_MD *digest_md(pades_digest alg)
{
    pthread_once(&once, fetch_all);
    switch (alg) {
    case PADES_DIGEST_SHA384:
        return fetched[1] ? fetched[1] : EVP_sha384();
    case PADES_DIGEST_SHA512:
        return fetched[2] ? fetched[2] : EVP_sha512();
    case PADES_DIGEST_SHA256:
    case PADES_DIGEST_DEFAULT:
        break;
    }
    return fetched[0] ? fetched[0] : EVP_sha256();
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

pades_status sha1_name(span data, uint8_t out[SHA1_OCTETS], pades_error **e)
{
    ERR_set_mark();
    return digest_result(EVP_Digest(data.p, data.n, out, NULL, EVP_sha1(), NULL) == 1, e);
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

/* The kernel's, which is what OpenSSL seeds its generator with; a few bytes cost a tenth of what
 * that generator's locks and reseeding do. */
pades_status random_bytes(void *p, size_t n, pades_error **e)
{
    uint8_t *at = p;
    while (n > 0) {
        ssize_t got = getrandom(at, n, 0);
        if (got < 0 && errno != EINTR) {
            return fail_errno(e, PADES_INTERNAL, errno, "no random numbers");
        }
        at += got > 0 ? got : 0;
        n -= got > 0 ? (size_t)got : 0;
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
