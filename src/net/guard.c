/* The address rules: everything that is not the public Internet is refused, IPv6 forms that carry
 * another address inside (mapped, NAT64, 6to4, Teredo) too, because what they reach cannot be
 * known. Registries: RFC 6890 and the IANA special-purpose address registries. */
#include "net/guard.h"

#include "base/span.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

typedef struct range {
    uint8_t prefix[16];
    uint8_t bits;
    const char *what;
} range;

static const range ranges4[] = {
    {{0}, 8, "an unspecified address"},
    {{10}, 8, "a private address"},
    {{100, 64}, 10, "a carrier-grade NAT address"},
    {{127}, 8, "a loopback address"},
    {{169, 254}, 16, "a link-local address"},
    {{172, 16}, 12, "a private address"},
    {{192, 0, 0}, 24, "a reserved address"},
    {{192, 0, 2}, 24, "a documentation address"},
    {{192, 88, 99}, 24, "a 6to4 relay address"},
    {{192, 168}, 16, "a private address"},
    {{198, 18}, 15, "a benchmarking address"},
    {{198, 51, 100}, 24, "a documentation address"},
    {{203, 0, 113}, 24, "a documentation address"},
    {{224}, 4, "a multicast address"},
    {{240}, 4, "a reserved address"},
};

static const range ranges6[] = {
    {{[15] = 0}, 128, "an unspecified address"},
    {{[15] = 1}, 128, "a loopback address"},
    {{[10] = 0xff, [11] = 0xff}, 96, "an IPv4-mapped address"},
    {{0}, 96, "an IPv4-compatible address"},
    {{0x00, 0x64, 0xff, 0x9b}, 96, "a NAT64 address"},
    {{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48, "a NAT64 address"},
    {{0x20, 0x01, 0x00, 0x00}, 32, "a Teredo address"},
    {{0x20, 0x01, 0x00}, 23, "a reserved address"},
    {{0x20, 0x01, 0x0d, 0xb8}, 32, "a documentation address"},
    {{0x20, 0x02}, 16, "a 6to4 address"},
    {{0x3f, 0xff, 0x00}, 20, "a documentation address"},
    {{0xfc}, 7, "a unique local address"},
    {{0xfe, 0x80}, 10, "a link-local address"},
    {{0xfe, 0xc0}, 10, "a site-local address"},
    {{0xff}, 8, "a multicast address"},
};

/* clause: RFC4291#2.4 only 2000::/3 has been given out as global unicast */
static const range global6 = {{0x20}, 3, "a reserved address"};

static bool in_range(const uint8_t *address, const range *r)
{
    size_t whole = r->bits / 8U;
    unsigned rest = r->bits % 8U;
    if (memcmp(address, r->prefix, whole) != 0) {
        return false;
    }
    unsigned mask = 0xffU & ~(0xffU >> rest);
    return rest == 0 || ((address[whole] ^ r->prefix[whole]) & mask) == 0;
}

static const char *find_range(const uint8_t *address, const range *ranges, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (in_range(address, &ranges[i])) {
            return ranges[i].what;
        }
    }
    return NULL;
}

static const char *judge4(const uint8_t *address)
{
    return find_range(address, ranges4, ARRAY_LEN(ranges4));
}

static const char *judge6(const uint8_t *address)
{
    const char *what = find_range(address, ranges6, ARRAY_LEN(ranges6));
    if (!what && !in_range(address, &global6)) {
        return global6.what;
    }
    return what;
}

const char *guard_address(const struct sockaddr *address, size_t n)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    if (address->sa_family == AF_INET && n >= sizeof v4) {
        memcpy(&v4, address, sizeof v4);
        return judge4((const uint8_t *)&v4.sin_addr);
    }
    if (address->sa_family == AF_INET6 && n >= sizeof v6) {
        memcpy(&v6, address, sizeof v6);
        return judge6((const uint8_t *)&v6.sin6_addr);
    }
    return "no Internet address";
}

const char *guard_address_text(const char *ip)
{
    uint8_t address[16];
    if (inet_pton(AF_INET, ip, address) == 1) {
        return judge4(address);
    }
    if (inet_pton(AF_INET6, ip, address) == 1) {
        return judge6(address);
    }
    return "no Internet address";
}

bool guard_port(uint16_t port)
{
    return port == 80 || port == 443;
}

/* True when `text` is the decimal number `port`. */
static bool names_port(span text, uint16_t port)
{
    uint32_t value = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9' || value > UINT16_MAX) {
            return false;
        }
        value = value * 10 + (uint32_t)(text.p[i] - '0');
    }
    return text.n > 0 && value == port;
}

static bool names_host(span name, const char *host)
{
    return name.n == strlen(host) && strncasecmp((const char *)name.p, host, name.n) == 0;
}

static bool entry_allows(span entry, const char *host, uint16_t port)
{
    if (names_host(entry, host)) {
        return true;
    }
    bool bracketed = entry.n > 0 && entry.p[0] == '[';
    size_t end =
        bracketed ? span_find(entry, span_str("]"), 0) : span_find(entry, span_str(":"), 0);
    if (end == SIZE_MAX) {
        return false;
    }
    span name = bracketed ? span_part(entry, 1, end - 1) : span_part(entry, 0, end);
    span rest = span_part(entry, bracketed ? end + 1 : end, SIZE_MAX);
    bool port_fits = rest.n == 0
                         ? bracketed
                         : rest.p[0] == ':' && names_port(span_part(rest, 1, SIZE_MAX), port);
    return port_fits && names_host(name, host);
}

bool guard_allowed(char *const *entries, size_t n, const char *host, uint16_t port)
{
    for (size_t i = 0; i < n; i++) {
        if (entry_allows(span_str(entries[i]), host, port)) {
            return true;
        }
    }
    return false;
}
