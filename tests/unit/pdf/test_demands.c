/* What signatures demand of everything that comes after them. */
#include "base/fail.h"
#include "pdf/demands.h"
#include "pdf/builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#define FIELD(name, value, more) "<</FT/Sig/T(" name ")/V " value more ">>"
#define DOCMDP(p)                                                                                  \
    "<</Type/Sig/Reference[<</TransformMethod/DocMDP/TransformParams<</P " p "/V/1.2>>>>]>>"
#define FIELDMDP(params)                                                                           \
    "<</Type/Sig/Reference[<</TransformMethod/FieldMDP/TransformParams<<" params ">>>>]>>"

typedef struct demanding {
    opened o;
    pdf_fields fields;
    pdf_demands demands;
    size_t touched;
} demanding;

static pades_status count(void *user, pdf_ref ref, pades_error **e)
{
    size_t *touched = user;
    (void)ref;
    (void)e;
    ++*touched;
    return PADES_OK;
}

/* Fields 4 and 5, and what follows them. */
static pades_status read_demands(demanding *d, const char *const *more, size_t n, pades_error **e)
{
    AUTO_VAL(builder) b;
    builder_plan plan = {.catalog = "/AcroForm<</Fields[4 0 R 5 0 R]>>"};
    *d = (demanding){.touched = 0};
    memcpy(plan.more, more, n * sizeof *more);
    builder_document(&b, &plan);
    opened_open(&d->o, buf_span(&b.out), span_of(NULL, 0));
    const pdf_lock_from from = {d->o.f, NULL, count, &d->touched};
    TRY(pdf_fields_read(d->o.f, &d->fields, e));
    return pdf_demands_read(&from, &d->fields, &d->demands, e);
}

static void demanding_free(demanding *d)
{
    pdf_demands_free(&d->demands);
    pdf_fields_free(&d->fields);
    opened_free(&d->o);
}

typedef struct judgement {
    const char *more[4];
    const char *name;
    bool allowed[PDF_DEED_ANNOTATE + 1]; /* sign, add hidden, add shown, fill, annotate */
    const char *why;                     /* of the first that is forbidden */
} judgement;

static void assert_judgement(const judgement *j)
{
    demanding d;
    AUTO(pades_error) *first = NULL;
    assert_int_equal(read_demands(&d, j->more, ARRAY_LEN(j->more), NULL), PADES_OK);
    for (unsigned deed = PDF_DEED_SIGN; deed <= PDF_DEED_ANNOTATE; deed++) {
        AUTO(pades_error) *e = NULL;
        pades_status status = pdf_demands_allow(&d.demands, (pdf_deed)deed, j->name, &e);
        if (status != (j->allowed[deed] ? PADES_OK : PADES_DOC_NOT_PERMITTED)) {
            fail_msg("%s, deed %u of '%s': %s", j->more[0], deed, j->name, pades_error_message(e));
        }
        assert_true(status == PADES_OK || pades_error_hint(e));
        if (!first) {
            first = TAKE(e);
        }
    }
    if (j->why && !strstr(pades_error_message(first), j->why)) {
        fail_msg("'%s' is not in '%s'", j->why, pades_error_message(first));
    }
    demanding_free(&d);
}

