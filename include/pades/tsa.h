/* libpades - time-stamping authorities (RFC 3161 over HTTP). */
#ifndef PADES_TSA_H
#define PADES_TSA_H

#include <pades/types.h>

#ifdef __cplusplus
extern "C" {
#endif

PADES_API PADES_MUST_USE pades_status pades_tsa_new(const char *url, pades_tsa **ret_tsa, pades_error **ret_error);
PADES_API void pades_tsa_free(pades_tsa *tsa);
/* Basic authentication; never sent over plain http, dropped on a redirect to another origin. */
PADES_API PADES_MUST_USE pades_status pades_tsa_set_user(pades_tsa *tsa, const char *user, const char *password,
                                                        pades_error **ret_error);
/* TLS client certificate and key, PEM files. */
PADES_API PADES_MUST_USE pades_status pades_tsa_set_client_cert(pades_tsa *tsa, const char *cert_path,
                                                               const char *key_path, pades_error **ret_error);
/* reqPolicy, dotted; the answer's policy must be the same. */
PADES_API PADES_MUST_USE pades_status pades_tsa_set_policy(pades_tsa *tsa, const char *oid, pades_error **ret_error);
PADES_API const char *pades_tsa_url(const pades_tsa *tsa);

#ifdef __cplusplus
}
#endif
#endif
