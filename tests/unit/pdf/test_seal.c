/* The revision of a seal on every structure of form, page and cross-reference section. */
#include "pdf/sealed.h"

/* clause: ISO32000-1#12.8.1, ISO32000-1#12.7.4.5, ISO32000-1#7.5.5 */
static void seal_works_on_every_kind_of_section(void **state)
{
    (void)state;
    for (builder_kind kind = BUILD_TABLE; kind <= BUILD_HYBRID; kind++) {
        sealed s;
        seal_with(&s, &(builder_plan){.kind = kind}, &usual);
        assert_string_equal(s.seal.field, "Signature1");
        assert_true(wrote(&s, 1) && wrote(&s, 3) && !wrote(&s, 2));
        /* the page of the hybrid one is hidden from old readers */
        assert_int_equal(s.seal.warnings.n > 0, kind == BUILD_HYBRID);
        sealed_free(&s);
    }
}

typedef struct structure {
    builder_plan document;
    const char *written; /* ids of the input that are written again, "1 3" */
    const char *kept;    /* text of the revision */
} structure;

static void assert_structure(const structure *t, builder_kind kind)
{
    sealed s;
    builder_plan document = t->document;
    document.kind = kind;
    seal_with(&s, &document, &usual);
    for (uint32_t id = 1; id < 10; id++) {
        bool expected = strchr(t->written, (int)('0' + id)) != NULL;
        if (wrote(&s, id) != expected) {
            fail_msg("%s: object %u", t->kept, id);
        }
    }
    if (!has(&s, t->kept)) {
        fail_msg("'%s' is not in '%.*s'", t->kept, (int)s.seal.revision.n,
                 (const char *)s.seal.revision.p);
    }
    sealed_free(&s);
}

#define PDFA_1                                                                                     \
    "<</Length 67>>\nstream\n"                                                                     \
    "<a xmlns:p='http://www.aiim.org/pdfa/ns/id/'><p:part>1</p:part></a>\nendstream"
#define ESIC "/Extensions<</ESIC<</BaseVersion/1.7/ExtensionLevel 2>>>>"

/* clause: ISO32000-1#12.7.2, ISO14289-1#7.18.3 (/Tabs) */
/* clause: ISO32000-1#12.5.2 /Annots */
static void seal_changes_forms_and_annotations_where_they_stand(void **state)
{
    (void)state;
    static const structure structures[] = {
        {{.catalog = "/AcroForm<</Fields[4 0 R]/DA(/H 0 Tf)/DR<<>>>>",
          .page = "/Annots[4 0 R]",
          .more = {"<</T(a)/FT/Tx/Subtype/Widget>>"}},
         "13",
         "/DA(/H 0 Tf)/DR<<>>/SigFlags 3>>"},
        {{.catalog = "/AcroForm<</Fields 4 0 R/SigFlags 1>>" ESIC,
          .page = "/Annots 5 0 R",
          .more = {"[6 0 R]", "[ 6 0 R ]", "<</T(a)/FT/Tx/Subtype/Widget>>"}},
         "145",
         "[ 6 0 R  "},
        {{.catalog = "/AcroForm<</Fields 4 0 R/SigFlags 3>>" ESIC,
          .page = "/Annots 5 0 R",
          .more = {"[]", "[% (\n]"}},
         "45",
         "[% (\n"},
        {{.catalog = "/AcroForm 4 0 R" ESIC,
          .page = "/Annots[]",
          .more = {"<</Fields[]/NeedAppearances true>>"}},
         "34",
         "/NeedAppearances true/SigFlags 3>>"},
        {{.catalog = "/AcroForm 4 0 R" ESIC,
          .page = "/Annots 6 0 R/Rotate 90.0",
          .more = {"<</Fields 5 0 R/SigFlags 3>>", "[]", "[]"}},
         "56",
         "["},
        {{.catalog = "/AcroForm 4 0 R" ESIC,
          .page = "/Annots 5 0 R",
          .more = {"<</Fields 5 0 R/SigFlags 3>>", "[6 0 R]", "<</T(a)/FT/Tx/Subtype/Widget>>"}},
         "5",
         "[6 0 R "},
        {{.catalog = "/AcroForm 44 0 R", .page = "/Annots 45 0 R/Rotate +090"},
         "13",
         "/Rotate +090"},
        {{.catalog = "/AcroForm null" ESIC, .page = "/StructParents 0"}, "13", "/Tabs/S"},
        {{.catalog = "/AcroForm<<>>", .page = "/StructParents 0/Tabs/R"}, "13", "/Tabs/R"},
        {{.catalog = "/MarkInfo<</Marked true>>"}, "13", "/Tabs/S"},
        {{.catalog = "/StructTreeRoot 4 0 R", .page = "/Annots 5 0 R", .more = {"<<>>", "[]"}},
         "135",
         "/Annots 5 0 R/Tabs/S"},
        {{.catalog = "/AcroForm<</Fields null/SigFlags 4>>"}, "13", "/SigFlags 7"},
    };
    for (size_t i = 0; i < ARRAY_LEN(structures); i++) {
        assert_structure(&structures[i], BUILD_TABLE);
        assert_structure(&structures[i], BUILD_OBJSTM);
    }
}

