/* The metadata of a document found, decoded and bounded; damage in it claims nothing. */
#include "parts.h"

#include "pdf/claims.h"

#include <zlib.h>

#define PACKET "<d xmlns:pdfaid='http://www.aiim.org/pdfa/ns/id/' pdfaid:part='1'/>"
#define CATALOG "<</Type/Catalog/Pages 2 0 R/Metadata 4 0 R>>"

static void pack(buf *out, span data)
{
    uLongf n = compressBound(data.n);
    uint8_t *p = buf_extend(out, n);
    assert_non_null(p);
    assert_int_equal(compress(p, &n, data.p, data.n), Z_OK);
    buf_truncate(out, n);
}

/* The part claimed by a file whose object 4 is a stream with `keys`. */
static int part_of(const char *catalog, const char *keys, span data)
{
    AUTO_VAL(parts) p = {0};
    reading r;
    pdf_claims claims = {9, 0, 0, false, false};
    parts_three(&p);
    parts_object(&p, 1, catalog);
    parts_stream(&p, 4, keys, data);
    parts_table(&p, 0, 5, "/Root 1 0 R/Size 5");
    reading_open(&r, buf_span(&p.out));
    assert_ok(pdf_claims_read(r.f, &claims, &r.e), r.e);
    assert_null(r.e);
    reading_free(&r);
    return claims.pdfa_part;
}

/* clause: ISO32000-1#14.3.2 */
static void claims_are_read_plain_and_compressed(void **state)
{
    (void)state;
    AUTO_VAL(buf) packed = BUF(1 << 20);
    pack(&packed, span_str(PACKET));
    assert_int_equal(part_of(CATALOG, "/Type/Metadata", span_str(PACKET)), 1);
    assert_int_equal(part_of(CATALOG, "/Filter/FlateDecode", buf_span(&packed)), 1);
    assert_int_equal(part_of(CATALOG, "/Filter[/FlateDecode]", buf_span(&packed)), 1);
}

/* Without metadata, with what is none, and with metadata that cannot be read. */
static void claims_are_none_where_they_cannot_be_read(void **state)
{
    (void)state;
    AUTO_VAL(buf) packed = BUF(1 << 20);
    pack(&packed, span_str(PACKET));
    static const char *const catalogs[] = {
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Catalog/Pages 2 0 R/Metadata<</Length 0>>>>",
        "<</Type/Catalog/Pages 2 0 R/Metadata 2 0 R>>",
        "<</Type/Catalog/Pages 2 0 R/Metadata 44 0 R>>",
    };
    for (size_t i = 0; i < ARRAY_LEN(catalogs); i++) {
        assert_int_equal(part_of(catalogs[i], "", span_str(PACKET)), 0);
    }
    assert_int_equal(part_of(CATALOG, "/Filter/ASCIIHexDecode", span_str("3C643E>")), 0);
    assert_int_equal(part_of(CATALOG, "/Filter[/FlateDecode/FlateDecode]", buf_span(&packed)), 0);
    assert_int_equal(part_of(CATALOG, "/F(elsewhere)", span_str(PACKET)), 0);
    assert_int_equal(part_of(CATALOG, "/Filter/FlateDecode", span_str("not deflated")), 0);
}

/* The first 4 MiB count, and a packet that ends early says what it said until then. */
static void claims_are_bounded(void **state)
{
    (void)state;
    AUTO_VAL(buf) large = BUF(64 << 20);
    AUTO_VAL(buf) packed = BUF(64 << 20);
    buf_add_str(&large, PACKET);
    for (size_t i = 0; i < (20 << 20); i++) {
        buf_add_byte(&large, (uint8_t)(i * i >> 3));
    }
    assert_int_equal(part_of(CATALOG, "", buf_span(&large)), 1);
    pack(&packed, buf_span(&large));
    assert_int_equal(part_of(CATALOG, "/Filter/FlateDecode", buf_span(&packed)), 1);
    buf_truncate(&packed, packed.n / 64);
    assert_int_equal(part_of(CATALOG, "/Filter/FlateDecode", buf_span(&packed)), 1);
    AUTO_VAL(buf) late = BUF(64 << 20);
    buf_add_fill(&late, ' ', 5 << 20);
    buf_add_str(&late, PACKET);
    assert_int_equal(part_of(CATALOG, "", buf_span(&late)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(claims_are_read_plain_and_compressed),
        cmocka_unit_test(claims_are_none_where_they_cannot_be_read),
        cmocka_unit_test(claims_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
