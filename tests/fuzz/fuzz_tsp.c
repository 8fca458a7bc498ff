/* Timestamp responses and tokens: the octets are read as a response, its token or the octets
 * themselves as a token, which is verified against the request its own TSTInfo would answer. */
#include "base/fail.h"
#include "tsa/tsp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* So that the checks after imprint and nonce are reached too. */
static tsp_request matching(const tsp_token *t)
{
    tsp_request r = {.digest = t->digest, .has_nonce = false};
    size_t n = t->imprint.n < sizeof r.imprint ? t->imprint.n : sizeof r.imprint;
    memcpy(r.imprint, t->imprint.p, n);
    return r;
}

static void try_token(pades_ctx *ctx, span token)
{
    tsp_token t;
    tsp_verified v;
    AUTO(pades_error) *e = NULL;
    if (tsp_token_parse(token, &t, NULL) != PADES_OK || t.digest == PADES_DIGEST_DEFAULT) {
        return;
    }
    tsp_request r = matching(&t);
    if (tsp_token_verify(ctx, token, &r, NULL, &v, &e) == PADES_OK) {
        tsp_verified_free(&v);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    pades_ctx *ctx = NULL;
    span token = {NULL, 0};
    AUTO(pades_error) *e = NULL;
    if (pades_ctx_new(&ctx, NULL) != PADES_OK) {
        return 0;
    }
    if (tsp_response_parse(span_of(data, n), &token, &e) == PADES_OK) {
        try_token(ctx, token);
    }
    try_token(ctx, span_of(data, n));
    pades_ctx_free(ctx);
    return 0;
}
