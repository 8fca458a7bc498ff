/* A key on a token as a signer. The chain is what lies on the token and what the caller added, put
 * in order. OpenSSL's error queue is left as it was: modules leave their errors in it. */
#include "signer/keys.h"
#include "signer/signer.h"

#include "base/fail.h"
#include "base/mem.h"
#include "pki/ossl.h"

#include <pthread.h>

typedef struct token_signer {
    pades_key_list *keys; /* holds the modules */
    p11_key *key;
    p11_key **idle; /* sessions that are not signing; NULL: there is only `key` */
    size_t idle_n;
    pthread_mutex_t lock; /* of idle */
    pthread_cond_t given;
    pades_cert *cert;
} token_signer;

static p11_key *take_session(token_signer *t)
{
    if (!t->idle) {
        return t->key;
    }
    pthread_mutex_lock(&t->lock);
    while (t->idle_n == 0) {
        pthread_cond_wait(&t->given, &t->lock);
    }
    p11_key *k = t->idle[--t->idle_n];
    pthread_mutex_unlock(&t->lock);
    return k;
}

static void give_session(token_signer *t, p11_key *k)
{
    if (t->idle) {
        pthread_mutex_lock(&t->lock);
        t->idle[t->idle_n++] = k;
        pthread_mutex_unlock(&t->lock);
        pthread_cond_signal(&t->given);
    }
}

static pades_status token_sign(void *self, const pades_sign_request *r, buf *ret, pades_error **e)
{
    token_signer *t = self;
    AUTO_VAL(ossl_scope) scope = ossl_enter();
    AUTO_VAL(buf) raw = BUF(SIGNER_MAX_SIGNATURE);
    p11_key *k = take_session(t);
    pades_status status = p11_key_sign(k, r->scheme, r->digest, span_of(r->tbs, r->tbs_n),
                                       span_of(r->hash, r->hash_n), r->document, &raw, e);
    give_session(t, k);
    TRY(status);
    if (r->scheme == PADES_SCHEME_ECDSA) {
        return ecdsa_to_der(t->cert, buf_span(&raw), ret, e);
    }
    buf_add_span(ret, buf_span(&raw));
    return PADES_OK;
}

static bool token_again(void *self)
{
    token_signer *t = self;
    p11_key *k = take_session(t);
    bool wants = p11_key_wants_pin_each_time(k);
    give_session(t, k);
    return !wants;
}

static bool token_supports(void *self, pades_scheme scheme, pades_digest digest)
{
    AUTO_VAL(ossl_scope) scope_of_errors = ossl_enter();
    return p11_key_supports(((token_signer *)self)->key, scheme, digest);
}

static void token_destroy(void *self)
{
    token_signer *t = self;
    AUTO_VAL(ossl_scope) scope = ossl_enter();
    for (size_t i = 0; i < t->idle_n; i++) {
        if (t->idle[i] != t->key) {
            p11_key_close(t->idle[i]);
        }
    }
    if (t->idle) {
        pthread_mutex_destroy(&t->lock);
        pthread_cond_destroy(&t->given);
        mem_free(t->idle);
    }
    p11_key_close(t->key);
    pades_cert_free(t->cert);
    pades_key_list_free(t->keys);
    mem_free(t);
}
DEFINE_AUTO(token_signer, token_destroy)

static const char *token_mechanism(void *self)
{
    return p11_key_mechanism(((token_signer *)self)->key);
}

static const signer_ops token_ops = {token_sign, token_again, token_supports, token_destroy,
                                     token_mechanism};

/* Looks again with a login, in the session that will sign if the key turns out to be there. */
static pades_status look_logged_in(token_signer *t, pades_ctx *ctx, const pades_token_opts *opts,
                                   size_t token, pades_error **e)
{
    p11_inventory *look = &t->keys->looks[token];
    TRY(p11_key_new(t->keys->modules, opts, token, NULL, &t->key, e));
    TRY(p11_key_login(t->key, e));
    p11_inventory_free(look);
    TRY(p11_key_look(t->key, look, e));
    look->logged_in = true;
    return keys_judge(t->keys, ctx, opts, e);
}

static pades_status open_key(token_signer *t, const pades_token_opts *opts, const key_entry *k,
                             size_t looked, pades_error **e)
{
    if (t->key && looked != k->token) {
        p11_key_close(t->key);
        t->key = NULL;
    }
    if (!t->key) {
        TRY(p11_key_new(t->keys->modules, opts, k->token, pades_cert_common_name(k->cert), &t->key,
                        e));
    }
    const p11_key_wanted wanted = {buf_span(&k->id), cert_spki(k->cert), &t->keys->looks[k->token]};
    TRY(p11_key_open(t->key, &wanted, pades_cert_common_name(k->cert), e));
    return cert_ref(k->cert, &t->cert, e);
}

