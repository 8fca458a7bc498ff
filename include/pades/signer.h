/* libpades - who makes the signature: a key on a token, in a file, or the caller's own code. */
#ifndef PADES_SIGNER_H
#define PADES_SIGNER_H

#include <pades/cert.h>
#include <pades/token.h>
#include <pades/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What is to be signed. */
typedef struct pades_sign_request {
    pades_scheme scheme;
    pades_digest digest;
    const void *tbs; /* DER SET OF signed attributes (RFC 5652 5.4) */
    size_t tbs_n;
    const void *hash; /* its digest, for keys that sign a digest */
    size_t hash_n;
    const char *document; /* name of the document for prompts, may be NULL */
} pades_sign_request;

/* A signature as CMS carries it: PKCS#1 octets, or DER ECDSA-Sig-Value (RFC 3279 2.2.3). `fn`
 * writes at most `capacity` octets and their number; PADES_OK or the status to end with. */
typedef pades_status (*pades_sign_fn)(void *user, const pades_sign_request *request,
                                      void *signature, size_t capacity, size_t *ret_n);

/* The key on a token that `opts` selects: exactly one usable, else PADES_KEY_AMBIGUOUS naming them.
 * Logs in here (one attempt), or for an always-authenticate key at each signature. The session is
 * kept until the signer is freed. */
PADES_API PADES_MUST_USE pades_status pades_signer_new_token(pades_ctx *ctx,
                                                             const pades_token_opts *opts,
                                                             pades_signer **ret_signer,
                                                             pades_error **ret_error);
/* A .p12/.pfx or PEM file with key and certificate(s); the password by the PIN callback of `opts`
 * when it needs one. For tests and servers without a token. */
PADES_API PADES_MUST_USE pades_status pades_signer_new_file(pades_ctx *ctx, const char *path,
                                                            const pades_token_opts *opts,
                                                            pades_signer **ret_signer,
                                                            pades_error **ret_error);
/* The caller's own code. `chain[0]` is the signer's certificate; all are copied. */
PADES_API PADES_MUST_USE pades_status pades_signer_new_callback(
    pades_ctx *ctx, const pades_cert *const *chain, size_t n, pades_sign_fn fn, void *user,
    pades_signer **ret_signer, pades_error **ret_error);
/* Logs out and closes the session. NULL is allowed. */
PADES_API void pades_signer_free(pades_signer *signer);
PADES_API const pades_cert *pades_signer_cert(const pades_signer *signer);
/* URI or file name of the key, escaped. */
PADES_API const char *pades_signer_name(const pades_signer *signer);

/* Whether the key works: a random challenge, signed and checked with the certificate. */
typedef struct pades_key_test {
    pades_scheme scheme;
    pades_digest digest;
    const char *mechanism; /* how the token was asked ("CKM_ECDSA"); NULL for a key that is on none;
                              belongs to the signer */
    uint64_t
        microseconds; /* of the signature; with the typing where the key wants its PIN for it */
    size_t signature_bytes;
} pades_key_test;
/* `pss` 1: RSA-PSS for an RSA key. One signature, with a PIN of its own where the key wants that.
 * SIGNATURE_WRONG: what came back does not verify; ALGORITHM: the key does not make such ones. */
PADES_API PADES_MUST_USE pades_status pades_signer_test(pades_signer *signer, pades_digest digest,
                                                        int pss, pades_key_test *ret_test,
                                                        pades_error **ret_error);

#ifdef __cplusplus
}
#endif
#endif