/* A signed page gets its annotation and nothing else, and so does one that had annotations. */
static void seal_adds_no_tab_order_where_it_is_none_of_its_own(void **state)
{
    (void)state;
    static const builder_plan documents[] = {
        {.catalog = "/MarkInfo<</Marked true>>/AcroForm<</SigFlags 3/Fields[4 0 R]>>",
         .more = {"<</T(x)/Kids[5 0 R]>>", "<</FT/Sig/T(y)/Parent 4 0 R/V<<>>>>"}},
        {.catalog = "/StructTreeRoot 5 0 R",
         .page = "/Annots[4 0 R]",
         .more = {"<</Subtype/Link/Rect[0 0 1 1]>>", "<<>>"}},
        {.catalog = "/MarkInfo<</Marked false>>"},
    };
    for (size_t i = 0; i < ARRAY_LEN(documents); i++) {
        sealed s;
        seal_with(&s, &documents[i], &usual);
        assert_true(wrote(&s, 3) && !has(&s, "/Tabs"));
        sealed_free(&s);
    }
}

/* clause: EN319142-1#5.6, ISO32000-1#7.5.2 (the later version) */
/* clause: ISO32000-1#7.12 extensions of others stay */
static void seal_says_which_extension_it_uses(void **state)
{
    (void)state;
    static const structure structures[] = {
        {{.version = "1.7"}, "13", ESIC},
        {{.version = "1.4", .catalog = "/Version/1.7"}, "13", ESIC},
        {{.version = "1.4"}, "13", ESIC "/Version/1.7"},
        {{.version = "1.3", .catalog = "/Version/1.6"}, "13", "/Version/1.7/"},
        {{.catalog = "/Extensions<</ADBE<</BaseVersion/1.7/ExtensionLevel 8>>>>"},
         "13",
         "/ADBE<</BaseVersion/1.7/ExtensionLevel 8>>/ESIC<</BaseVersion/1.7/ExtensionLevel 2>>>>"},
        {{.catalog = "/Extensions 4 0 R", .more = {"<</ADBE<<>>>>"}}, "134", "<</ADBE<<>>/ESIC<<"},
        {{.version = "1.5",
          .catalog = "/Extensions 4 0 R/AcroForm<</Fields 5 0 R/SigFlags 3>>",
          .more = {"<</ADBE<<>>>>", "[]"}},
         "1345",
         "/Version/1.7"},
    };
    for (size_t i = 0; i < ARRAY_LEN(structures); i++) {
        assert_structure(&structures[i], BUILD_TABLE);
    }
}

/* What has one, needs none, is signed, or is bound to an older version. */
static void seal_leaves_version_and_extensions_alone(void **state)
{
    (void)state;
    static const builder_plan documents[] = {
        {.catalog = "/Extensions 4 0 R/AcroForm<</Fields 5 0 R/SigFlags 3>>",
         .more = {"<</ESIC<<>>>>", "[]"}},
        {.version = "2.0"},
        {.version = "1.4", .catalog = "/Version/2.0"},
        {.catalog = "/Extensions[]"},
        {.version = "1.6",
         .catalog = "/AcroForm<</Fields[4 0 R]/SigFlags 3>>",
         .more = {"<</FT/Sig/T(a)/V<<>>>>"}},
        {.version = "1.7",
         .catalog = "/AcroForm<</Fields[4 0 R]/SigFlags 1>>",
         .more = {"<</FT/Sig/T(a)/Kids[5 0 R]>>", "<</T(b)/Parent 4 0 R/V 6 0 R>>",
                  "<</Type/Sig>>"}},
        {.version = "1.7", .catalog = "/Metadata 4 0 R", .more = {PDFA_1}},
        {.version = "1.4", .catalog = "/Metadata 4 0 R", .more = {PDFA_1}},
        {.version = "1.4",
         .trailer = "/Info 4 0 R",
         .more = {"<</GTS_PDFXVersion(PDF/X-1a:2003)>>"}},
    };
    for (size_t i = 0; i < ARRAY_LEN(documents); i++) {
        sealed s;
        seal_with(&s, &documents[i], &usual);
        if (has(&s, "/ESIC<</Base") || has(&s, "/Version/1.7")) {
            fail_msg("document %zu: %.*s", i, (int)s.seal.revision.n,
                     (const char *)s.seal.revision.p);
        }
        sealed_free(&s);
    }
}

