/* A folder instead of the network: what is in it, what it lacks, what is wrong with it. */
#include "pki/offline.h"

#include "pki/gathered.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static int offline_set_up(void **state)
{
    served_folder(folder);
    return gathering_set_up(state);
}

static int offline_tear_down(void **state)
{
    served_remove(folder);
    return gathering_tear_down(state);
}

static const char *path_of(const char *name)
{
    static char rooms[4][200];
    static unsigned turn;
    char *room = rooms[turn++ % 4];
    snprintf(room, sizeof rooms[0], "%s/%s", folder, name);
    return room;
}

static void put(const char *name, span bytes)
{
    served_write(path_of(name), bytes);
}

static void put_cert(const char *name, const char *as)
{
    buf pem = served_read(served_file(name));
    put(as, buf_span(&pem));
    buf_free(&pem);
}

static void put_pem(const char *as, const char *label, span der)
{
    buf out = BUF(1U << 20);
    unsigned char *text = malloc(der.n * 2 + 16);
    assert_non_null(text);
    assert_true(EVP_EncodeBlock(text, der.p, (int)der.n) > 0);
    buf_add_str(&out, "-----BEGIN ");
    buf_add_str(&out, label);
    buf_add_str(&out, "-----\n");
    buf_add_str(&out, (const char *)text);
    buf_add_str(&out, "\n-----END ");
    buf_add_str(&out, label);
    buf_add_str(&out, "-----\n");
    put(as, buf_span(&out));
    buf_free(&out);
    free(text);
}

/* All that covers p384-seal, from the network into the folder, with names that say nothing. */
static void fill(gathering *g)
{
    begin(g, NULL);
    assert_covers(g, "p384-seal");
    unsigned number = 0;
    for (int kind = 0; kind < EVIDENCE_KINDS; kind++) {
        for (size_t i = 0; i < evidence_count(g->ev, (evidence_kind)kind); i++) {
            char name[16];
            span der = evidence_item(g->ev, (evidence_kind)kind, i).s;
            snprintf(name, sizeof name, "%u", number++);
            if (number % 2) {
                put(name, der);
            } else {
                put_pem(name, kind == EVIDENCE_OCSP ? "OCSP RESPONSE" : "ANYTHING", der);
            }
        }
    }
    trust(g, "p384-root");
    g->asked = served_requests(NULL);
}

static pades_status open_folder(gathering *g, const char *path)
{
    const evidence_plan plan = {.offline = path};
    evidence_free(g->ev);
    g->ev = NULL;
    pades_error_free(g->e);
    g->e = NULL;
    return evidence_new(g->ctx, &plan, &g->ev, &g->e);
}

static void the_folder_covers_everything(void **state)
{
    gathering *g = *state;
    fill(g);
    assert_int_equal(open_folder(g, folder), PADES_OK);
    assert_covers(g, "p384-seal");
    assert_counts(g, 5, 2, 1);
    assert_int_equal(asked(g), 0);
}

static void what_it_lacks_is_told(void **state)
{
    gathering *g = *state;
    fill(g);
    assert_int_equal(unlink(path_of("5")), 0); /* the seal's OCSP answer */
    assert_int_equal(open_folder(g, folder), PADES_OK);
    assert_int_equal(cover(g, "p384-seal"), PADES_REVOCATION_MISSING);
    assert_says(g->e, "'Demo Company Oy Decades seal p384'");
    assert_says(g->e, "the folder holds no OCSP answer and no CRL about it");
    assert_non_null(strstr(pades_error_hint(g->e), "folder"));
    assert_int_equal(open_folder(g, "/tmp"), PADES_OK);
    assert_int_equal(cover(g, "p384-seal"), PADES_CERT_INVALID);
    assert_int_equal(asked(g), 0);
}

static void what_is_over_is_told(void **state)
{
    gathering *g = *state;
    fill(g);
    g->now = ctx_now(g->ctx) + 3 * 86400;
    assert_int_equal(open_folder(g, folder), PADES_OK);
    assert_int_equal(cover(g, "p384-seal"), PADES_REVOCATION_MISSING);
    assert_says(g->e, "out of date since");
    assert_covers_at(g, "p384-seal", g->now - 3 * 86400, 0);
}

