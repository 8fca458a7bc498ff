/* How large the tokens of each TSA were: in the context, under a lock, and with a cache folder also
 * in one small file per URL, named by its hash, holding a decimal number. The folder is a hint and
 * no more: what is odd there is ignored, what cannot be written is not missed. */
#include "tsa/authority.h"

#include "base/digest.h"
#include "base/fail.h"
#include "base/mem.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KNOWN_MAX = 64, NAME_MAX_BYTES = 64, NUMBER_MAX_BYTES = 10, SIZE_SANE = 64 << 20 };

typedef struct known {
    uint8_t url[32]; /* SHA-256 */
    size_t n;
} known;

typedef struct cache {
    pthread_mutex_t lock;
    known known[KNOWN_MAX]; /* the oldest is forgotten */
    size_t count;
} cache;

static void cache_free(void *object)
{
    cache *c = object;
    pthread_mutex_destroy(&c->lock);
    mem_free(c);
}

static pades_status cache_make(pades_ctx *ctx UNUSED, void **ret, pades_error **e)
{
    cache *c = mem_alloc(sizeof *c);
    if (!c || pthread_mutex_init(&c->lock, NULL) != 0) {
        mem_free(c);
        return fail_memory(e);
    }
    *ret = c;
    return PADES_OK;
}

static cache *cache_of(pades_ctx *ctx)
{
    void *slot = NULL;
    return ctx_get_slot(ctx, CTX_SLOT_TSA_CACHE, cache_make, cache_free, &slot, NULL) == PADES_OK
               ? slot
               : NULL;
}

static bool hash_url(const char *url, uint8_t out[DIGEST_MAX])
{
    return digest_once(PADES_DIGEST_SHA256, span_str(url), out, NULL) == PADES_OK;
}

static known *find(cache *c, const uint8_t *hash)
{
    for (size_t i = 0; i < c->count; i++) {
        if (memcmp(c->known[i].url, hash, sizeof c->known[i].url) == 0) {
            return &c->known[i];
        }
    }
    return NULL;
}

static size_t recall(cache *c, const uint8_t *hash)
{
    pthread_mutex_lock(&c->lock);
    const known *k = find(c, hash);
    size_t n = k ? k->n : 0;
    pthread_mutex_unlock(&c->lock);
    return n;
}

static void remember(cache *c, const uint8_t *hash, size_t n)
{
    pthread_mutex_lock(&c->lock);
    known *k = find(c, hash);
    if (!k && c->count == KNOWN_MAX) {
        memmove(&c->known[0], &c->known[1], (KNOWN_MAX - 1) * sizeof c->known[0]);
        c->count--;
    }
    if (!k) {
        k = &c->known[c->count++];
        memcpy(k->url, hash, sizeof k->url);
    }
    k->n = n;
    pthread_mutex_unlock(&c->lock);
}

/* "tsa-<32 hexadecimal digits>.size" */
static void file_name(const uint8_t *hash, char out[NAME_MAX_BYTES])
{
    size_t at = (size_t)snprintf(out, NAME_MAX_BYTES, "tsa-");
    for (size_t i = 0; i < 16; i++) {
        at += (size_t)snprintf(out + at, NAME_MAX_BYTES - at, "%02x", hash[i]);
    }
    snprintf(out + at, NAME_MAX_BYTES - at, ".size");
}

static int open_folder(const pades_ctx *ctx)
{
    return ctx->cache_dir ? open(ctx->cache_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
}

/* A regular file of ours that nobody else can write. */
static bool is_trusted(int fd)
{
    struct stat s;
    return fstat(fd, &s) == 0 && S_ISREG(s.st_mode) && s.st_uid == geteuid() &&
           (s.st_mode & 022) == 0;
}

/* Decimal digits and one LF, at most `max`; else 0. */
static size_t parse_size(const char *text, size_t n, uint64_t max)
{
    uint32_t value = 0; /* at most nine digits */
    if (n < 2 || text[n - 1] != '\n') {
        return 0;
    }
    for (size_t i = 0; i + 1 < n; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return 0;
        }
        value = value * 10 + (uint32_t)(text[i] - '0');
    }
    return value <= max && value <= SIZE_SANE ? value : 0;
}

static size_t load_file(const pades_ctx *ctx, const uint8_t *hash)
{
    char name[NAME_MAX_BYTES], text[NUMBER_MAX_BYTES];
    int folder = open_folder(ctx);
    if (folder < 0) {
        return 0;
    }
    file_name(hash, name);
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    close(folder);
    if (fd < 0) {
        return 0;
    }
    ssize_t n = is_trusted(fd) ? read(fd, text, sizeof text) : -1;
    close(fd);
    return n > 0 ? parse_size(text, (size_t)n, ctx_limit(ctx, PADES_LIMIT_HTTP_BYTES)) : 0;
}

/* Fresh file, then rename: a reader sees the old number or the new one. Not synced, on purpose. */
static void replace_file(int folder, const char *name, const char *text, size_t n)
{
    char fresh[NAME_MAX_BYTES + 24];
    uint32_t tail = 0;
    if (random_bytes(&tail, sizeof tail, NULL) != PADES_OK) {
        return;
    }
    snprintf(fresh, sizeof fresh, ".%s.%08x", name, (unsigned)tail);
    int fd = openat(folder, fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return;
    }
    bool written = write(fd, text, n) == (ssize_t)n;
    written = close(fd) == 0 && written;
    if (!written || renameat(folder, fresh, folder, name) != 0) {
        unlinkat(folder, fresh, 0);
    }
}

static void store_file(const pades_ctx *ctx, const uint8_t *hash, size_t n)
{
    char name[NAME_MAX_BYTES], text[NUMBER_MAX_BYTES];
    if (ctx->cache_dir) {
        (void)mkdir(ctx->cache_dir, 0700);
    }
    int folder = open_folder(ctx);
    if (folder < 0) {
        return;
    }
    file_name(hash, name);
    int length = snprintf(text, sizeof text, "%zu\n", n);
    if (n <= SIZE_SANE && length > 0 && (size_t)length < sizeof text) {
        replace_file(folder, name, text, (size_t)length);
    }
    close(folder);
}

size_t tsa_cache_get(pades_ctx *ctx, const char *url)
{
    uint8_t hash[DIGEST_MAX];
    cache *c = cache_of(ctx);
    if (!c || !hash_url(url, hash)) {
        return 0;
    }
    size_t n = recall(c, hash);
    if (n == 0 && (n = load_file(ctx, hash)) > 0) {
        remember(c, hash, n);
    }
    return n;
}

void tsa_cache_put(pades_ctx *ctx, const char *url, size_t n)
{
    uint8_t hash[DIGEST_MAX];
    cache *c = cache_of(ctx);
    size_t before = tsa_cache_get(ctx, url);
    /* A few octets less are noise of the same TSA: the larger number stays, the file is not
     * written. */
    if (!c || n == 0 || (n <= before && n > before / 2) || !hash_url(url, hash)) {
        return;
    }
    remember(c, hash, n);
    store_file(ctx, hash, n);
}