/* clause: ISO32000-1#12.8.2.2 what /P of DocMDP permits */
static void demands_of_a_certification(void **state)
{
    (void)state;
    static const judgement cases[] = {
        {{FIELD("c", "null", ""), "<</T(x)/FT/Tx>>"}, "x", {1, 1, 1, 1, 1}, NULL},
        {{FIELD("c", "6 0 R", ""), "<</T(x)/FT/Tx>>", "<</Type/Sig>>"}, "x", {1, 1, 1, 1, 1}, NULL},
        {{FIELD("c", "6 0 R", ""), "<</T(x)/FT/Tx>>", DOCMDP("1")},
         "x",
         {0, 0, 0, 0, 0},
         "the signature in 'c' certifies the document and permits no changes"},
        {{FIELD("c", "6 0 R", ""), "<</T(x)/FT/Tx>>", DOCMDP("2")},
         "x",
         {1, 1, 0, 1, 0},
         "the signature in 'c' permits no new field that is seen"},
        {{FIELD("c", "6 0 R", ""), "<</T(x)/FT/Tx>>", DOCMDP("3")}, "x", {1, 1, 0, 1, 1}, NULL},
        {{FIELD("c", "6 0 R", ""), "<</T(x)/FT/Tx>>",
          "<</Type/Sig/Reference[<</TransformMethod/DocMDP>>]>>"},
         "x",
         {1, 1, 0, 1, 0},
         NULL},
        {{FIELD("c", DOCMDP("1"), ""), "<</T(x)/FT/Tx>>"}, "x", {0, 0, 0, 0, 0}, NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_judgement(&cases[i]);
    }
}

/* clause: ISO32000-1#12.8.2.4, ISO32000-1#12.7.4.5 (/Lock, its /P of PDF 2.0) */
static void demands_of_locks(void **state)
{
    (void)state;
    static const judgement cases[] = {
        {{FIELD("c", "6 0 R", ""), "<</T(x)/FT/Tx>>", FIELDMDP("/Action/Include/Fields[(x)]")},
         "x.y",
         {0, 0, 0, 0, 1},
         "the signature in 'c' locks the field 'x.y' (FieldMDP: it by name)"},
        {{FIELD("c", "6 0 R", ""), "<</T(x)/FT/Tx>>", FIELDMDP("/Action/Include/Fields[(x)]")},
         "xy",
         {1, 1, 1, 1, 1},
         NULL},
        {{FIELD("c", "6 0 R", ""), "<</T(x)/FT/Tx>>", FIELDMDP("/Action/Exclude/Fields[(x)]")},
         "x",
         {1, 1, 1, 1, 1},
         NULL},
        {{FIELD("c", "6 0 R", ""), "<</T(x)/FT/Tx>>", FIELDMDP("/Action/Exclude/Fields[(x)]")},
         "y",
         {0, 0, 0, 0, 1},
         "(FieldMDP: all fields but some)"},
        {{FIELD("c", "6 0 R", ""), "<</T(x)/FT/Tx>>", FIELDMDP("/Action/All")},
         "y",
         {0, 0, 0, 0, 1},
         "(FieldMDP: all fields)"},
        {{FIELD("c", "6 0 R", ""), "<</T(x)/FT/Tx>>", FIELDMDP("/Action/All/P 1")},
         "y",
         {0, 0, 0, 0, 0},
         "locks the document and permits no changes"},
        {{FIELD("c", "<</Type/Sig>>", "/Lock 6 0 R"), "<</T(x)/FT/Tx>>",
          "<</Action/Include/Fields[(x)]>>"},
         "x",
         {0, 0, 0, 0, 1},
         "(/Lock of its field: it by name)"},
        {{FIELD("c", "<</Type/Sig>>", "/Lock<</Action/Include/Fields[(q)]/P 2>>"),
          "<</T(x)/FT/Tx>>"},
         "x",
         {1, 1, 0, 1, 0},
         NULL},
        {{FIELD("c", "null", "/Lock<</Action/All/P 1>>"), "<</T(x)/FT/Tx>>"},
         "x",
         {1, 1, 1, 1, 1},
         NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_judgement(&cases[i]);
    }
}

static void demands_of_several_signatures_all_count(void **state)
{
    (void)state;
    static const judgement cases[] = {
        {{FIELD("c", "6 0 R", ""), FIELD("d", "7 0 R", ""), DOCMDP("3"),
          FIELDMDP("/Action/Exclude/Fields[(x)(y)]")},
         "z",
         {0, 0, 0, 0, 1},
         "the signature in 'd' locks"},
        {{FIELD("c", "6 0 R", ""), FIELD("d", "7 0 R", ""), FIELDMDP("/Action/Include/Fields[(y)]"),
          FIELDMDP("/Action/Exclude/Fields[(x)(y)]")},
         "y",
         {0, 0, 0, 0, 1},
         "the signature in 'c' locks"},
        {{FIELD("c", "6 0 R", ""), FIELD("d", "7 0 R", ""), DOCMDP("3"), DOCMDP("2")},
         "y",
         {1, 1, 0, 1, 0},
         NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_judgement(&cases[i]);
    }
}

/* clause: ISO32000-1#12.8.2.2 a certification is the first signature */
/* clause: ISO32000-1#12.8.2.3 usage rights are signed over */
static void demands_say_who_was_first(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        pades_status certify, drop;
    } cases[] = {
        {"null", PADES_OK, PADES_OK},
        {"<</Type/Sig/SubFilter/ETSI.CAdES.detached>>", PADES_DOC_NOT_PERMITTED,
         PADES_DOC_NOT_PERMITTED},
        {"<</Type/DocTimeStamp>>", PADES_OK, PADES_DOC_NOT_PERMITTED},
        {"<</Type/Sig/SubFilter/ETSI.RFC3161>>", PADES_OK, PADES_DOC_NOT_PERMITTED},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        demanding d;
        const char *const more[] = {FIELD("c", "6 0 R", ""), "<</T(x)/FT/Tx>>", cases[i].value};
        AUTO(pades_error) *e = NULL;
        assert_int_equal(read_demands(&d, more, ARRAY_LEN(more), NULL), PADES_OK);
        assert_int_equal(pdf_demands_allow_certification(&d.demands, &e), cases[i].certify);
        assert_int_equal(pdf_demands_allow_dropping(&d.demands, NULL), cases[i].drop);
        assert_true(!e || strstr(pades_error_message(e), "'c'"));
        demanding_free(&d);
    }
}

static void demands_that_cannot_be_understood_are_damage(void **state)
{
    (void)state;
    static const char *const values[] = {
        DOCMDP("4"),
        DOCMDP("/x"),
        FIELDMDP("/Action/Some"),
        "<</Reference[<</TransformMethod/FieldMDP>>]>>",
        "<</Reference[<</TransformMethod/DocMDP/TransformMethod/DocMDP>>]>>",
        "<</Reference[<</TransformMethod/FieldMDP/TransformParams<</Action/All>>>>"
        "<</TransformMethod/FieldMDP/TransformParams<</Action/All>>>>]>>",
    };
    for (size_t i = 0; i < ARRAY_LEN(values); i++) {
        demanding d;
        const char *const more[] = {FIELD("c", "6 0 R", ""), "<</T(x)/FT/Tx>>", values[i]};
        AUTO(pades_error) *e = NULL;
        if (read_demands(&d, more, ARRAY_LEN(more), &e) != PADES_DOC_DAMAGED) {
            fail_msg("%s", values[i]);
        }
        demanding_free(&d);
    }
}

/* Law 5. */
static void demands_tell_what_they_read(void **state)
{
    (void)state;
    demanding d;
    static const char *const more[] = {FIELD("c", "6 0 R", "/Lock 7 0 R"),
                                       "<</T(x)/FT/Tx>>",
                                       "<</Reference 8 0 R>>",
                                       "<</Action 9 0 R>>",
                                       "[10 0 R]",
                                       "/All",
                                       "<</TransformMethod 11 0 R/TransformParams 12 0 R>>",
                                       "/FieldMDP",
                                       "<</Action/All>>"};
    assert_int_equal(read_demands(&d, more, ARRAY_LEN(more), NULL), PADES_OK);
    assert_int_equal(d.demands.items[0].mdp.action, PDF_LOCK_ALL);
    assert_int_equal(d.demands.items[0].lock.action, PDF_LOCK_ALL);
    assert_int_equal(d.touched, 7);
    demanding_free(&d);
}

/* Fields that share one large object, read for each of them. */
static void assert_bounded(uint32_t n, const char *more, const char *shared, const char *why)
{
    AUTO_VAL(builder) b;
    AUTO_VAL(buf) list = BUF(1 << 20);
    AUTO(pades_error) *e = NULL;
    demanding d = {.touched = 0};
    builder_start(&b, "1.7");
    builder_object(&b, 1, 0, "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields 4 0 R>>>>");
    builder_object(&b, 5, 0, "%s", shared);
    for (uint32_t i = 0; i < n; i++) {
        builder_object(&b, 10 + i, 0, "<</FT/Sig/T(%u)%s>>", i, more);
        buf_addf(&list, "%u 0 R ", 10 + i);
    }
    builder_object(&b, 4, 0, "[%.*s]", (int)list.n, (const char *)list.p);
    builder_table(&b, 10 + n, "");
    opened_open(&d.o, buf_span(&b.out), span_of(NULL, 0));
    const pdf_lock_from from = {d.o.f, NULL, count, &d.touched};
    assert_int_equal(pdf_fields_read(d.o.f, &d.fields, NULL), PADES_OK);
    assert_int_equal(pdf_demands_read(&from, &d.fields, &d.demands, &e), PADES_LIMIT);
    if (!strstr(pades_error_message(e), why)) {
        fail_msg("%s", pades_error_message(e));
    }
    demanding_free(&d);
}

static void add_many(buf *out, size_t n, const char *text)
{
    for (size_t i = 0; i < n; i++) {
        buf_add_str(out, text);
    }
}

static void demands_are_bounded_together(void **state)
{
    (void)state;
    AUTO_VAL(buf) text = BUF(4 << 20);
    buf_add_str(&text, "<</Action/Include/Fields[");
    add_many(&text, 100000, "(abcdefgh)");
    buf_add_str(&text, "]>>");
    buf_add_byte(&text, 0);
    assert_bounded(12, "/V<</Type/Sig>>/Lock 5 0 R", (const char *)text.p,
                   "names in the signatures' locks");
    buf_clear(&text);
    buf_add_str(&text, "<</Type/Sig/Contents<");
    add_many(&text, 500000, "00");
    buf_add_str(&text, ">>>");
    buf_add_byte(&text, 0);
    assert_bounded(600, "/V 5 0 R", (const char *)text.p, "to read");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(demands_of_a_certification),
        cmocka_unit_test(demands_of_locks),
        cmocka_unit_test(demands_of_several_signatures_all_count),
        cmocka_unit_test(demands_say_who_was_first),
        cmocka_unit_test(demands_that_cannot_be_understood_are_damage),
        cmocka_unit_test(demands_tell_what_they_read),
        cmocka_unit_test(demands_are_bounded_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