static void assert_rect(const builder_plan *document, const char *expected)
{
    sealed s;
    seal_with(&s, document, &usual);
    if (!has(&s, expected)) {
        fail_msg("no %s in %.*s", expected, (int)s.seal.revision.n,
                 (const char *)s.seal.revision.p);
    }
    sealed_free(&s);
}

static void seal_stands_in_the_corner_of_the_crop_box(void **state)
{
    (void)state;
    assert_rect(&(builder_plan){.page = ""}, "/Rect[0 0 0 0]");
    assert_rect(&(builder_plan){.page = "/CropBox[10.50 20 500 700]"}, "/Rect[10.50 20 10.50 20]");
    assert_rect(&(builder_plan){.pages = "/CropBox[500 700 -10 20]"}, "/Rect[-10 20 -10 20]");
    assert_rect(&(builder_plan){.page = "/MediaBox[1 2 3 4]"}, "/Rect[1 2 1 2]");
    assert_rect(&(builder_plan){.page = "/CropBox 4 0 R", .more = {"[5 0 R 2 3 4]", "1"}},
                "/Rect[1 2 1 2]");
    assert_rect(&(builder_plan){.page = "/CropBox[/a 2 3 4]"}, "/Rect[0 2 0 2]");
    assert_rect(&(builder_plan){.page = "/CropBox[1]"}, "/Rect[0 0 0 0]");
}

static void seal_finds_the_first_page_of_a_deep_tree(void **state)
{
    (void)state;
    sealed s;
    builder_plan document = {.catalog = "/X 1",
                             .pages = "/Y 2",
                             .more = {"<</Type/Pages/Kids[]/Count 0>>",
                                      "<</Type/Pages/Kids[6 0 R]/Count 1/CropBox[7 8 9 9]>>",
                                      "<</Type/Page/Parent 5 0 R>>"}};
    document.pages = "/Kids2 0";
    seal_with(&s, &document, &usual);
    sealed_free(&s);
    AUTO(pades_error) *e = NULL;
    s = (sealed){.seal = {.hole = 0}};
    builder_start(&s.b, "1.7");
    builder_object(&s.b, 1, 0, "<</Type/Catalog/Pages 2 0 R>>");
    builder_object(&s.b, 2, 0, "<</Type/Pages/Kids[4 0 R 5 0 R]/Count 1/MediaBox[0 0 9 9]>>");
    builder_object(&s.b, 4, 0, "<</Type/Pages/Parent 2 0 R/Kids[]/Count 0>>");
    builder_object(&s.b, 5, 7, "<</Type/Pages/Parent 2 0 R/Kids[6 2 R]/Count 1/CropBox[7 8 9 9]>>");
    builder_object(&s.b, 6, 2, "<</Type/Page/Parent 5 7 R>>");
    builder_table(&s.b, 7, "");
    /* 5 has generation 7, but is named with 0: an object that is not there */
    assert_int_equal(try_seal(&s, &usual, &e), PADES_DOC_DAMAGED);
    opened_free(&s.before);
    builder_free(&s.b);
}

static void seal_keeps_generation_numbers(void **state)
{
    (void)state;
    AUTO(pades_error) *e = NULL;
    sealed s = {.seal = {.hole = 0}};
    builder_start(&s.b, "1.7");
    builder_object(&s.b, 1, 0, "<</Type/Catalog/Pages 2 3 R/AcroForm 4 1 R" ESIC ">>");
    builder_object(&s.b, 2, 3, "<</Type/Pages/Kids[3 2 R]/Count 1/MediaBox[0 0 9 9]>>");
    builder_object(&s.b, 3, 2, "<</Type/Page/Parent 2 3 R>>");
    builder_object(&s.b, 4, 1, "<</Fields[]>>");
    builder_table(&s.b, 5, "");
    if (try_seal(&s, &usual, &e) != PADES_OK) {
        fail_msg("%s", pades_error_message(e));
    }
    assert_sealed(&s);
    assert_true(has(&s, "\n3 2 obj\n") && has(&s, "4 1 obj\n") && has(&s, "/P 3 2 R"));
    sealed_free(&s);
}

