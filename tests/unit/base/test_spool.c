/* What is too large for memory: bytes go to a file without a name and come back as they were, piece
 * by piece, and a full disk is one clear error. */
#include "unit.h"

#include "base/bulk.h"
#include "base/digest.h"
#include "base/fail.h"
#include "base/mem.h"
#include "base/source.h"
#include "base/sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

int __real_sys_openat(int dir, const char *name, int flags, mode_t mode);
int __wrap_sys_openat(int dir, const char *name, int flags, mode_t mode);

static bool knows_no_tmpfile;
static mode_t last_mode;
static int last_flags;

int __wrap_sys_openat(int dir, const char *name, int flags, mode_t mode)
{
    last_mode = mode;
    last_flags = flags;
    if (knows_no_tmpfile && (flags & O_TMPFILE) == O_TMPFILE) {
        errno = EOPNOTSUPP;
        return -1;
    }
    return __real_sys_openat(dir, name, flags, mode);
}

enum { LARGE = BULK_MEMORY + 3 * VIEW_STEP + 12345, PIECE = 100001 };

static char folder[64];
static pades_ctx *ctx;
static uint8_t *bytes; /* LARGE of them */

static int set_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/pades-spool-XXXXXX");
    bytes = malloc(LARGE);
    if (!bytes || !mkdtemp(folder) || pades_ctx_new(&ctx, NULL) != PADES_OK ||
        pades_ctx_set_temp_dir(ctx, folder, NULL) != PADES_OK) {
        return -1;
    }
    for (size_t i = 0; i < LARGE; i++) {
        bytes[i] = (uint8_t)(i * 7 + i / 4096 + i / 1000003);
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    pades_ctx_free(ctx);
    free(bytes);
    return rmdir(folder); /* nothing is left in it */
}

static bool is_empty(void)
{
    size_t n = 0;
    DIR *d = opendir(folder);
    assert_non_null(d);
    while (readdir(d)) {
        n++;
    }
    closedir(d);
    return n == 2;
}

static void fill(bulk *b, size_t n)
{
    pades_error *e = NULL;
    for (size_t at = 0; at < n; at += PIECE) {
        assert_ok(bulk_add(b, span_of(bytes + at, n - at < PIECE ? n - at : PIECE), &e), e);
    }
    assert_int_equal(bulk_size(b), n);
    assert_ok(bulk_end(b, &e), e);
}

static void assert_holds(view v, size_t n)
{
    uint8_t wanted[DIGEST_MAX];
    uint8_t got[DIGEST_MAX];
    assert_int_equal(v.s.n, n);
    assert_int_equal(digest_once(PADES_DIGEST_SHA256, span_of(bytes, n), wanted, NULL), PADES_OK);
    assert_int_equal(view_hash(v, PADES_DIGEST_SHA256, got, NULL), PADES_OK);
    assert_memory_equal(got, wanted, 32);
    assert_true(view_eq(v, view_of(span_of(bytes, n))));
}

static void bulk_stays_in_memory_up_to_8_mib(void **state)
{
    (void)state;
    const size_t sizes[] = {0, 1, 5 << 20, BULK_MEMORY, BULK_MEMORY + 1, LARGE};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        AUTO_VAL(bulk) b = BULK(ctx, LARGE);
        fill(&b, sizes[i]);
        assert_int_equal(b.file != NULL, sizes[i] > BULK_MEMORY);
        assert_int_equal(bulk_view(&b).home != NULL, sizes[i] > BULK_MEMORY);
        assert_holds(bulk_view(&b), sizes[i]);
        assert_true(is_empty());
    }
}

static void bulk_has_a_maximum(void **state)
{
    (void)state;
    const size_t most[] = {1000, BULK_MEMORY + 1000};
    for (size_t i = 0; i < ARRAY_LEN(most); i++) {
        AUTO(pades_error) *e = NULL;
        AUTO_VAL(bulk) b = BULK(ctx, most[i]);
        assert_ok(bulk_add(&b, span_of(bytes, most[i]), &e), e);
        assert_int_equal(bulk_add(&b, span_of(bytes, 1), &e), PADES_LIMIT);
        assert_ok(bulk_end(&b, NULL), e);
        assert_holds(bulk_view(&b), most[i]);
    }
}

/* The pages that were read and dropped are not in memory; read again they are what they were. */
static void view_gives_back_what_is_behind(void **state)
{
    (void)state;
    static unsigned char in_core[LARGE / 4096 + 2];
    AUTO_VAL(bulk) b = BULK(ctx, LARGE);
    fill(&b, LARGE);
    view v = bulk_view(&b);
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    for (int i = 0; i < 3; i++) {
        assert_holds(v, LARGE);
    }
    getrusage(RUSAGE_SELF, &after);
    assert_true(after.ru_maxrss - before.ru_maxrss < 4096);
    assert_int_equal(mincore((void *)(uintptr_t)v.s.p, LARGE, in_core), 0);
    view_drop(v, 1, LARGE);
    view_drop(v, 5, LARGE + 1); /* beyond its end: nothing */
    view_drop(view_of(span_of(bytes, LARGE)), 0, LARGE);
    assert_holds(v, LARGE);
}

