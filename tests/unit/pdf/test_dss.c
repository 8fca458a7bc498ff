/* The security store read, and added to: every form it stands in, nothing dropped, nothing twice.
 */
#include "base/digest.h"
#include "pdf/dss.h"
#include "pdf/sealed.h"

#define STREAM(text) "<</Length " LENGTH_##text ">>\nstream\n" #text "\nendstream"
#define LENGTH_AAAA "4"
#define LENGTH_BBBBBB "6"
#define DOCMDP(p)                                                                                  \
    "<</Type/Sig/Reference[<</TransformMethod/DocMDP/TransformParams<</P " p "/V/1.2>>>>]>>"

static const view fresh[] = {{{(const uint8_t *)"AAAA", 4}, NULL},
                             {{(const uint8_t *)"CC", 2}, NULL}};

/* A document before and after something was stored. */
typedef struct stored {
    builder b;
    opened before, after;
    pdf_dss old, now;
    pdf_seal made;
} stored;

static pades_status try_store(stored *s, const builder_plan *document, const pdf_dss_plan *plan,
                              pades_error **e)
{
    *s = (stored){.made = {.hole = 0}};
    builder_document(&s->b, document);
    opened_open(&s->before, buf_span(&s->b.out), span_of(NULL, 0));
    TRY(pdf_dss_read(s->before.f, &s->old, e));
    return pdf_dss_build(s->before.f, &s->old, plan, &s->made, e);
}

static void store(stored *s, const builder_plan *document, const pdf_dss_plan *plan)
{
    AUTO(pades_error) *e = NULL;
    if (try_store(s, document, plan, &e) != PADES_OK) {
        fail_msg("%s: %s", document->catalog, pades_error_message(e));
    }
    opened_open(&s->after, buf_span(&s->b.out), buf_span(&s->made.revision));
    assert_memory_equal(s->after.bytes, s->b.out.p, s->b.out.n);
    assert_int_equal(pdf_dss_read(s->after.f, &s->now, NULL), PADES_OK);
    assert_agreed(&s->before, s->made.touched, s->made.touched_n);
    assert_agreed(&s->after, s->now.read, s->now.read_n);
}

static void stored_free(stored *s)
{
    pdf_seal_free(&s->made);
    pdf_dss_free(&s->old);
    pdf_dss_free(&s->now);
    opened_free(&s->before);
    opened_free(&s->after);
    builder_free(&s->b);
}

static void assert_list(const pdf_dss_list *list, const char *const *texts, size_t n)
{
    assert_int_equal(list->n, n);
    for (size_t i = 0; i < n; i++) {
        assert_true(span_is(bulk_view(&list->items[i].data).s, texts[i]));
    }
}

static bool contains(const stored *s, const char *text)
{
    return span_find(buf_span(&s->made.revision), span_str(text), 0) != SIZE_MAX;
}

/* clause: EN319142-1#5.4.2.2 the dictionary, its arrays and streams */
static void dss_is_made_where_there_is_none(void **state)
{
    (void)state;
    static const char *const certs[] = {"AAAA", "CC"};
    static const char *const crls[] = {"CC"};
    const pdf_dss_plan plan = {.items = {fresh, NULL, fresh + 1}, .n = {2, 0, 1}};
    for (builder_kind kind = BUILD_TABLE; kind <= BUILD_HYBRID; kind++) {
        stored s;
        store(&s, &(builder_plan){.kind = kind, .catalog = ""}, &plan);
        assert_null(s.old.dict);
        assert_true(s.now.ref.id > 0);
        assert_list(&s.now.lists[PDF_DSS_CERT], certs, 2);
        assert_list(&s.now.lists[PDF_DSS_OCSP], NULL, 0);
        assert_list(&s.now.lists[PDF_DSS_CRL], crls, 1);
        assert_null(s.now.lists[PDF_DSS_OCSP].array);
        assert_null(s.now.vri);
        assert_true(contains(&s, "<</Type/DSS/Certs["));
        stored_free(&s);
    }
}

