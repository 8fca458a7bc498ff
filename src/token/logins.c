/* Who uses the login of which token. PKCS#11 logs in the process, not the session: the first signer
 * that is freed must not log the others out. Counted in the context; signers of other contexts are
 * seen by the token's own count of sessions, where it keeps one. */
#include "token/internal.h"

#include "base/fail.h"
#include "base/mem.h"

typedef struct login_use {
    const void *scope; /* of the port */
    char *module;
    CK_SLOT_ID slot;
    size_t n;
} login_use;

typedef struct login_uses {
    pthread_mutex_t lock; /* of the counts */
    pthread_mutex_t turn; /* of who asks for a PIN and sends it */
    login_use *items;
    size_t n, cap;
} login_uses;

static void uses_free(void *p)
{
    login_uses *u = p;
    for (size_t i = 0; i < u->n; i++) {
        mem_free(u->items[i].module);
    }
    mem_free(u->items);
    pthread_mutex_destroy(&u->lock);
    pthread_mutex_destroy(&u->turn);
    mem_free(u);
}

static pades_status uses_make(pades_ctx *ctx, void **ret, pades_error **e)
{
    (void)ctx;
    login_uses *u = mem_alloc(sizeof *u);
    if (!u || pthread_mutex_init(&u->lock, NULL) != 0) {
        mem_free(u);
        return fail_memory(e);
    }
    pthread_mutex_init(&u->turn, NULL); /* cannot fail: no attributes, no memory taken */
    *ret = u;
    return PADES_OK;
}

static pades_status uses_of(const p11_key *k, login_uses **ret, pades_error **e)
{
    void *p = NULL;
    TRY(ctx_get_slot(k->m->ctx, CTX_SLOT_TOKEN, uses_make, uses_free, &p, e));
    *ret = p;
    return PADES_OK;
}

static const char *module_of(const p11_key *k)
{
    const p11_module *module = &k->m->modules[k->m->slots[k->token].module];
    return module->path ? module->path : module->name;
}

/* The count for this token, under the lock; NULL without memory. */
static login_use *find_use(login_uses *u, const p11_key *k)
{
    for (size_t i = 0; i < u->n; i++) {
        if (u->items[i].scope == p11_key_port(k)->scope && u->items[i].slot == p11_key_slot(k) &&
            strcmp(u->items[i].module, module_of(k)) == 0) {
            return &u->items[i];
        }
    }
    char *module = mem_strdup(module_of(k));
    if (!module || !MEM_GROW(u->items, u->n, u->cap)) {
        mem_free(module);
        return NULL;
    }
    u->items[u->n] = (login_use){p11_key_port(k)->scope, module, p11_key_slot(k), 0};
    return &u->items[u->n++];
}

pades_status p11_turn_take(p11_key *k, pades_error **e)
{
    login_uses *u = NULL;
    TRY(uses_of(k, &u, e));
    pthread_mutex_lock(&u->turn);
    return PADES_OK;
}

void p11_turn_give(p11_key *k)
{
    login_uses *u = NULL;
    if (uses_of(k, &u, NULL) == PADES_OK) {
        pthread_mutex_unlock(&u->turn);
    }
}

pades_status p11_login_join(p11_key *k, bool logged_in, bool *ret_joined, pades_error **e)
{
    login_uses *u = NULL;
    TRY(uses_of(k, &u, e));
    pthread_mutex_lock(&u->lock);
    bool joins = logged_in || p11_key_is_logged_in(k);
    login_use *use = joins && !k->logged_in ? find_use(u, k) : NULL;
    bool bad = joins && !k->logged_in && !use;
    if (use) {
        use->n++;
        k->logged_in = true;
    }
    pthread_mutex_unlock(&u->lock);
    *ret_joined = joins;
    return bad ? fail_memory(e) : PADES_OK;
}

static bool is_last_session(const p11_key *k)
{
    CK_TOKEN_INFO info;
    memset(&info, 0, sizeof info);
    CK_RV rv = p11_token_info(p11_key_port(k), p11_key_slot(k), &info);
    return rv != CKR_OK || info.ulSessionCount == CK_UNAVAILABLE_INFORMATION ||
           info.ulSessionCount <= 1;
}

void p11_login_leave(p11_key *k)
{
    login_uses *u = NULL;
    if (!k->logged_in || uses_of(k, &u, NULL) != PADES_OK) {
        return;
    }
    pthread_mutex_lock(&u->lock);
    login_use *use = find_use(u, k);
    bool last = use && use->n > 0 && --use->n == 0;
    if (last && k->session != CK_INVALID_HANDLE && is_last_session(k)) {
        (void)p11_logout(p11_key_port(k),
                         k->session); /* some modules have logged out by themselves */
    }
    pthread_mutex_unlock(&u->lock);
    k->logged_in = false;
}