static void seal_three_times_in_a_row(void **state)
{
    (void)state;
    for (builder_kind kind = BUILD_TABLE; kind <= BUILD_HYBRID; kind++) {
        sealed s;
        seal_with(&s, &(builder_plan){.kind = kind}, &usual);
        for (int i = 2; i <= 3; i++) {
            char name[32];
            sealed next = {.seal = {.hole = 0}};
            next.b.out = BUF(64 << 20);
            buf_add(&next.b.out, s.after.bytes, s.after.n);
            assert_int_equal(try_seal(&next, &usual, NULL), PADES_OK);
            snprintf(name, sizeof name, "Signature%d", i);
            assert_string_equal(next.seal.field, name);
            assert_sealed(&next);
            assert_false(wrote(&next, 1)); /* the form is its own object by now */
            sealed_free(&s);
            s = next;
        }
        AUTO_VAL(pdf_fields) fields = {NULL, 0, 0};
        assert_int_equal(pdf_fields_read(s.after.f, &fields, NULL), PADES_OK);
        assert_int_equal(fields.n, 3);
        for (size_t i = 0; i < fields.n; i++) {
            AUTO_VAL(pdf_signature) found = {.contents = BUF(0)};
            assert_int_equal(
                pdf_signature_read(s.after.f, &fields.items[i], s.after.pool, &found, NULL),
                PADES_OK);
            assert_true(found.byte_range_ok);
        }
        sealed_free(&s);
    }
}

static void seal_takes_the_first_free_name(void **state)
{
    (void)state;
    sealed s;
    seal_with(&s,
              &(builder_plan){.catalog = "/AcroForm<</Fields[4 0 R 5 0 R 6 0 R 7 0 R]>>",
                              .more = {"<</T(Signature1)/FT/Tx>>",
                                       "<</T<FEFF005300690067006E00610074007500720065"
                                       "0032>/FT/Tx>>",
                                       "<</T(Signature04)/FT/Tx>>", "<</T(Signature4)>>"}},
              &usual);
    assert_string_equal(s.seal.field, "Signature3");
    sealed_free(&s);
}

static void seal_uses_the_name_given(void **state)
{
    (void)state;
    sealed s;
    pdf_seal_plan plan = usual;
    plan.field = "S\xC3\xA6l (1)";
    seal_with(&s, &(builder_plan){.kind = BUILD_STREAM}, &plan);
    assert_string_equal(s.seal.field, plan.field);
    assert_true(has(&s, "/T<FEFF005300E6006C002000280031"));
    sealed_free(&s);
}

/* clause: EN319142-1#6.3 */
static void seal_writes_the_texts(void **state)
{
    (void)state;
    sealed s;
    pdf_seal_plan plan = usual;
    plan.name = "Seal (of) nobody";
    plan.reason = "Faktura \xC3\xB8";
    plan.location = "Oslo";
    plan.contact = "a@b";
    seal_with(&s, &(builder_plan){.kind = BUILD_TABLE}, &plan);
    assert_true(has(&s,
                    "/Name(Seal \\(of\\) nobody)/Reason<FEFF00460061006B0074007500720061002000F8>"
                    "/Location(Oslo)/ContactInfo(a@b)"));
    assert_true(has(&s, "/M(D:20261122110000+01'00')"));
    assert_true(
        has(&s, "/Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/ByteRange [0 "));
    sealed_free(&s);
}

static void seal_is_small(void **state)
{
    (void)state;
    sealed s;
    seal_with(&s, &(builder_plan){.kind = BUILD_TABLE}, &usual);
    assert_in_range(s.seal.revision.n - s.seal.hole_n, 1, 1536);
    sealed_free(&s);
}

