/* tsa/cache: what is remembered of token sizes, and a cache folder whose content is hostile. */
#include "base/ctx.h"
#include "tsa/authority.h"
#include "tsa/tsp.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/cm.h"

typedef struct fixture {
    char folder[32];
    char file[300]; /* the one file in it */
    pades_ctx *ctx;
} fixture;

static const char url_a[] = "https://tsa.example/a", url_b[] = "https://tsa.example/b";

static pades_ctx *context(const char *folder)
{
    pades_ctx *ctx = NULL;
    assert_int_equal(pades_ctx_new(&ctx, NULL), PADES_OK);
    assert_int_equal(pades_ctx_set_cache_dir(ctx, folder, NULL), PADES_OK);
    return ctx;
}

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    strcpy(f->folder, "/tmp/pades-test-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    f->ctx = context(f->folder);
    *state = f;
    return 0;
}

/* Finds the file; how many there are. */
static int look(fixture *f)
{
    int n = 0;
    DIR *d = opendir(f->folder);
    assert_non_null(d);
    for (struct dirent *entry = readdir(d); entry; entry = readdir(d)) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            snprintf(f->file, sizeof f->file, "%s/%s", f->folder, entry->d_name);
            n++;
        }
    }
    closedir(d);
    return n;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    pades_ctx_free(f->ctx);
    while (look(f) > 0) {
        if (unlink(f->file) != 0) {
            rmdir(f->file);
        }
    }
    rmdir(f->folder);
    free(f);
    return 0;
}

/* What a new process would believe. */
static size_t fresh_get(const fixture *f, const char *url)
{
    pades_ctx *ctx = context(f->folder);
    size_t n = tsa_cache_get(ctx, url);
    pades_ctx_free(ctx);
    return n;
}

static void put_file(fixture *f, const char *text, size_t n)
{
    unlink(f->file);
    FILE *file = fopen(f->file, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, n, file), n);
    fclose(file);
    chmod(f->file, 0600);
}

static void cache_remembers_by_url(void **state)
{
    fixture *f = *state;
    assert_int_equal(tsa_cache_get(f->ctx, url_a), 0);
    tsa_cache_put(f->ctx, url_a, 5000);
    assert_int_equal(tsa_cache_get(f->ctx, url_a), 5000);
    assert_int_equal(tsa_cache_get(f->ctx, url_b), 0);
    assert_int_equal(fresh_get(f, url_a), 5000);
    assert_int_equal(fresh_get(f, url_b), 0);
}

static void cache_file_is_private(void **state)
{
    fixture *f = *state;
    struct stat s;
    tsa_cache_put(f->ctx, url_a, 5000);
    assert_int_equal(look(f), 1);
    assert_int_equal(stat(f->file, &s), 0);
    assert_int_equal(s.st_mode & 07777, 0600);
    assert_int_equal(s.st_size, 5);
    assert_null(strstr(f->file, "example"));
}

static void cache_keeps_the_larger_of_close_sizes(void **state)
{
    fixture *f = *state;
    tsa_cache_put(f->ctx, url_a, 5000);
    tsa_cache_put(f->ctx, url_a, 4990);
    assert_int_equal(tsa_cache_get(f->ctx, url_a), 5000);
    tsa_cache_put(f->ctx, url_a, 5010);
    assert_int_equal(fresh_get(f, url_a), 5010);
    tsa_cache_put(f->ctx, url_a, 2000);
    assert_int_equal(fresh_get(f, url_a), 2000);
    tsa_cache_put(f->ctx, url_a, 0);
    assert_int_equal(tsa_cache_get(f->ctx, url_a), 2000);
}

static void cache_ignores_hostile_content(void **state)
{
    fixture *f = *state;
    static const char *const bad[] = {"",
                                      "\n",
                                      "5000",
                                      "5000\n\n",
                                      "-1\n",
                                      "+5\n",
                                      " 5000\n",
                                      "0x10\n",
                                      "5e3\n",
                                      "99999999\n",
                                      "999999999999999999999999\n",
                                      "5000\n#",
                                      "2000000\n",
                                      "\x00\n"};
    tsa_cache_put(f->ctx, url_a, 5000);
    assert_int_equal(look(f), 1);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        put_file(f, bad[i], strlen(bad[i]));
        assert_int_equal(fresh_get(f, url_a), 0);
    }
    put_file(f, "1048576\n", 8);
    assert_int_equal(fresh_get(f, url_a), 1048576);
}

