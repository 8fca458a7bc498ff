/* libpades - time-stamping authorities (RFC 3161 over HTTP).
 *
 * An authority is an address and what to say to it; nothing is asked before an operation needs a
 * timestamp, and then once. An authority that answers with HTTP status 429 or 5xx (501 and 505
 * excepted), or whose connection breaks off, is asked again, at most twice, within the timeout of
 * the context; what Retry-After says is waited for, by all threads of the context that ask there.
 * When that is longer than the timeout: the next authority, else PADES_TRY_LATER. Texts are copied.
 * One thread at a time may change an authority; once it is only used, any number of operations may
 * share it. */
#ifndef PADES_TSA_H
#define PADES_TSA_H

#include <pades/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* `url` is http or https, without user name, at most 4096 characters; PADES_INVALID_ARGUMENT
 * otherwise. The caller frees *ret_tsa. */
PADES_API PADES_MUST_USE pades_status pades_tsa_new(const char *url, pades_tsa **ret_tsa,
                                                    pades_error **ret_error);
/* After the operations that use it. NULL is allowed. */
PADES_API void pades_tsa_free(pades_tsa *tsa);
/* Basic authentication (RFC 7617). `password` may be NULL, has at most 1024 bytes, is kept in
 * locked memory and wiped when freed. Never sent over plain http (PADES_SERVICE_REFUSED here
 * already), left out after a redirect to another origin. */
PADES_API PADES_MUST_USE pades_status pades_tsa_set_user(pades_tsa *tsa, const char *user,
                                                         const char *password,
                                                         pades_error **ret_error);
/* A token (RFC 6750) instead of user and password, at most 8192 visible ASCII characters; the same
 * rules as for a password. */
PADES_API PADES_MUST_USE pades_status pades_tsa_set_bearer(pades_tsa *tsa, const char *token,
                                                           pades_error **ret_error);
/* Before the two above: lets user, password or token go over plain http, where whoever is in
 * between can read them; each timestamp then has a warning. Never a client certificate. */
PADES_API void pades_tsa_set_insecure_auth(pades_tsa *tsa, int on);
/* TLS client certificate and its key without passphrase: PEM files, read when first needed. The
 * same rules as for a password. */
PADES_API PADES_MUST_USE pades_status pades_tsa_set_client_cert(pades_tsa *tsa,
                                                                const char *cert_path,
                                                                const char *key_path,
                                                                pades_error **ret_error);
/* reqPolicy, dotted; the answer's policy must be the same. */
PADES_API PADES_MUST_USE pades_status pades_tsa_set_policy(pades_tsa *tsa, const char *oid,
                                                           pades_error **ret_error);
/* At most `requests` in any `seconds` (1 to 86400 each), evenly spaced, for all threads of a
 * context together; authorities of the same scheme, host and port share their turns. Waiting for a
 * turn has no bound but the control object's. */
PADES_API PADES_MUST_USE pades_status pades_tsa_set_rate(pades_tsa *tsa, unsigned requests,
                                                         unsigned seconds, pades_error **ret_error);
/* As given; lives as long as the authority. */
PADES_API const char *pades_tsa_url(const pades_tsa *tsa);

/* Does it work? One timestamp of random octets is asked for and judged as that of a signature would
 * be, with the trust anchors of the context; the errors are those of sealing. `control` may be
 * NULL. The caller frees *ret_answer. */
typedef struct pades_tsa_answer pades_tsa_answer;
PADES_API PADES_MUST_USE pades_status pades_tsa_ask(pades_ctx *ctx, const pades_tsa *tsa,
                                                    pades_control *control,
                                                    pades_tsa_answer **ret_answer,
                                                    pades_error **ret_error);
/* NULL is allowed. */
PADES_API void pades_tsa_answer_free(pades_tsa_answer *answer);
/* The authority's time, in seconds since 1970 in UTC. */
PADES_API int64_t pades_tsa_answer_time(const pades_tsa_answer *answer);
/* The certificate of its signature; belongs to the answer. */
PADES_API const pades_cert *pades_tsa_answer_cert(const pades_tsa_answer *answer);
/* What a signature would have as warnings, escaped; NULL beyond the end. */
PADES_API const char *pades_tsa_answer_warning(const pades_tsa_answer *answer, size_t index);

#ifdef __cplusplus
}
#endif
#endif
