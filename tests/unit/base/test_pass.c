/* The pass: same bytes and digest with one thread and with two, any chunk; counts; errors; sources.
 */
#include "unit.h"

#include "base/fail.h"
#include "base/mem.h"
#include "base/pass.h"
#include "base/secret.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { SIZE = 3000001 };

static uint8_t *make_bytes(void)
{
    uint8_t *p = malloc(SIZE);
    uint32_t x = 12345;
    for (size_t i = 0; i < SIZE; i++) {
        x = x * 1664525 + 1013904223;
        p[i] = (uint8_t)(x >> 24);
    }
    return p;
}

static pades_ctx *make_ctx(uint64_t chunk, uint64_t threads_from)
{
    pades_ctx *ctx = NULL;
    assert_int_equal(pades_ctx_new(&ctx, NULL), PADES_OK);
    assert_int_equal(pades_ctx_set_limit(ctx, PADES_LIMIT_CHUNK_BYTES, chunk, NULL), PADES_OK);
    assert_int_equal(pades_ctx_set_limit(ctx, PADES_LIMIT_THREAD_BYTES, threads_from, NULL),
                     PADES_OK);
    return ctx;
}

static void pass_copies_and_hashes_alike_with_any_threads_and_chunks(void **state)
{
    (void)state;
    uint8_t *bytes = make_bytes(), want[DIGEST_MAX], got[DIGEST_MAX];
    pades_error *e = NULL;
    assert_ok(digest_once(PADES_DIGEST_SHA384, span_of(bytes, SIZE), want, &e), e);
    const struct {
        uint64_t chunk, from;
    } cases[] = {{4096, 0},   {4096, UINT64_MAX},   {65537, 0},
                 {262144, 0}, {262144, UINT64_MAX}, {4u << 20, 0}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        pades_ctx *ctx = make_ctx(cases[i].chunk, cases[i].from);
        pades_source *source = NULL;
        pades_sink *sink = NULL;
        digest *d = NULL;
        size_t n = 0;
        uint64_t pass = 0, structure = 0;
        assert_ok(pades_source_new_memory(bytes, SIZE, &source, &e), e);
        assert_ok(pades_sink_new_memory(&sink, &e), e);
        assert_ok(digest_new(PADES_DIGEST_SHA384, &d, &e), e);
        assert_ok(sink_begin(ctx, sink, source, &e), e);
        assert_ok(pass_run(ctx, source, sink, d, NULL, &e), e);
        assert_ok(digest_final(d, got, &e), e);
        assert_ok(sink_commit(sink, &e), e);
        assert_memory_equal(got, want, 48);
        const void *out = pades_sink_bytes(sink, &n);
        assert_int_equal(n, SIZE);
        assert_memory_equal(out, bytes, SIZE);
        pades_source_counts(source, &pass, &structure);
        assert_int_equal(pass, SIZE);
        assert_int_equal(structure, 0);
        digest_free(d);
        pades_sink_free(sink);
        pades_source_free(source);
        pades_ctx_free(ctx);
    }
    free(bytes);
}

static int fail_late(void *user, uint64_t offset, void *buffer, size_t n)
{
    (void)user;
    memset(buffer, 1, n);
    return offset >= 1000000;
}

static void pass_stops_when_the_source_fails(void **state)
{
    (void)state;
    for (int threads = 0; threads < 2; threads++) {
        pades_ctx *ctx = make_ctx(65536, threads ? 0 : UINT64_MAX);
        pades_error *e = NULL;
        pades_source *source = NULL;
        digest *d = NULL;
        const pades_source_callbacks fns = {fail_late, NULL};
        assert_ok(pades_source_new_callbacks(&fns, NULL, SIZE, &source, &e), e);
        assert_ok(digest_new(PADES_DIGEST_SHA256, &d, &e), e);
        assert_fails(pass_run(ctx, source, NULL, d, NULL, &e), PADES_INPUT_UNREADABLE, e);
        digest_free(d);
        pades_source_free(source);
        pades_ctx_free(ctx);
    }
}

static void cancel_at_half(void *user, uint64_t done, uint64_t total)
{
    if (done > total / 2) {
        pades_control_cancel(user);
    }
}

