/* BER turned into DER, and what is refused. */
#include "unit.h"

#include "base/fail.h"
#include "cms/ber.h"

static void assert_becomes(span ber, span der, size_t used)
{
    AUTO(pades_error) *e = NULL;
    AUTO_VAL(buf) out = BUF(1 << 16);
    size_t n = 0;
    assert_ok(ber_to_der(ber, &out, &n, &e), e);
    assert_int_equal(n, used);
    assert_int_equal(out.n, der.n);
    assert_memory_equal(out.p, der.p, der.n);
}

static void assert_refused(span ber)
{
    pades_error *e = NULL;
    AUTO_VAL(buf) out = BUF(1 << 16);
    size_t n = 0;
    assert_fails(ber_to_der(ber, &out, &n, &e), PADES_CMS_INVALID, e);
}

#define BYTES(...)                                                                                 \
    span_of((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

/* clause: RFC5652#1 CMS values may be BER */
static void ber_loses_its_indefinite_lengths(void **state)
{
    (void)state;
    assert_becomes(BYTES(0x30, 0x80, 0x02, 1, 7, 0, 0, 0, 0), BYTES(0x30, 3, 2, 1, 7), 7);
    assert_becomes(BYTES(0x30, 0x80, 0xa0, 0x80, 0x05, 0, 0, 0, 0, 0),
                   BYTES(0x30, 4, 0xa0, 2, 5, 0), 10);
    assert_becomes(BYTES(0x30, 0x82, 0, 3, 2, 1, 7), BYTES(0x30, 3, 2, 1, 7), 7);
    assert_becomes(BYTES(0x30, 3, 2, 1, 7, 9), BYTES(0x30, 3, 2, 1, 7), 5);
    assert_becomes(BYTES(0x24, 0x80, 4, 2, 'a', 'b', 4, 1, 'c', 0, 0), BYTES(4, 3, 'a', 'b', 'c'),
                   11);
    assert_becomes(BYTES(0x24, 3, 4, 1, 'a'), BYTES(4, 1, 'a'), 5);
}

static void ber_that_is_none_is_refused(void **state)
{
    (void)state;
    assert_refused(BYTES(0));
    assert_refused(span_of(NULL, 0));
    assert_refused(BYTES(0x30));
    assert_refused(BYTES(0x30, 0x80));
    assert_refused(BYTES(0x30, 0x80, 2, 1, 7, 0));
    assert_refused(BYTES(0x02, 0x80, 0, 0));             /* primitive */
    assert_refused(BYTES(0x3f, 0x81, 0x01, 1, 0));       /* a long tag */
    assert_refused(BYTES(0x30, 0x84, 0xff, 0xff, 0xff, 0xff)); /* beyond the end */
    assert_refused(BYTES(0x30, 0x89, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    assert_refused(BYTES(0x24, 0x80, 2, 1, 7, 0, 0)); /* a piece that is no octet string */
}

static void ber_is_bounded(void **state)
{
    (void)state;
    AUTO_VAL(buf) deep = BUF(1 << 20);
    pades_error *e = NULL;
    AUTO_VAL(buf) out = BUF(4);
    size_t n = 0;
    for (int i = 0; i < 100000; i++) {
        buf_add_byte(&deep, 0x30);
        buf_add_byte(&deep, 0x80);
    }
    assert_refused(buf_span(&deep));
    assert_fails(ber_to_der(BYTES(0x30, 3, 2, 1, 7), &out, &n, &e), PADES_LIMIT, e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ber_loses_its_indefinite_lengths),
        cmocka_unit_test(ber_that_is_none_is_refused),
        cmocka_unit_test(ber_is_bounded),
    };
    return cmocka_run_group_tests_name("cms_ber", tests, NULL, NULL);
}