static void spool_is_patched_and_cut(void **state)
{
    (void)state;
    AUTO(pades_error) *e = NULL;
    AUTO(spool) *s = NULL;
    assert_ok(spool_new(ctx, &s, &e), e);
    assert_int_equal(last_mode, 0600);
    assert_ok(spool_add(s, span_str("abc____ghi"), &e), e);
    assert_ok(spool_patch(s, 3, span_str("def"), &e), e);
    assert_int_equal(spool_patch(s, 8, span_str("xyz"), NULL), PADES_INTERNAL);
    assert_ok(spool_cut(s, 6, &e), e);
    assert_ok(spool_add(s, span_str("!"), &e), e);
    assert_ok(spool_end(s, &e), e);
    assert_true(span_is(spool_view(s).s, "abcdef!"));
    assert_int_equal(spool_add(s, span_str("x"), NULL), PADES_INTERNAL);
    assert_int_equal(spool_cut(s, 1, NULL), PADES_INTERNAL);
    spool *again = spool_ref(s);
    spool_free(TAKE(s));
    assert_true(span_is(spool_view(again).s, "abcdef!"));
    spool_free(again);
}

static void spool_without_o_tmpfile(void **state)
{
    (void)state;
    AUTO_VAL(bulk) b = BULK(ctx, LARGE);
    knows_no_tmpfile = true;
    fill(&b, LARGE);
    knows_no_tmpfile = false;
    assert_int_equal(last_flags & (O_EXCL | O_NOFOLLOW), O_EXCL | O_NOFOLLOW);
    assert_int_equal(last_mode, 0600);
    assert_true(is_empty());
    assert_holds(bulk_view(&b), LARGE);
}

static void a_full_disk_is_told(void **state)
{
    (void)state;
    AUTO(pades_error) *e = NULL;
    AUTO_VAL(bulk) b = BULK(ctx, LARGE);
    struct rlimit old;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    const struct rlimit small = {BULK_MEMORY + VIEW_STEP, old.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    pades_status status = PADES_OK;
    for (size_t at = 0; status == PADES_OK && at < LARGE; at += PIECE) {
        status = bulk_add(&b, span_of(bytes + at, LARGE - at < PIECE ? LARGE - at : PIECE), &e);
    }
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(status, PADES_OUTPUT_FAILED);
    assert_non_null(
        strstr(pades_error_message(e), "cannot write a temporary file in '/tmp/pades-spool"));
    assert_non_null(strstr(pades_error_hint(e), "make room there"));
    assert_true(is_empty());
}

static void a_folder_that_is_not_there_is_told(void **state)
{
    (void)state;
    AUTO(pades_error) *e = NULL;
    pades_ctx *other = NULL;
    spool *s = NULL;
    assert_ok(pades_ctx_new(&other, &e), e);
    assert_ok(pades_ctx_set_temp_dir(other, "/nowhere/\x1b[31m", &e), e);
    assert_int_equal(spool_new(other, &s, &e), PADES_OUTPUT_FAILED);
    assert_null(s);
    assert_null(strchr(pades_error_message(e), '\x1b'));
    assert_ok(pades_ctx_set_temp_dir(other, NULL, &e), e); /* the usual ones */
    error_clear(&e);
    assert_ok(spool_new(other, &s, &e), e);
    spool_free(s);
    pades_ctx_free(other);
}

/* Joined to a joined one: across every border, and with the password of the first. */
static void joined_sources_read_a_spool(void **state)
{
    (void)state;
    AUTO(pades_error) *e = NULL;
    AUTO_VAL(bulk) b = BULK(ctx, LARGE);
    pades_source *base = NULL, *one = NULL, *two = NULL;
    uint8_t got[64];
    fill(&b, LARGE);
    assert_ok(pades_source_new_memory("input", 5, &base, &e), e);
    assert_ok(pades_source_set_password(base, "secret", 6, &e), e);
    assert_ok(source_new_joined(base, 5, bulk_view(&b), &one, &e), e);
    assert_ok(source_new_joined(one, pades_source_size(one), view_of(span_str("tail")), &two, &e),
              e);
    assert_int_equal(pades_source_size(two), 5 + LARGE + 4);
    assert_ok(source_read(two, SOURCE_STRUCTURE, 3, got, 10, &e), e);
    assert_memory_equal(got, "ut", 2);
    assert_memory_equal(got + 2, bytes, 8);
    assert_ok(source_read(two, SOURCE_STRUCTURE, 5 + LARGE - 6, got, 10, &e), e);
    assert_memory_equal(got, bytes + LARGE - 6, 6);
    assert_memory_equal(got + 6, "tail", 4);
    assert_true(span_is(source_password(two), "secret"));
    assert_ok(source_check_unchanged(two, &e), e);
    pades_source_free(two);
    pades_source_free(one);
    pades_source_free(base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bulk_stays_in_memory_up_to_8_mib),
        cmocka_unit_test(bulk_has_a_maximum),
        cmocka_unit_test(view_gives_back_what_is_behind),
        cmocka_unit_test(spool_is_patched_and_cut),
        cmocka_unit_test(spool_without_o_tmpfile),
        cmocka_unit_test(a_full_disk_is_told),
        cmocka_unit_test(a_folder_that_is_not_there_is_told),
        cmocka_unit_test(joined_sources_read_a_spool),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
