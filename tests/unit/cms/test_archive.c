/* What adbe-revocationInfoArchival holds: what is written is found again, and nothing else. */
#include "cms/sealed.h"

typedef struct found {
    buf text; /* "C" or "O" and the last octet of each */
    size_t stop_at;
} found;

static pades_status take(void *user, bool is_crl, span der, pades_error **e)
{
    (void)e;
    found *f = user;
    buf_addf(&f->text, "%c%u", is_crl ? 'C' : 'O', (unsigned)der.p[der.n - 1]);
    return f->text.n == f->stop_at ? PADES_CANCELLED : PADES_OK;
}

static void assert_found(span archive, const char *expected)
{
    found f = {.text = BUF(1024)};
    assert_int_equal(cms_archive_each(archive, take, &f, NULL), PADES_OK);
    assert_int_equal(f.text.n, strlen(expected));
    assert_memory_equal(f.text.n ? (const char *)f.text.p : "", expected, f.text.n);
    buf_free(&f.text);
}

/* clause: ISO32000-1#12.8.3.3.2 crl [0], ocsp [1], each a SEQUENCE OF */
static void archive_is_found_as_it_was_written(void **state)
{
    (void)state;
    static const uint8_t one[] = {0x30, 0x03, 0x02, 0x01, 0x01},
                         two[] = {0x30, 0x03, 0x02, 0x01, 0x02},
                         three[] = {0x30, 0x03, 0x02, 0x01, 0x03};
    const span crls[] = {span_of(one, 5), span_of(two, 5)}, ocsps[] = {span_of(three, 5)};
    static const struct {
        size_t crls, ocsps;
        const char *expected;
    } cases[] = {{2, 1, "C1C2O3"}, {1, 0, "C1"}, {0, 1, "O3"}, {0, 0, ""}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_VAL(buf) out = BUF(1024);
        assert_int_equal(cms_archive_write(crls, cases[i].crls, ocsps, cases[i].ocsps, &out, NULL),
                         PADES_OK);
        assert_found(buf_span(&out), cases[i].expected);
    }
}

static void archive_passes_over_what_is_none(void **state)
{
    (void)state;
    static const uint8_t other[] = {0x30, 0x09, 0xa2, 0x02, 0x30, 0x00,
                                    0xa1, 0x03, 0x30, 0x01, 0x30};
    static const uint8_t number[] = {0x02, 0x01, 0x07};
    assert_found(span_of(other, sizeof other), "");
    assert_found(span_of(number, sizeof number), "");
    assert_found(span_of(NULL, 0), "");
}

static void archive_ends_where_it_is_told_to(void **state)
{
    (void)state;
    static const uint8_t one[] = {0x30, 0x03, 0x02, 0x01, 0x01};
    const span both[] = {span_of(one, 5), span_of(one, 5)};
    AUTO_VAL(buf) out = BUF(1024);
    found f = {.text = BUF(1024), .stop_at = 2};
    assert_int_equal(cms_archive_write(both, 2, both, 2, &out, NULL), PADES_OK);
    assert_int_equal(cms_archive_each(buf_span(&out), take, &f, NULL), PADES_CANCELLED);
    assert_int_equal(f.text.n, 2);
    buf_free(&f.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(archive_is_found_as_it_was_written),
        cmocka_unit_test(archive_passes_over_what_is_none),
        cmocka_unit_test(archive_ends_where_it_is_told_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
