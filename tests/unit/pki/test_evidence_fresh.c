/* Freshness, the cache of a context, and the one on disk that processes share. */
#include "pki/gathered.h"

#include "base/control.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static unsigned ocsp_requests(void)
{
    return served_requests("/ocsp");
}

static void at_hand_and_too_old_is_asked_for_again(void **state)
{
    gathering *g = *state;
    int64_t now = ctx_now(g->ctx);
    served_faults("/ocsp old=500\n");
    begin(g, NULL);
    assert_covers(g, "p384-ocsp-only");
    evidence *first = g->ev;
    g->ev = NULL;
    served_faults("");
    trust(g, "p384-root");
    begin(g, NULL);
    offer_all(g, first, true);
    unsigned before = ocsp_requests();
    assert_covers_at(g, "p384-ocsp-only", now, now - 100);
    assert_int_equal(ocsp_requests(), before + 1); /* for the CAs any will do */
    assert_counts(g, 0, 1, 0);
    assert_int_equal(evidence_warnings(g->ev)->n, 0);
    evidence_free(first);
}

static void the_newest_there_is_comes_with_a_warning(void **state)
{
    gathering *g = *state;
    int64_t now = ctx_now(g->ctx);
    served_faults("/ocsp old=500\n");
    begin(g, NULL);
    assert_covers_at(g, "p384-ocsp-only", now, now);
    assert_warns(g, "'Demo Company Oy Decades seal ocsp-only' is told by the newest answer");
    /* another output of this process: asked for after its timestamp already */
    unsigned before = asked(g);
    begin(g, NULL);
    assert_covers_at(g, "p384-ocsp-only", now, now - 1);
    assert_int_equal(asked(g), before);
    assert_warns(g, "older than the timestamp");
    /* one whose timestamp is later: asked again, unless the caller knows better */
    begin(g, NULL);
    assert_covers_at(g, "p384-ocsp-only", now, now + 60);
    assert_int_equal(asked(g), before + 1);
}

static void since_tells_what_was_asked_for_already(void **state)
{
    gathering *g = *state;
    int64_t now = ctx_now(g->ctx);
    pades_cert *leaf = served_cert("p384-ocsp-only");
    const evidence_need need = {
        .leaf = leaf, .at = now, .fresh = now + 3600, .since = ctx_instant(g->ctx)};
    for (int i = 0; i < 3; i++) {
        begin(g, NULL);
        assert_int_equal(evidence_cover(g->ev, &need, NULL), PADES_OK);
        assert_warns(g, "older than the timestamp");
    }
    assert_int_equal(served_requests("/ocsp-direct") > 0, true);
    assert_int_equal(asked(g), 5);
    pades_cert_free(leaf);
}

/* A whole second has room for the question, the timestamp and another question. */
static void what_came_first_within_a_second(void **state)
{
    gathering *g = *state;
    int64_t now = g->now = ctx_now(g->ctx);
    const pades_cert *leaf = cert_of(g, "p384-ocsp-only");
    served_faults("/ocsp old=500\n");
    const instant early = ctx_instant(g->ctx);
    begin(g, NULL);
    assert_covers(g, "p384-ocsp-only");
    const instant late = ctx_instant(g->ctx);
    assert_int_equal(early.time, late.time);
    assert_true(instant_after(late, early) && !instant_after(early, late));
    unsigned before = asked(g);
    const struct {
        instant since;
        unsigned more;
    } cases[] = {{early, 0}, {late, 1}, {late, 0}, {{now, 0}, 1}, {{now - 1, 0}, 0}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const evidence_need need = {.leaf = leaf, .at = now, .fresh = now, .since = cases[i].since};
        begin(g, NULL);
        assert_int_equal(evidence_cover(g->ev, &need, NULL), PADES_OK);
        before += cases[i].more;
        assert_int_equal(asked(g), before);
    }
}

