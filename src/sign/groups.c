/* See groups.h. */
#include "sign/groups.h"

#include "base/fail.h"
#include "base/mem.h"
#include "base/sink.h"
#include "sign/lesson.h"
#include "sign/result.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/resource.h>

/* What is open at once: of a member its input, its output and its folder, of a worker what it is
 * asking over the network and a spool; besides the token's module, the libraries and their like. */
enum {
    WORKERS_MAX = 64,
    FILES_EACH = 4,
    FILES_WORKER = 4,
    FILES_BESIDE = 12,
    FILES_COUNTED = 1024,
    HELD_MAX = 1 << 20
};

typedef struct member {
    pades_source *source;
    pades_sink *sink;
    pades_session *session; /* sealed, not complete; NULL: it failed, or it is done */
    pades_status status;
    pades_result *result;
    pades_error *error;
} member;

typedef struct group group;
typedef void (*group_work)(group *g, member *m, size_t index);

struct group {
    const groups_plan *plan;
    member *members;
    size_t most; /* members there is room for */
    unsigned workers;
    size_t first;      /* index of the first in the batch */
    size_t taken;      /* members that a worker has or had */
    size_t end;        /* no more than these are taken */
    uint64_t held;     /* bytes of inputs in memory, at most */
    int64_t begun;     /* by the clock of the context */
    pades_status gone; /* batch_key_gone(): not tried any more */
    group_work work;
    lesson lesson;
    pthread_mutex_t lock;
};

static void member_free(member *m)
{
    pades_session_free(m->session);
    pades_sink_free(m->sink);
    pades_source_free(m->source);
    pades_result_free(m->result);
    pades_error_free(m->error);
    *m = (member){0};
}

/* Beyond the first ones nobody counts: there is room enough. */
size_t groups_files_left(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY ||
        limit.rlim_cur > INT_MAX) {
        return INT_MAX;
    }
    size_t left = (size_t)limit.rlim_cur;
    int counted = left < FILES_COUNTED ? (int)left : FILES_COUNTED;
    for (int fd = 0; fd < counted; fd++) {
        left -= fcntl(fd, F_GETFD) >= 0 ? 1 : 0;
    }
    return left;
}

static size_t at_least_one(size_t n, size_t most)
{
    return n < 1 ? 1 : n < most ? n : most;
}

/* Where few files may be open, less is done at once; one file at a time is tried in any case. */
void groups_fit(size_t files, unsigned wanted, size_t *ret_members, unsigned *ret_workers)
{
    size_t room = files > FILES_BESIDE ? files - FILES_BESIDE : 0;
    size_t workers = at_least_one(room / (FILES_WORKER + FILES_EACH), wanted);
    size_t taken = workers * FILES_WORKER;
    *ret_workers = (unsigned)workers;
    *ret_members = at_least_one(room > taken ? (room - taken) / FILES_EACH : 0, GROUP_FILES);
}

static bool is_full(const group *g)
{
    bool late = g->taken > 0 && ctx_now(g->plan->ctx) - g->begun >= GROUP_SECONDS;
    return g->taken == g->end || g->held >= GROUP_BYTES || late;
}

static void seal(group *g, member *m, size_t index)
{
    const groups_plan *p = g->plan;
    m->status = p->callbacks->open(p->user, index, &m->source, &m->sink, &m->error);
    if (m->status == PADES_OK) {
        m->status = session_seal_for(p->ctx, m->source, m->sink, p->signer, p->opts, &m->session,
                                     &m->error);
    }
    uint64_t size = m->source ? pades_source_size(m->source) : 0;
    pthread_mutex_lock(&g->lock);
    g->held += size <= HELD_MAX ? size : 0;
    if (g->gone == PADES_OK && batch_key_gone(m->status)) {
        g->gone = m->status;
    }
    pthread_mutex_unlock(&g->lock);
}

static void seal_or_not(group *g, member *m, size_t index)
{
    bool awaited = lesson_enter(&g->lesson);
    pthread_mutex_lock(&g->lock);
    pades_status gone = g->gone;
    pthread_mutex_unlock(&g->lock);
    if (gone != PADES_OK) {
        m->status = fail(&m->error, gone, "%s", batch_untried(gone));
    } else {
        seal(g, m, index);
    }
    lesson_leave(&g->lesson, awaited, m->status);
}

static void complete(group *g, member *m, size_t index)
{
    (void)g, (void)index;
    if (m->session) {
        m->status = session_complete(m->session, &m->result, &m->error);
        pades_session_free(TAKE(m->session));
    }
}

static void *work(void *arg)
{
    group *g = arg;
    for (;;) {
        pthread_mutex_lock(&g->lock);
        bool full = is_full(g);
        size_t i = g->taken;
        g->taken += full ? 0 : 1;
        pthread_mutex_unlock(&g->lock);
        if (full) {
            return NULL;
        }
        g->work(g, &g->members[i], g->first + i);
    }
}

/* Every member in turn, by several threads; this one alone when none can be started. */
static void run_workers(group *g, group_work what)
{
    pthread_t threads[WORKERS_MAX];
    sigset_t all, old;
    unsigned started = 0;
    g->work = what;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    while (started < g->workers && started < WORKERS_MAX &&
           pthread_create(&threads[started], NULL, work, g) == 0) {
        started++;
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (started == 0) {
        (void)work(g);
    }
    for (unsigned i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
    }
}

static void tell(const group *g, size_t n, pades_status *first, pades_error **e)
{
    const groups_plan *p = g->plan;
    for (size_t i = 0; i < n; i++) {
        member *m = &g->members[i];
        p->callbacks->done(p->user, g->first + i, m->status, m->result, m->error);
        if (*first == PADES_OK && m->status != PADES_OK) {
            *first = m->status;
            if (e) {
                *e = TAKE(m->error);
            }
        }
        member_free(m);
    }
}

/* From g->first on; *ret_n: how many. */
static void run_group(group *g, size_t *ret_n, pades_status *first, pades_error **e)
{
    size_t left = g->plan->count - g->first;
    g->end = left < g->most ? left : g->most;
    g->taken = 0;
    g->held = 0;
    g->begun = ctx_now(g->plan->ctx);
    run_workers(g, seal_or_not);
    size_t n = g->taken;
    g->end = n;
    g->taken = 0;
    g->held = 0;
    g->begun = INT64_MAX; /* finishing has no end but its own */
    run_workers(g, complete);
    tell(g, n, first, e);
    *ret_n = n;
}

static pades_status run_groups(group *g, pades_error **e)
{
    size_t n = 0;
    pades_status first = PADES_OK;
    TRY(lesson_init(&g->lesson, g->plan->ctx, g->plan->opts, e));
    for (; g->first < g->plan->count; g->first += n) {
        run_group(g, &n, &first, e);
    }
    lesson_end(&g->lesson);
    return first;
}

pades_status groups_run(const groups_plan *plan, pades_error **e)
{
    group g = {.plan = plan};
    groups_fit(groups_files_left(), plan->workers, &g.most, &g.workers);
    g.members = mem_array(g.most, sizeof *g.members);
    if (!g.members || pthread_mutex_init(&g.lock, NULL) != 0) {
        mem_free(g.members);
        return fail_memory(e);
    }
    pades_status status = run_groups(&g, e);
    pthread_mutex_destroy(&g.lock);
    mem_free(g.members);
    return status;
}
