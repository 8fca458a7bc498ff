/* Which addresses and ports a URL named by a file or a certificate may lead to. Pure functions: no
 * name is resolved here, no socket opened. */
#ifndef NET_GUARD_H
#define NET_GUARD_H

#include "base/compiler.h"
#include <sys/socket.h>

/* NULL when the address is one of the public Internet, else what it is ("a loopback address"). */
const char *guard_address(const struct sockaddr *address, size_t n) MUST_USE;
/* The same for the numeric text of an address. */
const char *guard_address_text(const char *ip) MUST_USE;
/* 80 and 443. */
bool guard_port(uint16_t port);
/* True when one of the `n` entries HOST or HOST:PORT names this host (any port without PORT). An
 * IPv6 address stands in brackets when a port follows. */
bool guard_allowed(char *const *entries, size_t n, const char *host, uint16_t port);

#endif
