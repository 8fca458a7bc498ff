/* A large stream is written to the store while the n-th allocation, or the n-th call that changes a
 * file, fails: a clean error, nothing half made, nothing left behind. */
#include "unit.h"

#include "base/digest.h"
#include "base/fail.h"
#include "pdf/builder.h"
#include "pdf/dss.h"
#include "pdf/failing.h"

#include <errno.h>
#include <sys/types.h>

int __real_sys_openat(int dir, const char *name, int flags, mode_t mode);
ssize_t __real_sys_pwrite(int fd, const void *p, size_t n, off_t offset);
int __real_sys_ftruncate(int fd, off_t size);
int __wrap_sys_openat(int dir, const char *name, int flags, mode_t mode);
ssize_t __wrap_sys_pwrite(int fd, const void *p, size_t n, off_t offset);
int __wrap_sys_ftruncate(int fd, off_t size);

static long changes, change_fails_at = -1;

static bool change_fails(void)
{
    errno = ENOSPC;
    return changes++ == change_fails_at;
}

int __wrap_sys_openat(int dir, const char *name, int flags, mode_t mode)
{
    return change_fails() ? -1 : __real_sys_openat(dir, name, flags, mode);
}

ssize_t __wrap_sys_pwrite(int fd, const void *p, size_t n, off_t offset)
{
    return change_fails() ? -1 : __real_sys_pwrite(fd, p, n, offset);
}

int __wrap_sys_ftruncate(int fd, off_t size)
{
    return change_fails() ? -1 : __real_sys_ftruncate(fd, size);
}

enum { NOISE = 50000, DULL = 60000 };

/* One that gets shorter and one that does not, in spools although they would fit into memory. */
typedef struct items {
    pades_ctx *ctx;
    spool *files[2];
    view views[2];
} items;

static void fill(items *it)
{
    uint8_t bytes[DULL];
    assert_int_equal(pades_ctx_new(&it->ctx, NULL), PADES_OK);
    for (size_t i = 0; i < 2; i++) {
        memset(bytes, 'x', sizeof bytes);
        assert_int_equal(random_bytes(bytes, i == 0 ? NOISE : 1, NULL), PADES_OK);
        assert_int_equal(spool_new(it->ctx, &it->files[i], NULL), PADES_OK);
        span all = span_of(bytes, i == 0 ? NOISE : DULL);
        assert_int_equal(spool_add(it->files[i], all, NULL), PADES_OK);
        assert_int_equal(spool_end(it->files[i], NULL), PADES_OK);
        it->views[i] = spool_view(it->files[i]);
    }
}

static void items_free(items *it)
{
    spool_free(it->files[0]);
    spool_free(it->files[1]);
    pades_ctx_free(it->ctx);
}

static pades_status store(const items *it, pdf_file *f, pdf_seal *made, pades_error **e)
{
    AUTO_VAL(pdf_dss) old = {.bytes = {0}};
    const pdf_dss_plan plan = {.items = {NULL, NULL, it->views}, .n = {0, 0, 2}};
    TRY(pdf_dss_read(f, &old, e));
    return pdf_dss_build(f, &old, &plan, made, e);
}

/* Once, with one thing that fails in it; everything is opened anew. Not everything is missed: a
 * name for messages, or the first of two folders. *ret_reached: it came to that. */
static pades_status once(const items *it, long memory, long change, bool *ret_reached)
{
    AUTO(pades_error) *e = NULL;
    AUTO_VAL(builder) b;
    AUTO_VAL(opened) o;
    AUTO_VAL(pdf_seal) made = {.hole = 0};
    builder_document(&b, &(builder_plan){.kind = BUILD_TABLE, .catalog = ""});
    opened_open(&o, buf_span(&b.out), span_of(NULL, 0));
    calls = changes = 0;
    fail_at = memory;
    change_fails_at = change;
    pades_status status = store(it, o.f, &made, &e);
    fail_at = change_fails_at = -1;
    *ret_reached = calls > memory && changes > change;
    assert_int_equal(made.front != NULL, status == PADES_OK);
    assert_int_equal(made.revision.p != NULL, status == PADES_OK);
    if (change >= 0 && status != PADES_OK) {
        assert_non_null(strstr(pades_error_hint(e), "make room there"));
    }
    return status;
}

static void every_allocation_fails_once(void **state)
{
    bool reached = true;
    long n = 0;
    long failed = 0;
    for (; reached; n++) {
        pades_status status = once(*state, n, -1, &reached);
        assert_true(status == PADES_OK || (reached && status == PADES_NO_MEMORY));
        failed += status != PADES_OK;
    }
    assert_true(failed > 30 && failed < n);
}

static void every_write_fails_once(void **state)
{
    bool reached = true;
    long n = 0;
    long failed = 0;
    for (; reached; n++) {
        pades_status status = once(*state, -1, n, &reached);
        assert_true(status == PADES_OK || (reached && status == PADES_OUTPUT_FAILED));
        failed += status != PADES_OK;
    }
    assert_true(failed > 10 && failed < n);
}

static int set_up(void **state)
{
    static items it;
    fill(&it);
    *state = &it;
    return 0;
}

static int tear_down(void **state)
{
    items_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_fails_once),
        cmocka_unit_test(every_write_fails_once),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