/* An answer that is still in force does not show that nothing has happened since. */
static void what_must_be_of_now_is_asked_for_again(void **state)
{
    gathering *g = *state;
    int64_t now = ctx_now(g->ctx);
    const pades_cert *leaf = cert_of(g, "p384-ocsp-only");
    const evidence_need any = {.leaf = leaf, .at = now};
    const evidence_need newest = {.leaf = leaf, .at = now, .newer = now - 100};
    served_faults("/ocsp old=500\n");
    begin(g, NULL);
    assert_int_equal(evidence_cover(g->ev, &any, NULL), PADES_OK);
    evidence *first = g->ev;
    g->ev = NULL;
    served_faults("");
    trust(g, "p384-root"); /* nothing is in the memory of this one */
    begin(g, NULL);
    offer_all(g, first, true);
    unsigned before = asked(g);
    assert_int_equal(evidence_cover(g->ev, &any, NULL), PADES_OK);
    assert_int_equal(asked(g), before);
    assert_int_equal(evidence_cover(g->ev, &newest, NULL), PADES_OK);
    assert_true(asked(g) > before);
    assert_true(evidence_count(g->ev, EVIDENCE_OCSP) >= 1);
    assert_int_equal(evidence_warnings(g->ev)->n, 0);
    before = asked(g);
    assert_int_equal(evidence_cover(g->ev, &newest, NULL), PADES_OK); /* once is enough */
    assert_int_equal(asked(g), before);
    /* revoked meanwhile */
    served_revoke("p384-ocsp-only", 10, 1);
    trust(g, "p384-root");
    begin(g, NULL);
    offer_all(g, first, true);
    assert_int_equal(evidence_cover(g->ev, &any, NULL), PADES_OK);
    assert_int_equal(evidence_cover(g->ev, &newest, NULL), PADES_CERT_REVOKED);
    /* nobody answers: the old answer is not enough, unless that is said */
    served_faults("/ocsp 500\n/ocsp-direct 500\n/crl 500\n");
    trust(g, "p384-root");
    begin(g, NULL);
    offer_all(g, first, true);
    assert_int_equal(evidence_cover(g->ev, &newest, &g->e), PADES_REVOCATION_MISSING);
    assert_says(g->e, "it is not of now");
    begin(g, &(evidence_plan){.allow_cached = true});
    offer_all(g, first, true);
    assert_int_equal(evidence_cover(g->ev, &newest, NULL), PADES_OK);
    assert_warns(g, "was at hand already (allowed): it is not of now");
    served_revoke("p384-ocsp-only", -1, 0);
    evidence_free(first);
}

static void cached_is_allowed_when_it_is_said(void **state)
{
    gathering *g = *state;
    int64_t now = ctx_now(g->ctx);
    served_faults("/ocsp old=500\n");
    begin(g, NULL);
    assert_covers(g, "p384-ocsp-only");
    unsigned before = asked(g);
    begin(g, &(evidence_plan){.allow_cached = true});
    assert_covers_at(g, "p384-ocsp-only", now, now + 60);
    assert_int_equal(asked(g), before);
    assert_warns(g, "may come from the cache (allowed): it is older than the timestamp");
}

static void a_later_need_looks_again(void **state)
{
    gathering *g = *state;
    int64_t now = ctx_now(g->ctx);
    served_faults("/ocsp old=500\n");
    g->now = now - 10;
    begin(g, NULL);
    assert_covers(g, "p384-ocsp-only"); /* before the PIN */
    assert_counts(g, 5, 2, 1);
    g->now = 0;
    served_faults("");
    unsigned before = asked(g);
    assert_covers_at(g, "p384-ocsp-only", now, now); /* after the timestamp */
    assert_int_equal(asked(g), before + 1);
    assert_counts(g, 5, 2, 1); /* the first answer made way */
    assert_int_equal(evidence_warnings(g->ev)->n, 0);
}

static void waiting_brings_a_newer_one(void **state)
{
    gathering *g = *state;
    int64_t now = ctx_now(g->ctx);
    served_faults("/ocsp old=2\n");
    begin(g, &(evidence_plan){.wait_fresh = 20});
    assert_covers_at(g, "p384-ocsp-only", now, now);
    assert_int_equal(evidence_warnings(g->ev)->n, 0);
}

static void waiting_in_vain_is_told(void **state)
{
    gathering *g = *state;
    int64_t now = ctx_now(g->ctx);
    uint64_t began = monotonic_ms();
    served_faults("/ocsp old=5000\n");
    begin(g, &(evidence_plan){.wait_fresh = 2});
    assert_int_equal(cover_at(g, "p384-ocsp-only", now, now), PADES_TRY_LATER);
    assert_says(g->e, "no answer newer than the timestamp within 2 seconds");
    assert_in_range(monotonic_ms() - began, 1900, 6000);
    /* which says nothing of what is enough for others */
    begin(g, NULL);
    unsigned before = asked(g);
    assert_covers(g, "p384-ocsp-only");
    assert_int_equal(asked(g), before);
}

static void waiting_stops_when_cancelled(void **state)
{
    gathering *g = *state;
    AUTO(pades_control) *control = NULL;
    uint64_t began = monotonic_ms();
    int64_t now = ctx_now(g->ctx);
    served_faults("/ocsp old=5000\n");
    assert_int_equal(pades_control_new(&control, NULL), PADES_OK);
    begin(g, &(evidence_plan){.wait_fresh = 60, .control = control});
    pades_control_set_deadline(control, 1500);
    assert_int_equal(cover_at(g, "p384-ocsp-only", now, now), PADES_TIMEOUT);
    assert_true(monotonic_ms() - began < 4000);
}

