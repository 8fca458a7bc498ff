/* Evidence out of what is offered alone, made here: signers that vouch for themselves, other ways
 * past a revoked CA, other times; and each allocation failing in turn. */
#include "pki/evidence.h"

#include "pki/answers.h"

#include <openssl/ocsp.h>
#include <stdlib.h>
#include <unistd.h>

static long calls, fail_at = -1;

static bool now_fails(void)
{
    return calls++ == fail_at;
}

void *__real_mem_alloc(size_t n);
void *__real_mem_resize(void *p, size_t n);
void *__real_mem_array(size_t count, size_t size);
bool __real_mem_grow(void **items, size_t n, size_t *cap, size_t size);
void *__wrap_mem_alloc(size_t n);
void *__wrap_mem_resize(void *p, size_t n);
void *__wrap_mem_array(size_t count, size_t size);
bool __wrap_mem_grow(void **items, size_t n, size_t *cap, size_t size);

void *__wrap_mem_alloc(size_t n)
{
    return now_fails() ? NULL : __real_mem_alloc(n);
}

void *__wrap_mem_resize(void *p, size_t n)
{
    return now_fails() ? NULL : __real_mem_resize(p, n);
}

void *__wrap_mem_array(size_t count, size_t size)
{
    return now_fails() ? NULL : __real_mem_array(count, size);
}

bool __wrap_mem_grow(void **items, size_t n, size_t *cap, size_t size)
{
    return now_fails() ? false : __real_mem_grow(items, n, cap, size);
}

#define CA                                                                                         \
    .ext = {{"basicConstraints", "critical,CA:TRUE"}, {"keyUsage", "critical,keyCertSign,cRLSign"}}
#define RESPONDER                                                                                  \
    {"keyUsage", "critical,digitalSignature"},                                                     \
    {                                                                                              \
        "extendedKeyUsage", "OCSPSigning"                                                          \
    }

static made root, second_root, middle, leaf, responder, checked;
static char folder[] = "/tmp/pades-test-XXXXXX"; /* empty: no network, nothing there */

static int set_up(void **state)
{
    (void)state;
    root = made_root("Root");
    second_root = made_root("Second root");
    middle = made_cert(&(made_spec){.cn = "Middle", CA}, &root);
    leaf = made_cert(&(made_spec){.cn = "Leaf"}, &middle);
    responder = made_cert(
        &(made_spec){.cn = "Responder", .ext = {RESPONDER, {"noCheck", "ignored"}}}, &middle);
    checked = made_cert(&(made_spec){.cn = "Checked responder", .ext = {RESPONDER}}, &middle);
    assert_non_null(mkdtemp(folder));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    made *all[] = {&root, &second_root, &middle, &leaf, &responder, &checked};
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        made_free(all[i]);
    }
    return rmdir(folder);
}

static int64_t clock_now = MADE_NOW;

static int64_t made_clock(void *user)
{
    (void)user;
    return clock_now;
}

typedef struct world {
    pades_ctx *ctx;
    evidence *ev;
    pades_error *e;
} world;

static void world_free(world *w)
{
    evidence_free(w->ev);
    pades_error_free(w->e);
    pades_ctx_free(w->ctx);
    clock_now = MADE_NOW;
}

static world world_of(const made *anchor, const made *second)
{
    world w = {NULL, NULL, NULL};
    const made *const anchors[] = {anchor, second};
    const evidence_plan plan = {.offline = folder};
    assert_int_equal(pades_ctx_new(&w.ctx, NULL), PADES_OK);
    assert_int_equal(pades_ctx_set_clock(w.ctx, made_clock, NULL, NULL), PADES_OK);
    for (size_t i = 0; i < 2 && anchors[i]; i++) {
        size_t n = 0;
        const void *der = pades_cert_der(anchors[i]->cert, &n);
        assert_int_equal(pades_ctx_add_trust_der(w.ctx, der, n, NULL), PADES_OK);
    }
    assert_int_equal(evidence_new(w.ctx, &plan, &w.ev, NULL), PADES_OK);
    return w;
}

static void offer(world *w, evidence_kind kind, buf der, bool stored)
{
    assert_int_equal(evidence_offer(w->ev, kind, buf_span(&der), stored, NULL), PADES_OK);
    buf_free(&der);
}

static void offer_cert(world *w, const made *m)
{
    assert_int_equal(evidence_offer(w->ev, EVIDENCE_CERT, cert_der(m->cert), false, NULL),
                     PADES_OK);
}

