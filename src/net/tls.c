/* TLS settings of a request: TLS 1.2 or later, peer and name verified, the trust libcurl was built
 * for (the system's: a fixed file and folder, so SSL_CERT_FILE and SSL_CERT_DIR are not looked at).
 */
#include "net/hop.h"

/* libcurl opens the file that SSLKEYLOGFILE of the environment names when it starts; there is no
 * option against it, so the callback that would write session keys there is taken off again. */
static CURLcode forget_keylog(CURL *easy UNUSED, void *ssl_ctx, void *user)
{
    const curl_api *curl = user;
    if (curl->set_keylog) {
        curl->set_keylog(ssl_ctx, NULL);
    }
    return CURLE_OK;
}

bool hop_set_tls(const curl_api *curl, CURL *easy)
{
    union {
        const curl_api *from;
        void *to;
    } user = {.from = curl}; /* handed back as const by forget_keylog */
    bool ok = curl->easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK;
    ok = curl->easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK && ok;
    ok = curl->easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
         ok;
    if (curl->set_keylog) {
        ok = curl->easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, forget_keylog) == CURLE_OK && ok;
        ok = curl->easy_setopt(easy, CURLOPT_SSL_CTX_DATA, user.to) == CURLE_OK && ok;
    }
    return ok;
}
