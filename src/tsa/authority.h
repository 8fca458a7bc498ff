/* A time-stamping authority as the tsa room sees it, and the memory of how large its tokens are. */
#ifndef TSA_AUTHORITY_H
#define TSA_AUTHORITY_H

#include "base/ctx.h"
#include "base/secret.h"
#include <pades/tsa.h>

struct pades_tsa {
    char *url;
    char *shown;  /* for messages: without query, escaped */
    char *origin; /* scheme, host, port */
    bool https;
    char *user;
    secret *password;
    secret *bearer;
    bool insecure_auth;
    char *client_cert, *client_key;
    char *policy;
    uint32_t rate_requests, rate_seconds; /* 0: no rate */
};

/* Octets of the last known token of this URL, 0 when unknown: from this context, else from the
 * cache folder, whose content is believed only as far as a sane number goes. */
size_t tsa_cache_get(pades_ctx *ctx, const char *url);
/* Remembers; a failure is nobody's concern. */
void tsa_cache_put(pades_ctx *ctx, const char *url, size_t n);

#endif
