/* libcurl, opened when the first request is made: a process that asks nobody does not pay for its
 * start (docs/adr/0001). The only file beside http.c, hop.c and pool.c that knows libcurl. */
#ifndef NET_CURL_API_H
#define NET_CURL_API_H

#include "base/compiler.h"
#include <curl/curl.h>
#include <pades/error.h>

#define CURL_API(X)                                                                                \
    X(global_init)                                                                                 \
    X(version_info)                                                                                \
    X(easy_init)                                                                                   \
    X(easy_setopt)                                                                                 \
    X(easy_perform)                                                                                \
    X(easy_getinfo)                                                                                \
    X(easy_reset)                                                                                  \
    X(easy_cleanup)                                                                                \
    X(easy_strerror)                                                                               \
    X(slist_append)                                                                                \
    X(slist_free_all)

typedef struct curl_api {
#define CURL_API_FIELD(name) __typeof__(curl_##name) *name;
    CURL_API(CURL_API_FIELD)
#undef CURL_API_FIELD
    /* SSL_CTX_set_keylog_callback of the OpenSSL that libcurl uses; NULL with another TLS library.
     */
    void (*set_keylog)(void *ssl_ctx, void (*callback)(void));
} curl_api;

/* The functions, or NULL with an error when there is no libcurl to open. */
const curl_api *curl_api_get(pades_error **e) MUST_USE;

#endif
