/* DER and times: what is written is minimal and sorted, what is read must be. */
#include "unit.h"

#include "base/der.h"
#include "base/timefmt.h"

static void wrote(buf *b, const char *hex)
{
    AUTO_VAL(buf) h = BUF(4096);
    assert_true(buf_ok(b));
    buf_add_hex(&h, buf_span(b), false);
    buf_add_byte(&h, 0);
    assert_string_equal((const char *)h.p, hex);
    buf_clear(b);
}

static void der_writes_minimal_numbers(void **state)
{
    (void)state;
    AUTO_VAL(buf) b = BUF(4096);
    der_add_uint(&b, 0);
    wrote(&b, "020100");
    der_add_uint(&b, 127);
    wrote(&b, "02017f");
    der_add_uint(&b, 128);
    wrote(&b, "02020080");
    der_add_uint(&b, 256);
    wrote(&b, "02020100");
    der_add_uint_bytes(&b, span_of("\x00\x00\xff", 3));
    wrote(&b, "020200ff");
    der_add_bool(&b, true);
    wrote(&b, "0101ff");
}

static void der_writes_long_lengths(void **state)
{
    (void)state;
    AUTO_VAL(buf) b = BUF(1 << 20);
    static const uint8_t zeros[70000];
    der_add(&b, DER_OCTET_STRING, span_of(zeros, 127));
    assert_int_equal(b.n, 129);
    buf_clear(&b);
    der_add(&b, DER_OCTET_STRING, span_of(zeros, 128));
    assert_memory_equal(b.p, "\x04\x81\x80", 3);
    buf_clear(&b);
    der_add(&b, DER_OCTET_STRING, span_of(zeros, 70000));
    assert_memory_equal(b.p, "\x04\x83\x01\x11\x70", 5);
    assert_int_equal(der_header_size(70000), 5);
    assert_int_equal(der_header_size(127), 2);
    assert_int_equal(der_header_size(128), 3);
}

static void der_writes_and_reads_oids(void **state)
{
    (void)state;
    AUTO_VAL(buf) b = BUF(4096);
    char text[128];
    der_tlv t;
    der_add_oid(&b, "1.2.840.113549.1.9.16.2.47");
    reader r = reader_of(buf_span(&b));
    assert_true(der_expect(&r, DER_OID, &t));
    assert_true(der_oid_is(t.content, "1.2.840.113549.1.9.16.2.47"));
    assert_false(der_oid_is(t.content, "1.2.840.113549.1.9.16.2.4"));
    assert_true(der_oid_text(t.content, text, sizeof text));
    assert_false(der_oid_text(t.content, text, 10));
    buf_clear(&b);
    der_add_oid(&b, "2.999.1");
    wrote(&b, "0603883701");
    const char *bad[] = {"",    "1",    "1.",   ".1",    "1..2",
                         "3.1", "1.40", "1.02", "1.2.x", "1.2.99999999999999999999"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_false(der_oid_valid(bad[i]));
    }
    der_add_oid(&b, "nonsense");
    assert_false(buf_ok(&b));
}

static void der_set_of_is_sorted(void **state)
{
    (void)state;
    AUTO_VAL(buf) b = BUF(4096);
    const span items[] = {span_of("\x04\x02\x01\x01", 4), span_of("\x02\x01\x05", 3),
                          span_of("\x04\x01\xff", 3)};
    der_add_set_of(&b, DER_SET, items, 3);
    wrote(&b, "310a0201050401ff04020101");
    der_add_set_of(&b, DER_CONTEXT(0), NULL, 0);
    wrote(&b, "a000");
}

static void refuses(const char *bytes, size_t n)
{
    reader r = reader_of(span_of(bytes, n));
    der_tlv t;
    assert_false(der_next(&r, &t));
    assert_true(r.failed);
}

