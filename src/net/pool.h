/* Idle libcurl handles of a context, each with its open connections: taken by one thread at a time,
 * given back after the request. Handles that spoke to the user's services are never used for URLs
 * that a file or a certificate names. */
#ifndef NET_POOL_H
#define NET_POOL_H

#include "base/ctx.h"
#include "net/curl_api.h"
#include "net/url.h"

typedef enum pool_class { POOL_USER, POOL_DOCUMENT, POOL_CLASSES } pool_class;

/* A handle with default options; one that is connected to the target's origin when there is one. */
pades_status pool_take(pades_ctx *ctx, pool_class class, const url *target, CURL **ret,
                       pades_error **e) MUST_USE;
/* Gives it back; `target` is what it spoke to last. */
void pool_give(pades_ctx *ctx, pool_class class, const url *target, CURL *easy);

#endif