static void pass_can_be_cancelled_and_has_deadlines(void **state)
{
    (void)state;
    uint8_t *bytes = make_bytes();
    pades_ctx *ctx = make_ctx(4096, 0);
    pades_error *e = NULL;
    pades_source *source = NULL;
    pades_control *control = NULL;
    digest *d = NULL;
    assert_ok(pades_source_new_memory(bytes, SIZE, &source, &e), e);
    assert_ok(pades_control_new(&control, &e), e);
    assert_ok(digest_new(PADES_DIGEST_SHA256, &d, &e), e);
    pades_control_set_progress(control, cancel_at_half, control);
    assert_fails(pass_run(ctx, source, NULL, d, control, &e), PADES_CANCELLED, e);
    uint64_t pass = 0, structure = 0;
    pades_source_counts(source, &pass, &structure);
    assert_in_range(pass, SIZE / 2, SIZE / 2 + 8192);
    pades_control_free(control);
    assert_ok(pades_control_new(&control, &e), e);
    assert_ok(control_check(control, &e), e);
    pades_control_set_deadline(control, 0);
    assert_fails(pass_run(ctx, source, NULL, d, control, &e), PADES_TIMEOUT, e);
    assert_int_equal(control_left_ms(control), 0);
    pades_control_free(control);
    digest_free(d);
    pades_source_free(source);
    pades_ctx_free(ctx);
    free(bytes);
}

static void source_file_notices_change_and_shrinking(void **state)
{
    (void)state;
    char path[] = "/tmp/pades-source-XXXXXX";
    int fd = mkstemp(path);
    uint8_t byte = 0, many[64];
    pades_error *e = NULL;
    pades_source *source = NULL;
    assert_int_equal(write(fd, "0123456789", 10), 10);
    assert_ok(pades_source_new_fd(fd, &source, &e), e);
    assert_int_equal(pades_source_size(source), 10);
    assert_ok(source_read(source, SOURCE_STRUCTURE, 9, &byte, 1, &e), e);
    assert_int_equal(byte, '9');
    assert_fails(source_read(source, SOURCE_STRUCTURE, 9, many, 2, &e), PADES_DOC_DAMAGED, e);
    assert_fails(source_read(source, SOURCE_STRUCTURE, UINT64_MAX, many, 2, &e), PADES_DOC_DAMAGED,
                 e);
    assert_ok(source_check_unchanged(source, &e), e);
    assert_int_equal(ftruncate(fd, 5), 0);
    assert_fails(source_read(source, SOURCE_STRUCTURE, 9, &byte, 1, &e), PADES_INPUT_CHANGED, e);
    assert_fails(source_check_unchanged(source, &e), PADES_INPUT_CHANGED, e);
    pades_source_free(source);
    close(fd);
    unlink(path);
    assert_fails(pades_source_new_file(path, &source, &e), PADES_INPUT_NOT_FOUND, e);
    assert_fails(pades_source_new_file("/", &source, &e), PADES_INPUT_UNREADABLE, e);
    assert_fails(pades_source_new_file("/dev/null", &source, &e), PADES_INPUT_UNREADABLE, e);
}

static void source_that_is_held_is_read_once_and_still_watched(void **state)
{
    (void)state;
    char path[] = "/tmp/pades-source-XXXXXX";
    int fd = mkstemp(path);
    uint8_t bytes[4];
    uint64_t pass = 0, structure = 0;
    pades_error *e = NULL;
    pades_source *source = NULL;
    assert_int_equal(write(fd, "0123456789", 10), 10);
    assert_ok(pades_source_new_fd(fd, &source, &e), e);
    assert_null(source_view(source, SOURCE_PASS, 0, 10).p);
    assert_ok(source_hold(source, &e), e);
    assert_int_equal(pwrite(fd, "x", 1, 4), 1);
    assert_ok(source_hold(source, &e), e);
    assert_ok(source_read(source, SOURCE_STRUCTURE, 3, bytes, 4, &e), e);
    assert_memory_equal(bytes, "3456", 4);
    assert_memory_equal(source_view(source, SOURCE_PASS, 8, 2).p, "89", 2);
    assert_null(source_view(source, SOURCE_PASS, 8, 3).p);
    pades_source_counts(source, &pass, &structure);
    assert_int_equal(pass, 2);
    assert_int_equal(structure, 10 + 4);
    assert_int_equal(ftruncate(fd, 9), 0);
    assert_fails(source_check_unchanged(source, &e), PADES_INPUT_CHANGED, e);
    pades_source_free(source);

    assert_int_equal(ftruncate(fd, (1 << 20) + 1), 0);
    assert_ok(pades_source_new_fd(fd, &source, &e), e);
    assert_ok(source_hold(source, &e), e);
    assert_null(source_memory(source).p);
    pades_source_free(source);
    close(fd);
    unlink(path);
}

