/* HTTP as the rooms see it: one request, bounded in bytes, time and redirects. libcurl is opened
 * when first needed (curl_api.c, hop.c, pool.c, tls.c); http.c judges redirects and credentials,
 * guard.c addresses. */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include "base/bulk.h"
#include "base/control.h"
#include "base/ctx.h"
#include "base/secret.h"

/* Why there was no good answer, for who may ask again. */
typedef struct http_trouble {
    long status;         /* of HTTP; 0: no answer came */
    int64_t retry_after; /* seconds, -1 when not given */
    bool cut;            /* the connection ended before or inside the answer */
} http_trouble;

typedef struct http_request {
    const char *url;          /* http or https */
    const char *content_type; /* of the body; NULL: a GET */
    span body;
    const char *accept; /* wanted Content-Type; checked without parameters when not NULL */
    const char *user;   /* basic authentication, https only */
    const secret *password;
    const secret *bearer;                 /* instead of both: a token, likewise */
    bool insecure_auth;                   /* these over plain http too */
    const char *client_cert, *client_key; /* PEM files for TLS */
    uint64_t max_bytes;                   /* of the answer's body; 0: the context's */
    uint32_t timeout_ms;                  /* 0: the context's */
    bool from_document; /* URL named by a file or certificate: address rules apply */
    bool large;         /* the answer's body goes to `large`, not to `body` */
    pades_control *control;
    http_trouble *ret_trouble; /* filled when it fails; NULL: not wanted */
} http_request;

typedef struct http_response {
    long status;
    buf body;
    bulk large; /* ended */
    char content_type[128];
    int64_t retry_after; /* seconds, -1 when not given */
} http_response;

/* PADES_OK for status 200 with the wanted type. SERVICE_REFUSED: our rules (scheme, credentials
 * over plain http, address, redirect to another scheme); TRY_LATER: 429, 503 with what Retry-After
 * says; CANCELLED, TIMEOUT, SERVICE_FAILED otherwise. *ret is untouched then. Connections are kept
 * per context and origin. */
pades_status http_do(pades_ctx *ctx, const http_request *request, http_response *ret,
                     pades_error **e) MUST_USE;
void http_response_free(http_response *r);
/* Version of the loaded libcurl, or NULL. */
const char *http_library_version(void);

#endif
