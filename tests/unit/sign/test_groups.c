/* Groups of a batch: they end with so many files, so many bytes and so much time, all of a group
 * are opened before the first of it is told, and few files that may be open make them small. */
#include "sign/doc_bench.h"

#include "base/ctx.h"
#include "base/mem.h"
#include "sign/groups.h"

#include <stdatomic.h>

enum { FILES_MAX = 1200 };

/* What happened, in order: the opening of the next file ('o'), the end of one ('d'). */
typedef struct watch {
    bench *b;
    pades_ctx *ctx;
    pades_signer *signer;
    pades_sign_opts *opts;
    atomic_size_t opened;
    size_t told;
    size_t ends[FILES_MAX]; /* files that were open when the n-th group was told */
    size_t groups;
    int64_t seconds_each; /* that pass while a file is opened */
    size_t bad;           /* index of a file that is none; SIZE_MAX: all are good */
} watch;

static int64_t clock_moves(void *user)
{
    watch *w = user;
    return MADE_NOW + (int64_t)atomic_load(&w->opened) * w->seconds_each;
}

static pades_status key_signs(void *user, const pades_sign_request *request, void *signature,
                              size_t capacity, size_t *ret_n)
{
    watch *w = user;
    AUTO_VAL(buf)
    fresh = made_signature(&w->b->leaf, request->scheme, request->digest,
                          span_of(request->tbs, request->tbs_n));
    assert_true(fresh.n <= capacity);
    memcpy(signature, fresh.p, fresh.n);
    *ret_n = fresh.n;
    return PADES_OK;
}

static pades_status open_next(void *user, size_t index, pades_source **ret_source,
                              pades_sink **ret_sink, pades_error **e)
{
    watch *w = user;
    span all = buf_span(&w->b->pdf.out);
    TRY(pades_source_new_memory(all.p, index == w->bad ? 10 : all.n, ret_source, e));
    TRY(pades_sink_new_memory(ret_sink, e));
    atomic_fetch_add(&w->opened, 1);
    return PADES_OK;
}

static void done(void *user, size_t index, pades_status status, const pades_result *result,
                 const pades_error *error)
{
    watch *w = user;
    assert_int_equal(index, w->told);
    assert_int_equal(status == PADES_OK, index != w->bad);
    assert_true((result != NULL) == (index != w->bad) && (error != NULL) == (index == w->bad));
    size_t so_far = atomic_load(&w->opened);
    if (w->groups == 0 || w->ends[w->groups - 1] != so_far) {
        w->ends[w->groups++] = so_far;
    }
    w->told++;
}

static void start(watch *w, bench *b)
{
    pades_error *e = NULL;
    const pades_cert *chain[] = {b->leaf.cert};
    *w = (watch){.b = b, .bad = SIZE_MAX};
    build(b, &(builder_plan){.catalog = ""});
    assert_ok(pades_ctx_new(&w->ctx, &e), e);
    assert_ok(pades_ctx_set_clock(w->ctx, clock_moves, w, &e), e);
    assert_ok(pades_signer_new_callback(w->ctx, chain, 1, key_signs, w, &w->signer, &e), e);
    assert_ok(pades_sign_opts_new(&w->opts, &e), e);
}

static pades_status run(watch *w, size_t count, unsigned workers)
{
    static const pades_batch_callbacks callbacks = {open_next, done};
    const groups_plan plan = {w->ctx, w->signer, w->opts, count, workers, &callbacks, w};
    atomic_store(&w->opened, 0);
    w->told = w->groups = 0;
    pades_status status = groups_run(&plan, NULL);
    assert_int_equal(w->told, count);
    assert_int_equal(atomic_load(&w->opened), count);
    return status;
}

static void finish(watch *w)
{
    pades_sign_opts_free(w->opts);
    pades_signer_free(w->signer);
    pades_ctx_free(w->ctx);
}

/* With one worker nothing is opened that does not belong to the group. */
static void a_group_ends_after_ten_minutes(void **state)
{
    static watch w;
    start(&w, *state);
    w.seconds_each = 150; /* full when 600 have passed: four files */
    assert_int_equal(run(&w, 10, 1), PADES_OK);
    assert_int_equal(w.groups, 3);
    assert_int_equal(w.ends[0], 4);
    assert_int_equal(w.ends[1], 8);
    assert_int_equal(w.ends[2], 10);
    w.seconds_each = 599; /* the second begins in time, the third does not */
    assert_int_equal(run(&w, 5, 1), PADES_OK);
    assert_int_equal(w.ends[0], 2);
    assert_int_equal(w.groups, 3);
    w.seconds_each = 100000; /* one at least */
    assert_int_equal(run(&w, 3, 1), PADES_OK);
    assert_int_equal(w.groups, 3);
    w.seconds_each = 0;
    assert_int_equal(run(&w, 10, 1), PADES_OK);
    assert_int_equal(w.groups, 1);
    w.seconds_each = -1000; /* a clock that is set back ends nothing */
    assert_int_equal(run(&w, 6, 1), PADES_OK);
    assert_int_equal(w.groups, 1);
    finish(&w);
}

/* Several at work: a group may be longer by what they had begun, never by more. */
static void workers_begin_nothing_after_the_end(void **state)
{
    static watch w;
    start(&w, *state);
    w.seconds_each = 150;
    assert_int_equal(run(&w, 60, 4), PADES_OK);
    size_t before = 0;
    for (size_t i = 0; i < w.groups; i++) {
        assert_in_range(w.ends[i] - before, 1, 4 + 4);
        before = w.ends[i];
    }
    assert_true(w.groups >= 60 / 8);
    finish(&w);
}

static void a_group_has_500_files_at_most(void **state)
{
    static watch w;
    size_t members = 0;
    unsigned workers = 0;
    start(&w, *state);
    groups_fit(4096, 2, &members, &workers);
    assert_int_equal(members, GROUP_FILES);
    w.bad = 700;
    assert_int_not_equal(run(&w, 1100, 2), PADES_OK); /* the bad one ends nothing */
    assert_true(w.groups >= 3);
    assert_true(w.ends[0] <= GROUP_FILES);
    finish(&w);
}

static void few_files_make_small_groups(void **state)
{
    (void)state;
    static const struct {
        size_t files;
        unsigned wanted;
        size_t members;
        unsigned workers;
    } cases[] = {
        {0, 8, 1, 1},      {5, 8, 1, 1},      {12, 8, 1, 1},     {20, 8, 1, 1},
        {28, 8, 2, 2},     {55, 8, 5, 5},     {100, 8, 14, 8},   {240, 8, 49, 8},
        {1015, 8, 242, 8}, {1015, 1, 249, 1}, {4096, 8, 500, 8}, {1 << 30, 64, 500, 64},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        size_t members = 0;
        unsigned workers = 0;
        groups_fit(cases[i].files, cases[i].wanted, &members, &workers);
        assert_int_equal(members, cases[i].members);
        assert_int_equal(workers, cases[i].workers);
        assert_true(members * 4 + workers * 4 <= cases[i].files || members == 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOC_TEST(a_group_ends_after_ten_minutes),
        DOC_TEST(workers_begin_nothing_after_the_end),
        DOC_TEST(a_group_has_500_files_at_most),
        DOC_TEST(few_files_make_small_groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
