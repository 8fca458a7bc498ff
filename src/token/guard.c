/* A PIN that a token refused is not sent to it again: whoever gave it, within the context, where a
 * keyed digest of it is kept; from an unattended source, also in other processes (refused.h). An
 * accepted PIN clears both. A token is known by what any module tells of it: maker, model, serial
 * number and label, which tells two PINs of one card apart. */
#include "token/internal.h"

#include "base/digest.h"
#include "base/fail.h"
#include "base/mem.h"

enum { MAC = 32, REMEMBERED = 256 };

typedef struct refusal {
    uint8_t token[REFUSED_ID];
    uint8_t pin[MAC];
} refusal;

typedef struct refusals {
    pthread_mutex_t lock;
    uint8_t key[32]; /* of this context alone: a digest means nothing elsewhere */
    refusal items[REMEMBERED];
    size_t n; /* a full list forgets its first */
} refusals;

static void refusals_free(void *p)
{
    refusals *r = p;
    pthread_mutex_destroy(&r->lock);
    mem_wipe(r, sizeof *r);
    mem_free(r);
}

static pades_status refusals_make(pades_ctx *ctx, void **ret, pades_error **e)
{
    (void)ctx;
    refusals *r = mem_alloc(sizeof *r);
    if (!r || pthread_mutex_init(&r->lock, NULL) != 0) {
        mem_free(r);
        return fail_memory(e);
    }
    pades_status status = random_bytes(r->key, sizeof r->key, e);
    if (status != PADES_OK) {
        refusals_free(r);
        return status;
    }
    *ret = r;
    return PADES_OK;
}

static pades_status refusals_of(const p11_key *k, refusals **ret, pades_error **e)
{
    void *p = NULL;
    TRY(ctx_get_slot(k->m->ctx, CTX_SLOT_REFUSED, refusals_make, refusals_free, &p, e));
    *ret = p;
    return PADES_OK;
}

static pades_status mac_of(const refusals *r, span pin, uint8_t out[DIGEST_MAX], pades_error **e)
{
    AUTO(digest) *d = NULL;
    TRY(digest_new(PADES_DIGEST_SHA256, &d, e));
    TRY(digest_update(d, span_of(r->key, sizeof r->key), e));
    TRY(digest_update(d, pin, e));
    return digest_final(d, out, e);
}

static pades_status identify(const p11_key *k, refused_token *ret, pades_error **e)
{
    const p11_slot *slot = &k->m->slots[k->token];
    const CK_TOKEN_INFO *t = &slot->raw;
    uint8_t out[DIGEST_MAX];
    AUTO(digest) *d = NULL;
    TRY(digest_new(PADES_DIGEST_SHA256, &d, e));
    TRY(digest_update(d, span_of(t->manufacturerID, sizeof t->manufacturerID), e));
    TRY(digest_update(d, span_of(t->model, sizeof t->model), e));
    TRY(digest_update(d, span_of(t->serialNumber, sizeof t->serialNumber), e));
    TRY(digest_update(d, span_of(t->label, sizeof t->label), e));
    TRY(digest_final(d, out, e));
    memcpy(ret->id, out, sizeof ret->id);
    ret->folder = k->refused_dir;
    ret->label = slot->info.label;
    return PADES_OK;
}

static bool is_refused(refusals *r, const refused_token *token, const uint8_t *mac)
{
    for (size_t i = 0; i < REMEMBERED && i < r->n; i++) {
        if (memcmp(r->items[i].token, token->id, REFUSED_ID) == 0 &&
            (!mac || memcmp(r->items[i].pin, mac, MAC) == 0)) {
            return true;
        }
    }
    return false;
}

/* In the usual case nothing was refused, and nothing is computed. */
static pades_status check_here(p11_key *k, const refused_token *token, span pin, pades_error **e)
{
    refusals *r = NULL;
    uint8_t mac[DIGEST_MAX];
    TRY(refusals_of(k, &r, e));
    pthread_mutex_lock(&r->lock);
    bool refused = is_refused(r, token, NULL);
    pades_status status = refused ? mac_of(r, pin, mac, e) : PADES_OK;
    refused = refused && status == PADES_OK && is_refused(r, token, mac);
    pthread_mutex_unlock(&r->lock);
    if (!refused) {
        return status;
    }
    (void)fail(e, PADES_PIN_INCORRECT,
               "token '%s' has refused this PIN before; it is not sent again", token->label);
    (void)error_hint(e, "another attempt needs another PIN");
    return PADES_PIN_INCORRECT;
}

static void remember_here(p11_key *k, const refused_token *token, span pin)
{
    refusals *r = NULL;
    uint8_t mac[DIGEST_MAX];
    if (refusals_of(k, &r, NULL) != PADES_OK || mac_of(r, pin, mac, NULL) != PADES_OK) {
        return;
    }
    pthread_mutex_lock(&r->lock);
    refusal *one = &r->items[r->n++ % REMEMBERED];
    memcpy(one->token, token->id, REFUSED_ID);
    memcpy(one->pin, mac, MAC);
    pthread_mutex_unlock(&r->lock);
}

static void forget_here(p11_key *k, const refused_token *token)
{
    refusals *r = NULL;
    if (refusals_of(k, &r, NULL) != PADES_OK) {
        return;
    }
    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < REMEMBERED && i < r->n; i++) {
        if (memcmp(r->items[i].token, token->id, REFUSED_ID) == 0) {
            memset(&r->items[i], 0, sizeof r->items[i]);
        }
    }
    pthread_mutex_unlock(&r->lock);
}

pades_status pin_guard_begin(p11_key *k, const pin_hand *hand, pin_guard *ret, pades_error **e)
{
    pin_guard g = {.on = hand->guarded && !hand->pad && hand->secret, .attempt = {.fd = -1}};
    if (g.on) {
        const span pin = secret_span(hand->secret);
        TRY(identify(k, &g.token, e));
        TRY(check_here(k, &g.token, pin, e));
        if (!pin_is_attended(k, PADES_PIN_KIND_USER)) {
            TRY(refused_begin(k->m->ctx, &g.token, pin, k->pin.last_try, &g.attempt, e));
        }
    }
    *ret = g;
    return PADES_OK;
}

static refused_outcome outcome_of(CK_RV rv)
{
    switch (rv) {
    case CKR_OK:
        return REFUSED_ACCEPTED;
    case CKR_PIN_INCORRECT:
    case CKR_PIN_INVALID:
    case CKR_PIN_LEN_RANGE:
    case CKR_PIN_LOCKED:
        return REFUSED_WRONG;
    case P11_RV_DIED:
    case P11_RV_SILENT:
    case P11_RV_STOPPED:
        return REFUSED_UNKNOWN;
    default:
        return REFUSED_NOT_SENT;
    }
}

void pin_guard_end(p11_key *k, const pin_hand *hand, pin_guard *g, CK_RV rv)
{
    refused_outcome outcome = outcome_of(rv);
    if (!g->on) {
        return;
    }
    if (outcome == REFUSED_WRONG) {
        remember_here(k, &g->token, secret_span(hand->secret));
    } else if (outcome == REFUSED_ACCEPTED) {
        forget_here(k, &g->token);
        if (g->attempt.fd < 0) {
            refused_forget(&g->token);
        }
    }
    refused_end(k->m->ctx, &g->token, &g->attempt, outcome, secret_span(hand->secret));
}

void pin_forget_refused(p11_key *k)
{
    refused_token token;
    if (identify(k, &token, NULL) == PADES_OK) {
        forget_here(k, &token);
        refused_forget(&token);
    }
}