static void cache_ignores_foreign_files(void **state)
{
    fixture *f = *state;
    tsa_cache_put(f->ctx, url_a, 5000);
    assert_int_equal(look(f), 1);
    chmod(f->file, 0666);
    assert_int_equal(fresh_get(f, url_a), 0);
    unlink(f->file);
    assert_int_equal(symlink("/etc/hostname", f->file), 0);
    assert_int_equal(fresh_get(f, url_a), 0);
    unlink(f->file);
    assert_int_equal(mkfifo(f->file, 0600), 0);
    assert_int_equal(fresh_get(f, url_a), 0); /* and does not wait */
    unlink(f->file);
    assert_int_equal(mkdir(f->file, 0700), 0);
    assert_int_equal(fresh_get(f, url_a), 0);
}

/* A link in the file's place is replaced, not written through. */
static void cache_does_not_write_through_links(void **state)
{
    fixture *f = *state;
    struct stat s;
    char victim[64];
    tsa_cache_put(f->ctx, url_a, 5000);
    assert_int_equal(look(f), 1);
    snprintf(victim, sizeof victim, "%s.victim", f->folder);
    unlink(f->file);
    assert_int_equal(symlink(victim, f->file), 0);
    tsa_cache_put(f->ctx, url_a, 9000);
    assert_int_equal(lstat(f->file, &s), 0);
    assert_true(S_ISREG(s.st_mode));
    assert_int_equal(stat(victim, &s), -1);
}

static void cache_lives_without_its_folder(void **state)
{
    fixture *f = *state;
    static const char *const folders[] = {"/dev/null/x", "/nowhere/at/all", "/etc/hostname"};
    for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
        pades_ctx *ctx = context(folders[i]);
        tsa_cache_put(ctx, url_a, 5000);
        assert_int_equal(tsa_cache_get(ctx, url_a), 5000);
        pades_ctx_free(ctx);
    }
    pades_ctx *none = context(NULL);
    tsa_cache_put(none, url_a, 5000);
    assert_int_equal(tsa_cache_get(none, url_a), 5000);
    pades_ctx_free(none);
    assert_int_equal(look(f), 0);
}

static void cache_makes_its_folder(void **state)
{
    fixture *f = *state;
    struct stat s;
    char inner[64];
    snprintf(inner, sizeof inner, "%s/inner", f->folder);
    pades_ctx *ctx = context(inner);
    tsa_cache_put(ctx, url_a, 5000);
    pades_ctx_free(ctx);
    assert_int_equal(stat(inner, &s), 0);
    assert_int_equal(s.st_mode & 07777, 0700);
    ctx = context(inner);
    assert_int_equal(tsa_cache_get(ctx, url_a), 5000);
    pades_ctx_free(ctx);
    fixture sub = {0};
    strcpy(sub.folder, f->folder);
    snprintf(sub.folder, sizeof sub.folder, "%.25s/inner", f->folder);
    assert_int_equal(look(&sub), 1);
    unlink(sub.file);
}

static void cache_forgets_the_oldest(void **state)
{
    (void)state;
    pades_ctx *ctx = context(NULL);
    char name[64];
    for (int i = 0; i < 70; i++) {
        snprintf(name, sizeof name, "https://tsa.example/%d", i);
        tsa_cache_put(ctx, name, 5000);
    }
    assert_int_equal(tsa_cache_get(ctx, "https://tsa.example/0"), 0);
    assert_int_equal(tsa_cache_get(ctx, "https://tsa.example/69"), 5000);
    pades_ctx_free(ctx);
}

static void cache_expected_size(void **state)
{
    fixture *f = *state;
    pades_tsa *tsa = NULL;
    assert_int_equal(pades_tsa_new(url_a, &tsa, NULL), PADES_OK);
    assert_int_equal(tsa_expected_size(f->ctx, tsa), 16384);
    tsa_cache_put(f->ctx, url_a, 100);
    assert_int_equal(tsa_expected_size(f->ctx, tsa), 4096);
    tsa_cache_put(f->ctx, url_a, 6000);
    assert_int_equal(tsa_expected_size(f->ctx, tsa), 12000);
    pades_tsa_free(tsa);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(cache_remembers_by_url),
        TEST(cache_file_is_private),
        TEST(cache_keeps_the_larger_of_close_sizes),
        TEST(cache_ignores_hostile_content),
        TEST(cache_ignores_foreign_files),
        TEST(cache_does_not_write_through_links),
        TEST(cache_lives_without_its_folder),
        TEST(cache_makes_its_folder),
        TEST(cache_forgets_the_oldest),
        TEST(cache_expected_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