static void seal_refuses_what_a_document_forbids(void **state)
{
    (void)state;
    static const struct {
        builder_plan document;
        pades_status status;
    } cases[] = {
        {{.trailer = "/Encrypt<</Filter/Adobe.PubSec>>/ID[<00><01>]"}, PADES_DOC_UNSUPPORTED},
        {{.catalog = "/Perms<</DocMDP 4 0 R>>",
          .more = {"<</Reference[<</TransformMethod/DocMDP/TransformParams"
                   "<</P 1>>>>]>>"}},
         PADES_DOC_NOT_PERMITTED},
        {{.catalog = "/Perms<</UR3 4 0 R>>", .more = {"<<>>"}}, PADES_DOC_NOT_PERMITTED},
        {{.catalog = "/NeedsRendering true/AcroForm<</Fields[4 0 R]/XFA 5 0 R>>",
          .more = {"<</T(a)>>", "<<>>"}},
         PADES_DOC_UNSUPPORTED},
        {{.catalog = "/AcroForm<</XFA[(a)]/Fields[]>>"}, PADES_DOC_UNSUPPORTED},
        {{.catalog = "/AcroForm 7"}, PADES_DOC_DAMAGED},
        {{.catalog = "/AcroForm<</Fields<<>>>>"}, PADES_DOC_DAMAGED},
        {{.catalog = "/X 1/X 2"}, PADES_DOC_DAMAGED},
        {{.catalog = "/AcroForm<</X 1/X 2>>"}, PADES_DOC_DAMAGED},
        {{.page = "/X 1/X 2"}, PADES_DOC_DAMAGED},
        {{.catalog = "/Version/2.0/AcroForm 4 0 R/X 1/X 2",
          .more = {"<</Fields 5 0 R/SigFlags 3>>", "[]"}},
         PADES_DOC_DAMAGED},
        {{.catalog = "/AcroForm 4 0 R", .more = {"<</Fields 5 0 R/SigFlags 3/X 1/X 2>>", "[]"}},
         PADES_DOC_DAMAGED},
        {{.catalog = "/Perms 4 0 R", .more = {"<</DocMDP null/DocMDP null>>"}}, PADES_DOC_DAMAGED},
        {{.page = "/Annots 4 0 R/X 1/X 2", .more = {"[]"}}, PADES_DOC_DAMAGED},
        {{.page = "/Annots/None"}, PADES_DOC_DAMAGED},
        {{.page = "/Kids[2 0 R]"}, PADES_DOC_DAMAGED},
        {{.page = "/Length 1>>\nstream\nx\nendstream%"}, PADES_DOC_DAMAGED},
        {{.catalog = "/Length 1>>\nstream\nx\nendstream%"}, PADES_DOC_DAMAGED},
        {{.page = "/Own 70000 0 R"}, PADES_DOC_DAMAGED},
        {{.page = "/Annots[70000 0 R]"}, PADES_DOC_DAMAGED},
        {{.catalog = "/AcroForm 4 0 R", .more = {"<</Fields[[70000 0 R]]>>"}}, PADES_DOC_DAMAGED},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_refused(&cases[i].document, &usual, cases[i].status);
    }
}

static bool is_touched(const pdf_seal *seal, uint32_t id)
{
    for (size_t i = 0; i < seal->touched_n; i++) {
        if (seal->touched[i].id == id) {
            return true;
        }
    }
    return false;
}

/* Law 5: also what is read and not written, and what is null to us. */
static void seal_names_all_that_it_read_for_the_second_reader(void **state)
{
    (void)state;
    sealed s;
    builder_plan document = {
        .catalog = "/Version/2.0/AcroForm 4 0 R/Perms 6 0 R",
        .page = "/Annots 7 0 R/Tabs 8 0 R",
        .more = {"<</Fields 5 0 R/SigFlags 3>>", "[]", "<</DocMDP 9 0 R>>", "[]", "null", "null"}};
    seal_with(&s, &document, &usual);
    for (uint32_t id = 1; id <= 9; id++) {
        if (id != 8) { /* the page is not written again, so nobody asks for its tabs */
            assert_true(is_touched(&s.seal, id));
        }
    }
    sealed_free(&s);
}

static void seal_that_was_stored_must_fit_its_hole(void **state)
{
    (void)state;
    sealed s;
    seal_with(&s, &(builder_plan){.kind = BUILD_TABLE}, &usual);
    assert_true(pdf_seal_fits(&s.seal));
    s.seal.byte_range[1]++;
    assert_false(pdf_seal_fits(&s.seal));
    s.seal.byte_range[1]--;
    s.seal.byte_range[2] += 2;
    assert_false(pdf_seal_fits(&s.seal));
    s.seal.byte_range[2] -= 2;
    s.seal.hole--;
    assert_false(pdf_seal_fits(&s.seal));
    s.seal.hole = 3;
    assert_false(pdf_seal_fits(&s.seal));
    sealed_free(&s);
}

