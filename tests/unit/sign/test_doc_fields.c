/* Signature fields: widgets and their pages, locks, seed values. */
#include "sign/doc_bench.h"

static const pades_field_info *field(const bench *b, size_t i)
{
    return pades_doc_get_field(b->doc, i);
}

/* clause: ISO32000-1#12.5.6.19 a widget may be one with its field or apart from it
 * clause: ISO32000-1#12.5.3 flags hide it */
static void fields_tell_where_their_widget_is(void **state)
{
    bench *b = *state;
    build(b,
          &(builder_plan){
              .version = "1.7",
              .catalog = "/AcroForm<</Fields[4 0 R 5 0 R 7 0 R 8 0 R 9 0 R]>>",
              .page = "/Annots[4 0 R 6 0 R 8 0 R]",
              .more = {"<</T(merged)/FT/Sig/Subtype/Widget/Rect[1 1 9.5 9]/F 4>>",
                       "<</T(apart)/FT/Sig/Kids[6 0 R]>>",
                       "<</Subtype/Widget/Rect[1 1 9 9]/F 2/Parent 5 0 R>>",
                       "<</T(none)/FT/Sig>>",
                       "<</T(flat)/FT/Sig/Subtype/Widget/Rect[5 5 5 9]>>",
                       "<</T(lost)/FT/Sig/Subtype/Widget/P 3 0 R/Rect[1 1 2 2]>>"}});
    look(b);
    static const struct {
        const char *name, *widget;
        int visible;
        size_t page;
    } wanted[] = {{"merged", "merged", 1, 1},
                  {"apart", "separate", 0, 1},
                  {"none", "none", 0, 0},
                  {"flat", "merged", 0, 1},
                  {"lost", "merged", 1, 0}}; /* what it says of its page is not believed */
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(field(b, i)->name, wanted[i].name);
        assert_true(field(b, i)->detailed);
        assert_string_equal(field(b, i)->widget, wanted[i].widget);
        assert_int_equal(field(b, i)->visible, wanted[i].visible);
        assert_int_equal(field(b, i)->page, wanted[i].page);
        assert_false(field(b, i)->has_lock);
        assert_null(pades_doc_get_seed(b->doc, i, 0));
    }
}

/* clause: ISO32000-1#7.7.3 pages are counted through the tree, whatever its shape; loops end */
static void fields_are_found_on_pages_of_any_tree(void **state)
{
    bench *b = *state;
    build(b, &(builder_plan){
                 .version = "1.7",
                 .catalog = "/AcroForm<</Fields[9 0 R]>>",
                 .pages = "/X 0",
                 .more = {"<</Type/Pages/Kids[3 0 R 5 0 R 2 0 R 4 0 R]>>",
                          "<</Type/Pages/Kids[6 0 R 7 0 R]>>", "<</Type/Page>>",
                          "<</Type/Page/Annots 8 0 R>>", "[9 0 R]",
                          "<</T(a)/FT/Sig/Subtype/Widget/Rect[0 0 0 0]>>"}});
    builder_object(&b->pdf, 2, 0, "<</Type/Pages/Kids[4 0 R]/Count 3>>");
    builder_table(&b->pdf, 100, "");
    look(b);
    assert_int_equal(field(b, 0)->page, 3);
}

static void fields_tell_locks_and_seed_values(void **state)
{
    bench *b = *state;
    const pades_seed_info *seed = NULL;
    build(b, &(builder_plan){
                 .version = "1.7",
                 .catalog = "/AcroForm<</Fields[4 0 R]>>",
                 .more = {"<</T(a)/FT/Sig/Lock<</Type/SigFieldLock/Action/Exclude/Fields[(x)"
                          "(y\\007)]/P 1>>/SV 5 0 R>>",
                          "<</Type/SV/Ff 10/Filter/Adobe.PPKLite/SubFilter[/ETSI.CAdES.detached"
                          "/adbe.pkcs7.detached]/Reasons[(I agree)(<FEFF202E>)]/MDP<</P 2>>"
                          "/TimeStamp<</URL(http://tsa.example/)/Ff 1>>"
                          "/Cert<</Ff 64/URL(http://x.example/\\033)>>>>"}});
    look(b);
    assert_true(field(b, 0)->has_lock);
    assert_string_equal(field(b, 0)->lock.action, "Exclude");
    assert_int_equal(field(b, 0)->lock.fields_listed, 2);
    assert_string_equal(field(b, 0)->lock.fields[0], "x");
    assert_string_equal(field(b, 0)->lock.fields[1], "y\\x07");
    assert_int_equal(field(b, 0)->lock.fields_n, 2);
    assert_int_equal(field(b, 0)->lock.p, 1);
    static const struct {
        const char *name, *value;
        int required;
    } wanted[] = {{"Filter", "Adobe.PPKLite", 0},
                  {"SubFilter", "ETSI.CAdES.detached", 1},
                  {"SubFilter", "adbe.pkcs7.detached", 1},
                  {"Reasons", "I agree", 1},
                  {"Reasons", "<FEFF202E>", 1},
                  {"MDP", "2", 1},
                  {"TimeStamp", "http://tsa.example/", 1},
                  {"Cert URL", "http://x.example/\\x1b", 1}};
    for (size_t i = 0; i < 8; i++) {
        seed = pades_doc_get_seed(b->doc, 0, i);
        assert_non_null(seed);
        assert_string_equal(seed->name, wanted[i].name);
        assert_string_equal(seed->value, wanted[i].value);
        assert_int_equal(seed->required, wanted[i].required);
    }
    assert_int_equal(field(b, 0)->seeds, 8);
    assert_null(pades_doc_get_seed(b->doc, 0, 8));
    assert_null(pades_doc_get_seed(b->doc, 1, 0));
}

static void fields_with_seed_values_that_make_no_sense_are_warned_of(void **state)
{
    bench *b = *state;
    build(b, &(builder_plan){.version = "1.7",
                             .catalog = "/AcroForm<</Fields[4 0 R]>>",
                             .more = {"<</T(a)/FT/Sig/Lock 7/SV<</Filter 3>>>>"}});
    look(b);
    assert_false(field(b, 0)->has_lock);
    assert_int_equal(field(b, 0)->seeds, 0);
    assert_true(warned(b, "what a signature field asks for cannot be read"));
}

static void fields_of_other_kinds_are_not_looked_into(void **state)
{
    bench *b = *state;
    build(b, &(builder_plan){.version = "1.7",
                             .catalog = "/AcroForm<</Fields[4 0 R]>>",
                             .more = {"<</T(a)/FT/Tx/Subtype/Widget/Rect[0 0 9 9]>>"}});
    look(b);
    assert_false(field(b, 0)->detailed);
    assert_null(field(b, 0)->widget);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOC_TEST(fields_tell_where_their_widget_is),
        DOC_TEST(fields_are_found_on_pages_of_any_tree),
        DOC_TEST(fields_tell_locks_and_seed_values),
        DOC_TEST(fields_with_seed_values_that_make_no_sense_are_warned_of),
        DOC_TEST(fields_of_other_kinds_are_not_looked_into),
    };
    return cmocka_run_group_tests_name("sign_doc_fields", tests, NULL, NULL);
}
