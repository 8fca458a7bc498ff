/* Chains put in order, and paths to the anchors of a context at a time. */
#include "pki/made.h"

#include <openssl/err.h>

static made root, middle, leaf, tsa, stranger;
#define CA_EXT                                                                                     \
    {"basicConstraints", "critical,CA:TRUE"},                                                      \
    {                                                                                              \
        "keyUsage", "critical,keyCertSign"                                                         \
    }

static int set_up(void **state)
{
    (void)state;
    root = made_root("Root");
    middle = made_cert(&(made_spec){.cn = "Middle", .ext = {CA_EXT}}, &root);
    leaf = made_cert(&(made_spec){.cn = "Leaf"}, &middle);
    tsa = made_tsa("TSA", &middle);
    stranger = made_root("Root"); /* same name, another key */
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    made *all[] = {&root, &middle, &leaf, &tsa, &stranger};
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        made_free(all[i]);
    }
    return 0;
}

static pades_ctx *trusting(const made *m)
{
    pades_ctx *ctx = NULL;
    assert_int_equal(pades_ctx_new(&ctx, NULL), PADES_OK);
    if (m) {
        size_t n = 0;
        const void *der = pades_cert_der(m->cert, &n);
        assert_int_equal(pades_ctx_add_trust_der(ctx, der, n, NULL), PADES_OK);
    }
    return ctx;
}

static pades_status check(const made *anchor, const made *of, int64_t at, path_purpose purpose,
                          pades_error **e)
{
    const pades_cert *pool[] = {middle.cert};
    pades_ctx *ctx = trusting(anchor);
    bool none = true;
    pades_status status = path_check(ctx, of->cert, pool, 1, at, purpose, &none, e);
    assert_int_equal(none, anchor == NULL);
    assert_int_equal(ERR_peek_error(), 0);
    pades_ctx_free(ctx);
    return status;
}

static void order_puts_leaf_first_without_root(void **state)
{
    (void)state;
    const pades_cert *pool[] = {stranger.cert, root.cert, tsa.cert,
                                middle.cert,   leaf.cert, middle.cert};
    pades_cert **chain = NULL;
    size_t n = 0;
    assert_int_equal(path_order(leaf.cert, pool, ARRAY_LEN(pool), &chain, &n, NULL), PADES_OK);
    assert_int_equal(n, 2);
    assert_true(cert_same(chain[0], leaf.cert));
    assert_true(cert_same(chain[1], middle.cert));
    certs_free(chain, n);
    assert_int_equal(path_order(root.cert, pool, ARRAY_LEN(pool), &chain, &n, NULL), PADES_OK);
    assert_int_equal(n, 1);
    assert_true(cert_same(chain[0], root.cert));
    certs_free(chain, n);
    assert_int_equal(path_order(leaf.cert, NULL, 0, &chain, &n, NULL), PADES_OK);
    assert_int_equal(n, 1);
    certs_free(chain, n);
}

static void order_checks_the_signature_of_a_step(void **state)
{
    (void)state;
    made fake = made_cert(&(made_spec){.cn = "Middle", .ext = {CA_EXT}}, NULL);
    const pades_cert *pool[] = {fake.cert};
    pades_cert **chain = NULL;
    size_t n = 0;
    assert_int_equal(path_order(leaf.cert, pool, 1, &chain, &n, NULL), PADES_OK);
    assert_int_equal(n, 1);
    certs_free(chain, n);
    made_free(&fake);
}

/* Two authorities that certified each other must not send it around in circles. */
static void order_ends_in_a_circle(void **state)
{
    (void)state;
    made a = made_root("A");
    made b = made_cert(&(made_spec){.cn = "B", .ext = {CA_EXT}}, &a);
    made below = made_cert(&(made_spec){.cn = "below"}, &b);
    X509 *x = X509_dup(a.x); /* A again, but issued by B */
    assert_int_equal(X509_set_issuer_name(x, X509_get_subject_name(b.x)), 1);
    assert_true(X509_sign(x, b.key, EVP_sha256()) > 0);
    unsigned char *der = NULL;
    int size = i2d_X509(x, &der);
    pades_cert *crossed = NULL;
    assert_int_equal(pades_cert_new_der(der, (size_t)size, &crossed, NULL), PADES_OK);
    const pades_cert *pool[] = {crossed, b.cert};
    pades_cert **chain = NULL;
    size_t n = 0;
    assert_int_equal(path_order(below.cert, pool, 2, &chain, &n, NULL), PADES_OK);
    assert_int_equal(n, 3);
    certs_free(chain, n);
    OPENSSL_free(der);
    X509_free(x);
    pades_cert_free(crossed);
    made_free(&below);
    made_free(&b);
    made_free(&a);
}