static void seal_permits_what_a_certification_permits(void **state)
{
    (void)state;
    static const char *const references[] = {
        "<</Reference[<</TransformMethod/DocMDP/TransformParams<</P 2>>>>]>>",
        "<</Reference[<</TransformMethod/DocMDP>>]>>",
        "<</Reference[<</TransformMethod/FieldMDP/TransformParams<</Action/Include/Fields[(a)]>>>>"
        "<</TransformMethod/DocMDP/TransformParams<</P 3>>>>]>>"};
    for (size_t i = 0; i < ARRAY_LEN(references); i++) {
        sealed s;
        builder_plan document = {.catalog = "/Perms<</DocMDP 4 0 R>>", .more = {references[i]}};
        seal_with(&s, &document, &usual);
        sealed_free(&s);
    }
}

static void seal_warns_of_an_xfa_part(void **state)
{
    (void)state;
    sealed s;
    seal_with(&s,
              &(builder_plan){.catalog = "/AcroForm<</Fields[4 0 R]/XFA[]>>",
                              .more = {"<</T(a)/FT/Tx>>"}},
              &usual);
    assert_true(s.seal.warnings.n > 0 && strstr((const char *)s.seal.warnings.p, "XFA"));
    sealed_free(&s);
}

/* Page trees that no walk may follow for ever. `objects` are 2, 3, ... of the file. */
static void assert_tree_refused(const char *const *objects, size_t n, pades_status expected)
{
    AUTO(pades_error) *e = NULL;
    sealed s = {.seal = {.hole = 0}};
    builder_start(&s.b, "1.7");
    builder_object(&s.b, 1, 0, "<</Type/Catalog/Pages 2 0 R>>");
    for (size_t i = 0; i < n; i++) {
        builder_object(&s.b, (uint32_t)i + 2, 0, "%s", objects[i]);
    }
    builder_table(&s.b, (uint32_t)n + 2, "");
    assert_int_equal(try_seal(&s, &usual, &e), expected);
    opened_free(&s.before);
    builder_free(&s.b);
}

/* clause: ISO32000-1#7.7.3 */
static void seal_refuses_broken_page_trees(void **state)
{
    (void)state;
    static const char *const trees[][2] = {
        {"<</Type/Pages/Kids[2 0 R]>>", "null"},
        {"<</Type/Pages/Kids[]>>", "null"},
        {"<</Type/Pages>>", "null"},
        {"<</Type/Pages/Kids[3 0 R]>>", "null"},
        {"<</Type/Pages/Kids[3 0 R]>>", "[]"},
        {"<</Type/Pages/Kids[<</Type/Page>>]>>", "null"},
        {"<</Type/Pages/Kids 7>>", "null"},
        {"<</Type/Pages/Kids[3 0 R]>>", "<</Type/Pages/Kids[2 0 R]>>"},
        {"<</Type/Pages/Kids[4 0 R]>>", "null"},
    };
    for (size_t i = 0; i < ARRAY_LEN(trees); i++) {
        assert_tree_refused(trees[i], 2, PADES_DOC_DAMAGED);
    }
}

static void seal_gives_up_on_a_tree_of_empty_nodes(void **state)
{
    (void)state;
    AUTO_VAL(buf) kids = BUF(1 << 20);
    AUTO_VAL(builder) b;
    AUTO(pades_error) *e = NULL;
    pdf_seal seal;
    opened o;
    builder_start(&b, "1.7");
    builder_object(&b, 1, 0, "<</Type/Catalog/Pages 2 0 R>>");
    builder_object(&b, 3, 0, "<</Type/Pages/Kids[]/Count 0>>");
    b.rows[b.n++] = (builder_row){2, 0, b.out.n, 0};
    buf_add_str(&b.out, "2 0 obj\n<</Type/Pages/Kids[");
    for (int i = 0; i < 20000; i++) {
        buf_add_str(&b.out, "3 0 R ");
    }
    buf_add_str(&b.out, "]>>\nendobj\n");
    builder_table(&b, 4, "");
    opened_open(&o, buf_span(&b.out), span_of(NULL, 0));
    assert_int_equal(pdf_seal_build(o.f, &usual, &seal, &e), PADES_LIMIT);
    opened_free(&o);
}

