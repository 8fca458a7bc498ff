/* See revcache.h. The memory of a context: at most 512 entries, 64 MiB in memory and 512 MiB in
 * files without a name, the one that was used longest ago goes first; besides the failures of the
 * last half minute, and the keys that somebody is fetching right now. */
#include "pki/revcache.h"

#include "base/digest.h"
#include "base/mem.h"
#include "pki/revcache_disk.h"

#include <time.h>

enum {
    ENTRIES_MAX = 512,
    BYTES_MAX = 64 << 20,
    SPOOLED_MAX = 512 << 20,
    FAILURES_MAX = 128,
    FAILURE_MS = 30000,
    FLIGHTS_MAX = 64,
    TRUTHS_MAX = 1024,
    WAIT_MS = 100
};

typedef struct entry {
    rev_key key;
    blob *b;
    instant asked;
    uint64_t used;
} entry;

typedef struct failure {
    rev_key key;
    uint64_t until; /* monotonic */
    pades_status status;
    char *why;
} failure;

typedef struct memory {
    pthread_mutex_t lock;
    pthread_cond_t landed;
    entry entries[ENTRIES_MAX];
    size_t n;
    size_t bytes[2]; /* in memory, in files */
    uint64_t clock;  /* counts uses */
    failure failures[FAILURES_MAX];
    size_t failures_n;
    rev_key flights[FLIGHTS_MAX];
    size_t flights_n;
    rev_key truths[TRUTHS_MAX]; /* the oldest is forgotten */
    size_t truths_n;            /* ever */
} memory;

static void memory_free(void *object)
{
    memory *m = object;
    for (size_t i = 0; i < m->n; i++) {
        blob_free(m->entries[i].b);
    }
    for (size_t i = 0; i < m->failures_n; i++) {
        mem_free(m->failures[i].why);
    }
    pthread_cond_destroy(&m->landed);
    pthread_mutex_destroy(&m->lock);
    mem_free(m);
}

static pades_status memory_make(pades_ctx *ctx UNUSED, void **ret, pades_error **e)
{
    memory *m = mem_alloc(sizeof *m);
    if (!m || pthread_mutex_init(&m->lock, NULL) != 0) {
        mem_free(m);
        return fail_memory(e);
    }
    if (pthread_cond_init(&m->landed, NULL) != 0) {
        pthread_mutex_destroy(&m->lock);
        mem_free(m);
        return fail_memory(e);
    }
    *ret = m;
    return PADES_OK;
}

static memory *memory_of(pades_ctx *ctx)
{
    void *slot = NULL;
    return ctx_get_slot(ctx, CTX_SLOT_REV, memory_make, memory_free, &slot, NULL) == PADES_OK
               ? slot
               : NULL;
}

/* A kind has always a certificate or never, and its fingerprint is of one size: no octet of one
 * part is taken for one of another. */
pades_status revcache_key(int kind, const char *url, const pades_cert *cert, rev_key *ret,
                          pades_error **e)
{
    uint8_t hash[DIGEST_MAX];
    AUTO_VAL(buf) text = BUF(1U << 20);
    buf_add_byte(&text, (uint8_t)kind);
    buf_add_str(&text, cert ? pades_cert_fingerprint(cert) : "");
    buf_add_str(&text, url);
    TRY(buf_check(&text, "the key of a cache entry", e));
    TRY(digest_once(PADES_DIGEST_SHA256, buf_span(&text), hash, e));
    memcpy(ret->hash, hash, sizeof ret->hash);
    return PADES_OK;
}

static bool same(const rev_key *a, const rev_key *b)
{
    return memcmp(a->hash, b->hash, sizeof a->hash) == 0;
}

static entry *find(memory *m, const rev_key *key)
{
    for (size_t i = 0; i < m->n; i++) {
        if (same(&m->entries[i].key, key)) {
            return &m->entries[i];
        }
    }
    return NULL;
}

