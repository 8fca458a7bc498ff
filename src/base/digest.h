/* SHA-2 with states that can be copied. Owner of OpenSSL's EVP_MD in base. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include "base/buf.h"

#define DIGEST_MAX 64

typedef struct digest digest;

pades_status digest_new(pades_digest alg, digest **ret, pades_error **e) MUST_USE;
pades_status digest_copy(const digest *from, digest **ret, pades_error **e) MUST_USE;
pades_status digest_update(digest *d, span data, pades_error **e) MUST_USE;
/* Writes pades_digest_size(alg) octets; the state is used up. */
pades_status digest_final(digest *d, uint8_t out[DIGEST_MAX], pades_error **e) MUST_USE;
pades_status digest_once(pades_digest alg, span data, uint8_t out[DIGEST_MAX],
                         pades_error **e) MUST_USE;
/* SHA-1 where a format names things by it; nothing is believed because of it. */
enum { SHA1_OCTETS = 20 };
pades_status sha1_name(span data, uint8_t out[SHA1_OCTETS], pades_error **e) MUST_USE;
pades_digest digest_alg(const digest *d);
void digest_free(digest *d);
DEFINE_AUTO(digest, digest_free)
/* Unpredictable octets. */
pades_status random_bytes(void *p, size_t n, pades_error **e) MUST_USE;

/* OpenSSL without its configuration file; every context calls it first. Idempotent. */
void openssl_start(void);
/* Version of the OpenSSL that runs, and of the one this was built with. */
const char *openssl_version_running(void);
const char *openssl_version_built(void);

#endif
