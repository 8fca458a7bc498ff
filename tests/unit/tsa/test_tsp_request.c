/* Requests: OpenSSL reads them, nonces do not repeat. */
#include "pki/made.h"
#include "tsa/tsp.h"

#include <openssl/ts.h>

static TS_REQ *read_by_openssl(const tsp_request *r)
{
    AUTO_VAL(buf) der = BUF(4096);
    assert_int_equal(tsp_request_encode(r, &der, NULL), PADES_OK);
    const unsigned char *p = der.p;
    TS_REQ *req = d2i_TS_REQ(NULL, &p, (long)der.n);
    assert_non_null(req);
    assert_ptr_equal(p, der.p + der.n);
    unsigned char *again = NULL;
    assert_int_equal(i2d_TS_REQ(req, &again), der.n);
    assert_memory_equal(again, der.p, der.n);
    OPENSSL_free(again);
    return req;
}

/* clause: RFC3161#2.4.1 certReq */
static void request_is_what_openssl_writes(void **state)
{
    (void)state;
    tsp_request r;
    assert_int_equal(tsp_request_make(PADES_DIGEST_SHA512, span_str("abc"), "1.2.3.4", &r, NULL),
                     PADES_OK);
    TS_REQ *req = read_by_openssl(&r);
    char policy[64];
    OBJ_obj2txt(policy, sizeof policy, TS_REQ_get_policy_id(req), 1);
    assert_string_equal(policy, "1.2.3.4");
    assert_int_equal(TS_REQ_get_cert_req(req), 1);
    assert_int_equal(TS_REQ_get_version(req), 1);
    ASN1_OCTET_STRING *hash = TS_MSG_IMPRINT_get_msg(TS_REQ_get_msg_imprint(req));
    assert_int_equal(ASN1_STRING_length(hash), 64);
    assert_memory_equal(ASN1_STRING_get0_data(hash), "\xdd\xaf\x35\xa1\x93\x61\x7a\xba", 8);
    assert_int_equal(ASN1_STRING_length(TS_REQ_get_nonce(req)), 16);
    TS_REQ_free(req);
}

static void request_nonces_differ(void **state)
{
    (void)state;
    tsp_request a;
    tsp_request b;
    assert_int_equal(tsp_request_make(PADES_DIGEST_SHA256, span_str("x"), NULL, &a, NULL),
                     PADES_OK);
    assert_int_equal(tsp_request_make(PADES_DIGEST_SHA256, span_str("x"), NULL, &b, NULL),
                     PADES_OK);
    assert_true(a.has_nonce);
    assert_memory_not_equal(a.nonce, b.nonce, sizeof a.nonce);
    assert_memory_equal(a.imprint, b.imprint, 32);
    TS_REQ *req = read_by_openssl(&a);
    assert_null(TS_REQ_get_policy_id(req));
    TS_REQ_free(req);
}

static void request_without_nonce(void **state)
{
    (void)state;
    tsp_request r;
    assert_int_equal(tsp_request_make(PADES_DIGEST_SHA256, span_str("x"), NULL, &r, NULL),
                     PADES_OK);
    r.has_nonce = false;
    TS_REQ *req = read_by_openssl(&r);
    assert_null(TS_REQ_get_nonce(req));
    TS_REQ_free(req);
}

static void request_refuses_nonsense(void **state)
{
    (void)state;
    tsp_request r;
    pades_error *e = NULL;
    assert_fails(tsp_request_make(PADES_DIGEST_SHA256, span_str("x"), "1.2.", &r, &e),
                 PADES_INVALID_ARGUMENT, &e, "policy");
    assert_fails(tsp_request_make(PADES_DIGEST_DEFAULT, span_str("x"), NULL, &r, &e),
                 PADES_INVALID_ARGUMENT, &e, "digest");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_is_what_openssl_writes),
        cmocka_unit_test(request_nonces_differ),
        cmocka_unit_test(request_without_nonce),
        cmocka_unit_test(request_refuses_nonsense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
