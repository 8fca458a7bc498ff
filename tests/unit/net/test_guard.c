/* net/guard: every range at its first and last address, and the neighbours that are public. */
#include "net/guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include "net/cm.h"

/* Both views must agree: the text of a kept connection and the sockaddr of a new one. */
static const char *judge(const char *ip)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    const char *text = guard_address_text(ip);
    const char *binary = NULL;
    if (inet_pton(AF_INET, ip, &v4.sin_addr) == 1) {
        binary = guard_address((const struct sockaddr *)&v4, sizeof v4);
    } else {
        assert_int_equal(inet_pton(AF_INET6, ip, &v6.sin6_addr), 1);
        binary = guard_address((const struct sockaddr *)&v6, sizeof v6);
    }
    assert_ptr_equal(text, binary);
    return text;
}

/* clause: RFC4291#2.4 outside 2000::/3 */
static void guard_refused_ranges(void **state)
{
    (void)state;
    static const struct {
        const char *ip, *what;
    } rows[] = {
        {"0.0.0.0", "unspecified"},
        {"0.255.255.255", "unspecified"},
        {"10.0.0.0", "private"},
        {"10.255.255.255", "private"},
        {"100.64.0.0", "carrier"},
        {"100.127.255.255", "carrier"},
        {"127.0.0.1", "loopback"},
        {"127.255.255.255", "loopback"},
        {"169.254.0.0", "link-local"},
        {"169.254.169.254", "link-local"},
        {"172.16.0.0", "private"},
        {"172.31.255.255", "private"},
        {"192.0.0.1", "reserved"},
        {"192.0.2.1", "documentation"},
        {"192.88.99.1", "6to4"},
        {"192.168.0.0", "private"},
        {"192.168.255.255", "private"},
        {"198.18.0.0", "benchmarking"},
        {"198.19.255.255", "benchmarking"},
        {"198.51.100.7", "documentation"},
        {"203.0.113.7", "documentation"},
        {"224.0.0.1", "multicast"},
        {"239.255.255.255", "multicast"},
        {"240.0.0.1", "reserved"},
        {"255.255.255.255", "reserved"},
        {"::", "unspecified"},
        {"::1", "loopback"},
        {"::ffff:8.8.8.8", "mapped"},
        {"::ffff:127.0.0.1", "mapped"},
        {"::8.8.8.8", "compatible"},
        {"64:ff9b::808:808", "NAT64"},
        {"64:ff9b:1::1", "NAT64"},
        {"2001::1", "Teredo"},
        {"2001:1ff:ffff::1", "reserved"},
        {"2001:db8::1", "documentation"},
        {"2002:7f00:1::1", "6to4"},
        {"3fff:fff::1", "documentation"},
        {"fc00::1", "unique local"},
        {"fdff:ffff::1", "unique local"},
        {"fe80::1", "link-local"},
        {"febf:ffff::1", "link-local"},
        {"fec0::1", "site-local"},
        {"ff02::1", "multicast"},
        {"ffff::1", "multicast"},
        {"100::1", "reserved"},
        {"1fff:ffff::1", "reserved"},
        {"4000::1", "reserved"},
        {"5f00::1", "reserved"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *what = judge(rows[i].ip);
        if (!what || !strstr(what, rows[i].what)) {
            fail_msg("%s: '%s', not '%s'", rows[i].ip, what ? what : "accepted", rows[i].what);
        }
    }
}

static void guard_public_neighbours(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "1.0.0.0",         "9.255.255.255", "11.0.0.0",     "100.63.255.255", "100.128.0.0",
        "126.255.255.255", "128.0.0.0",     "169.253.0.1",  "169.255.0.0",    "172.15.255.255",
        "172.32.0.0",      "192.0.1.0",     "192.0.3.0",    "192.88.98.1",    "192.167.255.255",
        "192.169.0.0",     "198.17.255.1",  "198.20.0.0",   "223.255.255.1",  "8.8.8.8",
        "2000::1",         "2001:200::1",   "2001:db7::1",  "2001:db9::1",    "2003::1",
        "2606:4700::1",    "3ffe:ffff::1",  "3fff:1000::1",
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *what = judge(rows[i]);
        if (what) {
            fail_msg("%s refused: %s", rows[i], what);
        }
    }
}

static void guard_other_families(void **state)
{
    (void)state;
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    struct sockaddr_in cut = {.sin_family = AF_INET};
    assert_non_null(guard_address((const struct sockaddr *)&un, sizeof un));
    assert_non_null(guard_address((const struct sockaddr *)&cut, sizeof cut - 1));
    assert_non_null(guard_address_text("/run/socket"));
    assert_non_null(guard_address_text(""));
    assert_non_null(guard_address_text("fe80::1%eth0"));
}

static void guard_ports(void **state)
{
    (void)state;
    for (unsigned port = 0; port <= UINT16_MAX; port++) {
        assert_int_equal(guard_port((uint16_t)port), port == 80 || port == 443);
    }
}

static bool allowed(const char *entry, const char *host, uint16_t port)
{
    char copy[64];
    strcpy(copy, entry);
    char *const list[] = {copy};
    return guard_allowed(list, 1, host, port);
}

static void guard_allowed_hosts(void **state)
{
    (void)state;
    assert_true(allowed("ca.internal", "ca.internal", 80));
    assert_true(allowed("CA.Internal", "ca.internal", 8080));
    assert_true(allowed("ca.internal:8080", "ca.internal", 8080));
    assert_false(allowed("ca.internal:8080", "ca.internal", 80));
    assert_false(allowed("ca.internal:808", "ca.internal", 8080));
    assert_false(allowed("ca.internal:", "ca.internal", 80));
    assert_false(allowed("ca.internal:65616", "ca.internal", 80));
    assert_false(allowed("ca.internal:80x", "ca.internal", 80));
    assert_false(allowed("internal", "ca.internal", 80));
    assert_false(allowed("ca.internal", "ca.internal.example", 80));
    assert_true(allowed("::1", "::1", 1));
    assert_true(allowed("[::1]", "::1", 1));
    assert_true(allowed("[::1]:8080", "::1", 8080));
    assert_false(allowed("[::1]:8080", "::1", 80));
    assert_false(allowed("[::1", "::1", 80));
    assert_false(allowed("[::1]8080", "::1", 8080));
    assert_false(guard_allowed(NULL, 0, "ca.internal", 80));
}

static void guard_allowed_any_of_several(void **state)
{
    (void)state;
    char one[] = "a", two[] = "b:81";
    char *const list[] = {one, two};
    assert_true(guard_allowed(list, 2, "b", 81));
    assert_false(guard_allowed(list, 2, "b", 80));
    assert_false(guard_allowed(list, 2, "c", 80));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guard_refused_ranges), cmocka_unit_test(guard_public_neighbours),
        cmocka_unit_test(guard_other_families), cmocka_unit_test(guard_ports),
        cmocka_unit_test(guard_allowed_hosts),  cmocka_unit_test(guard_allowed_any_of_several),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
