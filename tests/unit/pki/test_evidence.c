/* Evidence gathered from the loopback services: what is needed, what is asked, what is refused. */
#include "pki/evidence.h"

#include "base/digest.h"
#include "pki/served.h"

typedef struct fixture {
    pades_ctx *ctx;
    pades_cert *leaf;
    evidence *ev;
    pades_error *e;
    unsigned asked; /* before the test */
} fixture;

static int set_up(void **state)
{
    fixture *f = mem_alloc(sizeof *f);
    f->ctx = served_ctx();
    f->leaf = served_cert("seal-rsa3072");
    f->asked = served_requests(NULL);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    evidence_free(f->ev);
    pades_cert_free(f->leaf);
    pades_error_free(f->e);
    pades_ctx_free(f->ctx);
    mem_free(f);
    return 0;
}

static void begin(fixture *f, const evidence_plan *plan)
{
    evidence_free(f->ev);
    f->ev = NULL;
    assert_int_equal(evidence_new(f->ctx, plan, &f->ev, &f->e), PADES_OK);
}

static pades_status cover_at(fixture *f, const pades_cert *leaf, int64_t at, int64_t fresh)
{
    const evidence_need need = {.leaf = leaf, .at = at, .fresh = fresh};
    pades_error_free(f->e);
    f->e = NULL;
    return evidence_cover(f->ev, &need, &f->e);
}

static pades_status cover(fixture *f)
{
    return cover_at(f, f->leaf, ctx_now(f->ctx), 0);
}

static void assert_covers(fixture *f)
{
    pades_status status = cover(f);
    for (const pades_error *e = f->e; e; e = pades_error_cause(e)) {
        print_error("    %s\n", pades_error_message(e));
    }
    assert_int_equal(status, PADES_OK);
}

static unsigned asked(const fixture *f)
{
    return served_requests(NULL) - f->asked;
}

static bool has_cert(const fixture *f, const char *name)
{
    pades_cert *cert = served_cert(name);
    size_t n = 0;
    const void *der = pades_cert_der(cert, &n);
    bool found = false;
    for (size_t i = 0; i < evidence_count(f->ev, EVIDENCE_CERT); i++) {
        found = found || span_eq(evidence_item(f->ev, EVIDENCE_CERT, i), span_of(der, n));
    }
    pades_cert_free(cert);
    return found;
}

static void online_gathers_everything(void **state)
{
    fixture *f = *state;
    begin(f, &(evidence_plan){0});
    assert_covers(f);
    assert_int_equal(evidence_count(f->ev, EVIDENCE_CERT), 4);
    assert_int_equal(evidence_count(f->ev, EVIDENCE_OCSP), 1);
    assert_int_equal(evidence_count(f->ev, EVIDENCE_CRL), 1);
    assert_true(has_cert(f, "seal-rsa3072") && has_cert(f, "issuing") && has_cert(f, "root") &&
                has_cert(f, "ocsp"));
    assert_int_equal(asked(f), 3); /* the issuer, its CRL, the OCSP answer */
    assert_int_equal(evidence_warnings(f->ev)->n, 0);
    assert_true(cert_same(f->leaf, f->leaf));
    assert_covers(f);
    assert_int_equal(asked(f), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(online_gathers_everything, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, served_start, served_stop);
}