/* clause: ISO32000-1#12.7.3.2 a partial name has no full stop, and is not empty */
static void seal_refuses_names_that_cannot_be(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        pades_status status;
    } cases[] = {{"", PADES_INVALID_ARGUMENT},     {"a..b", PADES_INVALID_ARGUMENT},
                 {".a", PADES_INVALID_ARGUMENT},   {"a.", PADES_INVALID_ARGUMENT},
                 {"\xFF", PADES_INVALID_ARGUMENT}, {"Taken", PADES_FIELD_EXISTS},
                 {"\xC3\xA6", PADES_FIELD_EXISTS}};
    builder_plan document = {.catalog = "/AcroForm<</Fields[4 0 R 5 0 R]>>",
                             .more = {"<</T(Taken)/Kids[]>>", "<</T 6 0 R>>", "(\xE6)"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        pdf_seal_plan plan = usual;
        plan.field = cases[i].name;
        assert_refused(&document, &plan, cases[i].status);
    }
}

static void seal_refuses_texts_that_are_not_utf8(void **state)
{
    (void)state;
    pdf_seal_plan plan = usual;
    plan.reason = "\xC3";
    assert_refused(&(builder_plan){.page = ""}, &plan, PADES_INVALID_ARGUMENT);
    plan = usual;
    plan.contents_bytes = 0;
    assert_refused(&(builder_plan){.page = ""}, &plan, PADES_INVALID_ARGUMENT);
}

/* What it needs, and room for a signature that is longer by some octets, as the next may be. */
static void seal_fill_names_the_size_it_needs(void **state)
{
    (void)state;
    uint8_t big[65] = {0};
    char named[32];
    AUTO(pades_error) *e = NULL;
    sealed s;
    seal_with(&s, &(builder_plan){.kind = BUILD_TABLE}, &usual);
    assert_int_equal(pdf_seal_fill(&s.seal, span_of(big, sizeof big), &e), PADES_RESERVE_TOO_SMALL);
    snprintf(named, sizeof named, "--reserve %zu", pdf_seal_room(65));
    assert_true(pdf_seal_room(65) > 65 + 16);
    assert_non_null(strstr(pades_error_message(e), "65 bytes"));
    assert_non_null(strstr(pades_error_hint(e), named));
    assert_int_equal(pdf_seal_fill(&s.seal, span_of(big, 64), NULL), PADES_OK);
    sealed_free(&s);
}

/* The n-th allocation fails, for every n: a clean error, or nothing noticed at all. */
static size_t allocations_left = SIZE_MAX;

static bool may_allocate(void)
{
    if (allocations_left == SIZE_MAX) {
        return true;
    }
    if (allocations_left == 0) {
        return false;
    }
    allocations_left--;
    return true;
}

void *__real_mem_alloc(size_t n);
void *__wrap_mem_alloc(size_t n);
void *__wrap_mem_alloc(size_t n)
{
    return may_allocate() ? __real_mem_alloc(n) : NULL;
}
void *__real_mem_resize(void *p, size_t n);
void *__wrap_mem_resize(void *p, size_t n);
void *__wrap_mem_resize(void *p, size_t n)
{
    return may_allocate() ? __real_mem_resize(p, n) : NULL;
}
void *__real_mem_array(size_t count, size_t size);
void *__wrap_mem_array(size_t count, size_t size);
void *__wrap_mem_array(size_t count, size_t size)
{
    return may_allocate() ? __real_mem_array(count, size) : NULL;
}
bool __real_mem_grow(void **items, size_t n, size_t *cap, size_t size);
bool __wrap_mem_grow(void **items, size_t n, size_t *cap, size_t size);
bool __wrap_mem_grow(void **items, size_t n, size_t *cap, size_t size)
{
    return (n < *cap || may_allocate()) && __real_mem_grow(items, n, cap, size);
}
char *__real_mem_strndup(const char *s, size_t n);
char *__wrap_mem_strndup(const char *s, size_t n);
char *__wrap_mem_strndup(const char *s, size_t n)
{
    return may_allocate() ? __real_mem_strndup(s, n) : NULL;
}

static pades_status seal_once(const builder *b, const pdf_seal_plan *plan, size_t allocations)
{
    AUTO_VAL(pdf_seal) seal = {.hole = 0};
    AUTO_VAL(pdf_fields) fields = {NULL, 0, 0};
    AUTO(pades_error) *e = NULL;
    opened o;
    pdf_second_result result;
    opened_open(&o, buf_span(&b->out), span_of(NULL, 0));
    allocations_left = allocations;
    pades_status status = pdf_seal_build(o.f, plan, &seal, &e);
    if (status == PADES_OK) {
        status = pdf_second_check(o.f, seal.touched, seal.touched_n, &result, &e);
    }
    if (status == PADES_OK) {
        status = pdf_fields_read(o.f, &fields, &e);
    }
    bool ran_out = allocations_left == 0;
    allocations_left = SIZE_MAX;
    assert_true(status == PADES_OK ||
                (ran_out && (status == PADES_NO_MEMORY || status == PADES_LIMIT)));
    opened_free(&o);
    return status;
}

