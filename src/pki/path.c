/* Path validation (RFC 5280 6) at a time against the anchors of a context, by OpenSSL: no default
 * store, no environment, no CRL. An anchor need not be self-signed. Keys below 112 bits of security
 * and SHA-1 signatures are refused on the way (security level 2). Revocation is another question.
 */
#include "pki/cert.h"

#include "base/fail.h"
#include "base/timefmt.h"
#include "pki/ossl.h"
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

enum { PATH_DEPTH = 16, AUTH_LEVEL = 2 };

/* Frees the list alone, not its certificates, which belong to others. */
static void borrowed_free(STACK_OF(X509) * list)
{
    sk_X509_free(list);
}
typedef STACK_OF(X509) borrowed;
DEFINE_AUTO(borrowed, borrowed_free)
DEFINE_AUTO(X509_STORE, X509_STORE_free)
DEFINE_AUTO(X509_STORE_CTX, X509_STORE_CTX_free)

static pades_status add_anchor(X509_STORE *store, span der, pades_error **e)
{
    AUTO(pades_cert) *cert = NULL;
    TRY(pades_cert_new_der(der.p, der.n, &cert, e));
    return X509_STORE_add_cert(store, cert_x509(cert)) == 1 ? PADES_OK : fail_memory(e);
}

static pades_status make_store(pades_ctx *ctx, void **ret, pades_error **e)
{
    AUTO(X509_STORE) *store = X509_STORE_new();
    if (!store) {
        return fail_memory(e);
    }
    for (size_t i = 0; i < ctx->anchors_n; i++) {
        TRY(add_anchor(store, buf_span(&ctx->anchors[i]), e));
    }
    *ret = TAKE(store);
    return PADES_OK;
}

static void store_free(void *store)
{
    X509_STORE_free(store);
}

static pades_status collect(const pades_cert *const *pool, size_t n, STACK_OF(X509) * *ret,
                            pades_error **e)
{
    AUTO(borrowed) *list = sk_X509_new_null();
    if (!list) {
        return fail_memory(e);
    }
    for (size_t i = 0; i < n; i++) {
        X509 *x = cert_x509(pool[i]);
        if (!x || sk_X509_push(list, x) <= 0) {
            return fail_memory(e);
        }
    }
    *ret = TAKE(list);
    return PADES_OK;
}

static pades_status refused(X509_STORE_CTX *sc, const pades_cert *leaf, int64_t at, pades_error **e)
{
    char when[TIME_TEXT];
    int code = X509_STORE_CTX_get_error(sc);
    int depth = X509_STORE_CTX_get_error_depth(sc);
    time_rfc3339(at, when);
    if (code == X509_V_ERR_OUT_OF_MEM || code == X509_V_OK) { /* it could not be judged */
        return fail_memory(e);
    }
    fail(e, PADES_CERT_INVALID,
         "the certificate '%s' has no valid path to a trust anchor at %s: %s (step %d)",
         pades_cert_common_name(leaf), when, X509_verify_cert_error_string(code), depth);
    error_native(e, "X509_V_ERR %d", code);
    error_clause(e, "RFC5280#6.1");
    error_hint(e, "add the root certificate of its issuer to the trust anchors if you trust it");
    return PADES_CERT_INVALID;
}

static pades_status configure(X509_STORE_CTX *sc, int64_t at, path_purpose purpose, pades_error **e)
{
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(sc);
    X509_VERIFY_PARAM_set_time(param, (time_t)at);
    X509_VERIFY_PARAM_set_depth(param, PATH_DEPTH);
    X509_VERIFY_PARAM_set_auth_level(param, AUTH_LEVEL);
    if (X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN) != 1) {
        return fail_memory(e);
    }
    if (purpose == PATH_TIMESTAMP &&
        X509_STORE_CTX_set_purpose(sc, X509_PURPOSE_TIMESTAMP_SIGN) != 1) {
        return fail(e, PADES_INTERNAL, "the purpose of a path cannot be set");
    }
    return PADES_OK;
}

static pades_status verify(X509_STORE *store, const pades_cert *leaf, STACK_OF(X509) * others,
                           int64_t at, path_purpose purpose, pades_error **e)
{
    AUTO(X509_STORE_CTX) *sc = X509_STORE_CTX_new();
    X509 *x = cert_x509(leaf);
    if (!sc || !x || X509_STORE_CTX_init(sc, store, x, others) != 1) {
        return fail_memory(e);
    }
    TRY(configure(sc, at, purpose, e));
    return X509_verify_cert(sc) == 1 ? PADES_OK : refused(sc, leaf, at, e);
}

pades_status path_check(pades_ctx *ctx, const pades_cert *leaf, const pades_cert *const *pool,
                        size_t n, int64_t at, path_purpose purpose, bool *ret_no_anchors,
                        pades_error **e)
{
    ctx_freeze(ctx);
    if (ret_no_anchors) {
        *ret_no_anchors = ctx->anchors_n == 0;
    }
    if (ctx->anchors_n == 0) {
        return PADES_OK;
    }
    if (purpose == PATH_TIMESTAMP && !cert_is_tsa_only(leaf)) {
        fail(e, PADES_CERT_INVALID, "the certificate '%s' is not for time-stamping alone",
             pades_cert_common_name(leaf));
        error_clause(e, "RFC3161#2.3");
        return PADES_CERT_INVALID;
    }
    AUTO_VAL(ossl_scope) scope = ossl_enter();
    void *store = NULL;
    AUTO(borrowed) *others = NULL;
    TRY(ctx_get_slot(ctx, CTX_SLOT_TRUST, make_store, store_free, &store, e));
    TRY(collect(pool, n, &others, e));
    return verify(store, leaf, others, at, purpose, e);
}
