/* Which certificates would be taken for signing: able to sign, valid now, with a private key behind
 * them; if any of those has nonRepudiation, only those. Each other one is told why not. */
#include "signer/keys.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"
#include "pki/ossl.h"

static pades_status say(key_entry *k, const char *why, pades_error **e)
{
    k->usable = false;
    mem_free(k->why_not);
    k->why_not = mem_strdup(why);
    return k->why_not ? PADES_OK : fail_memory(e);
}

/* Tokens attest their keys: a certificate with the same public key and id as the real one, under a
 * key of the token's own. PIV tokens name theirs. */
static bool mentions_attestation(const char *text)
{
    static const char words[] = "piv attestation";
    for (; *text; text++) {
        size_t i = 0;
        while (words[i] && (text[i] | 0x20) == words[i]) {
            i++;
        }
        if (!words[i]) {
            return true;
        }
    }
    return false;
}

/* Signed by a key that is seen on the same token. */
static bool is_from_this_token(const pades_key_list *list, const key_entry *k)
{
    for (size_t i = 0; i < list->n; i++) {
        const key_entry *o = &list->items[i];
        if (o != k && o->token == k->token && !o->beside && o->has_key == 1 &&
            !span_eq(cert_spki(o->cert), cert_spki(k->cert)) && cert_signed_by(k->cert, o->cert)) {
            return true;
        }
    }
    return false;
}

/* There is another certificate of this key, by somebody else. */
static bool has_real_one(const pades_key_list *list, const key_entry *k)
{
    for (size_t i = 0; i < list->n; i++) {
        const key_entry *o = &list->items[i];
        if (o != k && o->token == k->token && span_eq(cert_spki(o->cert), cert_spki(k->cert)) &&
            !is_from_this_token(list, o)) {
            return true;
        }
    }
    return false;
}

static bool is_attestation(const pades_key_list *list, const key_entry *k)
{
    return mentions_attestation(k->raw_label) || mentions_attestation(pades_cert_issuer(k->cert)) ||
           mentions_attestation(pades_cert_subject(k->cert)) ||
           (has_real_one(list, k) && is_from_this_token(list, k));
}

static const char *key_objection(const key_entry *k)
{
    if (k->fits < 0) {
        return "its label is not the one that was asked for, and that of its key is seen after a "
               "login only";
    }
    return k->has_key == 0 ? "no private key for it is on this token" : NULL;
}

static pades_status judge_one(const pades_key_list *list, key_entry *k, int64_t now,
                              pades_error **e)
{
    if (is_attestation(list, k)) {
        return say(k, "it attests a key and is not for signing", e);
    }
    pades_status status = cert_check_signer(k->cert, now, NULL, &k->refused);
    if (status == PADES_NO_MEMORY) {
        return fail_memory(e);
    }
    if (status != PADES_OK) {
        return say(k, pades_error_message(k->refused), e);
    }
    const char *objection = key_objection(k);
    k->usable = objection == NULL;
    return objection ? say(k, objection, e) : PADES_OK;
}

/* The same certificate on several tokens of a card: the one whose key is seen counts. */
static bool is_better_elsewhere(const pades_key_list *list, const key_entry *k)
{
    for (size_t i = 0; i < list->n; i++) {
        const key_entry *o = &list->items[i];
        if (o->usable && o->shown && o->has_key == 1 && o->token != k->token &&
            cert_same(o->cert, k->cert)) {
            return true;
        }
    }
    return false;
}

static bool any_non_repudiation(const pades_key_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        const key_entry *k = &list->items[i];
        if (k->usable && k->shown && pades_cert_has_non_repudiation(k->cert)) {
            return true;
        }
    }
    return false;
}

static pades_status judge_together(pades_key_list *list, pades_error **e)
{
    for (size_t i = 0; i < list->n; i++) {
        key_entry *k = &list->items[i];
        if (k->usable && k->has_key < 0 && is_better_elsewhere(list, k)) {
            TRY(say(k, "its key is seen on another token of the same card", e));
        }
    }
    bool only = any_non_repudiation(list);
    for (size_t i = 0; i < list->n; i++) {
        key_entry *k = &list->items[i];
        if (k->usable && only && !pades_cert_has_non_repudiation(k->cert)) {
            TRY(say(k, "another certificate has the usage nonRepudiation", e));
        }
    }
    return PADES_OK;
}

