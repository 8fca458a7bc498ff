/* The caller's own code as a signer: a key in another process, a service, a test. */
#include "signer/signer.h"

#include "base/fail.h"
#include "base/mem.h"

typedef struct callback_signer {
    pades_sign_fn fn;
    void *user;
    pades_cert *cert;
} callback_signer;

static pades_status callback_sign(void *self, const pades_sign_request *request, buf *ret,
                                  pades_error **e)
{
    callback_signer *c = self;
    size_t n = 0;
    uint8_t *room = buf_extend(ret, SIGNER_MAX_SIGNATURE);
    if (!room) {
        return fail_memory(e);
    }
    pades_status status = c->fn(c->user, request, room, SIGNER_MAX_SIGNATURE, &n);
    if (status != PADES_OK) {
        return fail(e, status, "the signing function did not sign (%s)", pades_status_name(status));
    }
    if (n == 0 || n > SIGNER_MAX_SIGNATURE) {
        return fail(e, PADES_INVALID_ARGUMENT,
                    "the signing function gave a signature of %zu octets", n);
    }
    buf_truncate(ret, n);
    return PADES_OK;
}

static bool callback_again(void *self)
{
    (void)self;
    return true; /* PINs are the caller's affair */
}

static bool callback_supports(void *self, pades_scheme scheme, pades_digest digest)
{
    const callback_signer *c = self;
    return pades_digest_size(digest) > 0 && signer_key_fits(c->cert, scheme);
}

static void callback_destroy(void *self)
{
    callback_signer *c = self;
    pades_cert_free(c->cert);
    mem_free(c);
}

static const signer_ops callback_ops = {callback_sign, callback_again, callback_supports,
                                        callback_destroy, NULL};

pades_status pades_signer_new_callback(pades_ctx *ctx, const pades_cert *const *chain, size_t n,
                                       pades_sign_fn fn, void *user, pades_signer **ret_signer,
                                       pades_error **ret_error)
{
    if (!ctx || !chain || n == 0 || !fn || !ret_signer) {
        return fail(ret_error, PADES_INVALID_ARGUMENT,
                    "a signer of one's own needs a context, its certificate and a function");
    }
    ctx_freeze(ctx);
    callback_signer *c = mem_alloc(sizeof *c);
    if (!c) {
        return fail_memory(ret_error);
    }
    c->fn = fn;
    c->user = user;
    pades_status status = cert_ref(chain[0], &c->cert, ret_error);
    if (status == PADES_OK) {
        status = signer_new(&callback_ops, c, chain, n, pades_cert_common_name(chain[0]),
                            ret_signer, ret_error);
    }
    if (status != PADES_OK) {
        callback_destroy(c);
    }
    return status;
}
