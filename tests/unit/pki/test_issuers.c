/* Paths built out of a pool: cross-certificates, several anchors, circles, heaps. No network. */
#include "pki/issuers.h"

#include "pki/made.h"

#include <stdlib.h>

#define CA                                                                                         \
    .ext = {{"basicConstraints", "critical,CA:TRUE"}, {"keyUsage", "critical,keyCertSign,cRLSign"}}
enum { YEAR = 365 * 86400 };

static made root, other_root, middle, leaf, tsa;

static int set_up(void **state)
{
    (void)state;
    root = made_root("Root");
    other_root = made_root("Other root");
    middle = made_cert(&(made_spec){.cn = "Middle", CA}, &root);
    leaf = made_cert(&(made_spec){.cn = "Leaf"}, &middle);
    tsa = made_tsa("TSA", &middle);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    made *all[] = {&root, &other_root, &middle, &leaf, &tsa};
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        made_free(all[i]);
    }
    return 0;
}

/* The same name and key, certified by another issuer, until `to`. */
static made crossed(const made *ca, const made *issuer, int64_t to)
{
    made m = {NULL, X509_dup(ca->x), NULL};
    unsigned char *der = NULL;
    assert_non_null(m.x);
    assert_int_equal(X509_set_issuer_name(m.x, X509_get_subject_name(issuer->x)), 1);
    assert_non_null(ASN1_TIME_adj(X509_getm_notAfter(m.x), (time_t)to, 0, 0));
    assert_true(X509_sign(m.x, issuer->key, EVP_sha256()) > 0);
    int n = i2d_X509(m.x, &der);
    assert_int_equal(pades_cert_new_der(der, (size_t)n, &m.cert, NULL), PADES_OK);
    OPENSSL_free(der);
    return m;
}

typedef struct world {
    pades_ctx *ctx;
    asking *asking;
    issuers *is;
    cert_path path;
    pades_error *e;
} world;

static world world_of(const made *anchor, const made *second)
{
    world w = {.path = {.n = 0}};
    const made *const anchors[] = {anchor, second};
    assert_int_equal(pades_ctx_new(&w.ctx, NULL), PADES_OK);
    for (size_t i = 0; i < 2 && anchors[i]; i++) {
        size_t n = 0;
        const void *der = pades_cert_der(anchors[i]->cert, &n);
        assert_int_equal(pades_ctx_add_trust_der(w.ctx, der, n, NULL), PADES_OK);
    }
    w.asking = mem_alloc(sizeof *w.asking);
    *w.asking = (asking){.ctx = w.ctx};
    assert_int_equal(issuers_new(w.asking, true, &w.is, NULL), PADES_OK);
    return w;
}

static void world_free(world *w)
{
    issuers_free(w->is);
    mem_free(w->asking);
    pades_error_free(w->e);
    pades_ctx_free(w->ctx);
}

static void add(world *w, const made *m)
{
    assert_int_equal(issuers_add(w->is, m->cert, NULL, NULL), PADES_OK);
}

static pades_status path(world *w, const made *of, size_t skip)
{
    pades_error_free(w->e);
    w->e = NULL;
    return issuers_path(w->is, of->cert, of == &tsa ? PATH_TIMESTAMP : PATH_ANY, MADE_NOW, skip,
                        &w->path, &w->e);
}

static void assert_path(const world *w, const made *a, const made *b, const made *c)
{
    const made *const wanted[] = {a, b, c};
    size_t n = c ? 3 : b ? 2 : 1;
    assert_int_equal(w->path.n, n);
    for (size_t i = 0; i < n; i++) {
        assert_true(cert_same(w->path.at[i], wanted[i]->cert));
    }
}