static void offer_crl(world *w, crl_spec spec)
{
    offer(w, EVIDENCE_CRL, made_crl(&spec), false);
}

static void offer_ocsp(world *w, ocsp_spec spec)
{
    spec.reason = spec.status == V_OCSP_CERTSTATUS_REVOKED ? spec.reason : -1;
    offer(w, EVIDENCE_OCSP, made_ocsp(&spec), false);
}

static pades_status cover(world *w, const made *of, int64_t at)
{
    const evidence_need need = {.leaf = of->cert, .at = at};
    pades_error_free(w->e);
    w->e = NULL;
    return evidence_cover(w->ev, &need, &w->e);
}

static bool says(const world *w, const char *part)
{
    for (const pades_error *e = w->e; e; e = pades_error_cause(e)) {
        if (strstr(pades_error_message(e), part)) {
            return true;
        }
    }
    for (const pades_error *e = w->e; e; e = pades_error_cause(e)) {
        print_error("    %s\n", pades_error_message(e));
    }
    return false;
}

static void offered_is_enough(void **state)
{
    (void)state;
    AUTO_VAL(world) w = world_of(&root, NULL);
    offer_cert(&w, &middle);
    offer_crl(&w, (crl_spec){.issuer = &root});
    offer_ocsp(&w, (ocsp_spec){.about = &leaf, .issuer = &middle, .signer = &responder});
    offer_ocsp(&w, (ocsp_spec){.about = &checked, .issuer = &middle, .signer = &responder});
    assert_int_equal(cover(&w, &leaf, MADE_NOW), PADES_OK);
    assert_int_equal(evidence_count(w.ev, EVIDENCE_CERT), 4);
    assert_int_equal(evidence_count(w.ev, EVIDENCE_OCSP), 1); /* not the one about another */
    assert_int_equal(evidence_count(w.ev, EVIDENCE_CRL), 1);
    assert_null(evidence_item(w.ev, EVIDENCE_CRL, 1).s.p);
}

static void a_responder_does_not_vouch_for_itself(void **state)
{
    (void)state;
    AUTO_VAL(world) w = world_of(&root, NULL);
    offer_cert(&w, &middle);
    offer_crl(&w, (crl_spec){.issuer = &root});
    offer_ocsp(&w, (ocsp_spec){.about = &leaf, .issuer = &middle, .signer = &checked});
    offer_ocsp(&w, (ocsp_spec){.about = &checked, .issuer = &middle, .signer = &checked});
    assert_int_equal(cover(&w, &leaf, MADE_NOW), PADES_REVOCATION_MISSING);
    assert_true(says(&w, "its own status rests on this answer"));
    offer_crl(&w, (crl_spec){.issuer = &middle});
    assert_int_equal(cover(&w, &leaf, MADE_NOW), PADES_OK);
    assert_int_equal(evidence_count(w.ev, EVIDENCE_OCSP), 1);
    assert_int_equal(evidence_count(w.ev, EVIDENCE_CRL), 2);
}

static void a_revoked_responder_is_not_believed(void **state)
{
    (void)state;
    AUTO_VAL(world) w = world_of(&root, NULL);
    offer_cert(&w, &middle);
    offer_crl(&w, (crl_spec){.issuer = &root});
    offer_crl(&w, (crl_spec){.issuer = &middle,
                             .revoked = {&checked, &leaf},
                             .revoked_at = {MADE_NOW - 7200, MADE_NOW + 7200}});
    offer_ocsp(&w, (ocsp_spec){.about = &leaf, .issuer = &middle, .signer = &checked});
    assert_int_equal(cover(&w, &leaf, MADE_NOW), PADES_OK); /* by the CRL: revoked later */
    assert_int_equal(evidence_count(w.ev, EVIDENCE_OCSP), 0);
}

