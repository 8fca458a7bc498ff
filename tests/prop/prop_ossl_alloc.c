/* OpenSSL runs out of memory: its n-th allocation fails, for every n, once alone and once with all
 * that follow. Building, parsing and verifying then give an error or exactly the right result: no
 * crash, no wrong octets, never "verified" of something false. */
#include "cms/sealed.h"
#include "tsa/tsp.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <stdlib.h>

static size_t count, fail_at;
static bool fail_on;

static bool fails_now(void)
{
    if (fail_at == 0) {
        return false;
    }
    count++;
    return count == fail_at || (fail_on && count > fail_at);
}

static void *fault_malloc(size_t n, const char *file, int line)
{
    (void)file;
    (void)line;
    return n == 0 || fails_now() ? NULL : malloc(n);
}

static void *fault_realloc(void *p, size_t n, const char *file, int line)
{
    (void)file;
    (void)line;
    if (n == 0) {
        free(p);
        return NULL;
    }
    return fails_now() ? NULL : realloc(p, n);
}

static void fault_free(void *p, const char *file, int line)
{
    (void)file;
    (void)line;
    free(p);
}

static const char document[] = "a document";
static made root, other_root, signer, other, tsa;
static buf sealed, attrs, signature, token;
static tsp_request request;

static int set_up(void **state)
{
    (void)state;
    root = made_root("Root");
    other_root = made_root("Other root");
    signer = made_cert(&(made_spec){.cn = "Signer"}, &root);
    other = made_cert(&(made_spec){.cn = "Other"}, &root);
    tsa = made_tsa("TSA", &root);
    sealed = sealed_der(&(sealed_plan){&signer,
                                       &root,
                                       PADES_SCHEME_ECDSA,
                                       PADES_DIGEST_SHA256,
                                       span_str(document),
                                       {NULL, 0},
                                       NULL});
    attrs = BUF(1U << 16);
    uint8_t hash[DIGEST_MAX];
    assert_int_equal(digest_once(PADES_DIGEST_SHA256, span_str(document), hash, NULL), PADES_OK);
    const cms_attrs_plan plan = {
        PADES_DIGEST_SHA256, span_of(hash, 32), signer.cert, NULL, {NULL, 0}};
    assert_int_equal(cms_signed_attrs(&plan, &attrs, NULL), PADES_OK);
    signature = made_signature(&signer, PADES_SCHEME_ECDSA, PADES_DIGEST_SHA256, buf_span(&attrs));
    assert_int_equal(
        tsp_request_make(PADES_DIGEST_SHA256, span_str(document), NULL, &request, NULL), PADES_OK);
    token = made_token_der(&(made_token){.signer = &tsa,
                                         .imprint_digest = PADES_DIGEST_SHA256,
                                         .imprint = span_of(request.imprint, 32),
                                         .nonce = span_of(request.nonce, sizeof request.nonce)});
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    made_free(&root);
    made_free(&other_root);
    made_free(&signer);
    made_free(&other);
    made_free(&tsa);
    buf_free(&sealed);
    buf_free(&attrs);
    buf_free(&signature);
    buf_free(&token);
    return 0;
}

/* Runs `step` with every n failing, until it is through without meeting the n-th allocation. When
 * all that follow fail too, most n lead to the same place: `stride` leaves some out. */
static void with_every_failure(void (*step)(bool starved), size_t stride)
{
    for (int mode = 0; mode < 2; mode++) {
        fail_on = mode == 1;
        for (size_t n = 1; n < 20000; n += fail_on ? stride : 1) {
            count = 0;
            fail_at = n;
            step(true);
            fail_at = 0;
            if (count < n) {
                break;
            }
        }
        step(false);
    }
    fail_at = 0;
    assert_int_equal(ERR_peek_error(), 0);
}

static void attrs_step(bool starved)
{
    uint8_t hash[DIGEST_MAX];
    AUTO_VAL(buf) out = BUF(1U << 16);
    pades_error *e = NULL;
    pades_status status = digest_once(PADES_DIGEST_SHA256, span_str(document), hash, &e);
    if (status == PADES_OK) {
        const cms_attrs_plan plan = {
            PADES_DIGEST_SHA256, span_of(hash, 32), signer.cert, NULL, {NULL, 0}};
        status = cms_signed_attrs(&plan, &out, &e);
    }
    assert_true(status == PADES_OK || (starved && e));
    assert_true(status != PADES_OK || span_eq(buf_span(&out), buf_span(&attrs)));
    pades_error_free(e);
}

static void build_step(bool starved)
{
    AUTO_VAL(buf) out = BUF(1U << 16);
    AUTO_VAL(buf) again = BUF(1U << 16);
    pades_error *e = NULL;
    const pades_cert *certs[] = {signer.cert, root.cert};
    const cms_build plan = {PADES_DIGEST_SHA256,
                            PADES_SCHEME_ECDSA,
                            buf_span(&attrs),
                            buf_span(&signature),
                            certs,
                            2,
                            {NULL, 0}};
    pades_status status = cms_build_signed_data(&plan, &out, &e);
    assert_true(status == PADES_OK || (starved && e));
    if (status == PADES_OK) {
        cms_signed_data s;
        assert_int_equal(cms_parse(buf_span(&out), &s, NULL), PADES_OK);
        assert_true(span_eq(s.signer.signature, buf_span(&signature)));
        cms_signed_data_free(&s);
    }
    pades_error_free(e);
}

