/* A strict reading of http and https URLs: what is refused here never reaches libcurl, so the two
 * cannot understand the same text in two ways. */
#ifndef NET_URL_H
#define NET_URL_H

#include "base/buf.h"

enum { URL_MAX = 4096, URL_HOST_MAX = 255 };

typedef struct url {
    char text[URL_MAX + 1];      /* as given */
    char host[URL_HOST_MAX + 1]; /* lower case; an IPv6 address without its brackets */
    size_t path;                 /* where the path starts in `text`; its end when there is none */
    uint16_t port;
    bool https;
} url;

/* NULL when *ret was filled, else why the text is no URL to ask (a constant phrase). Refused are
 * other schemes, user names, control characters, spaces, bytes over 0x7e, backslashes and quotes.
 */
const char *url_parse(const char *text, url *ret) MUST_USE;
/* Same scheme, host and port: where credentials may go. */
bool url_same_origin(const url *a, const url *b);
bool url_same_host(const url *a, const url *b);
/* What may be shown and logged: without the query, which can hold a customer's key. */
void url_show(const url *u, buf *out);

#endif
