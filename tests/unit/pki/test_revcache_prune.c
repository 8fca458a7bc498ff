/* The folder that processes share stays within its bounds, and keeps what is new. */
#include "unit.h"

#include "base/ctx.h"
#include "base/mem.h"
#include "pki/revcache_disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { HOUR = 3600, DAY = 86400 };

static char folder[64], entries[80];
static pades_ctx *ctx;

static int set_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/pades-prune-XXXXXX");
    if (!mkdtemp(folder) || pades_ctx_new(&ctx, NULL) != PADES_OK ||
        pades_ctx_set_cache_dir(ctx, folder, NULL) != PADES_OK) {
        return -1;
    }
    snprintf(entries, sizeof entries, "%s/rev", folder);
    return mkdir(entries, 0700);
}

static int tear_down(void **state)
{
    char command[128];
    (void)state;
    pades_ctx_free(ctx);
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static rev_key key_of(uint32_t number)
{
    rev_key key = {.hash = {0}};
    memcpy(key.hash, &number, sizeof number);
    return key;
}

static void name_of(uint32_t number, char out[80])
{
    const rev_key key = key_of(number);
    for (size_t i = 0; i < sizeof key.hash; i++) {
        snprintf(out + 2 * i, 3, "%02x", key.hash[i]);
    }
    strcat(out, ".der");
}

/* A file of so many bytes (none of them on the disk), written so long ago. */
static void put(const char *name, off_t bytes, long seconds_ago)
{
    char path[256];
    const struct timespec times[2] = {{time(NULL) - seconds_ago, 0}, {time(NULL) - seconds_ago, 0}};
    snprintf(path, sizeof path, "%s/%s", entries, name);
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, bytes), 0);
    assert_int_equal(close(fd), 0);
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void put_number(uint32_t number, off_t bytes, long seconds_ago)
{
    char name[80];
    name_of(number, name);
    put(name, bytes, seconds_ago);
}

static bool is_there(const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", entries, name);
    return access(path, F_OK) == 0;
}

static bool has(uint32_t number)
{
    char name[80];
    name_of(number, name);
    return is_there(name);
}

static size_t count(void)
{
    size_t n = 0;
    DIR *d = opendir(entries);
    assert_non_null(d);
    for (const struct dirent *e = readdir(d); e; e = readdir(d)) {
        n += e->d_name[0] != '.';
    }
    closedir(d);
    return n;
}

static void store(uint32_t number, const char *text)
{
    const rev_key key = key_of(number);
    revdisk_store(ctx, &key, view_of(span_str(text)));
}

static void assert_loads(uint32_t number, const char *text)
{
    const rev_key key = key_of(number);
    blob *b = revdisk_load(ctx, &key, 1000);
    assert_non_null(b);
    assert_true(span_is(blob_bytes(b), text));
    blob_free(b);
}

static void what_is_within_bounds_stays(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 100; i++) {
        put_number(i, 1000, i * DAY / 2);
    }
    store(1000, "new");
    assert_int_equal(count(), 101);
    assert_loads(1000, "new");
}

static void the_old_goes(void **state)
{
    (void)state;
    put_number(1, 1000, 89 * DAY);
    put_number(2, 1000, 91 * DAY);
    put_number(3, 1000, 4000 * DAY);
    store(4, "new");
    assert_true(has(1) && !has(2) && !has(3) && has(4));
}

static void the_oldest_of_too_many_go(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2100; i++) {
        put_number(i, 10, 10000 - i);
    }
    store(5000, "new");
    assert_true(count() <= 2048 && count() >= 1500);
    assert_true(!has(0) && !has(100) && has(2099) && has(2000));
    assert_loads(5000, "new");
}

static void the_oldest_of_too_large_go(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 7; i++) {
        put_number(i, 100 << 20, 1000 - i);
    }
    store(8, "new");
    assert_true(!has(0) && !has(2) && has(4) && has(5) && has(6) && has(8));
    /* one alone that is larger than all may be is kept: it was wanted just now */
    put_number(9, (off_t)700 << 20, -5);
    store(10, "newer");
    assert_true(has(9));
    assert_loads(10, "newer");
}

static void drafts_of_the_dead_go_and_strangers_stay(void **state)
{
    (void)state;
    char name[80], old_draft[120], young_draft[120];
    name_of(7, name);
    snprintf(old_draft, sizeof old_draft, ".%s.00000001", name);
    snprintf(young_draft, sizeof young_draft, ".%s.00000002", name);
    put(old_draft, 10, 2 * HOUR);
    put(young_draft, 10, HOUR / 2);
    put("README", 10, 4000 * DAY);
    put(".hidden", 10, 4000 * DAY);
    put("0123.der", 10, 4000 * DAY);
    store(1, "new");
    assert_false(is_there(old_draft));
    assert_true(is_there(young_draft) && is_there("README") && is_there(".hidden"));
    assert_true(is_there("0123.der"));
}

/* What each wrote last is there, however many prune at once. */
static void processes_prune_at_once(void **state)
{
    (void)state;
    enum { PROCESSES = 4, EACH = 60 };
    pid_t pids[PROCESSES];
    for (uint32_t i = 0; i < 2040; i++) {
        put_number(i, 10, 10000 - i);
    }
    for (uint32_t p = 0; p < PROCESSES; p++) {
        pids[p] = fork();
        if (pids[p] == 0) {
            bool good = true;
            for (uint32_t i = 0; i < EACH; i++) {
                const rev_key key = key_of(10000 + p * EACH + i);
                store(10000 + p * EACH + i, "mine");
                blob *b = revdisk_load(ctx, &key, 1000);
                good = good && b && span_is(blob_bytes(b), "mine");
                blob_free(b);
            }
            _exit(good ? 0 : 1);
        }
    }
    for (size_t p = 0; p < PROCESSES; p++) {
        int status = -1;
        assert_int_equal(waitpid(pids[p], &status, 0), pids[p]);
        assert_int_equal(status, 0);
    }
    assert_true(count() <= 2048);
    for (uint32_t i = 0; i < PROCESSES * EACH; i++) {
        assert_true(has(10000 + i));
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_is_within_bounds_stays),
        CASE(the_old_goes),
        CASE(the_oldest_of_too_many_go),
        CASE(the_oldest_of_too_large_go),
        CASE(drafts_of_the_dead_go_and_strangers_stay),
        CASE(processes_prune_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
