/* Dynamic XFA is refused, however it is said; static XFA is warned of. */
#include "pdf/parts.h"
#include "pdf/seal.h"

static const pdf_seal_plan usual = {.sub_filter = "ETSI.CAdES.detached", .contents_bytes = 64};

typedef struct xfa_case {
    const char *form, *keys, *config;
    bool dynamic;
} xfa_case;

/* Field 5, a stream 6. */
static pades_status seal_form(const xfa_case *c, const char *keys, pdf_seal *ret, pades_error **e)
{
    AUTO_VAL(parts) p;
    reading r;
    char catalog[256];
    parts_start(&p);
    snprintf(catalog, sizeof catalog,
             "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[5 0 R]%s>>%s>>", c->form, keys);
    parts_object(&p, 1, catalog);
    parts_object(&p, 2, "<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 9 9]>>");
    parts_object(&p, 3, "<</Type/Page/Parent 2 0 R>>");
    parts_object(&p, 4, "(config)");
    parts_object(&p, 5, "<</FT/Tx/T(a)>>");
    parts_stream(&p, 6, c->keys, span_str(c->config));
    (void)parts_table(&p, 0, 7, "/Root 1 0 R/Size 7");
    reading_open(&r, buf_span(&p.out));
    pades_status status = pdf_seal_build(r.f, &usual, ret, e);
    reading_free(&r);
    return status;
}

#define DYNAMIC "<config><acrobat7><dynamicRender> \n required</dynamicRender></acrobat7></config>"
#define STATIC "<config><dynamicRender>forbidden</dynamicRender><dynamicRender></config>"

/* clause: ISO32000-1#12.7.8 */
static void xfa_that_is_dynamic_is_refused(void **state)
{
    (void)state;
    static const xfa_case cases[] = {
        {"/XFA 6 0 R", "", DYNAMIC, true},
        {"/XFA 6 0 R", "", STATIC, false},
        {"/XFA 6 0 R", "", "<dynamicRender\n>required</dynamicRender\n>", true},
        {"/XFA 6 0 R", "", "<a:dynamicRender b='c'>required</a:dynamicRender>", true},
        {"/XFA 6 0 R", "", "<dynamicRenders>required</dynamicRenders>", false},
        {"/XFA 6 0 R", "", "<xdynamicRender>required</xdynamicRender>", false},
        {"/XFA 6 0 R", "", "<dynamicRender", false},
        {"/XFA 6 0 R", "", "<dynamicRender>", false},
        {"/XFA 6 0 R", "", "dynamicRender>required", false},
        {"/XFA[(preamble)6 0 R(config)6 0 R]", "", DYNAMIC, true},
        {"/XFA[(preamble)6 0 R 4 0 R 6 0 R]", "", DYNAMIC, true},
        {"/XFA[(template)6 0 R]", "", DYNAMIC, false},
        {"/XFA[(config)]", "", DYNAMIC, false},
        {"/XFA[(config)4 0 R]", "", DYNAMIC, false},
        {"/XFA[(config)(x)]", "", DYNAMIC, false},
        {"/XFA[(config)6 0 R]", "/Filter/FlateDecode", DYNAMIC, false}, /* cannot be read */
        {"/XFA[(config)6 0 R]", "/Filter/Other", DYNAMIC, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO(pades_error) *e = NULL;
        AUTO_VAL(pdf_seal) seal = {.hole = 0};
        pades_status status = seal_form(&cases[i], "", &seal, &e);
        if (status != (cases[i].dynamic ? PADES_DOC_UNSUPPORTED : PADES_OK)) {
            print_error("case %zu: %s\n", i, pades_error_message(e));
        }
        assert_int_equal(status, cases[i].dynamic ? PADES_DOC_UNSUPPORTED : PADES_OK);
        if (status == PADES_OK) {
            assert_non_null(strstr((const char *)seal.warnings.p, "XFA"));
        }
    }
}

/* The flag of the catalog says nothing where there is no XFA part. */
static void xfa_is_what_needs_rendering(void **state)
{
    (void)state;
    static const struct {
        const char *keys;
        xfa_case form;
    } cases[] = {
        {"/NeedsRendering true", {"/XFA 6 0 R", "", STATIC, true}},
        {"/NeedsRendering false", {"/XFA 6 0 R", "", STATIC, false}},
        {"/NeedsRendering true", {"", "", STATIC, false}},
        {"/NeedsRendering true", {"/XFA null", "", STATIC, false}},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO(pades_error) *e = NULL;
        AUTO_VAL(pdf_seal) seal = {.hole = 0};
        pades_status status = seal_form(&cases[i].form, cases[i].keys, &seal, &e);
        assert_int_equal(status, cases[i].form.dynamic ? PADES_DOC_UNSUPPORTED : PADES_OK);
        assert_int_equal(seal.warnings.n > 0, i == 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(xfa_that_is_dynamic_is_refused),
                                       cmocka_unit_test(xfa_is_what_needs_rendering)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
