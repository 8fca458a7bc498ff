/* One request to one address: what http.c does once, and again for each redirect it follows. */
#ifndef NET_HOP_H
#define NET_HOP_H

#include "net/curl_api.h"
#include "net/http.h"
#include "net/pool.h"
#include "net/url.h"

typedef struct hop {
    pades_ctx *ctx;
    const http_request *request;
    const url *target;
    bool guarded;      /* not an address the user named: other handles, and ... */
    bool checked;      /* ... the address rules, unless the host is allowed */
    bool credentials;  /* user, password and client certificate may go there */
    uint64_t deadline; /* monotonic milliseconds */
    size_t max_bytes;

    http_response answer; /* body only with status 200 */
    bool cut;             /* no whole answer came: the connection ended */
    char *redirect;       /* where the service points to, or NULL; mem_free */
} hop;

/* PADES_OK when there was an answer, whatever its status. */
pades_status hop_run(hop *h, pades_error **e) MUST_USE;
void hop_free(hop *h);

/* TLS of a handle: always verified, against the system's trust, never against ctx's anchors. */
bool hop_set_tls(const curl_api *curl, CURL *easy) MUST_USE;

#endif
