/* Memory runs out while OCSP answers and revocation lists are judged: the n-th allocation, ours or
 * OpenSSL's, fails, for every n, once alone and once with all that follow. What was good may be
 * refused then, with an error; what was revoked is never good, and a stranger is never believed. */
#include "pki/answers.h"

#include "pki/crl.h"
#include "pki/ocsp.h"
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
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

void *__real_mem_alloc(size_t n);
void *__real_mem_resize(void *p, size_t n);
void *__wrap_mem_alloc(size_t n);
void *__wrap_mem_resize(void *p, size_t n);

void *__wrap_mem_alloc(size_t n)
{
    return fails_now() ? NULL : __real_mem_alloc(n);
}

void *__wrap_mem_resize(void *p, size_t n)
{
    return fails_now() ? NULL : __real_mem_resize(p, n);
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

static made root, ca, renewed, leaf, responder, stranger, false_ca;
static buf whole, good_ocsp, revoked_ocsp, strange_ocsp, good_crl, revoked_crl, kin_crl,
    strange_crl;

#define CA_EXT                                                                                     \
    {"basicConstraints", "critical,CA:TRUE"},                                                      \
    {                                                                                              \
        "keyUsage", "critical,keyCertSign,cRLSign"                                                 \
    }
#define OCSP_EXT                                                                                   \
    {                                                                                              \
        "extendedKeyUsage", "OCSPSigning"                                                          \
    }

static const uint8_t nonce[OCSP_NONCE] = {1};

static void make_answers(void)
{
    whole = BUF(4096); /* the request */
    assert_int_equal(ocsp_request(leaf.cert, ca.cert, nonce, &whole, NULL), PADES_OK);
    ocsp_spec o = {.about = &leaf, .issuer = &ca, .signer = &responder, .reason = -1};
    good_ocsp = made_ocsp(&o);
    o.status = V_OCSP_CERTSTATUS_REVOKED;
    revoked_ocsp = made_ocsp(&o);
    o.status = V_OCSP_CERTSTATUS_GOOD;
    o.signer = &stranger;
    strange_ocsp = made_ocsp(&o);
    crl_spec c = {.issuer = &ca};
    good_crl = made_crl(&c);
    c.signer = &false_ca;
    strange_crl = made_crl(&c);
    c.revoked[0] = &leaf;
    c.signer = NULL;
    revoked_crl = made_crl(&c);
    c.signer = &renewed;
    kin_crl = made_crl(&c);
}

static int set_up(void **state)
{
    (void)state;
    root = made_root("Root");
    ca = made_cert(&(made_spec){.cn = "CA", .ext = {CA_EXT}}, &root);
    renewed = made_cert(&(made_spec){.cn = "CA", .ext = {CA_EXT}}, &root);
    false_ca = made_cert(&(made_spec){.cn = "CA", .ext = {CA_EXT}}, NULL);
    leaf = made_cert(&(made_spec){.cn = "Leaf"}, &ca);
    responder = made_cert(&(made_spec){.cn = "R", .ext = {OCSP_EXT}}, &ca);
    stranger = made_cert(&(made_spec){.cn = "R", .ext = {OCSP_EXT}}, &false_ca);
    make_answers();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    made *all[] = {&root, &ca, &renewed, &false_ca, &leaf, &responder, &stranger};
    buf *bufs[] = {&good_ocsp,   &revoked_ocsp, &strange_ocsp, &good_crl,
                   &revoked_crl, &kin_crl,      &strange_crl};
    buf_free(&whole);
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        made_free(all[i]);
        buf_free(bufs[i]);
    }
    return 0;
}

typedef enum wanted { WANT_GOOD, WANT_REVOKED, WANT_REFUSED } wanted;

static void judge(bool starved, pades_status status, rev_info *info, pades_error *e, wanted want)
{
    if (status != PADES_OK) {
        assert_true((starved || want == WANT_REFUSED) && e);
        /* an error that found no memory says so itself */
        assert_true(pades_error_status(e) == status || starved);
    } else {
        assert_int_not_equal(want, WANT_REFUSED);
        assert_int_equal(info->state, want == WANT_GOOD ? REV_GOOD : REV_REVOKED);
        rev_info_free(info);
    }
    pades_error_free(e);
}

static void ocsp_one(bool starved, const buf *der, wanted want)
{
    rev_info info;
    pades_error *e = NULL;
    const pades_cert *pool[] = {root.cert, stranger.cert, responder.cert};
    pades_status status = ocsp_check(buf_span(der), leaf.cert, ca.cert, pool, ARRAY_LEN(pool), NULL,
                                     MADE_NOW, &info, &e);
    judge(starved, status, &info, e, want);
}

static void crl_one(bool starved, const buf *der, wanted want)
{
    rev_info info;
    pades_error *e = NULL;
    const pades_cert *pool[] = {false_ca.cert, renewed.cert, root.cert};
    pades_status status = crl_check(view_of(buf_span(der)), leaf.cert, ca.cert, pool,
                                    ARRAY_LEN(pool), MADE_NOW, &info, &e);
    judge(starved, status, &info, e, want);
}

static void ocsp_good(bool starved)
{
    ocsp_one(starved, &good_ocsp, WANT_GOOD);
}
static void ocsp_revoked(bool starved)
{
    ocsp_one(starved, &revoked_ocsp, WANT_REVOKED);
}
static void ocsp_strange(bool starved)
{
    ocsp_one(starved, &strange_ocsp, WANT_REFUSED);
}
static void crl_good(bool starved)
{
    crl_one(starved, &good_crl, WANT_GOOD);
}
static void crl_revoked(bool starved)
{
    crl_one(starved, &revoked_crl, WANT_REVOKED);
}
static void crl_kin(bool starved)
{
    crl_one(starved, &kin_crl, WANT_REVOKED);
}
static void crl_strange(bool starved)
{
    crl_one(starved, &strange_crl, WANT_REFUSED);
}

static void request(bool starved)
{
    AUTO_VAL(buf) first = BUF(4096);
    AUTO_VAL(buf) url = BUF(4096);
    pades_error *e = NULL;
    pades_status status = ocsp_request(leaf.cert, ca.cert, nonce, &first, &e);
    if (status == PADES_OK) {
        status = ocsp_get_url(span_str("http://a.example"), buf_span(&first), &url, &e);
    }
    assert_true(status == PADES_OK || (starved && e));
    assert_true(status != PADES_OK ||
                (span_eq(buf_span(&first), buf_span(&whole)) && url.n > first.n));
    pades_error_free(e);
}

static void with_every_failure(void (*step)(bool starved))
{
    size_t n = 1;
    for (int mode = 0; mode < 2; mode++) {
        fail_on = mode == 1;
        for (n = 1; n < 5000; n++) {
            count = 0;
            fail_at = n;
            step(true);
            fail_at = 0;
            if (count < n) {
                break;
            }
        }
        assert_true(n < 5000);
        step(false);
    }
    assert_int_equal(ERR_peek_error(), 0);
}

static void every_failure_while_judging(void **state)
{
    (void)state;
    void (*const steps[])(bool) = {ocsp_good,   ocsp_revoked, ocsp_strange, crl_good,
                                   crl_revoked, crl_kin,      crl_strange,  request};
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        with_every_failure(steps[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_failure_while_judging)};
    if (CRYPTO_set_mem_functions(fault_malloc, fault_realloc, fault_free) != 1) {
        return 1;
    }
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