static void too_old_for_the_timestamp_is_told(void **state)
{
    gathering *g = *state;
    fill(g);
    assert_int_equal(open_folder(g, folder), PADES_OK);
    int64_t now = ctx_now(g->ctx);
    assert_int_equal(cover_at(g, "p384-seal", now, now + 60), PADES_REVOCATION_MISSING);
    assert_says(g->e, "older than the timestamp");
    evidence_free(g->ev);
    g->ev = NULL;
    const evidence_plan plan = {.offline = folder, .allow_cached = true};
    assert_int_equal(evidence_new(g->ctx, &plan, &g->ev, NULL), PADES_OK);
    assert_covers_at(g, "p384-seal", now, now + 60);
    assert_warns(g, "allowed");
}

static void odd_files_are_passed_over(void **state)
{
    gathering *g = *state;
    fill(g);
    put("garbage", span_str("garbage"));
    put("empty", (span){NULL, 0});
    put(".hidden", span_str("hidden"));
    put("seal\x1b[31m.pem", span_str("-----BEGIN CERTIFICATE-----\nMA==\n"));
    put_cert("stranger-root.pem", "another.crt");
    assert_int_equal(mkdir(path_of("sub"), 0700), 0);
    assert_int_equal(mkfifo(path_of("fifo"), 0600), 0);
    assert_int_equal(symlink("/nowhere", path_of("dangling")), 0);
    assert_int_equal(symlink("/dev/zero", path_of("endless")), 0);
    put("secret", span_str("x"));
    assert_int_equal(chmod(path_of("secret"), 0), 0);
    assert_int_equal(open_folder(g, folder), PADES_OK);
    assert_covers(g, "p384-seal");
    assert_counts(g, 5, 2, 1);
}

static void a_folder_that_is_none_is_told(void **state)
{
    gathering *g = *state;
    put("file", span_str("x"));
    assert_int_equal(open_folder(g, path_of("nowhere")), PADES_INPUT_NOT_FOUND);
    assert_says(g->e, "the offline folder '/tmp/pades-test-");
    assert_int_equal(open_folder(g, path_of("file")), PADES_INPUT_UNREADABLE);
    assert_int_equal(open_folder(g, "/tmp/\x1b[31m"), PADES_INPUT_NOT_FOUND);
    assert_null(strchr(error_text(g), '\x1b'));
    assert_null(g->ev);
}

static pades_status ignore(void *user, evidence_kind kind, view der, pades_error **e)
{
    (void)user;
    (void)kind;
    (void)der;
    (void)e;
    return PADES_OK;
}

static void a_folder_has_bounds(void **state)
{
    gathering *g = *state;
    put("large", span_str("x"));
    assert_int_equal(truncate(path_of("large"), 600 << 20), 0);
    assert_int_equal(offline_read(g->ctx, folder, ignore, NULL, &g->e), PADES_LIMIT);
    assert_says(g->e, "512 MiB");
    assert_int_equal(unlink(path_of("large")), 0);
    for (unsigned i = 0; i <= 10000; i++) {
        char name[16];
        snprintf(name, sizeof name, "%u", i);
        assert_int_equal(symlink("/nowhere", path_of(name)), 0);
    }
    pades_error_free(g->e);
    g->e = NULL;
    assert_int_equal(offline_read(g->ctx, folder, ignore, NULL, &g->e), PADES_LIMIT);
    assert_says(g->e, "10000 files");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, offline_set_up, offline_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(the_folder_covers_everything), CASE(what_it_lacks_is_told),
        CASE(what_is_over_is_told),         CASE(too_old_for_the_timestamp_is_told),
        CASE(odd_files_are_passed_over),    CASE(a_folder_that_is_none_is_told),
        CASE(a_folder_has_bounds),
    };
    return cmocka_run_group_tests(tests, served_start, served_stop);
}