static size_t *place_of(memory *m, const blob *b)
{
    return &m->bytes[blob_view(b).home != NULL];
}

static void forget(memory *m, entry *gone)
{
    *place_of(m, gone->b) -= blob_bytes(gone->b).n;
    blob_free(gone->b);
    *gone = m->entries[--m->n];
}

static entry *oldest(memory *m)
{
    entry *found = &m->entries[0];
    for (size_t i = 1; i < m->n; i++) {
        found = m->entries[i].used < found->used ? &m->entries[i] : found;
    }
    return found;
}

static void remember(memory *m, const rev_key *key, blob *b, instant asked)
{
    entry *known = find(m, key);
    if (known) {
        forget(m, known);
    }
    const size_t most = blob_view(b).home ? SPOOLED_MAX : BYTES_MAX;
    while (m->n == ENTRIES_MAX || (m->n > 0 && *place_of(m, b) + blob_bytes(b).n > most)) {
        forget(m, oldest(m));
    }
    m->entries[m->n++] = (entry){*key, blob_ref(b), asked, ++m->clock};
    *place_of(m, b) += blob_bytes(b).n;
}

static blob *recall(memory *m, const rev_key *key, instant *ret_asked)
{
    blob *b = NULL;
    pthread_mutex_lock(&m->lock);
    entry *known = find(m, key);
    if (known) {
        known->used = ++m->clock;
        *ret_asked = known->asked;
        b = blob_ref(known->b);
    }
    pthread_mutex_unlock(&m->lock);
    return b;
}

blob *revcache_get(pades_ctx *ctx, const rev_key *key, size_t max_bytes, instant *ret_asked)
{
    memory *m = memory_of(ctx);
    blob *b = m ? recall(m, key, ret_asked) : NULL;
    if (b || !(b = revdisk_load(ctx, key, max_bytes))) {
        return b;
    }
    *ret_asked = (instant){INT64_MIN, 0};
    if (m) {
        pthread_mutex_lock(&m->lock);
        remember(m, key, b, *ret_asked);
        pthread_mutex_unlock(&m->lock);
    }
    return b;
}

void revcache_put(pades_ctx *ctx, const rev_key *key, blob *b, instant asked, bool lasting)
{
    memory *m = memory_of(ctx);
    if (m) {
        pthread_mutex_lock(&m->lock);
        remember(m, key, b, asked);
        pthread_mutex_unlock(&m->lock);
    }
    if (lasting) {
        revdisk_store(ctx, key, blob_view(b));
    }
}

void revcache_drop(pades_ctx *ctx, const rev_key *key)
{
    memory *m = memory_of(ctx);
    if (m) {
        pthread_mutex_lock(&m->lock);
        entry *known = find(m, key);
        if (known) {
            forget(m, known);
        }
        pthread_mutex_unlock(&m->lock);
    }
    revdisk_drop(ctx, key);
}

static void forget_failure(memory *m, size_t i)
{
    mem_free(m->failures[i].why);
    memmove(&m->failures[i], &m->failures[i + 1], (m->failures_n - i - 1) * sizeof m->failures[0]);
    m->failures_n--;
}

/* Its place, or failures_n; what is over is forgotten on the way. */
static size_t find_failure(memory *m, const rev_key *key)
{
    uint64_t now = monotonic_ms();
    while (m->failures_n > 0 && m->failures[0].until <= now) {
        forget_failure(m, 0);
    }
    size_t i = 0;
    while (i < m->failures_n && !same(&m->failures[i].key, key)) {
        i++;
    }
    return i;
}

char *revcache_failure(pades_ctx *ctx, const rev_key *key, pades_status *ret_status)
{
    char *why = NULL;
    memory *m = memory_of(ctx);
    if (!m) {
        return NULL;
    }
    pthread_mutex_lock(&m->lock);
    size_t i = find_failure(m, key);
    if (i < m->failures_n && (why = mem_strdup(m->failures[i].why)) != NULL) {
        *ret_status = m->failures[i].status;
    }
    pthread_mutex_unlock(&m->lock);
    return why;
}