static void path_from_leaf_to_anchor(void **state)
{
    (void)state;
    AUTO_VAL(world) w = world_of(&root, NULL);
    add(&w, &other_root);
    add(&w, &tsa);
    add(&w, &root);
    add(&w, &middle);
    add(&w, &middle);
    size_t n = 0;
    (void)issuers_pool(w.is, &n);
    assert_int_equal(n, 4);
    assert_int_equal(path(&w, &leaf, 0), PADES_OK);
    assert_path(&w, &leaf, &middle, &root);
    assert_int_equal(path(&w, &tsa, 0), PADES_OK);
    assert_path(&w, &tsa, &middle, &root);
    assert_int_equal(path(&w, &root, 0), PADES_OK);
    assert_path(&w, &root, NULL, NULL);
}

static void path_ends_at_an_anchor_in_the_middle(void **state)
{
    (void)state;
    AUTO_VAL(world) w = world_of(&middle, NULL);
    add(&w, &root);
    assert_int_equal(path(&w, &leaf, 0), PADES_OK);
    assert_path(&w, &leaf, &middle, NULL);
}

static void path_without_an_anchor_is_told(void **state)
{
    (void)state;
    AUTO_VAL(world) w = world_of(&other_root, NULL);
    assert_int_equal(path(&w, &leaf, 0), PADES_CERT_INVALID);
    assert_fails(PADES_CERT_INVALID, PADES_CERT_INVALID, &w.e, "the issuer 'CN=Middle,C=NO'");
    add(&w, &middle);
    add(&w, &root);
    assert_int_equal(path(&w, &leaf, 0), PADES_CERT_INVALID);
    assert_fails(PADES_CERT_INVALID, PADES_CERT_INVALID, &w.e, "trust anchor");
    assert_int_equal(issuers_path(w.is, leaf.cert, PATH_ANY, MADE_NOW, 0, &w.path, NULL),
                     PADES_CERT_INVALID);
}

/* What is remembered of a path that was good does not make it good at other times, or for more. */
static void path_is_judged_at_the_time_and_purpose(void **state)
{
    (void)state;
    AUTO_VAL(world) w = world_of(&root, NULL);
    add(&w, &middle);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(path(&w, &leaf, 0), PADES_OK);
        assert_path(&w, &leaf, &middle, &root);
        assert_int_equal(
            issuers_path(w.is, leaf.cert, PATH_ANY, MADE_NOW + 2 * YEAR, 0, &w.path, &w.e),
            PADES_CERT_INVALID);
        assert_fails(PADES_CERT_INVALID, PADES_CERT_INVALID, &w.e, "expired");
        assert_int_equal(
            issuers_path(w.is, leaf.cert, PATH_ANY, MADE_NOW - 2 * YEAR, 0, &w.path, &w.e),
            PADES_CERT_INVALID);
        assert_fails(PADES_CERT_INVALID, PADES_CERT_INVALID, &w.e, "not yet valid");
        assert_int_equal(issuers_path(w.is, leaf.cert, PATH_TIMESTAMP, MADE_NOW, 0, &w.path, &w.e),
                         PADES_CERT_INVALID);
        assert_fails(PADES_CERT_INVALID, PADES_CERT_INVALID, &w.e, "time-stamping");
    }
}

static void path_over_a_cross_certificate(void **state)
{
    (void)state;
    AUTO_VAL(world) w = world_of(&other_root, NULL);
    made cross = crossed(&middle, &other_root, MADE_NOW + YEAR);
    add(&w, &middle);
    add(&w, &cross);
    assert_int_equal(path(&w, &leaf, 0), PADES_OK);
    assert_path(&w, &leaf, &cross, &other_root);
    assert_int_equal(path(&w, &leaf, 1), PADES_CERT_INVALID);
    made_free(&cross);
}

static void path_prefers_what_is_valid_then_what_lasts(void **state)
{
    (void)state;
    AUTO_VAL(world) w = world_of(&root, &other_root);
    made over = crossed(&middle, &other_root, MADE_NOW - 3600);
    made lasting = crossed(&middle, &other_root, MADE_NOW + 9 * (int64_t)YEAR);
    add(&w, &middle);
    add(&w, &lasting);
    add(&w, &over);
    assert_int_equal(path(&w, &leaf, 0), PADES_OK);
    assert_path(&w, &leaf, &lasting, &other_root);
    assert_int_equal(path(&w, &leaf, 1), PADES_OK);
    assert_path(&w, &leaf, &middle, &root);
    assert_int_equal(path(&w, &leaf, 2), PADES_CERT_INVALID);
    made_free(&over);
    made_free(&lasting);
}