static void cert_step(bool starved)
{
    pades_error *e = NULL;
    pades_cert *cert = NULL;
    span der = cert_der(signer.cert);
    pades_status status = pades_cert_new_der(der.p, der.n, &cert, &e);
    assert_true(status == PADES_OK ? cert && !e : starved && e && !cert);
    if (cert) {
        assert_string_equal(pades_cert_subject(cert), pades_cert_subject(signer.cert));
        assert_string_equal(pades_cert_fingerprint(cert), pades_cert_fingerprint(signer.cert));
    }
    pades_cert_free(cert);
    pades_error_free(e);
}

static void verify_step(bool starved)
{
    pades_status good = cms_verify_signature(signer.cert, PADES_SCHEME_ECDSA, PADES_DIGEST_SHA256,
                                             buf_span(&attrs), buf_span(&signature), NULL);
    assert_true(good == PADES_OK || starved);
    assert_int_not_equal(cms_verify_signature(other.cert, PADES_SCHEME_ECDSA, PADES_DIGEST_SHA256,
                                              buf_span(&attrs), buf_span(&signature), NULL),
                         PADES_OK);
}

static void whole_step(bool starved)
{
    assert_true(sealed_verifies(buf_span(&sealed), span_str(document)) || starved);
    assert_false(sealed_verifies(buf_span(&sealed), span_str("another")));
}

static pades_ctx *trusting(const made *anchor)
{
    pades_ctx *ctx = NULL;
    assert_int_equal(pades_ctx_new(&ctx, NULL), PADES_OK);
    assert_int_equal(ctx_add_anchor(ctx, cert_der(anchor->cert), NULL), PADES_OK);
    return ctx;
}

/* Contexts whose anchors are read already; path_step starves the reading. */
static pades_ctx *right_ctx, *wrong_ctx;

static void warm(pades_ctx *ctx)
{
    (void)!path_check(ctx, tsa.cert, NULL, 0, MADE_NOW, PATH_ANY, NULL, NULL);
}

static void token_step(bool starved)
{
    tsp_verified v;
    pades_status good = tsp_token_verify(right_ctx, buf_span(&token), &request, NULL, &v, NULL);
    assert_true(good == PADES_OK || starved);
    if (good == PADES_OK) {
        assert_int_equal(v.time, MADE_NOW);
        tsp_verified_free(&v);
    }
}

static void stranger_step(bool starved)
{
    (void)starved;
    tsp_verified v;
    assert_int_not_equal(tsp_token_verify(wrong_ctx, buf_span(&token), &request, NULL, &v, NULL),
                         PADES_OK);
}

static void path_step(bool starved)
{
    pades_ctx *ctx = trusting(&root);
    pades_status status = path_check(ctx, tsa.cert, NULL, 0, MADE_NOW, PATH_TIMESTAMP, NULL, NULL);
    assert_true(status == PADES_OK || starved);
    assert_int_not_equal(path_check(ctx, other_root.cert, NULL, 0, MADE_NOW, PATH_ANY, NULL, NULL),
                         PADES_OK);
    pades_ctx_free(ctx);
}

static void order_step(bool starved)
{
    const pades_cert *pool[] = {root.cert, other.cert};
    pades_cert **chain = NULL;
    size_t n = 0;
    pades_status status = path_order(signer.cert, pool, 2, &chain, &n, NULL);
    assert_true(status == PADES_OK || starved);
    if (status == PADES_OK) {
        assert_true(n == 1 ||
                    (starved && n == 2)); /* a root whose own signature could not be checked */
        certs_free(chain, n);
    }
}

static void starved_attrs(void **state)
{
    (void)state;
    with_every_failure(attrs_step, 1);
}

static void starved_build(void **state)
{
    (void)state;
    with_every_failure(build_step, 1);
}

static void starved_certificate(void **state)
{
    (void)state;
    with_every_failure(cert_step, 1);
}

static void starved_verify(void **state)
{
    (void)state;
    with_every_failure(verify_step, 1);
}

static void starved_signed_data(void **state)
{
    (void)state;
    with_every_failure(whole_step, 1);
}

static void starved_token(void **state)
{
    (void)state;
    right_ctx = trusting(&root);
    wrong_ctx = trusting(&other_root);
    warm(right_ctx);
    warm(wrong_ctx);
    with_every_failure(token_step, 13);
    with_every_failure(stranger_step, 13);
    pades_ctx_free(right_ctx);
    pades_ctx_free(wrong_ctx);
}

static void starved_path(void **state)
{
    (void)state;
    with_every_failure(path_step, 13);
}

static void starved_order(void **state)
{
    (void)state;
    with_every_failure(order_step, 1);
}

int main(void)
{
    if (CRYPTO_set_mem_functions(fault_malloc, fault_realloc, fault_free) != 1) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starved_attrs),       cmocka_unit_test(starved_build),
        cmocka_unit_test(starved_certificate), cmocka_unit_test(starved_verify),
        cmocka_unit_test(starved_signed_data), cmocka_unit_test(starved_token),
        cmocka_unit_test(starved_order),       cmocka_unit_test(starved_path),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
