/* Where a module may stand: in the hands of root and of the user, all the way up. */
#include "token/bench.h"

#include "token/internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64];

static int setup(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/pades-place-XXXXXX");
    return mkdtemp(dir) && chmod(dir, 0755) == 0 ? 0 : -1;
}

static const char *in_dir(const char *name)
{
    static char rooms[4][256];
    static unsigned turn;
    char *room = rooms[turn++ % 4];
    snprintf(room, sizeof rooms[0], "%s/%s", dir, name);
    return room;
}

static int teardown(void **state)
{
    (void)state;
    unlink(in_dir("a/b/m.so"));
    unlink(in_dir("link.so"));
    unlink(in_dir("loop.so"));
    rmdir(in_dir("a/b"));
    rmdir(in_dir("a"));
    return rmdir(dir);
}

static void put(mode_t a, mode_t b, mode_t file)
{
    mkdir(in_dir("a"), 0700);
    chmod(in_dir("a"), 0700);
    mkdir(in_dir("a/b"), 0700);
    chmod(in_dir("a/b"), 0700);
    unlink(in_dir("a/b/m.so"));
    FILE *f = fopen(in_dir("a/b/m.so"), "we");
    assert_non_null(f);
    fclose(f);
    assert_int_equal(chmod(in_dir("a/b/m.so"), file), 0);
    assert_int_equal(chmod(in_dir("a/b"), b), 0);
    assert_int_equal(chmod(in_dir("a"), a), 0);
}

static void judge(const char *path, bool root_only, const char *why, const char *hint)
{
    AUTO(pades_error) *e = NULL;
    AUTO(mem_text) *real = NULL;
    AUTO_VAL(p11_objection) no = {.why = NULL};
    assert_ok(p11_place_check(path, root_only, &real, &no, &e), e);
    if (!why) {
        assert_null(no.why);
        assert_non_null(real);
        return;
    }
    assert_non_null(no.why);
    if (!strstr(no.why, why)) {
        print_error("%s: %s\n", path, no.why);
    }
    assert_non_null(strstr(no.why, why));
    bool unsafe = strstr(why, "mode") || strstr(why, "belongs") || strstr(why, "others");
    assert_int_equal(no.state == PADES_MODULE_STATE_UNSAFE, unsafe);
    if (hint) {
        assert_non_null(strstr(no.hint, hint));
    }
}

static void place_that_only_the_user_writes(void **state)
{
    (void)state;
    put(0755, 0755, 0644); /* below /tmp, which is sticky */
    judge(in_dir("a/b/m.so"), false, NULL, NULL);
    put(0700, 0711, 0700);
    judge(in_dir("a/b/m.so"), false, NULL, NULL);
    judge("/usr/lib/softhsm/libsofthsm2.so", true, NULL, NULL);
}

static void place_that_others_write(void **state)
{
    (void)state;
    static const struct {
        mode_t a, b, file;
        const char *part;
    } cases[] = {
        {0755, 0755, 0646, "m.so' (mode 0646)"}, {0755, 0755, 0664, "m.so' (mode 0664)"},
        {0755, 0777, 0644, "a/b' (mode 0777)"},  {0775, 0755, 0644, "/a' (mode 0775)"},
        {0755, 0757, 01644, "a/b' (mode 0757)"}, {0755, 0755, 01646, "m.so' (mode 1646)"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        put(cases[i].a, cases[i].b, cases[i].file);
        judge(in_dir("a/b/m.so"), false, cases[i].part, "chmod go-w");
        judge(in_dir("a/b/m.so"), false, "others can write '/tmp/", NULL);
    }
    put(01777, 0755, 0644); /* as /tmp itself */
    judge(in_dir("a/b/m.so"), false, NULL, NULL);
}

static void place_of_somebody_else(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        skip(); /* giving files away needs root */
    }
    put(0755, 0755, 0644);
    assert_int_equal(chown(in_dir("a/b"), 4321, 0), 0);
    judge(in_dir("a/b/m.so"), false, "a/b' belongs to another user (4321)", "root or to you");
    assert_int_equal(chown(in_dir("a/b"), 0, 0), 0);
    assert_int_equal(chown(in_dir("a/b/m.so"), 4321, 0), 0);
    judge(in_dir("a/b/m.so"), false, "m.so' belongs to another user (4321)", NULL);
    put(01777, 0755, 0644); /* the sticky bit does not make it better */
    assert_int_equal(chown(in_dir("a/b/m.so"), 4321, 0), 0);
    judge(in_dir("a/b/m.so"), false, "m.so' belongs to another user (4321)", NULL);
    assert_int_equal(seteuid(4321), 0);
    judge(in_dir("a/b/m.so"), false, NULL, NULL); /* it is theirs, and root's */
    judge(in_dir("a/b/m.so"), true, "belongs to another user", NULL);
    assert_int_equal(seteuid(0), 0);
}

/* Links are followed first: where they lead to is judged, and is what will be loaded. */
static void place_behind_a_link(void **state)
{
    (void)state;
    AUTO(pades_error) *e = NULL;
    AUTO(mem_text) *real = NULL;
    AUTO_VAL(p11_objection) no = {.why = NULL};
    put(0755, 0755, 0644);
    assert_int_equal(symlink(in_dir("a/b/m.so"), in_dir("link.so")), 0);
    assert_ok(p11_place_check(in_dir("link.so"), false, &real, &no, &e), e);
    assert_null(no.why);
    assert_string_equal(real, in_dir("a/b/m.so"));
    put(0755, 0777, 0644);
    judge(in_dir("link.so"), false, "a/b' (mode 0777)", NULL);
}

static void place_of_nothing(void **state)
{
    (void)state;
    judge("/nowhere/m.so", false, "there is no such file", NULL);
    assert_int_equal(symlink("loop.so", in_dir("loop.so")), 0);
    judge(in_dir("loop.so"), false, "symbolic links", NULL);
}

/* Every place is an absolute path, no product is without one, and no place is there twice. */
static void known_places(void **state)
{
    (void)state;
    size_t products = 0, places = 0;
    char path[256], first[256] = "";
    for (; p11_known_product(products); products++) {
        size_t n = 0;
        for (; p11_known_path(products, n, path, sizeof path); n++) {
            assert_int_equal(path[0], '/');
            assert_int_not_equal(strcmp(path, first), 0);
            if (n == 0) {
                strcpy(first, path);
            }
        }
        assert_true(n > 0);
        places += n;
    }
    assert_true(products >= 16 && places < 1000);
    assert_false(p11_known_path(0, 0, path, 4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(place_that_only_the_user_writes),
        cmocka_unit_test(place_that_others_write),
        cmocka_unit_test(place_of_somebody_else),
        cmocka_unit_test(place_behind_a_link),
        cmocka_unit_test(place_of_nothing),
        cmocka_unit_test(known_places),
    };
    return cmocka_run_group_tests_name("token_place", tests, setup, teardown);
}
