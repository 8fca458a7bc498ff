/* Which fields a lock covers, and what of a lock can be believed. */
#include "base/fail.h"
#include "pdf/lock.h"
#include "pdf/builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static pades_status lock_of(const char *text, const char *more, pdf_lock *ret, pades_error **e)
{
    AUTO_VAL(builder) b;
    opened o;
    builder_document(&b, &(builder_plan){.more = {text, more ? more : "null"}});
    opened_open(&o, buf_span(&b.out), span_of(NULL, 0));
    const pdf_obj link = {.kind = PDF_REFERENCE, .u.ref = {4, 0}};
    const pdf_lock_from from = {o.f, o.pool, NULL, NULL};
    pades_status status = pdf_lock_read(&from, &link, ret, e);
    opened_free(&o);
    return status;
}

typedef struct covering {
    const char *lock, *covered[4], *not_covered[4];
} covering;

/* clause: ISO32000-1#12.8.2.4 /Action and /Fields; a name stands for all below it */
static void lock_covers_by_name_and_hierarchy(void **state)
{
    (void)state;
    static const covering cases[] = {
        {"null", {NULL}, {"a", "a.b"}},
        {"<</Action/All>>", {"a", "a.b"}, {NULL}},
        {"<</Action/All/Fields 3>>", {"a", "a.b"}, {NULL}},
        {"<</Action/Include/Fields[(a)(c.d)]>>", {"a", "a.b", "c.d", "c.d.e"}, {"ab", "c", "c.de"}},
        {"<</Action/Exclude/Fields[(a)(c.d)]>>", {"ab", "c", "c.de"}, {"a", "a.b", "c.d", "c.d.e"}},
        {"<</Action/Include/Fields[]>>", {NULL}, {"a"}},
        {"<</Action/Exclude/Fields[]>>", {"a"}, {NULL}},
        {"<</Action/Include/Fields[5 0 R]>>", {"\xC3\xA9"}, {"e"}},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO_VAL(pdf_lock) lock = {.action = PDF_LOCK_NONE};
        assert_int_equal(lock_of(cases[i].lock, "<FEFF00E9>", &lock, NULL), PADES_OK);
        for (size_t k = 0; k < 4 && cases[i].covered[k]; k++) {
            assert_true(pdf_lock_covers(&lock, cases[i].covered[k]));
        }
        for (size_t k = 0; k < 4 && cases[i].not_covered[k]; k++) {
            assert_false(pdf_lock_covers(&lock, cases[i].not_covered[k]));
        }
    }
}

static void lock_refuses_what_cannot_be_understood(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "3",
        "<<>>",
        "<</Action/Some>>",
        "<</Action/Include>>",
        "<</Action/Exclude/Fields 3>>",
        "<</Action/Include/Fields[/a]>>",
        "<</Action/All/P 4>>",
        "<</Action/All/P 0>>",
        "<</Action/All/P/x>>",
        "<</Action/Include/Action/All/Fields[]>>",
        "<</Action/Exclude/Fields[(A\\000B)]>>",
        "<</Action/Include/Fields[<FEFF004100000042>]>>",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        pdf_lock lock = {.n = 77};
        AUTO(pades_error) *e = NULL;
        assert_int_equal(lock_of(texts[i], NULL, &lock, &e), PADES_DOC_DAMAGED);
        assert_int_equal(lock.n, 77);
        assert_non_null(pades_error_clause(e));
    }
}

/* clause: ISO32000-1#12.7.4.5 table 233, and /P of PDF 2.0 */
static void lock_is_written_as_it_was_read(void **state)
{
    (void)state;
    static const char *const texts[] = {"/Action/All", "/Action/All/P 1",
                                        "/Action/Include/Fields[(a)(b.\\(c)<FEFF00E9>]",
                                        "/Action/Exclude/Fields[]/P 3"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        char whole[128];
        AUTO_VAL(buf) out = BUF(1 << 16);
        AUTO_VAL(pdf_lock) lock = {.action = PDF_LOCK_NONE};
        AUTO_VAL(pdf_lock) copy = {.action = PDF_LOCK_NONE};
        snprintf(whole, sizeof whole, "<<%s>>", texts[i]);
        assert_int_equal(lock_of(whole, NULL, &lock, NULL), PADES_OK);
        assert_int_equal(pdf_lock_copy(&lock, &copy, NULL), PADES_OK);
        assert_int_equal(pdf_lock_write(&out, &copy, NULL), PADES_OK);
        assert_true(span_is(buf_span(&out), texts[i]));
    }
}

static void lock_of_no_names_is_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"\xC3", ""};
    for (size_t i = 0; i < 2; i++) {
        pdf_lock lock;
        assert_int_equal(pdf_lock_make(PDF_LOCK_INCLUDE, names + i, 1, &lock, NULL),
                         PADES_INVALID_ARGUMENT);
    }
}

/* One name that stands in an object of its own, named again and again. */
static void lock_has_names_of_bounded_size_together(void **state)
{
    (void)state;
    char name[60000];
    AUTO_VAL(builder) b;
    AUTO_VAL(buf) list = BUF(1 << 20);
    AUTO(pades_error) *e = NULL;
    pdf_lock lock = {.n = 77};
    opened o;
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = 0;
    for (size_t i = 0; i < 600; i++) {
        buf_add_str(&list, "5 0 R ");
    }
    builder_start(&b, "1.7");
    builder_object(&b, 1, 0, "<</Type/Catalog>>");
    builder_object(&b, 4, 0, "<</Action/Include/Fields[%.*s]>>", (int)list.n, (char *)list.p);
    builder_object(&b, 5, 0, "(%s)", name);
    builder_table(&b, 6, "");
    opened_open(&o, buf_span(&b.out), span_of(NULL, 0));
    const pdf_obj link = {.kind = PDF_REFERENCE, .u.ref = {4, 0}};
    AUTO(pdf_pool) *pool = NULL;
    assert_int_equal(pdf_pool_new(1 << 30, &pool, NULL), PADES_OK);
    const pdf_lock_from from = {o.f, pool, NULL, NULL};
    assert_int_equal(pdf_lock_read(&from, &link, &lock, &e), PADES_LIMIT);
    assert_non_null(strstr(pades_error_message(e), "names in a lock"));
    assert_int_equal(lock.n, 77);
    opened_free(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lock_covers_by_name_and_hierarchy),
        cmocka_unit_test(lock_refuses_what_cannot_be_understood),
        cmocka_unit_test(lock_is_written_as_it_was_read),
        cmocka_unit_test(lock_of_no_names_is_refused),
        cmocka_unit_test(lock_has_names_of_bounded_size_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