static void seal_survives_every_failed_allocation(void **state)
{
    (void)state;
    for (builder_kind kind = BUILD_TABLE; kind <= BUILD_HYBRID; kind++) {
        AUTO_VAL(builder) b;
        size_t n = 0;
        builder_document(&b, &(builder_plan){.kind = kind,
                                             .catalog = "/AcroForm<</Fields[4 0 R]>>",
                                             .more = {"<</T(a)/FT/Tx>>"}});
        while (seal_once(&b, &usual, n) != PADES_OK) {
            n++;
            assert_in_range(n, 1, 20000);
        }
        assert_true(n > 20);
    }
}

static void assert_survives(const builder_plan *document, const pdf_seal_plan *plan)
{
    AUTO_VAL(builder) b;
    size_t n = 0;
    builder_document(&b, document);
    while (seal_once(&b, plan, n) != PADES_OK) {
        n++;
        assert_in_range(n, 1, 20000);
    }
    assert_true(n > 20);
}

/* The same with everything that rights and fields bring. */
static void seal_of_a_form_survives_every_failed_allocation(void **state)
{
    (void)state;
    char name[] = "a";
    char *names[] = {name};
    const pdf_lock lock = {.action = PDF_LOCK_INCLUDE, .names = names, .n = 1};
    pdf_seal_plan plan = usual;
    plan.certification = 2;
    plan.lock = &lock;
    plan.drop_usage_rights = true;
    plan.field = "g.new.er";
    assert_survives(&(builder_plan){.catalog = "/AcroForm<</Fields[4 0 R]>>/Perms<</UR3<<>>>>",
                                    .more = {"<</T(g)/Kids[5 0 R]>>", "<</T(b)/FT/Tx>>"}},
                    &plan);
    plan = usual;
    plan.field = "new";
    assert_survives(
        &(builder_plan){
            .catalog = "/AcroForm<</Fields[4 0 R 5 0 R]>>",
            .more = {"<</FT/Sig/T(new)/Kids[6 0 R]/Lock<</Action/Include/Fields[(x)]>>>>",
                     "<</FT/Sig/T(old)/V 7 0 R/Lock<</Action/Exclude/Fields[(new)]>>>>",
                     "<</Rect[0 0 9 9]>>",
                     "<</Reference[<</TransformMethod/FieldMDP/TransformParams"
                     "<</Action/Include/Fields[(y)]>>>>]>>"}},
        &plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seal_works_on_every_kind_of_section),
        cmocka_unit_test(seal_changes_forms_and_annotations_where_they_stand),
        cmocka_unit_test(seal_adds_no_tab_order_where_it_is_none_of_its_own),
        cmocka_unit_test(seal_says_which_extension_it_uses),
        cmocka_unit_test(seal_leaves_version_and_extensions_alone),
        cmocka_unit_test(seal_stands_in_the_corner_of_the_crop_box),
        cmocka_unit_test(seal_finds_the_first_page_of_a_deep_tree),
        cmocka_unit_test(seal_keeps_generation_numbers),
        cmocka_unit_test(seal_three_times_in_a_row),
        cmocka_unit_test(seal_takes_the_first_free_name),
        cmocka_unit_test(seal_uses_the_name_given),
        cmocka_unit_test(seal_writes_the_texts),
        cmocka_unit_test(seal_is_small),
        cmocka_unit_test(seal_refuses_what_a_document_forbids),
        cmocka_unit_test(seal_names_all_that_it_read_for_the_second_reader),
        cmocka_unit_test(seal_that_was_stored_must_fit_its_hole),
        cmocka_unit_test(seal_permits_what_a_certification_permits),
        cmocka_unit_test(seal_warns_of_an_xfa_part),
        cmocka_unit_test(seal_refuses_broken_page_trees),
        cmocka_unit_test(seal_gives_up_on_a_tree_of_empty_nodes),
        cmocka_unit_test(seal_refuses_names_that_cannot_be),
        cmocka_unit_test(seal_refuses_texts_that_are_not_utf8),
        cmocka_unit_test(seal_fill_names_the_size_it_needs),
        cmocka_unit_test(seal_survives_every_failed_allocation),
        cmocka_unit_test(seal_of_a_form_survives_every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