static void an_answer_is_for_its_time(void **state)
{
    (void)state;
    AUTO_VAL(world) w = world_of(&root, NULL);
    offer_cert(&w, &middle);
    offer_crl(&w, (crl_spec){.issuer = &root});
    offer_crl(&w, (crl_spec){.issuer = &middle,
                             .from = MADE_NOW - 9 * DAY_SECONDS,
                             .to = MADE_NOW - 8 * DAY_SECONDS});
    assert_int_equal(cover(&w, &leaf, MADE_NOW), PADES_REVOCATION_MISSING);
    assert_true(says(&w, "out of date since"));
    offer_crl(&w, (crl_spec){.issuer = &middle, .from = MADE_NOW - 9 * DAY_SECONDS, .to = -1});
    assert_int_equal(cover(&w, &leaf, MADE_NOW), PADES_REVOCATION_MISSING);
    offer_crl(&w, (crl_spec){.issuer = &middle, .from = MADE_NOW + 4 * HOUR});
    assert_int_equal(cover(&w, &leaf, MADE_NOW), PADES_REVOCATION_MISSING);
    assert_true(says(&w, "from the future"));
    offer_crl(&w, (crl_spec){.issuer = &middle, .from = MADE_NOW - 2 * DAY_SECONDS, .to = -1});
    assert_int_equal(cover(&w, &leaf, MADE_NOW), PADES_OK);
}

static void on_hold_at_hand_is_not_the_last_word(void **state)
{
    (void)state;
    AUTO_VAL(world) w = world_of(&root, NULL);
    offer_cert(&w, &middle);
    offer_crl(&w, (crl_spec){.issuer = &root});
    offer_crl(&w, (crl_spec){.issuer = &middle, .revoked = {&leaf}, .reason = {7}});
    assert_int_equal(cover(&w, &leaf, MADE_NOW), PADES_REVOCATION_MISSING);
    assert_true(says(&w, "on hold since"));
    offer_crl(&w, (crl_spec){.issuer = &middle, .from = MADE_NOW - 60});
    assert_int_equal(cover(&w, &leaf, MADE_NOW), PADES_OK);
}

/* The same name and key, certified by another issuer. */
static made crossed(const made *ca, const made *issuer)
{
    made m = {NULL, X509_dup(ca->x), NULL};
    unsigned char *der = NULL;
    assert_int_equal(X509_set_issuer_name(m.x, X509_get_subject_name(issuer->x)), 1);
    assert_true(X509_sign(m.x, issuer->key, EVP_sha256()) > 0);
    int n = i2d_X509(m.x, &der);
    assert_int_equal(pades_cert_new_der(der, (size_t)n, &m.cert, NULL), PADES_OK);
    OPENSSL_free(der);
    return m;
}

static void another_way_past_a_revoked_ca(void **state)
{
    (void)state;
    AUTO_VAL(world) w = world_of(&root, &second_root);
    made cross = crossed(&middle, &second_root);
    offer_cert(&w, &cross);
    offer_cert(&w, &middle); /* the newest comes first */
    offer_crl(&w, (crl_spec){.issuer = &root, .revoked = {&middle}});
    offer_crl(&w, (crl_spec){.issuer = &middle});
    assert_int_equal(cover(&w, &leaf, MADE_NOW), PADES_CERT_REVOKED);
    assert_true(says(&w, "'Middle'"));
    offer_crl(&w, (crl_spec){.issuer = &second_root});
    assert_int_equal(cover(&w, &leaf, MADE_NOW), PADES_OK);
    assert_int_equal(evidence_count(w.ev, EVIDENCE_CRL), 2);
    /* a revoked end has no way past it */
    offer_crl(&w, (crl_spec){.issuer = &middle, .revoked = {&responder}, .from = MADE_NOW - 60});
    made end = made_cert(&(made_spec){.cn = "End"}, &middle);
    assert_int_equal(cover(&w, &end, MADE_NOW), PADES_OK);
    made_free(&end);
    made_free(&cross);
}

static void an_anchor_needs_nothing(void **state)
{
    (void)state;
    AUTO_VAL(world) w = world_of(&root, &middle);
    assert_int_equal(cover(&w, &root, MADE_NOW), PADES_OK);
    assert_int_equal(cover(&w, &middle, MADE_NOW), PADES_OK);
    assert_int_equal(cover(&w, &leaf, MADE_NOW), PADES_REVOCATION_MISSING);
    offer_crl(&w, (crl_spec){.issuer = &middle});
    assert_int_equal(cover(&w, &leaf, MADE_NOW), PADES_OK);
    assert_int_equal(evidence_count(w.ev, EVIDENCE_CERT), 3);
}

/* Answers about signers of answers about signers, each of another time: the ways are as many as all
 * of them multiplied, what is tried is not. */
