/* See url.h. RFC 3986 less what no service needs. */
#include "net/url.h"

#include "base/compiler.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_name_char(char c)
{
    return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || c == '.' || c == '-' || c == '_';
}

static const char *bad_character(const char *text)
{
    for (const char *c = text; *c; c++) {
        if (*c <= ' ' || *c >= 0x7f || strchr("\\\"<>^`", *c)) {
            return "it holds a character that no URL has";
        }
    }
    return NULL;
}

/* The scheme's length with "://", or 0. */
static size_t read_scheme(const char *text, url *ret)
{
    static const char plain[] = "http://", safe[] = "https://";
    if (strncasecmp(text, safe, sizeof safe - 1) == 0) {
        ret->https = true;
        return sizeof safe - 1;
    }
    ret->https = false;
    return strncasecmp(text, plain, sizeof plain - 1) == 0 ? sizeof plain - 1 : 0;
}

/* clause: RFC3986#3.2.2 an IP literal in brackets; zone identifiers are refused */
static const char *read_literal(span authority, url *ret, size_t *ret_used)
{
    size_t close = span_find(authority, span_str("]"), 0);
    struct in6_addr parsed;
    if (close == SIZE_MAX || close - 1 > URL_HOST_MAX) {
        return "its host is malformed";
    }
    for (size_t i = 1; i < close; i++) {
        ret->host[i - 1] = lower((char)authority.p[i]);
    }
    ret->host[close - 1] = '\0';
    *ret_used = close + 1;
    return inet_pton(AF_INET6, ret->host, &parsed) == 1 ? NULL : "its host is malformed";
}

static const char *read_host(span authority, url *ret, size_t *ret_used)
{
    if (authority.n > 0 && authority.p[0] == '[') {
        return read_literal(authority, ret, ret_used);
    }
    size_t n = 0;
    while (n < authority.n && n < URL_HOST_MAX && is_name_char((char)authority.p[n])) {
        ret->host[n] = lower((char)authority.p[n]);
        n++;
    }
    ret->host[n] = '\0';
    *ret_used = n;
    return n == 0 ? "it has no host" : NULL;
}

static const char *read_port(span text, url *ret)
{
    ret->port = ret->https ? 443 : 80;
    if (text.n == 0) {
        return NULL;
    }
    if (text.p[0] != ':') {
        return "its host is malformed";
    }
    uint32_t port = 0;
    for (size_t i = 1; i < text.n; i++) {
        if (!is_digit((char)text.p[i]) || port > UINT16_MAX) {
            return "its port is no number from 1 to 65535";
        }
        port = port * 10 + (uint32_t)(text.p[i] - '0');
    }
    if (port == 0 || port > UINT16_MAX) {
        return "its port is no number from 1 to 65535";
    }
    ret->port = (uint16_t)port;
    return NULL;
}

const char *url_parse(const char *text, url *ret)
{
    size_t n = text ? strlen(text) : 0;
    if (n == 0 || n > URL_MAX) {
        return n == 0 ? "it is empty" : "it is longer than 4096 characters";
    }
    const char *why = bad_character(text);
    size_t start = why ? 0 : read_scheme(text, ret);
    if (start == 0) {
        return why ? why : "its scheme is neither http nor https";
    }
    span authority = span_of(text + start, strcspn(text + start, "/?#"));
    if (span_find(authority, span_str("@"), 0) != SIZE_MAX) {
        return "it holds a user name";
    }
    size_t used = 0;
    why = read_host(authority, ret, &used);
    if (!why) {
        why = read_port(span_part(authority, used, SIZE_MAX), ret);
    }
    memcpy(ret->text, text, n + 1);
    ret->path = start + authority.n;
    return why;
}

bool url_same_host(const url *a, const url *b)
{
    return strcmp(a->host, b->host) == 0;
}

bool url_same_origin(const url *a, const url *b)
{
    return a->https == b->https && a->port == b->port && url_same_host(a, b);
}

void url_show(const url *u, buf *out)
{
    buf_add(out, u->text, u->path + strcspn(u->text + u->path, "?#"));
}