/* One that is not there yet is waited for, if that is wanted. */
static pades_status open_tokens(token_signer *t, pades_ctx *ctx, const pades_token_opts *opts,
                                pades_error **e)
{
    const token_wait wait = {opts->wait_ms, opts->wait, opts->wait_user, opts->control};
    uint64_t until = 0;
    TRY(keys_open(ctx, opts, &t->keys, e));
    while (t->keys->looks_n == 0) {
        if (!p11_wait_on(&wait, NULL, &until)) {
            return p11_fail_no_token(t->keys->modules, e);
        }
        pades_key_list_free(TAKE(t->keys));
        TRY(keys_open(ctx, opts, &t->keys, e));
    }
    return PADES_OK;
}

enum { SESSIONS_MAX = 64 };

/* More sessions with the same key; those that the token does not open are done without. */
static pades_status open_more(token_signer *t, pades_ctx *ctx, const pades_token_opts *opts,
                              const key_entry *k, pades_error **e)
{
    size_t n = opts->sessions < SESSIONS_MAX ? opts->sessions : SESSIONS_MAX;
    if (n <= 1 || p11_key_wants_pin_each_time(t->key)) {
        return PADES_OK;
    }
    t->idle = mem_array(n, sizeof(p11_key *));
    if (!t->idle) {
        return fail_memory(e);
    }
    pthread_mutex_init(&t->lock, NULL); /* neither can fail: no attributes, no memory taken */
    pthread_cond_init(&t->given, NULL);
    t->idle[t->idle_n++] = t->key;
    p11_key_read_mechanisms(t->key); /* which any thread may ask for while another signs */
    const p11_key_wanted wanted = {buf_span(&k->id), cert_spki(k->cert), &t->keys->looks[k->token]};
    const char *name = pades_cert_common_name(k->cert);
    while (t->idle_n < n) {
        AUTO(p11_key) *more = NULL;
        AUTO(pades_error) *why = NULL;
        if (p11_key_new(t->keys->modules, opts, k->token, name, &more, &why) != PADES_OK ||
            p11_key_open(more, &wanted, name, &why) != PADES_OK) {
            ctx_log(ctx, PADES_LOG_INFO, "%zu sessions instead of %zu: %s", t->idle_n, n,
                    pades_error_message(why));
            break;
        }
        t->idle[t->idle_n++] = TAKE(more);
    }
    return PADES_OK;
}

static pades_status choose(token_signer *t, pades_ctx *ctx, const pades_token_opts *opts,
                           const key_entry **ret, pades_error **e)
{
    size_t look = SIZE_MAX, again = SIZE_MAX;
    TRY(open_tokens(t, ctx, opts, e));
    TRY(keys_choose(t->keys, opts, ret, &look, e));
    if (look != SIZE_MAX) {
        TRY(look_logged_in(t, ctx, opts, look, e));
        TRY(keys_choose(t->keys, opts, ret, &again, e));
        if (again != SIZE_MAX) {
            return fail(e, PADES_INTERNAL, "a token shows less after the login than before");
        }
    }
    return open_key(t, opts, *ret, look, e);
}

static void tell_key(pades_ctx *ctx, const key_entry *k, const pades_token_info *token, size_t n)
{
    ctx_log(ctx, PADES_LOG_INFO,
            "the key of '%s', certificate %s, is on token '%s' (serial %s), slot %llu; %zu "
            "certificates in the chain",
            pades_cert_subject(k->cert), pades_cert_serial(k->cert), token->label, token->serial,
            (unsigned long long)token->slot, n);
}

static pades_status new_token(pades_ctx *ctx, const pades_token_opts *opts, pades_signer **ret,
                              pades_error **e)
{
    AUTO(token_signer) *t = mem_alloc(sizeof *t);
    const key_entry *k = NULL;
    pades_cert **chain = NULL;
    size_t n = 0;
    if (!t) {
        return fail_memory(e);
    }
    TRY(choose(t, ctx, opts, &k, e));
    TRY(open_more(t, ctx, opts, k, e));
    TRY(keys_chain(t->keys, k, &chain, &n, e));
    tell_key(ctx, k, p11_token(t->keys->modules, k->token), n);
    pades_status status =
        signer_new(&token_ops, t, (const pades_cert *const *)chain, n, k->uri, ret, e);
    certs_free(chain, n);
    if (status == PADES_OK) {
        (*ret)->ordered = true;
        (*ret)->at_once = t->idle ? (unsigned)t->idle_n : 1; /* none signs yet */
        t = NULL;                                            /* the signer's now */
    }
    return status;
}

pades_status pades_signer_new_token(pades_ctx *ctx, const pades_token_opts *opts,
                                    pades_signer **ret_signer, pades_error **ret_error)
{
    if (!ctx || !ret_signer) {
        return fail(ret_error, PADES_INVALID_ARGUMENT, "a signer needs a context and a place");
    }
    AUTO_VAL(ossl_scope) scope = ossl_enter();
    ctx_freeze(ctx);
    TRY(p11_opts(opts, &opts, ret_error));
    return new_token(ctx, opts, ret_signer, ret_error);
}
