/* A signer: a chain, and four functions, behind a lock unless they need none. Whether the
 * signature is right is not judged here: the sign room verifies each with the certificate. */
#include "signer/signer.h"

#include "base/fail.h"
#include "base/mem.h"

void pades_signer_free(pades_signer *signer)
{
    if (!signer) {
        return;
    }
    if (signer->self && signer->ops->destroy) {
        signer->ops->destroy(signer->self);
    }
    certs_free(signer->chain, signer->chain_n);
    mem_free(signer->name);
    pthread_mutex_destroy(&signer->lock);
    mem_free(signer);
}

static pades_status copy_chain(pades_signer *s, const pades_cert *const *chain, size_t n,
                               pades_error **e)
{
    s->chain = mem_array(n, sizeof(pades_cert *));
    if (!s->chain) {
        return fail_memory(e);
    }
    for (size_t i = 0; i < n; i++) {
        TRY(cert_ref(chain[i], &s->chain[i], e));
        s->chain_n++;
    }
    return PADES_OK;
}

pades_status signer_new(const signer_ops *ops, void *self, const pades_cert *const *chain, size_t n,
                        const char *name, pades_signer **ret, pades_error **e)
{
    if (!chain || n == 0) {
        return fail(e, PADES_INVALID_ARGUMENT, "a signer needs its certificate");
    }
    pades_signer *fresh = mem_alloc(sizeof *fresh);
    if (!fresh) {
        return fail_memory(e);
    }
    if (pthread_mutex_init(&fresh->lock, NULL) != 0) {
        mem_free(fresh);
        return fail_memory(e);
    }
    AUTO(pades_signer) *s = fresh;
    s->ops = ops;
    TRY(copy_chain(s, chain, n, e));
    s->name = mem_strdup(name ? name : "");
    if (!s->name) {
        return fail_memory(e);
    }
    s->self = self;
    *ret = TAKE(s);
    return PADES_OK;
}

static pades_status check_request(pades_signer *s, const pades_sign_request *r, pades_error **e)
{
    if (!r || !r->tbs || r->tbs_n == 0 || !r->hash || r->hash_n != pades_digest_size(r->digest) ||
        r->hash_n == 0) {
        return fail(e, PADES_INVALID_ARGUMENT,
                    "a request for a signature without its bytes or digest");
    }
    if (s->ops->supports && !s->ops->supports(s->self, r->scheme, r->digest)) {
        (void)fail(e, PADES_ALGORITHM, "'%s' does not make %s signatures with %s", s->name,
                   signer_scheme_name(r->scheme), pades_digest_name(r->digest));
        (void)error_hint(e, r->scheme == PADES_SCHEME_RSA_PSS
                                ? "do without RSA-PSS, or take another key"
                                : "take another key");
        return PADES_ALGORITHM;
    }
    return PADES_OK;
}

static void lock_one(pades_signer *s)
{
    if (s->at_once <= 1) {
        pthread_mutex_lock(&s->lock);
    }
}

static void unlock_one(pades_signer *s)
{
    if (s->at_once <= 1) {
        pthread_mutex_unlock(&s->lock);
    }
}

pades_status signer_sign(pades_signer *s, const pades_sign_request *request, buf *ret_signature,
                         pades_error **e)
{
    AUTO_VAL(buf) signature = BUF(SIGNER_MAX_SIGNATURE);
    lock_one(s);
    pades_status status = check_request(s, request, e);
    if (status == PADES_OK) {
        status = s->ops->sign(s->self, request, &signature, e);
    }
    unlock_one(s);
    TRY(status);
    TRY(buf_check(&signature, "a signature", e));
    buf_clear(ret_signature);
    buf_add_span(ret_signature, buf_span(&signature));
    return buf_check(ret_signature, "a signature", e);
}

bool signer_again_without_pin(pades_signer *s)
{
    lock_one(s);
    bool again = s->ops->again_without_pin && s->ops->again_without_pin(s->self);
    unlock_one(s);
    return again;
}

const pades_cert *pades_signer_cert(const pades_signer *signer)
{
    return signer ? signer->chain[0] : NULL;
}

const char *pades_signer_name(const pades_signer *signer)
{
    return signer ? signer->name : "";
}

const char *signer_scheme_name(pades_scheme scheme)
{
    switch (scheme) {
    case PADES_SCHEME_RSA_PKCS1:
        return "RSA PKCS#1 v1.5";
    case PADES_SCHEME_RSA_PSS:
        return "RSA-PSS";
    case PADES_SCHEME_ECDSA:
        return "ECDSA";
    default:
        return "unknown";
    }
}

bool signer_key_fits(const pades_cert *cert, pades_scheme scheme)
{
    key_kind kind = cert_key_kind(cert);
    bool ec = kind == KEY_EC_P256 || kind == KEY_EC_P384 || kind == KEY_EC_P521;
    return scheme == PADES_SCHEME_ECDSA ? ec : kind == KEY_RSA;
}