/* Old entries stay in front, in their spelling; what is there is not stored again. */
static void dss_is_merged_in_every_form(void **state)
{
    (void)state;
    static const char *const merged[] = {"AAAA", "BBBBBB", "CC"};
    static const struct {
        const char *catalog, *dict, *array, *kept;
    } cases[] = {
        {"/DSS 4 0 R", "<</Certs[5 0 R  6 0 R]/X(y)>>", "null", "4 0 obj\n<</Certs[5 0 R  6 0 R "},
        {"/DSS 4 0 R", "<</Certs 7 0 R>>", "[5 0 R 6 0 R]", "4 0 obj\n<</Certs[5 0 R 6 0 R "},
        {"/DSS<</Certs[5 0 R 6 0 R]/Y 1>>", "null", "null", "<</Certs[5 0 R 6 0 R "},
        {"/DSS<</Certs 7 0 R/CRLs null>>", "null", "[5 0 R 6 0 R]", "<</Certs[5 0 R 6 0 R "},
    };
    const pdf_dss_plan plan = {.items = {fresh}, .n = {2}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        stored s;
        const builder_plan document = {
            .catalog = cases[i].catalog,
            .more = {cases[i].dict, STREAM(AAAA), STREAM(BBBBBB), cases[i].array}};
        store(&s, &document, &plan);
        assert_list(&s.now.lists[PDF_DSS_CERT], merged, 3);
        if (!contains(&s, cases[i].kept)) {
            fail_msg("'%s' is not in '%.*s'", cases[i].kept, (int)s.made.revision.n,
                     (const char *)s.made.revision.p);
        }
        assert_true(i != 0 || contains(&s, "/X(y)"));
        assert_true(i != 2 || contains(&s, "/Y 1"));
        assert_int_equal(s.old.warnings.n, 0);
        stored_free(&s);
    }
}

static void dss_stays_when_nothing_is_new(void **state)
{
    (void)state;
    stored s;
    const pdf_dss_plan plan = {.items = {fresh}, .n = {1}};
    const builder_plan document = {.catalog = "/DSS<</Certs[4 0 R]>>", .more = {STREAM(AAAA)}};
    store(&s, &document, &plan);
    assert_int_equal(s.made.revision.n, 0);
    stored_free(&s);
}

/* The same twice in the plan, and nothing at all, are stored once and not. */
static void dss_stores_nothing_twice(void **state)
{
    (void)state;
    stored s;
    static const char *const once[] = {"AAAA"};
    const view twice[] = {fresh[0], fresh[0], {{NULL, 0}, NULL}};
    const pdf_dss_plan plan = {.items = {NULL, twice}, .n = {0, 3}};
    store(&s, &(builder_plan){.catalog = ""}, &plan);
    assert_list(&s.now.lists[PDF_DSS_OCSP], once, 1);
    stored_free(&s);
}

/* An entry that cannot be read is told of, and keeps its place. */
static void dss_passes_over_what_is_broken(void **state)
{
    (void)state;
    static const char *const broken[] = {
        "<</Length 4/Filter/FlateDecode>>\nstream\nXXXX\nendstream",
        "<</Length 4/Filter/JPXDecode>>\nstream\nXXXX\nendstream",
        "<</NoStream true>>",
        "null",
        "(text)",
    };
    const pdf_dss_plan plan = {.items = {fresh}, .n = {1}};
    for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
        stored s;
        const builder_plan document = {.catalog = "/DSS<</Certs[4 0 R 99 0 R 7]>>",
                                       .more = {broken[i]}};
        store(&s, &document, &plan);
        assert_int_equal(s.old.lists[PDF_DSS_CERT].n, 3);
        assert_true(s.old.warnings.n > 0);
        assert_true(contains(&s, "/Certs[4 0 R 99 0 R 7 "));
        assert_int_equal(s.now.lists[PDF_DSS_CERT].n, 4);
        assert_true(span_is(bulk_view(&s.now.lists[PDF_DSS_CERT].items[3].data).s, "AAAA"));
        stored_free(&s);
    }
}

static void dss_refuses_what_is_none(void **state)
{
    (void)state;
    static const builder_plan cases[] = {
        {.catalog = "/DSS[]"},
        {.catalog = "/DSS<</Certs<<>>>>"},
        {.catalog = "/DSS 4 0 R", .more = {"7"}},
        {.catalog = "/DSS<</VRI[]>>"},
    };
    const pdf_dss_plan plan = {.items = {fresh}, .n = {1}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        stored s;
        AUTO(pades_error) *e = NULL;
        assert_int_equal(try_store(&s, &cases[i], &plan, &e), PADES_DOC_DAMAGED);
        stored_free(&s);
    }
}