static void source_joined_reads_over_the_seam(void **state)
{
    (void)state;
    pades_error *e = NULL;
    pades_source *base = NULL, *joined = NULL;
    char text[8] = "";
    assert_ok(pades_source_new_memory("abcdef", 6, &base, &e), e);
    assert_ok(source_new_joined(base, 4, view_of(span_str("WXYZ")), &joined, &e), e);
    assert_int_equal(pades_source_size(joined), 8);
    assert_ok(source_read(joined, SOURCE_STRUCTURE, 2, text, 4, &e), e);
    assert_memory_equal(text, "cdWX", 4);
    assert_ok(source_read(joined, SOURCE_STRUCTURE, 6, text, 2, &e), e);
    assert_memory_equal(text, "YZ", 2);
    pades_source_free(joined);
    assert_fails(source_new_joined(base, 7, view_of(span_str("")), &joined, &e),
                 PADES_INVALID_ARGUMENT, e);
    pades_source_free(base);
}

static void ctx_settings_freeze_at_first_use(void **state)
{
    (void)state;
    pades_ctx *ctx = make_ctx(4096, 0);
    pades_error *e = NULL;
    assert_ok(pades_ctx_allow_host(ctx, "localhost:80", &e), e);
    assert_fails(pades_ctx_set_limit(ctx, (pades_limit)99, 1, &e), PADES_INVALID_ARGUMENT, e);
    assert_fails(pades_ctx_set_limit(ctx, PADES_LIMIT_CHUNK_BYTES, 1, &e), PADES_INVALID_ARGUMENT,
                 e);
    assert_fails(pades_ctx_set_timeout(ctx, 0, &e), PADES_INVALID_ARGUMENT, e);
    ctx_freeze(ctx);
    assert_fails(pades_ctx_allow_host(ctx, "localhost:81", &e), PADES_INVALID_ARGUMENT, e);
    assert_fails(pades_ctx_set_proxy(ctx, "http://x", &e), PADES_INVALID_ARGUMENT, e);
    assert_fails(pades_ctx_set_cache_dir(ctx, "/x", &e), PADES_INVALID_ARGUMENT, e);
    assert_fails(ctx_add_anchor(ctx, span_str("x"), &e), PADES_INVALID_ARGUMENT, e);
    assert_fails(pades_ctx_set_timeout(ctx, 5, &e), PADES_INVALID_ARGUMENT, e);
    pades_ctx_free(ctx);
}

static void keep_line(void *user, pades_log_level level, const char *line)
{
    (void)level;
    snprintf(user, 64, "%s", line);
}

static void log_lines_are_escaped(void **state)
{
    (void)state;
    char line[64] = "";
    pades_ctx *ctx = make_ctx(4096, 0);
    assert_int_equal(pades_ctx_set_logger(ctx, keep_line, line, NULL), PADES_OK);
    ctx_log(ctx, PADES_LOG_INFO, "from %s", "\x1b[2J");
    assert_string_equal(line, "from \\x1b[2J");
    pades_ctx_free(ctx);
}

static void secret_is_gone_when_wiped(void **state)
{
    (void)state;
    secret *s = NULL;
    assert_int_equal(secret_new(&s, NULL), PADES_OK);
    assert_true(secret_set(s, "13572468", 8));
    const uint8_t *room = secret_span(s).p;
    assert_memory_equal(room, "13572468", 8);
    secret_wipe(s);
    assert_int_equal(secret_span(s).n, 0);
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(room[i], 0);
    }
    uint8_t big[SECRET_MAX + 1] = {0};
    assert_false(secret_set(s, big, sizeof big));
    secret_free(s);
    secret_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pass_copies_and_hashes_alike_with_any_threads_and_chunks),
        cmocka_unit_test(pass_stops_when_the_source_fails),
        cmocka_unit_test(pass_can_be_cancelled_and_has_deadlines),
        cmocka_unit_test(source_file_notices_change_and_shrinking),
        cmocka_unit_test(source_that_is_held_is_read_once_and_still_watched),
        cmocka_unit_test(source_joined_reads_over_the_seam),
        cmocka_unit_test(ctx_settings_freeze_at_first_use),
        cmocka_unit_test(log_lines_are_escaped),
        cmocka_unit_test(secret_is_gone_when_wiped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
