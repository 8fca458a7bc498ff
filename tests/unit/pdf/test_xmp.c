/* Claims found in XMP packets as they are written in the world, and not found where there are none.
 */
#include "unit.h"

#include "pdf/xmp.h"

#define PDFA "xmlns:pdfaid='http://www.aiim.org/pdfa/ns/id/'"

static pdf_claims claims_of(span packet)
{
    pdf_claims claims = {0, 0, 0, false, false};
    pades_error *e = NULL;
    assert_ok(xmp_claims(packet, &claims, &e), e);
    return claims;
}

/* clause: ISO19005-1#6.7.11 */
static void xmp_finds_the_part_however_it_is_written(void **state)
{
    (void)state;
    static const char *const packets[] = {
        "<?xpacket begin='' id='x'?><x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF><rdf:Description "
        "rdf:about='' " PDFA "><pdfaid:part>1</pdfaid:part><pdfaid:conformance>B"
        "</pdfaid:conformance></rdf:Description></rdf:RDF></x:xmpmeta>",
        "<d " PDFA " pdfaid:part=\"1\" pdfaid:conformance=\"B\"/>",
        "<d pdfaid:conformance='B' pdfaid:part = '1' " PDFA ">",
        "<d xmlns:q = \"http://www.aiim.org/pdfa/ns/id/\"\n><q:part\n>\n "
        "1\t</q:part><q:conformance>B<",
        "<part xmlns='http://www.aiim.org/pdfa/ns/id'>1</part><conformance>B</conformance>",
        "\xEF\xBB\xBF<d " PDFA " pdfaid:part='1' pdfaid:conformance='B'/>",
        "<!-- <x " PDFA " pdfaid:part='2'/> --><d " PDFA
        " pdfaid:part='1' pdfaid:conformance='B'/>",
        "<d " PDFA "/><e pdfaid:part='2'/><e pdfaid:part='1' pdfaid:conformance='B'/>",
        "< <d x=<d y='<d " PDFA " pdfaid:part='1' pdfaid:conformance='B'/>",
    };
    for (size_t i = 0; i + 1 < ARRAY_LEN(packets); i++) {
        pdf_claims claims = claims_of(span_str(packets[i]));
        if (claims.pdfa_part != 1 || claims.pdfa_conformance != 'B') {
            fail_msg("%s: %d", packets[i], claims.pdfa_part);
        }
    }
    claims_of(span_str(packets[ARRAY_LEN(packets) - 1])); /* not sound: any answer, no crash */
}

static void xmp_finds_nothing_where_nothing_is_claimed(void **state)
{
    (void)state;
    static const char *const packets[] = {
        "",
        "<",
        "<d",
        "<d x='",
        "no markup, pdfaid:part=1",
        "<d pdfaid:part='1'/>",
        "<d xmlns:pdfaid='http://www.aiim.org/pdfa/ns/schema#' pdfaid:part='1'/>",
        "<d " PDFA "/><d xmlns:pdfaid='urn:else' pdfaid:part='1'/>",
        "<d " PDFA
        " pdfaid:part='one'/><d pdfaid:part='10'/><d pdfaid:part='0'/><d pdfaid:part=''/>",
        "<d " PDFA " pdfaid:rev='1'/><d part='1'/><pdfaid:part><b>1</b></pdfaid:part>",
        "<d " PDFA "/><![CDATA[<d pdfaid:part='1'/>]]><?x <d pdfaid:part='1'/>?>",
        "<!DOCTYPE d [<!ENTITY x '1'>]><d " PDFA "/><pdfaid:part>&x;</pdfaid:part>",
    };
    for (size_t i = 0; i < ARRAY_LEN(packets); i++) {
        pdf_claims claims = claims_of(span_str(packets[i]));
        if (claims.pdfa_part || claims.pdfua_part || claims.pdfx || claims.invoice) {
            fail_msg("%s", packets[i]);
        }
    }
}

static void xmp_finds_other_standards(void **state)
{
    (void)state;
    pdf_claims claims = claims_of(span_str(
        "<d xmlns:pdfuaid='http://www.aiim.org/pdfua/ns/id/' pdfuaid:part='1'/>"
        "<d "
        "xmlns:x='http://www.npes.org/pdfx/ns/id/'><x:GTS_PDFXVersion>PDF/X-4</x:GTS_PDFXVersion>"
        "<d xmlns:fx='urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#'>"
        "<fx:DocumentFileName>factur-x.xml</fx:DocumentFileName>"
        "<d " PDFA " pdfaid:part='4' pdfaid:rev='2020'/>"));
    assert_int_equal(claims.pdfa_part, 4);
    assert_int_equal(claims.pdfa_conformance, 0);
    assert_int_equal(claims.pdfua_part, 1);
    assert_true(claims.pdfx && claims.invoice);
}

/* `text` with `width` octets a character. */
static void widen(buf *out, const char *text, size_t width, size_t low, bool mark)
{
    for (const char *p = text; *p; p++) {
        for (size_t i = 0; i < width; i++) {
            buf_add_byte(out, i == low ? (uint8_t)*p : 0);
        }
    }
    if (mark) { /* in place of the first character, a blank */
        out->p[low] = 0xFF;
        out->p[low == 0 ? 1 : low - 1] = 0xFE;
    }
}

static void xmp_reads_utf16_and_utf32(void **state)
{
    (void)state;
    static const struct {
        size_t width, low;
    } forms[] = {{2, 0}, {2, 1}, {4, 0}, {4, 3}};
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        for (int mark = 0; mark < 2; mark++) {
            AUTO_VAL(buf) packet = BUF(4096);
            widen(&packet,
                  mark ? " <d " PDFA " pdfaid:part='1'/>" : "<d " PDFA " pdfaid:part='1'/>",
                  forms[i].width, forms[i].low, mark);
            buf_add_byte(&packet, 0); /* half a character at the end */
            assert_int_equal(claims_of(buf_span(&packet)).pdfa_part, 1);
        }
    }
}

/* More prefixes than are kept, and a million tags: an answer, in linear time. */
static void xmp_bounds_what_it_keeps(void **state)
{
    (void)state;
    AUTO_VAL(buf) packet = BUF(64 << 20);
    for (int i = 0; i < 1000; i++) {
        buf_addf(&packet, "<d xmlns:p%d='http://www.aiim.org/pdfa/ns/id/' xmlns:q%d='urn:x'/>", i,
                 i);
    }
    for (int i = 0; i < 1000000; i++) {
        buf_add_str(&packet, "<p0:z a='b'>");
    }
    buf_add_str(&packet, "<p0:part>2</p0:part>");
    assert_int_equal(claims_of(buf_span(&packet)).pdfa_part, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(xmp_finds_the_part_however_it_is_written),
        cmocka_unit_test(xmp_finds_nothing_where_nothing_is_claimed),
        cmocka_unit_test(xmp_finds_other_standards),
        cmocka_unit_test(xmp_reads_utf16_and_utf32),
        cmocka_unit_test(xmp_bounds_what_it_keeps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
