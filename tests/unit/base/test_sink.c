/* All or nothing: every write, fsync, rename, unlink, truncate and open that changes a file fails
 * once; afterwards the output is there whole or not at all, the input is untouched and no other
 * file is left. The journal undoes what a kill cut short. */
#include "unit.h"

#include "base/digest.h"
#include "base/fail.h"
#include "base/journal.h"
#include "base/mem.h"
#include "base/pass.h"
#include "base/secret.h"
#include "base/sink_ops.h"
#include "base/sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

/* The seam: call number `fail_at` of all wrapped calls fails with `fail_errno_with`; `die_at` kills
 * the process instead. */
static long calls, fail_at = -1, die_at = -1;
static int fail_errno_with = EIO;

static bool now_fails(void)
{
    long n = calls++;
    if (n == die_at) {
        _exit(99);
    }
    errno = fail_errno_with;
    return n == fail_at;
}

int __real_sys_openat(int dir, const char *name, int flags, mode_t mode);
ssize_t __real_sys_write(int fd, const void *p, size_t n);
ssize_t __real_sys_pwrite(int fd, const void *p, size_t n, off_t offset);
int __real_sys_fsync(int fd);
int __real_sys_ftruncate(int fd, off_t size);
int __real_sys_renameat(int dir, const char *from, const char *to, bool replace);
int __real_sys_unlinkat(int dir, const char *name);
int __wrap_sys_openat(int dir, const char *name, int flags, mode_t mode);
ssize_t __wrap_sys_write(int fd, const void *p, size_t n);
ssize_t __wrap_sys_pwrite(int fd, const void *p, size_t n, off_t offset);
int __wrap_sys_fsync(int fd);
int __wrap_sys_ftruncate(int fd, off_t size);
int __wrap_sys_renameat(int dir, const char *from, const char *to, bool replace);
int __wrap_sys_unlinkat(int dir, const char *name);

int __wrap_sys_openat(int dir, const char *name, int flags, mode_t mode)
{
    return now_fails() ? -1 : __real_sys_openat(dir, name, flags, mode);
}
/* A failing write has written half of it, as a full disk does. */
ssize_t __wrap_sys_write(int fd, const void *p, size_t n)
{
    if (now_fails()) {
        if (__real_sys_write(fd, p, n / 2) < 0) {
            return -1;
        }
        errno = fail_errno_with;
        return -1;
    }
    return __real_sys_write(fd, p, n);
}
ssize_t __wrap_sys_pwrite(int fd, const void *p, size_t n, off_t offset)
{
    if (now_fails()) {
        if (__real_sys_pwrite(fd, p, n / 2, offset) < 0) {
            return -1;
        }
        errno = fail_errno_with;
        return -1;
    }
    return __real_sys_pwrite(fd, p, n, offset);
}
int __wrap_sys_fsync(int fd)
{
    return now_fails() ? -1 : __real_sys_fsync(fd);
}
int __wrap_sys_ftruncate(int fd, off_t size)
{
    return now_fails() ? -1 : __real_sys_ftruncate(fd, size);
}
int __wrap_sys_renameat(int dir, const char *from, const char *to, bool replace)
{
    return now_fails() ? -1 : __real_sys_renameat(dir, from, to, replace);
}
int __wrap_sys_unlinkat(int dir, const char *name)
{
    return now_fails() ? -1 : __real_sys_unlinkat(dir, name);
}

static void reset_seam(void)
{
    calls = 0;
    fail_at = die_at = -1;
    fail_errno_with = EIO;
}

/* A folder with in.pdf. */
typedef struct place {
    char dir[64], in[96], out[96];
} place;

static const char input[] = "the input, which is never lost";
static const char tail[] = " and the new revision";

static void put_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static char *get_file(const char *path)
{
    static char text[4096];
    FILE *f = fopen(path, "rb");
    if (!f) {
        return NULL;
    }
    size_t n = fread(text, 1, sizeof text - 1, f);
    text[n] = '\0';
    fclose(f);
    return text;
}

static int count_files(const char *dir)
{
    int n = 0;
    DIR *d = opendir(dir);
    for (struct dirent *entry = readdir(d); entry; entry = readdir(d)) {
        n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    }
    closedir(d);
    return n;
}