/* A context with a cache folder. */
static void trust_cached(gathering *g, const char *folder)
{
    trust(g, "p384-root");
    assert_int_equal(pades_ctx_set_cache_dir(g->ctx, folder, NULL), PADES_OK);
    begin(g, NULL);
}

static unsigned each_entry(const char *folder, void (*fn)(const char *path))
{
    char name[400];
    unsigned n = 0;
    snprintf(name, sizeof name, "%s/rev", folder);
    DIR *dir = opendir(name);
    assert_non_null(dir);
    for (const struct dirent *d = readdir(dir); d; d = readdir(dir)) {
        if (d->d_name[0] != '.') {
            snprintf(name, sizeof name, "%s/rev/%s", folder, d->d_name);
            if (fn) {
                fn(name);
            }
            n++;
        }
    }
    closedir(dir);
    return n;
}

static void check_mode(const char *path)
{
    struct stat s;
    assert_int_equal(stat(path, &s), 0);
    assert_int_equal(s.st_mode & 0777, 0600);
}

static void the_folder_serves_another_context(void **state)
{
    gathering *g = *state;
    char folder[64];
    struct stat s;
    served_folder(folder);
    trust_cached(g, folder);
    assert_covers(g, "p384-seal");
    unsigned before = asked(g);
    assert_int_equal(each_entry(folder, check_mode), 5);
    trust_cached(g, folder);
    assert_covers(g, "p384-seal");
    assert_counts(g, 5, 2, 1);
    assert_int_equal(asked(g), before);
    char rev[80];
    snprintf(rev, sizeof rev, "%s/rev", folder);
    assert_int_equal(stat(rev, &s), 0);
    assert_int_equal(s.st_mode & 0777, 0700);
    /* what another process fetched counts as cached: too old for a later timestamp */
    trust_cached(g, folder);
    assert_covers_at(g, "p384-seal", ctx_now(g->ctx), ctx_now(g->ctx) + 60);
    assert_int_equal(asked(g), before + 1);
    served_remove(folder);
}

static void damage(const char *path)
{
    buf bytes = served_read(path);
    bytes.p[bytes.n / 2] ^= 1;
    served_write(path, buf_span(&bytes));
    buf_free(&bytes);
}

static void cut(const char *path)
{
    assert_int_equal(truncate(path, 20), 0);
}

static void make_public(const char *path)
{
    assert_int_equal(chmod(path, 0666), 0);
}

static void into_a_link(const char *path)
{
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("/dev/zero", path), 0);
}

static void a_damaged_entry_is_a_miss(void **state)
{
    gathering *g = *state;
    char folder[64];
    void (*const ways[])(const char *) = {damage, cut, make_public, into_a_link};
    served_folder(folder);
    trust_cached(g, folder);
    assert_covers(g, "p384-seal");
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        unsigned before = asked(g);
        each_entry(folder, ways[i]);
        trust_cached(g, folder);
        assert_covers(g, "p384-seal");
        assert_int_equal(asked(g), before + 5);
        trust_cached(g, folder); /* and mended */
        assert_covers(g, "p384-seal");
        assert_int_equal(asked(g), before + 5);
    }
    served_remove(folder);
}

static void what_is_over_is_a_miss(void **state)
{
    gathering *g = *state;
    char folder[64];
    served_folder(folder);
    trust_cached(g, folder);
    assert_covers(g, "p384-seal");
    unsigned before = asked(g);
    g->now = ctx_now(g->ctx) + 2 * 86400;
    served_clock(2 * 86400);
    begin(g, NULL); /* of memory */
    assert_covers(g, "p384-seal");
    assert_int_equal(asked(g), before + 3); /* issuers do not become stale */
    g->now += 2 * 86400;
    served_clock(4 * 86400);
    trust_cached(g, folder); /* of disk */
    assert_covers(g, "p384-seal");
    assert_int_equal(asked(g), before + 6);
    served_remove(folder);
}

static void failures_and_the_unknown_are_not_kept(void **state)
{
    gathering *g = *state;
    char folder[64];
    served_folder(folder);
    trust_cached(g, folder);
    offer_chain(g);
    served_faults("/ocsp wrong-signature\n/ocsp-direct no-next\n/crl stranger\n");
    assert_int_equal(cover(g, "p384-seal"), PADES_REVOCATION_MISSING);
    char rev[80];
    snprintf(rev, sizeof rev, "%s/rev", folder);
    assert_int_equal(access(rev, F_OK), -1);
    served_remove(folder);
}