static void der_reader_is_strict(void **state)
{
    (void)state;
    refuses("\x30\x80\x00\x00", 4); /* indefinite */
    refuses("\x04\x81\x01\x00", 4); /* length not minimal */
    refuses("\x04\x82\x00\x80", 4); /* leading zero in the length */
    refuses("\x04\x05\x00", 3);     /* longer than what is there */
    refuses("\x1f\x01\x00", 3);     /* tag of more octets */
    refuses("\x04", 1);
    refuses("", 0);
    refuses("\x04\x89\x01\x01\x01\x01\x01\x01\x01\x01\x01", 11);
    reader r = reader_of(span_of("\x02\x01\x05\x04\x00", 5));
    der_tlv t;
    assert_false(der_optional(&r, DER_OCTET_STRING, &t));
    assert_true(der_optional(&r, DER_INTEGER, &t));
    assert_int_equal(t.whole.n, 3);
    assert_true(der_expect(&r, DER_OCTET_STRING, &t));
    assert_int_equal(t.content.n, 0);
    assert_int_equal(reader_left(&r), 0);
}

static void der_small_uint_is_minimal_and_positive(void **state)
{
    (void)state;
    uint64_t v = 0;
    assert_true(der_small_uint(span_of("\x00\xff", 2), &v));
    assert_int_equal(v, 255);
    assert_true(der_small_uint(span_of("\x00\xff\xff\xff\xff\xff\xff\xff\xff", 9), &v));
    assert_true(v == UINT64_MAX);
    assert_false(der_small_uint(span_of("\x00\x01", 2), &v));
    assert_false(der_small_uint(span_of("\xff", 1), &v));
    assert_false(der_small_uint(span_of("", 0), &v));
    assert_false(der_small_uint(span_of("\x01\x00\x00\x00\x00\x00\x00\x00\x00", 9), &v));
}

/* clause: ISO32000-1#7.9.4 D:YYYYMMDDHHmmSSOHH'mm' */
static void times_are_written_without_locale(void **state)
{
    (void)state;
    char text[TIME_TEXT];
    time_rfc3339(0, text);
    assert_string_equal(text, "1970-01-01T00:00:00Z");
    time_rfc3339(1795341600, text);
    assert_string_equal(text, "2026-11-22T10:00:00Z");
    time_rfc3339(-1, text);
    assert_string_equal(text, "1969-12-31T23:59:59Z");
    time_rfc3339(951782400, text);
    assert_string_equal(text, "2000-02-29T00:00:00Z");
    time_rfc3339(INT64_MAX, text);
    assert_string_equal(text, "9999-12-31T23:59:59Z");
    time_pdf(1795341600, 7200, text);
    assert_string_equal(text, "D:20261122120000+02'00'");
    time_pdf(1795341600, -12600, text);
    assert_string_equal(text, "D:20261122063000-03'30'");
    time_pdf(1795341600, 0, text);
    assert_string_equal(text, "D:20261122100000Z");
}

/* clause: RFC3161#2.4.2 GeneralizedTime */
static void times_are_read_strictly(void **state)
{
    (void)state;
    int64_t t = 0;
    assert_true(time_parse_pdf(span_str("D:20261122120000+02'00'"), &t));
    assert_int_equal(t, 1795341600);
    assert_true(time_parse_pdf(span_str("D:2026"), &t));
    assert_int_equal(t, 1767225600);
    assert_false(time_parse_pdf(span_str("D:20261322"), &t));
    assert_false(time_parse_pdf(span_str("soon"), &t));
    assert_true(time_parse_asn1(span_str("20261122100000Z"), true, &t));
    assert_int_equal(t, 1795341600);
    assert_true(time_parse_asn1(span_str("20261122100000.25Z"), true, &t));
    assert_false(time_parse_asn1(span_str("20261122100000.20Z"), true, &t));
    assert_false(time_parse_asn1(span_str("20261122100000"), true, &t));
    assert_false(time_parse_asn1(span_str("20260230100000Z"), true, &t));
    assert_true(time_parse_asn1(span_str("490101000000Z"), false, &t));
    assert_int_equal(t, 2493072000);
    assert_true(time_parse_asn1(span_str("500101000000Z"), false, &t));
    assert_int_equal(t, -631152000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(der_writes_minimal_numbers),
        cmocka_unit_test(der_writes_long_lengths),
        cmocka_unit_test(der_writes_and_reads_oids),
        cmocka_unit_test(der_set_of_is_sorted),
        cmocka_unit_test(der_reader_is_strict),
        cmocka_unit_test(der_small_uint_is_minimal_and_positive),
        cmocka_unit_test(times_are_written_without_locale),
        cmocka_unit_test(times_are_read_strictly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