static place make_place(void)
{
    place p = {.dir = "/tmp/pades-sink-XXXXXX"};
    assert_non_null(mkdtemp(p.dir));
    snprintf(p.in, sizeof p.in, "%s/in.pdf", p.dir);
    snprintf(p.out, sizeof p.out, "%s/out.pdf", p.dir);
    put_file(p.in, input);
    reset_seam();
    return p;
}

static void drop_place(const place *p)
{
    DIR *d = opendir(p->dir);
    for (struct dirent *entry = readdir(d); entry; entry = readdir(d)) {
        unlinkat(dirfd(d), entry->d_name, 0);
    }
    closedir(d);
    assert_int_equal(rmdir(p->dir), 0);
}

static pades_ctx *make_ctx(void)
{
    pades_ctx *ctx = NULL;
    assert_int_equal(pades_ctx_new(&ctx, NULL), PADES_OK);
    return ctx;
}

/* in.pdf copied to out.pdf with a tail. */
static pades_status copy_all(const place *p, unsigned flags, pades_error **e)
{
    pades_ctx *ctx = make_ctx();
    AUTO(pades_source) *source = NULL;
    AUTO(pades_sink) *sink = NULL;
    AUTO(digest) *d = NULL;
    pades_status status = pades_source_new_file(p->in, &source, e);
    status = status ? status : pades_sink_new_file(p->out, flags, &sink, e);
    status = status ? status : digest_new(PADES_DIGEST_SHA256, &d, e);
    status = status ? status : sink_begin(ctx, sink, source, e);
    status = status ? status : pass_run(ctx, source, sink, d, NULL, e);
    status = status ? status : sink_write(sink, span_str(tail), e);
    status = status ? status : sink_commit(sink, e);
    pades_sink_free(TAKE(sink));
    pades_ctx_free(ctx);
    return status;
}

static pades_status append_all(const place *p, pades_error **e)
{
    pades_ctx *ctx = make_ctx();
    AUTO(pades_source) *source = NULL;
    AUTO(pades_sink) *sink = NULL;
    pades_status status = pades_source_new_file(p->in, &source, e);
    status = status ? status : pades_sink_new_in_place(p->in, &sink, e);
    status = status ? status : sink_begin(ctx, sink, source, e);
    status = status ? status : sink_write(sink, span_str(tail), e);
    status = status ? status : sink_commit(sink, e);
    pades_sink_free(TAKE(sink));
    pades_ctx_free(ctx);
    return status;
}

static pades_status copy_plain(const place *p, pades_error **e)
{
    return copy_all(p, 0, e);
}

/* How many wrapped calls a run makes when nothing fails. */
static long count_calls(pades_status (*work)(const place *, pades_error **))
{
    place p = make_place();
    pades_error *e = NULL;
    assert_ok(work(&p, &e), e);
    long n = calls;
    drop_place(&p);
    return n;
}