static void path_in_a_circle_ends(void **state)
{
    (void)state;
    AUTO_VAL(world) w = world_of(&other_root, NULL);
    made a = made_root("A");
    made b = made_root("B");
    made a_by_b = crossed(&a, &b, MADE_NOW + YEAR);
    made b_by_a = crossed(&b, &a, MADE_NOW + YEAR);
    made end = made_cert(&(made_spec){.cn = "End"}, &a);
    made *const all[] = {&a, &b, &a_by_b, &b_by_a};
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        add(&w, all[i]);
    }
    assert_int_equal(path(&w, &end, 0), PADES_CERT_INVALID);
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        made_free(all[i]);
    }
    made_free(&end);
}

static void path_that_is_too_long_is_refused(void **state)
{
    (void)state;
    made chain[20] = {made_root("CA 0")};
    AUTO_VAL(world) w = world_of(&chain[0], NULL);
    for (size_t i = 1; i < ARRAY_LEN(chain); i++) {
        char cn[16];
        snprintf(cn, sizeof cn, "CA %zu", i);
        chain[i] = made_cert(&(made_spec){.cn = cn, CA}, &chain[i - 1]);
        add(&w, &chain[i]);
    }
    assert_int_equal(path(&w, &chain[14], 0), PADES_OK);
    assert_int_equal(w.path.n, 15);
    assert_int_equal(path(&w, &chain[19], 0), PADES_CERT_INVALID);
    for (size_t i = 0; i < ARRAY_LEN(chain); i++) {
        made_free(&chain[i]);
    }
}

/* Of the name of the issuer, each with a serial number of its own; none signed anything. */
static void add_pretenders(world *w, const made *as, const made *key, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        made m = {NULL, X509_dup(as->x), NULL};
        unsigned char *der = NULL;
        assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(m.x), (long)i + 1), 1);
        assert_int_equal(X509_set_pubkey(m.x, key->key), 1);
        assert_true(X509_sign(m.x, key->key, EVP_sha256()) > 0);
        int size = i2d_X509(m.x, &der);
        assert_int_equal(pades_cert_new_der(der, (size_t)size, &m.cert, NULL), PADES_OK);
        OPENSSL_free(der);
        add(w, &m);
        made_free(&m);
    }
}

static void path_past_a_heap_of_the_same_name(void **state)
{
    (void)state;
    AUTO_VAL(world) w = world_of(&root, NULL);
    add_pretenders(&w, &middle, &other_root, 700);
    assert_int_equal(path(&w, &leaf, 0), PADES_CERT_INVALID);
    add(&w, &middle);
    assert_int_equal(path(&w, &leaf, 0), PADES_OK);
    assert_path(&w, &leaf, &middle, &root);
}

static void pool_has_an_end(void **state)
{
    (void)state;
    AUTO_VAL(world) w = world_of(&root, NULL);
    add_pretenders(&w, &middle, &other_root, POOL_CERTS);
    assert_int_equal(issuers_add(w.is, leaf.cert, NULL, &w.e), PADES_LIMIT);
    assert_fails(PADES_LIMIT, PADES_LIMIT, &w.e, "4096");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(path_from_leaf_to_anchor),
        cmocka_unit_test(path_ends_at_an_anchor_in_the_middle),
        cmocka_unit_test(path_without_an_anchor_is_told),
        cmocka_unit_test(path_is_judged_at_the_time_and_purpose),
        cmocka_unit_test(path_over_a_cross_certificate),
        cmocka_unit_test(path_prefers_what_is_valid_then_what_lasts),
        cmocka_unit_test(path_in_a_circle_ends),
        cmocka_unit_test(path_that_is_too_long_is_refused),
        cmocka_unit_test(path_past_a_heap_of_the_same_name),
        cmocka_unit_test(pool_has_an_end),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