void revcache_failed(pades_ctx *ctx, const rev_key *key, pades_status status, const char *why)
{
    memory *m = memory_of(ctx);
    char *copy = mem_strdup(why);
    if (!m || !copy) {
        mem_free(copy);
        return;
    }
    pthread_mutex_lock(&m->lock);
    size_t i = find_failure(m, key);
    if (i < m->failures_n) {
        forget_failure(m, i);
    } else if (m->failures_n == FAILURES_MAX) {
        forget_failure(m, 0);
    }
    m->failures[m->failures_n++] = (failure){*key, monotonic_ms() + FAILURE_MS, status, copy};
    pthread_mutex_unlock(&m->lock);
}

pades_status revcache_truth(int kind, const pades_cert *const *about, size_t n, rev_key *ret,
                            pades_error **e)
{
    uint8_t hash[DIGEST_MAX];
    AUTO_VAL(buf) text = BUF(8192);
    buf_add_byte(&text, (uint8_t)kind);
    for (size_t i = 0; i < n; i++) {
        buf_add(&text, pades_cert_fingerprint(about[i]), 64);
    }
    TRY(buf_check(&text, "certificates", e));
    TRY(digest_once(PADES_DIGEST_SHA256, buf_span(&text), hash, e));
    memcpy(ret->hash, hash, sizeof ret->hash);
    return PADES_OK;
}

static bool has_truth(const memory *m, const rev_key *truth)
{
    size_t n = m->truths_n < TRUTHS_MAX ? m->truths_n : TRUTHS_MAX;
    for (size_t i = 0; i < n; i++) {
        if (same(&m->truths[i], truth)) {
            return true;
        }
    }
    return false;
}

bool revcache_knows(pades_ctx *ctx, const rev_key *truth)
{
    memory *m = memory_of(ctx);
    if (!m) {
        return false;
    }
    pthread_mutex_lock(&m->lock);
    bool known = has_truth(m, truth);
    pthread_mutex_unlock(&m->lock);
    return known;
}

void revcache_learn(pades_ctx *ctx, const rev_key *truth)
{
    memory *m = memory_of(ctx);
    if (!m) {
        return;
    }
    pthread_mutex_lock(&m->lock);
    if (!has_truth(m, truth)) {
        m->truths[m->truths_n++ % TRUTHS_MAX] = *truth;
    }
    pthread_mutex_unlock(&m->lock);
}

static bool in_flight(const memory *m, const rev_key *key)
{
    for (size_t i = 0; i < m->flights_n; i++) {
        if (same(&m->flights[i], key)) {
            return true;
        }
    }
    return m->flights_n == FLIGHTS_MAX;
}

static void wait_a_little(memory *m)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += WAIT_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    (void)pthread_cond_timedwait(&m->landed, &m->lock, &until);
}

pades_status revcache_enter(pades_ctx *ctx, const rev_key *key, pades_control *control,
                            pades_error **e)
{
    memory *m = memory_of(ctx);
    if (!m) {
        return fail_memory(e);
    }
    pades_status status = PADES_OK;
    pthread_mutex_lock(&m->lock);
    while (in_flight(m, key) && (status = control_check(control, e)) == PADES_OK) {
        wait_a_little(m);
    }
    if (status == PADES_OK) {
        m->flights[m->flights_n++] = *key;
    }
    pthread_mutex_unlock(&m->lock);
    return status;
}

void revcache_leave(pades_ctx *ctx, const rev_key *key)
{
    memory *m = memory_of(ctx);
    if (!m) {
        return;
    }
    pthread_mutex_lock(&m->lock);
    for (size_t i = 0; i < m->flights_n; i++) {
        if (same(&m->flights[i], key)) {
            m->flights[i] = m->flights[--m->flights_n];
            break;
        }
    }
    pthread_cond_broadcast(&m->landed);
    pthread_mutex_unlock(&m->lock);
}