static void without_an_end_it_serves_this_process_for_a_while(void **state)
{
    gathering *g = *state;
    char folder[64];
    served_folder(folder);
    trust_cached(g, folder);
    served_faults("/ocsp no-next\n");
    assert_covers(g, "p384-seal");
    unsigned before = asked(g);
    assert_int_equal(each_entry(folder, NULL), 3); /* the issuers and a list */
    begin(g, NULL);
    assert_covers(g, "p384-seal");
    assert_int_equal(asked(g), before);
    g->now = ctx_now(g->ctx) + 700;
    served_clock(700);
    begin(g, NULL);
    assert_covers(g, "p384-seal");
    assert_int_equal(asked(g), before + 2);
    served_remove(folder);
}

static void a_folder_that_cannot_be_used_is_not_missed(void **state)
{
    gathering *g = *state;
    static const char *const folders[] = {"/proc/nowhere", "/dev/null"};
    for (size_t i = 0; i < ARRAY_LEN(folders); i++) {
        trust_cached(g, folders[i]);
        assert_covers(g, "p384-seal");
    }
}

/* Many at once ask one time, and see the same. */
typedef struct worker {
    gathering *g;
    pades_cert *leaf;
    pades_status status;
    size_t ocsps;
} worker;

static void *work(void *user)
{
    worker *w = user;
    evidence *ev = NULL;
    const evidence_plan plan = {.offline = NULL};
    const evidence_need need = {.leaf = w->leaf, .at = ctx_now(w->g->ctx)};
    w->status = evidence_new(w->g->ctx, &plan, &ev, NULL);
    if (w->status == PADES_OK) {
        w->status = evidence_cover(ev, &need, NULL);
        w->ocsps = evidence_count(ev, EVIDENCE_OCSP);
    }
    evidence_free(ev);
    return NULL;
}

static void threads_ask_once(void **state)
{
    gathering *g = *state;
    pthread_t threads[12];
    worker workers[ARRAY_LEN(threads)];
    served_faults("/ocsp slow=200\n/crl slow=200\n/ca slow=100\n");
    ctx_freeze(g->ctx);
    for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
        workers[i] = (worker){.g = g, .leaf = served_cert("p384-seal")};
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(workers[i].status, PADES_OK);
        assert_int_equal(workers[i].ocsps, 2);
        pades_cert_free(workers[i].leaf);
    }
    assert_int_equal(asked(g), 5);
}

static void spoil(const char *path)
{
    int fd = open(path, O_WRONLY);
    if (fd >= 0) {
        (void)!pwrite(fd, "spoiled", 7, 100);
        close(fd);
    }
}

/* In a process of its own, with a context of its own. */
static void run_process(const char *folder)
{
    gathering g = {.ctx = NULL};
    evidence_plan plan = {.offline = NULL};
    pades_cert *leaf = served_cert("p384-seal");
    for (int i = 0; i < 20; i++) {
        trust(&g, "p384-root");
        if (pades_ctx_set_cache_dir(g.ctx, folder, NULL) != PADES_OK ||
            evidence_new(g.ctx, &plan, &g.ev, NULL) != PADES_OK) {
            _exit(2);
        }
        const evidence_need need = {.leaf = leaf, .at = ctx_now(g.ctx)};
        if (evidence_cover(g.ev, &need, &g.e) != PADES_OK) {
            fprintf(stderr, "%s\n", error_text(&g));
            _exit(3);
        }
        if (evidence_count(g.ev, EVIDENCE_OCSP) != 2) {
            _exit(4);
        }
        (void)each_entry(folder, i % 5 == 4 ? spoil : NULL); /* what others read meanwhile */
    }
    _exit(0);
}

static void processes_share_the_folder(void **state)
{
    (void)state;
    char folder[64];
    pid_t pids[4];
    served_folder(folder);
    for (size_t i = 0; i < ARRAY_LEN(pids); i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            run_process(folder);
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(pids); i++) {
        int status = -1;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
    served_remove(folder);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, gathering_set_up, gathering_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(at_hand_and_too_old_is_asked_for_again),
        CASE(the_newest_there_is_comes_with_a_warning),
        CASE(since_tells_what_was_asked_for_already),
        CASE(what_came_first_within_a_second),
        CASE(what_must_be_of_now_is_asked_for_again),
        CASE(cached_is_allowed_when_it_is_said),
        CASE(a_later_need_looks_again),
        CASE(waiting_brings_a_newer_one),
        CASE(waiting_in_vain_is_told),
        CASE(waiting_stops_when_cancelled),
        CASE(the_folder_serves_another_context),
        CASE(a_damaged_entry_is_a_miss),
        CASE(what_is_over_is_a_miss),
        CASE(failures_and_the_unknown_are_not_kept),
        CASE(without_an_end_it_serves_this_process_for_a_while),
        CASE(a_folder_that_cannot_be_used_is_not_missed),
        CASE(threads_ask_once),
        CASE(processes_share_the_folder),
    };
    return cmocka_run_group_tests(tests, served_start, served_stop);
}