static void signers_of_signers_are_bounded(void **state)
{
    (void)state;
    enum { SIGNERS = 4, ANSWERS = 16 };
    AUTO_VAL(world) w = world_of(&root, NULL);
    made signers[SIGNERS];
    const made *about = &leaf;
    offer_cert(&w, &middle);
    offer_crl(&w, (crl_spec){.issuer = &root});
    for (size_t i = 0; i < SIGNERS; about = &signers[i++]) {
        signers[i] = made_cert(&(made_spec){.cn = "Signer", .ext = {RESPONDER}}, &middle);
        for (int k = 0; k < ANSWERS; k++) {
            offer_ocsp(&w, (ocsp_spec){.about = about,
                                       .issuer = &middle,
                                       .signer = &signers[i],
                                       .produced = MADE_NOW - 60 * k});
        }
    }
    calls = 0;
    assert_int_equal(cover(&w, &leaf, MADE_NOW), PADES_REVOCATION_MISSING);
    assert_true(calls < 200000);
    offer_crl(&w, (crl_spec){.issuer = &middle}); /* and another source is still found */
    assert_int_equal(cover(&w, &leaf, MADE_NOW), PADES_OK);
    for (size_t i = 0; i < SIGNERS; i++) {
        made_free(&signers[i]);
    }
}

/* A whole gathering; false once nothing failed any more. */
static bool gather(const buf *crl, const buf *list, const buf *ocsp, long n)
{
    AUTO_VAL(world) w = {NULL, NULL, NULL};
    const evidence_plan plan = {.offline = folder};
    const evidence_need need = {.leaf = leaf.cert, .at = MADE_NOW};
    const span certs[] = {cert_der(middle.cert), cert_der(leaf.cert)};
    assert_int_equal(pades_ctx_new(&w.ctx, NULL), PADES_OK);
    assert_int_equal(pades_ctx_set_clock(w.ctx, made_clock, NULL, NULL), PADES_OK);
    assert_int_equal(
        pades_ctx_add_trust_der(w.ctx, cert_der(root.cert).p, cert_der(root.cert).n, NULL),
        PADES_OK);
    calls = 0;
    fail_at = n;
    pades_status status = evidence_new(w.ctx, &plan, &w.ev, &w.e);
    for (size_t i = 0; status == PADES_OK && i < 2; i++) {
        status = evidence_offer(w.ev, EVIDENCE_CERT, certs[i], i == 0, &w.e);
    }
    status = status ? status : evidence_offer(w.ev, EVIDENCE_CRL, buf_span(crl), false, &w.e);
    status = status ? status : evidence_offer(w.ev, EVIDENCE_CRL, buf_span(list), false, &w.e);
    status = status ? status : evidence_offer(w.ev, EVIDENCE_OCSP, buf_span(ocsp), false, &w.e);
    status = status ? status : evidence_cover(w.ev, &need, &w.e);
    fail_at = -1;
    bool failed = calls > n;
    assert_int_equal(pades_error_status(w.e), status);
    if (status == PADES_OK) {
        assert_int_equal(evidence_count(w.ev, EVIDENCE_CERT), 3);
        assert_int_equal(evidence_count(w.ev, EVIDENCE_OCSP), 1);
        assert_int_equal(evidence_count(w.ev, EVIDENCE_CRL), 2);
    } else if (status != PADES_NO_MEMORY) {
        (void)says(&w, "\n");
        fail_msg("allocation %ld: %s", n, pades_status_name(status));
    }
    return failed;
}

static void memory_failures_are_errors(void **state)
{
    (void)state;
    buf crl = made_crl(&(crl_spec){.issuer = &root});
    buf list = made_crl(&(crl_spec){.issuer = &middle});
    buf ocsp = made_ocsp(
        &(ocsp_spec){.about = &leaf, .issuer = &middle, .signer = &checked, .reason = -1});
    long n = 0;
    while (gather(&crl, &list, &ocsp, n)) {
        n++;
    }
    assert_in_range(n, 50, 5000);
    buf_free(&crl);
    buf_free(&list);
    buf_free(&ocsp);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offered_is_enough),
        cmocka_unit_test(a_responder_does_not_vouch_for_itself),
        cmocka_unit_test(a_revoked_responder_is_not_believed),
        cmocka_unit_test(an_answer_is_for_its_time),
        cmocka_unit_test(on_hold_at_hand_is_not_the_last_word),
        cmocka_unit_test(another_way_past_a_revoked_ca),
        cmocka_unit_test(an_anchor_needs_nothing),
        cmocka_unit_test(signers_of_signers_are_bounded),
        cmocka_unit_test(memory_failures_are_errors),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