/* clause: ISO32000-1#12.8.2.2 a certification that permits no changes */
static void dss_keeps_to_what_certifications_permit(void **state)
{
    (void)state;
    static const char *const values[] = {DOCMDP("1"), DOCMDP("2")};
    const pdf_dss_plan plan = {.items = {fresh}, .n = {1}};
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        stored s;
        AUTO(pades_error) *e = NULL;
        const builder_plan document = {.catalog = "/AcroForm<</SigFlags 3/Fields[4 0 R]>>",
                                       .more = {"<</FT/Sig/T(a)/V 5 0 R>>", values[i]}};
        assert_int_equal(try_store(&s, &document, &plan, &e),
                         i == 0 ? PADES_DOC_NOT_PERMITTED : PADES_OK);
        assert_true(i > 0 || strstr(pades_error_hint(e), "certified with /P 2"));
        stored_free(&s);
    }
}

static void dss_compresses_what_gets_shorter(void **state)
{
    (void)state;
    stored s;
    uint8_t same[10000];
    uint8_t noise[2000];
    memset(same, 'x', sizeof same);
    assert_int_equal(random_bytes(noise, sizeof noise, NULL), PADES_OK);
    const view items[] = {{{same, sizeof same}, NULL}, {{noise, sizeof noise}, NULL}};
    const pdf_dss_plan plan = {.items = {NULL, NULL, items}, .n = {0, 0, 2}};
    store(&s, &(builder_plan){.catalog = ""}, &plan);
    assert_true(contains(&s, "<</Filter/FlateDecode/Length "));
    assert_true(contains(&s, "<</Length 2000>>"));
    const pdf_dss_list *list = &s.now.lists[PDF_DSS_CRL];
    assert_true(span_eq(bulk_view(&list->items[0].data).s, items[0].s));
    assert_true(span_eq(bulk_view(&list->items[1].data).s, items[1].s));
    stored_free(&s);
}

/* clause: EN319142-1#5.4.2.3 the key of a signature, /Cert, /TU */
static void dss_has_vri_on_request(void **state)
{
    (void)state;
    static const struct {
        const char *catalog, *more;
    } cases[] = {
        {"", "null"},
        {"/DSS<</VRI<</0 1>>>>", "null"},
        {"/DSS<</VRI 4 0 R>>", "<</0 1>>"},
    };
    char keys[1][PDF_VRI_KEY];
    assert_int_equal(pdf_dss_vri_key(span_str("abc"), keys[0], NULL), PADES_OK);
    assert_string_equal(keys[0], "A9993E364706816ABA3E25717850C26C9CD0D89D");
    const pdf_dss_plan plan = {.items = {fresh},
                               .n = {1},
                               .vri = (const char(*)[PDF_VRI_KEY])keys,
                               .vri_n = 1,
                               .time = 1795341600};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        stored s;
        const builder_plan document = {.catalog = cases[i].catalog, .more = {cases[i].more}};
        store(&s, &document, &plan);
        const pdf_obj *entry = pdf_dict_get(s.now.vri, keys[0]);
        assert_int_equal(pdf_dict_get(entry, "Cert")->u.array.n, 1);
        assert_non_null(pdf_dict_get(entry, "TU"));
        assert_null(pdf_dict_get(entry, "OCSP"));
        assert_true((pdf_dict_get(s.now.vri, "0") != NULL) == (i > 0));
        stored_free(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dss_is_made_where_there_is_none),
        cmocka_unit_test(dss_is_merged_in_every_form),
        cmocka_unit_test(dss_stays_when_nothing_is_new),
        cmocka_unit_test(dss_stores_nothing_twice),
        cmocka_unit_test(dss_passes_over_what_is_broken),
        cmocka_unit_test(dss_refuses_what_is_none),
        cmocka_unit_test(dss_keeps_to_what_certifications_permit),
        cmocka_unit_test(dss_compresses_what_gets_shorter),
        cmocka_unit_test(dss_has_vri_on_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