static void path_leads_to_the_root(void **state)
{
    (void)state;
    assert_int_equal(check(&root, &leaf, MADE_NOW, PATH_ANY, NULL), PADES_OK);
    assert_int_equal(check(&root, &tsa, MADE_NOW, PATH_TIMESTAMP, NULL), PADES_OK);
    assert_int_equal(check(NULL, &leaf, MADE_NOW, PATH_ANY, NULL), PADES_OK);
}

static void path_may_end_at_an_intermediate(void **state)
{
    (void)state;
    assert_int_equal(check(&middle, &leaf, MADE_NOW, PATH_ANY, NULL), PADES_OK);
    assert_int_equal(check(&middle, &tsa, MADE_NOW, PATH_TIMESTAMP, NULL), PADES_OK);
    assert_int_equal(check(&tsa, &tsa, MADE_NOW, PATH_TIMESTAMP, NULL), PADES_OK);
}

static void path_refuses_another_root(void **state)
{
    (void)state;
    pades_error *e = NULL;
    assert_fails(check(&stranger, &leaf, MADE_NOW, PATH_ANY, &e), PADES_CERT_INVALID, &e,
                 "'Leaf' has no valid path");
    assert_int_equal(check(&stranger, &leaf, MADE_NOW, PATH_ANY, NULL), PADES_CERT_INVALID);
}

static void path_is_judged_at_the_time(void **state)
{
    (void)state;
    pades_error *e = NULL;
    const int64_t year = 366 * 86400;
    assert_fails(check(&root, &leaf, MADE_NOW + year, PATH_ANY, &e), PADES_CERT_INVALID, &e,
                 "expired");
    assert_fails(check(&root, &leaf, MADE_NOW - year, PATH_ANY, &e), PADES_CERT_INVALID, &e,
                 "not yet valid");
}

static void path_wants_the_timestamping_usage(void **state)
{
    (void)state;
    pades_error *e = NULL;
    assert_fails(check(&root, &leaf, MADE_NOW, PATH_TIMESTAMP, &e), PADES_CERT_INVALID, &e,
                 "not for time-stamping");
}

static void path_wants_authorities_on_the_way(void **state)
{
    (void)state;
    made below = made_cert(&(made_spec){.cn = "below"}, &leaf); /* the leaf is no authority */
    const pades_cert *pool[] = {leaf.cert, middle.cert};
    pades_ctx *ctx = trusting(&root);
    pades_error *e = NULL;
    assert_fails(path_check(ctx, below.cert, pool, 2, MADE_NOW, PATH_ANY, NULL, &e),
                 PADES_CERT_INVALID, &e, "'below'");
    pades_ctx_free(ctx);
    made_free(&below);
}

static void path_refuses_sha1_and_weak_keys(void **state)
{
    (void)state;
    pades_error *e = NULL;
    made old = made_cert(&(made_spec){.cn = "old", .sha1 = true}, &middle);
    made weak = made_cert(&(made_spec){.cn = "weak", .key = "RSA:1024"}, &middle);
    assert_fails(check(&root, &old, MADE_NOW, PATH_ANY, &e), PADES_CERT_INVALID, &e, "'old'");
    assert_fails(check(&root, &weak, MADE_NOW, PATH_ANY, &e), PADES_CERT_INVALID, &e, "'weak'");
    made_free(&old);
    made_free(&weak);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_puts_leaf_first_without_root),
        cmocka_unit_test(order_checks_the_signature_of_a_step),
        cmocka_unit_test(order_ends_in_a_circle),
        cmocka_unit_test(path_leads_to_the_root),
        cmocka_unit_test(path_may_end_at_an_intermediate),
        cmocka_unit_test(path_refuses_another_root),
        cmocka_unit_test(path_is_judged_at_the_time),
        cmocka_unit_test(path_wants_the_timestamping_usage),
        cmocka_unit_test(path_wants_authorities_on_the_way),
        cmocka_unit_test(path_refuses_sha1_and_weak_keys),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