static void file_sink_shows_the_whole_output(void **state)
{
    (void)state;
    place p = make_place();
    pades_error *e = NULL;
    assert_int_equal(chmod(p.in, 0640), 0);
    assert_ok(copy_all(&p, 0, &e), e);
    assert_string_equal(get_file(p.out), "the input, which is never lost and the new revision");
    struct stat st;
    assert_int_equal(stat(p.out, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
    assert_int_equal(count_files(p.dir), 2);
    assert_fails(copy_all(&p, 0, &e), PADES_OUTPUT_EXISTS, e);
    assert_ok(copy_all(&p, PADES_SINK_OVERWRITE, &e), e);
    drop_place(&p);
}

/* True with a temporary file of ours there; its mode. */
static bool has_temp(const place *p, mode_t *ret_mode)
{
    bool found = false;
    DIR *d = opendir(p->dir);
    for (struct dirent *entry = readdir(d); entry; entry = readdir(d)) {
        struct stat st;
        if (strncmp(entry->d_name, LEFTOVER_PREFIX, strlen(LEFTOVER_PREFIX)) == 0) {
            assert_int_equal(fstatat(dirfd(d), entry->d_name, &st, AT_SYMLINK_NOFOLLOW), 0);
            *ret_mode = st.st_mode & 07777;
            found = true;
        }
    }
    closedir(d);
    return found;
}

static void file_sink_is_closed_to_others_until_it_is_complete(void **state)
{
    (void)state;
    place p = make_place();
    pades_ctx *ctx = make_ctx();
    pades_error *e = NULL;
    pades_source *source = NULL;
    pades_sink *sink = NULL;
    mode_t mode = 0;
    assert_int_equal(chmod(p.in, 0664), 0);
    assert_ok(pades_source_new_file(p.in, &source, &e), e);
    assert_ok(pades_sink_new_file(p.out, 0, &sink, &e), e);
    assert_ok(sink_begin(ctx, sink, source, &e), e);
    assert_ok(sink_write(sink, span_str(input), &e), e);
    assert_true(has_temp(&p, &mode));
    assert_int_equal(mode, 0600);
    assert_ok(sink_commit(sink, &e), e);
    struct stat st;
    assert_int_equal(stat(p.out, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0664);
    assert_false(has_temp(&p, &mode));
    pades_sink_free(sink);
    pades_source_free(source);
    pades_ctx_free(ctx);
    drop_place(&p);
}

static void file_sink_survives_every_failing_call(void **state)
{
    (void)state;
    long total = count_calls(copy_plain);
    assert_true(total >= 6); /* open, two writes, fsync, rename, fsync of the folder */
    for (long n = 0; n < total; n++) {
        place p = make_place();
        pades_error *e = NULL;
        fail_at = n;
        fail_errno_with = n % 2 ? ENOSPC : EIO;
        pades_status status = copy_all(&p, 0, &e);
        reset_seam();
        assert_string_equal(get_file(p.in), input);
        if (status == PADES_OK) { /* only a failing removal of something may be harmless */
            assert_string_equal(get_file(p.out),
                                "the input, which is never lost and the new revision");
        } else {
            assert_int_equal(status, PADES_OUTPUT_FAILED);
            assert_non_null(pades_error_native(e));
            assert_null(get_file(p.out));
            assert_int_equal(count_files(p.dir), 1);
        }
        pades_error_free(e);
        drop_place(&p);
    }
}

static void file_sink_keeps_the_old_output_when_it_fails(void **state)
{
    (void)state;
    for (long n = 0; n < 5; n++) { /* up to the rename: after it the new one stands */
        place p = make_place();
        pades_error *e = NULL;
        put_file(p.out, "old");
        fail_at = n;
        assert_fails(copy_all(&p, PADES_SINK_OVERWRITE, &e), PADES_OUTPUT_FAILED, e);
        reset_seam();
        assert_string_equal(get_file(p.out), "old");
        assert_int_equal(count_files(p.dir), 2);
        drop_place(&p);
    }
}

static void run_killed(const place *p, pades_status (*work)(const place *, pades_error **), long at)
{
    pid_t child = fork();
    if (child == 0) {
        die_at = at;
        _exit(work(p, NULL) == PADES_OK ? 0 : 1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
}

static void file_sink_killed_anywhere_leaves_nothing_behind_after_the_next_run(void **state)
{
    (void)state;
    for (long at = 0; at < 7; at++) {
        place p = make_place();
        pades_error *e = NULL;
        run_killed(&p, copy_plain, at);
        assert_string_equal(get_file(p.in), input);
        const char *out = get_file(p.out);
        assert_true(!out ||
                    strcmp(out, "the input, which is never lost and the new revision") == 0);
        assert_ok(copy_all(&p, PADES_SINK_OVERWRITE, &e), e);
        assert_int_equal(count_files(p.dir), 2);
        drop_place(&p);
    }
}

static void leftovers_of_the_living_stay(void **state)
{
    (void)state;
    place p = make_place();
    char alive[128], other[128];
    snprintf(alive, sizeof alive, "%s/.pades-1-00.tmp", p.dir);
    snprintf(other, sizeof other, "%s/.pades-2-00.tmpx", p.dir);
    put_file(alive, "somebody writes this");
    put_file(other, "not ours");
    int fd = open(alive, O_RDWR), dir = open(p.dir, O_RDONLY | O_DIRECTORY);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    leftovers_remove(dir);
    assert_non_null(get_file(alive));
    close(fd); /* its maker dies */
    leftovers_remove(dir);
    assert_null(get_file(alive));
    assert_non_null(get_file(other));
    close(dir);
    drop_place(&p);
}

static void in_place_appends_and_leaves_no_journal(void **state)
{
    (void)state;
    place p = make_place();
    pades_error *e = NULL;
    assert_ok(append_all(&p, &e), e);
    assert_string_equal(get_file(p.in), "the input, which is never lost and the new revision");
    assert_int_equal(count_files(p.dir), 1);
    drop_place(&p);
}

static void in_place_survives_every_failing_call(void **state)
{
    (void)state;
    long total = count_calls(append_all);
    assert_true(total >= 9);
    for (long n = 0; n < total; n++) {
        place p = make_place();
        pades_error *e = NULL;
        fail_at = n;
        pades_status status = append_all(&p, &e);
        reset_seam();
        int undone = 0;
        pades_error_free(e);
        e = NULL;
        assert_ok(pades_recover_in_place(p.in, &undone, &e), e);
        bool whole =
            strcmp(get_file(p.in), "the input, which is never lost and the new revision") == 0;
        assert_true(status == PADES_OK ? whole : strcmp(get_file(p.in), input) == 0);
        assert_int_equal(count_files(p.dir), 1);
        drop_place(&p);
    }
}

static void in_place_killed_anywhere_is_undone_by_the_next_run(void **state)
{
    (void)state;
    int undone_times = 0;
    for (long at = 0; at < 12; at++) {
        place p = make_place();
        pades_error *e = NULL;
        int undone = 0;
        run_killed(&p, append_all, at);
        assert_ok(pades_recover_in_place(p.in, &undone, &e), e);
        undone_times += undone;
        const char *now = get_file(p.in);
        assert_true(strcmp(now, input) == 0 ||
                    strcmp(now, "the input, which is never lost and the new revision") == 0);
        assert_ok(append_all(&p, &e), e); /* it can be sealed again at once */
        drop_place(&p);
    }
    assert_true(undone_times > 0);
}

static void journal_of_another_file_is_not_believed(void **state)
{
    (void)state;
    place p = make_place();
    pades_error *e = NULL;
    run_killed(&p, append_all, 6);
    put_file(p.out, "something else, longer than the input was at that time");
    assert_int_equal(rename(p.out, p.in), 0);
    assert_fails(pades_recover_in_place(p.in, NULL, &e), PADES_INPUT_UNREADABLE, e);
    assert_string_equal(get_file(p.in), "something else, longer than the input was at that time");
    drop_place(&p);
}

static void journal_cut_short_means_nothing_was_appended(void **state)
{
    (void)state;
    place p = make_place();
    pades_error *e = NULL;
    char name[128];
    snprintf(name, sizeof name, "%s/.in.pdf.pades-undo", p.dir);
    put_file(name, "PADESUN1 half");
    assert_ok(pades_recover_in_place(p.in, NULL, &e), e);
    assert_string_equal(get_file(p.in), input);
    assert_int_equal(count_files(p.dir), 1);
    drop_place(&p);
}

static void in_place_refuses_a_file_that_changed(void **state)
{
    (void)state;
    place p = make_place();
    pades_error *e = NULL;
    pades_ctx *ctx = make_ctx();
    pades_source *source = NULL;
    pades_sink *sink = NULL;
    assert_ok(pades_source_new_file(p.in, &source, &e), e);
    assert_ok(pades_sink_new_in_place(p.in, &sink, &e), e);
    assert_ok(sink_begin(ctx, sink, source, &e), e);
    assert_ok(sink_write(sink, span_str(tail), &e), e);
    put_file(p.in, "another program was here");
    assert_fails(sink_commit(sink, &e), PADES_INPUT_CHANGED, e);
    assert_string_equal(get_file(p.in), "another program was here");
    pades_sink_free(sink);
    pades_source_free(source);
    pades_ctx_free(ctx);
    drop_place(&p);
}

static void fd_sink_writes_only_what_is_complete(void **state)
{
    (void)state;
    pades_ctx *ctx = make_ctx();
    pades_error *e = NULL;
    pades_sink *sink = NULL;
    int ends[2];
    char text[64] = "";
    reset_seam();
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    assert_ok(pades_sink_new_fd(ends[1], "/tmp", &sink, &e), e);
    assert_ok(sink_begin(ctx, sink, NULL, &e), e);
    assert_ok(sink_write(sink, span_str("whole"), &e), e);
    assert_int_equal(read(ends[0], text, sizeof text), -1);
    assert_ok(sink_commit(sink, &e), e);
    assert_int_equal(read(ends[0], text, sizeof text), 5);
    pades_sink_free(sink);
    assert_ok(pades_sink_new_fd(ends[1], "/tmp", &sink, &e), e);
    assert_ok(sink_begin(ctx, sink, NULL, &e), e);
    assert_ok(sink_write(sink, span_str("given up"), &e), e);
    pades_sink_free(sink);
    assert_int_equal(read(ends[0], text, sizeof text), -1);
    close(ends[0]);
    close(ends[1]);
    pades_ctx_free(ctx);
}

static void memory_sink_gives_bytes_after_success_only(void **state)
{
    (void)state;
    pades_ctx *ctx = make_ctx();
    pades_error *e = NULL;
    pades_sink *sink = NULL;
    size_t n = 0;
    assert_ok(pades_sink_new_memory(&sink, &e), e);
    assert_ok(sink_begin(ctx, sink, NULL, &e), e);
    assert_ok(sink_write(sink, span_str("abc"), &e), e);
    assert_null(pades_sink_bytes(sink, &n));
    assert_ok(sink_commit(sink, &e), e);
    assert_memory_equal(pades_sink_bytes(sink, &n), "abc", 3);
    assert_int_equal(n, 3);
    assert_fails(sink_begin(ctx, sink, NULL, &e), PADES_INVALID_ARGUMENT, e);
    pades_sink_free(sink);
    pades_ctx_free(ctx);
}

static int refuse_write(void *user, const void *data, size_t n)
{
    (void)user, (void)data, (void)n;
    return 1;
}
static int accept_commit(void *user)
{
    (void)user;
    return 0;
}
static void count_abort(void *user)
{
    ++*(int *)user;
}

static void callback_sink_is_aborted_once(void **state)
{
    (void)state;
    pades_ctx *ctx = make_ctx();
    pades_error *e = NULL;
    pades_sink *sink = NULL;
    int aborts = 0;
    const pades_sink_callbacks fns = {refuse_write, accept_commit, count_abort};
    assert_ok(pades_sink_new_callbacks(&fns, &aborts, &sink, &e), e);
    assert_ok(sink_begin(ctx, sink, NULL, &e), e);
    assert_fails(sink_write(sink, span_str("x"), &e), PADES_OUTPUT_FAILED, e);
    sink_abort(sink);
    pades_sink_free(sink);
    assert_int_equal(aborts, 1);
    pades_ctx_free(ctx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(file_sink_shows_the_whole_output),
        cmocka_unit_test(file_sink_is_closed_to_others_until_it_is_complete),
        cmocka_unit_test(file_sink_survives_every_failing_call),
        cmocka_unit_test(file_sink_keeps_the_old_output_when_it_fails),
        cmocka_unit_test(file_sink_killed_anywhere_leaves_nothing_behind_after_the_next_run),
        cmocka_unit_test(leftovers_of_the_living_stay),
        cmocka_unit_test(in_place_appends_and_leaves_no_journal),
        cmocka_unit_test(in_place_survives_every_failing_call),
        cmocka_unit_test(in_place_killed_anywhere_is_undone_by_the_next_run),
        cmocka_unit_test(journal_of_another_file_is_not_believed),
        cmocka_unit_test(journal_cut_short_means_nothing_was_appended),
        cmocka_unit_test(in_place_refuses_a_file_that_changed),
        cmocka_unit_test(fd_sink_writes_only_what_is_complete),
        cmocka_unit_test(memory_sink_gives_bytes_after_success_only),
        cmocka_unit_test(callback_sink_is_aborted_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
