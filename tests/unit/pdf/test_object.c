/* Looking into objects, and when two mean the same. */
#include "unit.h"

#include "pdf/object.h"
#include "pdf/sort.h"

#include <stdlib.h>

static pdf_pool *pool;

static int setup(void **state)
{
    (void)state;
    return pdf_pool_new(16 << 20, &pool, NULL) == PADES_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    pdf_pool_free(pool);
    return 0;
}

static pdf_obj *obj(const char *text)
{
    pades_error *e = NULL;
    pdf_obj *o = NULL;
    assert_ok(pdf_parse(pool, span_str(text), 600, &o, NULL, &e), e);
    return o;
}

static void lookups_never_fail(void **state)
{
    (void)state;
    int64_t i = 5;
    pdf_ref ref = {6, 7};
    assert_null(pdf_dict_get(NULL, "A"));
    assert_null(pdf_dict_get(obj("[1]"), "A"));
    assert_null(pdf_dict_get(obj("<</B 1>>"), "A"));
    assert_null(pdf_array_get(NULL, 0));
    assert_null(pdf_array_get(obj("[1]"), 1));
    assert_null(pdf_array_get(obj("1"), 0));
    assert_false(pdf_is(NULL, PDF_NULL));
    assert_false(pdf_is_name(NULL, "A"));
    assert_false(pdf_is_name(obj("(A)"), "A"));
    assert_true(pdf_is_name(obj("/A"), "A"));
    assert_false(pdf_get_int(NULL, &i));
    assert_false(pdf_get_int(obj("1.0"), &i));
    assert_int_equal(i, 5);
    assert_true(pdf_get_int(obj("9"), &i));
    assert_int_equal(i, 9);
    assert_false(pdf_get_ref(NULL, &ref));
    assert_false(pdf_get_ref(obj("8"), &ref));
    assert_int_equal(ref.id, 6);
    assert_true(pdf_get_ref(obj("8 1 R"), &ref));
    assert_true(ref.id == 8 && ref.gen == 1);
}

static void same_means_the_same_to_a_reader(void **state)
{
    (void)state;
    static const char *const same[][2] = {
        {"1", "1.0"},
        {"-2.50", "-2.5"},
        {"(ab)", "<6162>"},
        {"/A#42", "/AB"},
        {"null", "null"},
        {"[1 2]", "[ 1 %x\n2 ]"},
        {"<</A 1/B 2>>", "<</B 2/A 1>>"},
        {"<</A null>>", "<<>>"},
        {"<</A 1/A 2>>", "<</A 2>>"},
        {"3 0 R", "3  0 R"},
        {"true", "true"},
        {"0 0 R", "null"},
        {"<</A null/B[<</C(x)>>]>>", "<</B[<</C(\\170)>>]/D null>>"},
    };
    static const char *const other[][2] = {
        {"1", "2"},
        {"1", "1.5"},
        {"(a)", "/a"},
        {"(a)", "(b)"},
        {"[1 2]", "[2 1]"},
        {"[1]", "[1 1]"},
        {"<</A 1>>", "<</A 2>>"},
        {"<</A 1>>", "<</B 1>>"},
        {"<</A 1>>", "<</A 1/B 1>>"},
        {"3 0 R", "3 1 R"},
        {"3 0 R", "4 0 R"},
        {"true", "false"},
        {"null", "0"},
        {"<</A 1/A 2>>", "<</A 1>>"},
        {"9007199254740993", "9007199254740992"},
    };
    for (size_t i = 0; i < ARRAY_LEN(same); i++) {
        assert_true(pdf_same(obj(same[i][0]), obj(same[i][1])));
        assert_true(pdf_same(obj(same[i][1]), obj(same[i][0])));
    }
    for (size_t i = 0; i < ARRAY_LEN(other); i++) {
        assert_false(pdf_same(obj(other[i][0]), obj(other[i][1])));
        assert_false(pdf_same(obj(other[i][1]), obj(other[i][0])));
    }
    assert_true(pdf_same(NULL, NULL));
    assert_true(pdf_same(NULL, obj("null")));
    assert_false(pdf_same(NULL, obj("1")));
    assert_false(pdf_same(obj("1"), NULL));
}

static void same_is_bounded_in_depth(void **state)
{
    (void)state;
    static char deep[1300];
    memset(deep, '[', 550);
    memset(deep + 550, ']', 550);
    assert_false(pdf_same(obj(deep), obj(deep)));
    assert_true(pdf_same(obj(deep + 100), obj(deep + 100)));
}

static bool before(const void *user, size_t a, size_t b)
{
    const int *v = user;
    return v[a] < v[b];
}

static void swap(void *user, size_t a, size_t b)
{
    int *v = user;
    int t = v[a];
    v[a] = v[b];
    v[b] = t;
}

static void sort_sorts(void **state)
{
    (void)state;
    unsigned seed = 1;
    for (size_t n = 0; n < 200; n++) {
        int v[200];
        long sum = 0;
        for (size_t i = 0; i < n; i++) {
            seed = seed * 1103515245 + 12345;
            v[i] = (int)(seed >> 16) % 50;
            sum += v[i];
        }
        pdf_sort(v, n, before, swap);
        for (size_t i = 0; i < n; i++) {
            sum -= v[i];
            assert_true(i == 0 || v[i - 1] <= v[i]);
        }
        assert_int_equal(sum, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lookups_never_fail),
        cmocka_unit_test(same_means_the_same_to_a_reader),
        cmocka_unit_test(same_is_bounded_in_depth),
        cmocka_unit_test(sort_sorts),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