static void publish(const pades_key_list *list, key_entry *k)
{
    k->info = (pades_key_info){.cert = k->cert,
                               .label = k->label,
                               .id = k->id_text,
                               .uri = k->uri,
                               .token = p11_token(list->modules, k->token),
                               .has_key = k->has_key,
                               .usable = k->usable,
                               .why_not = k->why_not,
                               .certain = k->fits == 1};
}

pades_status keys_judge(pades_key_list *list, pades_ctx *ctx, const pades_token_opts *opts,
                        pades_error **e)
{
    TRY(keys_collect(list, opts, e));
    for (size_t i = 0; i < list->n; i++) {
        TRY(judge_one(list, &list->items[i], ctx_now(ctx), e));
    }
    TRY(judge_together(list, e));
    for (size_t i = 0; i < list->n; i++) {
        publish(list, &list->items[i]);
    }
    return PADES_OK;
}

pades_status pades_key_list_new(pades_ctx *ctx, const pades_token_opts *opts,
                                pades_key_list **ret_list, pades_error **ret_error)
{
    if (!ctx || !ret_list) {
        return fail(ret_error, PADES_INVALID_ARGUMENT,
                    "a list of certificates needs a context and a place");
    }
    AUTO_VAL(ossl_scope) scope = ossl_enter(); /* modules leave errors in OpenSSL's queue */
    ctx_freeze(ctx);
    TRY(p11_opts(opts, &opts, ret_error));
    return keys_open(ctx, opts, ret_list, ret_error);
}

size_t pades_key_list_count(const pades_key_list *list)
{
    size_t n = 0;
    for (size_t i = 0; list && i < list->n; i++) {
        n += list->items[i].shown ? 1 : 0;
    }
    return n;
}

/* The place of the entry with this index among those shown; SIZE_MAX: beyond the end. */
static size_t shown_at(const pades_key_list *list, size_t index)
{
    for (size_t i = 0; list && i < list->n; i++) {
        if (list->items[i].shown && index-- == 0) {
            return i;
        }
    }
    return SIZE_MAX;
}

const key_entry *keys_shown(const pades_key_list *list, size_t index)
{
    size_t at = list ? shown_at(list, index) : SIZE_MAX;
    return at == SIZE_MAX ? NULL : &list->items[at];
}

const pades_key_info *pades_key_list_get(const pades_key_list *list, size_t index)
{
    size_t at = shown_at(list, index);
    return at == SIZE_MAX ? NULL : &list->items[at].info;
}

static size_t index_of(const pades_key_list *list, const key_entry *k)
{
    size_t index = 0;
    for (const key_entry *o = list->items; o < k; o++) {
        index += o->shown ? 1 : 0;
    }
    return index;
}

pades_status pades_key_list_choose(const pades_key_list *list, size_t *ret_index,
                                   pades_error **ret_error)
{
    const key_entry *one = NULL;
    size_t look = SIZE_MAX;
    if (!list || !ret_index) {
        return fail(ret_error, PADES_INVALID_ARGUMENT, "a key is chosen from a list, to a place");
    }
    if (list->looks_n == 0) {
        return p11_fail_no_token(list->modules, ret_error);
    }
    TRY(keys_choose(list, NULL, &one, &look, ret_error));
    if (!one) {
        (void)fail(ret_error, PADES_PIN_REQUIRED,
                   "which certificate would sign is seen after a login only");
        (void)error_hint(ret_error, "signing logs in first and looks again");
        return PADES_PIN_REQUIRED;
    }
    *ret_index = index_of(list, one);
    return PADES_OK;
}

pades_status pades_key_list_get_chain(pades_key_list *list, size_t index,
                                      const pades_cert *const **ret_chain, size_t *ret_n,
                                      pades_error **ret_error)
{
    size_t at = shown_at(list, index);
    if (at == SIZE_MAX || !ret_chain || !ret_n) {
        return fail(ret_error, PADES_INVALID_ARGUMENT, "a chain needs a certificate and a place");
    }
    AUTO_VAL(ossl_scope) scope = ossl_enter();
    key_entry *k = &list->items[at];
    if (!k->chain) {
        TRY(keys_chain(list, k, &k->chain, &k->chain_n, ret_error));
    }
    *ret_chain = (const pades_cert *const *)k->chain;
    *ret_n = k->chain_n;
    return PADES_OK;
}
