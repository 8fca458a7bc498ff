/* See blob.h. */
#include "pki/blob.h"

#include "base/digest.h"
#include "base/mem.h"
#include <pthread.h>
#include <stdatomic.h>

enum { NOTES_MAX = 8 };

typedef struct note {
    uint8_t key[32];
    void *what;
    void (*destroy)(void *);
} note;

struct blob {
    atomic_uint refs;
    bool has_lock;
    pthread_mutex_t lock; /* of the notes */
    note notes[NOTES_MAX];
    size_t notes_n; /* ever */
    uint8_t hash[DIGEST_MAX];
    buf bytes;
    view large; /* home NULL: `bytes` are all of it */
};

static pades_status make(view bytes, blob **ret, pades_error **e)
{
    AUTO(blob) *b = mem_alloc(sizeof *b);
    if (!b) {
        return fail_memory(e);
    }
    atomic_init(&b->refs, 1);
    if (pthread_mutex_init(&b->lock, NULL) != 0) {
        return fail_memory(e);
    }
    b->has_lock = true;
    TRY(view_hash(bytes, PADES_DIGEST_SHA256, b->hash, e));
    *ret = TAKE(b);
    return PADES_OK;
}

pades_status blob_take(buf *from, blob **ret, pades_error **e)
{
    TRY(make(view_of(buf_span(from)), ret, e));
    (*ret)->bytes = *from;
    *from = BUF(from->max);
    return PADES_OK;
}

pades_status blob_take_bulk(bulk *from, blob **ret, pades_error **e)
{
    return from->file ? blob_of(bulk_view(from), ret, e) : blob_take(&from->mem, ret, e);
}

pades_status blob_of(view from, blob **ret, pades_error **e)
{
    if (!from.home) {
        return blob_copy(from.s, ret, e);
    }
    TRY(make(from, ret, e));
    (*ret)->large = (view){from.s, spool_ref(from.home)};
    return PADES_OK;
}

pades_status blob_copy(span from, blob **ret, pades_error **e)
{
    AUTO_VAL(buf) bytes = BUF(from.n);
    buf_add_span(&bytes, from);
    TRY(buf_check(&bytes, "a copy", e));
    return blob_take(&bytes, ret, e);
}

blob *blob_ref(blob *b)
{
    atomic_fetch_add(&b->refs, 1);
    return b;
}

span blob_bytes(const blob *b)
{
    return blob_view(b).s;
}

view blob_view(const blob *b)
{
    return b->large.home ? b->large : view_of(buf_span(&b->bytes));
}

const uint8_t *blob_hash(const blob *b)
{
    return b->hash;
}

static void drop(note *n)
{
    if (n->what) {
        n->destroy(n->what);
    }
    *n = (note){.what = NULL};
}

void blob_note(blob *b, const uint8_t *key, void *what, void (*destroy)(void *))
{
    pthread_mutex_lock(&b->lock);
    note *n = &b->notes[b->notes_n++ % NOTES_MAX];
    drop(n);
    memcpy(n->key, key, sizeof n->key);
    n->what = what;
    n->destroy = destroy;
    pthread_mutex_unlock(&b->lock);
}

bool blob_read(blob *b, const uint8_t *key, void (*fn)(const void *note, void *user), void *user)
{
    bool found = false;
    pthread_mutex_lock(&b->lock);
    for (size_t i = 0; i < NOTES_MAX && !found; i++) {
        found = b->notes[i].what && memcmp(b->notes[i].key, key, sizeof b->notes[i].key) == 0;
        if (found) {
            fn(b->notes[i].what, user);
        }
    }
    pthread_mutex_unlock(&b->lock);
    return found;
}

void blob_free(blob *b)
{
    if (b && atomic_fetch_sub(&b->refs, 1) == 1) {
        for (size_t i = 0; i < NOTES_MAX; i++) {
            drop(&b->notes[i]);
        }
        if (b->has_lock) {
            pthread_mutex_destroy(&b->lock);
        }
        buf_free(&b->bytes);
        spool_free(b->large.home);
        mem_free(b);
    }
}
