/* Words for objects. */
#include "unit.h"

#include "base/fail.h"
#include "pdf/kind.h"

static void assert_kind(const char *text, bool is_stream, const char *wanted)
{
    AUTO(pdf_pool) *pool = NULL;
    AUTO(pades_error) *e = NULL;
    pdf_obj *o = NULL;
    size_t used = 0;
    assert_ok(pdf_pool_new(1 << 20, &pool, &e), e);
    assert_ok(pdf_parse(pool, span_str(text), 20, &o, &used, &e), e);
    assert_string_equal(pdf_kind_word(o, is_stream), wanted);
}

/* clause: ISO32000-1#7.3.7 what /Type says; a stream is told from a dictionary by the reader */
static void kind_goes_by_type(void **state)
{
    (void)state;
    assert_kind("<</Type/Catalog>>", false, "catalog");
    assert_kind("<</Type/Catalog>>", true, "stream");
    assert_kind("<</Type/Pages>>", false, "page tree");
    assert_kind("<</Type/DSS>>", false, "DSS");
    assert_kind("<</Type/Whatever>>", false, "dictionary");
    assert_kind("<</Type(Page)>>", false, "dictionary");
    assert_kind("<</Type/XRef>>", true, "cross-reference stream");
    assert_kind("<</Type/XObject/Subtype/Form>>", true, "form XObject");
    assert_kind("[]", false, "array");
    assert_kind("3", false, "value");
}

/* clause: ISO32000-1#12.7.3 fields; #12.5.2 annotations; #12.8.1 signatures */
static void kind_tells_fields_annotations_and_signatures(void **state)
{
    (void)state;
    assert_kind("<</Type/Annot/Subtype/Widget/FT/Sig/T(a)>>", false, "signature field");
    assert_kind("<</Type/Annot/Subtype/Widget/FT/Tx/T(a)>>", false, "form field");
    assert_kind("<</T(a)/Kids[]>>", false, "form field");
    assert_kind("<</Subtype/Widget/Rect[0 0 0 0]>>", false, "widget");
    assert_kind("<</Subtype/Text/Rect[0 0 0 0]>>", false, "annotation");
    assert_kind("<</Type/Sig>>", false, "signature");
    assert_kind("<</ByteRange[]/Contents()>>", false, "signature");
    assert_kind("<</Type/DocTimeStamp/ByteRange[]/Contents()>>", false, "document timestamp");
    assert_kind("<</Fields[]/SigFlags 3>>", false, "form");
    assert_kind("<</S/JavaScript/JS()>>", false, "JavaScript action");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kind_goes_by_type),
        cmocka_unit_test(kind_tells_fields_annotations_and_signatures),
    };
    return cmocka_run_group_tests_name("pdf_kind", tests, NULL, NULL);
}
