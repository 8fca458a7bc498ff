/* A list of a hundred megabytes: judged in one pass, and nothing but its own bytes in memory. */
#include "pki/made.h"

#include "base/der.h"
#include "pki/crl.h"
#include <openssl/x509v3.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

void *__real_mem_alloc(size_t n);
void *__real_mem_resize(void *p, size_t n);
void *__wrap_mem_alloc(size_t n);
void *__wrap_mem_resize(void *p, size_t n);

static size_t asked; /* octets that our own code asked for */

void *__wrap_mem_alloc(size_t n)
{
    asked += n;
    return __real_mem_alloc(n);
}

void *__wrap_mem_resize(void *p, size_t n)
{
    asked += n;
    return __real_mem_resize(p, n);
}

enum { ENTRIES = 2400000, ENTRY = 42 };
/* SEQUENCE { INTEGER of 9 octets, UTCTime, SEQUENCE { reasonCode superseded } } */
static const uint8_t PATTERN[ENTRY] = {0x30, 40,   2,    9,    0x41, 0,   0,    0,   0,    0,   0,
                                       0,    0,    0x17, 13,   '2',  '6', '0',  '1', '0',  '1', '0',
                                       '0',  '0',  '0',  '0',  '0',  'Z', 0x30, 12,  0x30, 10,  6,
                                       3,    0x55, 0x1d, 0x15, 4,    3,   0x0a, 1,   4};

static void put_entries(uint8_t *at)
{
    for (uint32_t i = 0; i < ENTRIES; i++, at += ENTRY) {
        memcpy(at, PATTERN, ENTRY);
        for (unsigned k = 0; k < 4; k++) {
            at[9 + k] = (uint8_t)(i >> (24 - 8 * k));
        }
    }
}

static void add_head(buf *out, const made *issuer, size_t entries)
{
    AUTO_VAL(buf) alg = BUF(64);
    der_add_uint(out, 1);
    der_add_oid(&alg, "1.2.840.10045.4.3.2");
    der_add(out, DER_SEQUENCE, buf_span(&alg));
    buf_add_span(out, cert_subject_der(issuer->cert));
    der_add(out, DER_UTCTIME, span_str("260601110000Z"));
    der_add(out, DER_UTCTIME, span_str("260602120000Z"));
    der_add_header(out, DER_SEQUENCE, entries);
}

/* The list with `last` as the serial number (9 octets) of its last entry. */
static buf big_list(const made *issuer, const uint8_t last[9])
{
    const size_t entries = (size_t)ENTRIES * ENTRY;
    AUTO_VAL(buf) head = BUF(4096);
    buf out = BUF((size_t)128 << 20);
    add_head(&head, issuer, entries);
    size_t tbs = head.n + entries;
    size_t most = der_header_size(tbs) + tbs + 128;
    der_add_header(&out, DER_SEQUENCE, most); /* mended below */
    size_t start = out.n;
    der_add_header(&out, DER_SEQUENCE, tbs);
    buf_add_span(&out, buf_span(&head));
    uint8_t *at = buf_extend(&out, entries);
    assert_non_null(at);
    put_entries(at);
    memcpy(at + entries - ENTRY + 4, last, 9);
    buf sig = made_signature(issuer, PADES_SCHEME_ECDSA, PADES_DIGEST_SHA256,
                             span_of(out.p + start, out.n - start));
    AUTO_VAL(buf) alg = BUF(64);
    der_add_oid(&alg, "1.2.840.10045.4.3.2");
    der_add(&out, DER_SEQUENCE, buf_span(&alg));
    der_add_header(&out, DER_BIT_STRING, sig.n + 1);
    buf_add_byte(&out, 0);
    buf_add_span(&out, buf_span(&sig));
    buf_free(&sig);
    AUTO_VAL(buf) header = BUF(16);
    der_add_header(&header, DER_SEQUENCE, out.n - start);
    assert_int_equal(header.n, start);
    memcpy(out.p, header.p, header.n);
    assert_true(buf_ok(&out));
    return out;
}

static long peak_kib(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return u.ru_maxrss;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* 100 MB of entries, the certificate's the last of them. */
static void big_list_costs_its_bytes(void **state)
{
    (void)state;
    static const uint8_t serial[9] = {0x42, 1, 2, 3, 4, 5, 6, 7, 8};
    made ca = made_root("CA");
    made leaf =
        made_cert(&(made_spec){.cn = "Leaf", .serial = span_of(serial, sizeof serial)}, &ca);
    made other = made_cert(&(made_spec){.cn = "Other"}, &ca);
    buf list = big_list(&ca, serial);
    rev_info info;
    long before = peak_kib();
    double start = now();
    asked = 0;
    assert_int_equal(
        crl_check(view_of(buf_span(&list)), leaf.cert, ca.cert, NULL, 0, MADE_NOW, &info, NULL),
        PADES_OK);
    print_message("%zu octets in %.2f s, %zu octets asked for, peak grew by %ld KiB\n", list.n,
                  now() - start, asked, peak_kib() - before);
    assert_int_equal(info.state, REV_REVOKED);
    assert_int_equal(info.reason, 4);
    assert_true(asked < 4096);
    assert_true(peak_kib() - before < 4096);
    assert_int_equal(
        crl_check(view_of(buf_span(&list)), other.cert, ca.cert, NULL, 0, MADE_NOW, &info, NULL),
        PADES_OK);
    assert_int_equal(info.state, REV_GOOD);
    list.p[list.n / 2] ^= 1;
    assert_int_equal(
        crl_check(view_of(buf_span(&list)), leaf.cert, ca.cert, NULL, 0, MADE_NOW, &info, NULL),
        PADES_SIGNATURE_WRONG);
    buf_free(&list);
    made_free(&other);
    made_free(&leaf);
    made_free(&ca);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(big_list_costs_its_bytes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
