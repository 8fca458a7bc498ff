/* TSTInfo of a token: every optional field, and what is refused. */
#include "pki/made.h"
#include "tsa/tsp.h"

static made root, tsa;
static const uint8_t imprint[64] = {9};

static int set_up(void **state)
{
    (void)state;
    root = made_root("Root");
    tsa = made_tsa("TSA", &root);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    made_free(&tsa);
    made_free(&root);
    return 0;
}

static made_token plain(void)
{
    return (made_token){
        .signer = &tsa, .imprint_digest = PADES_DIGEST_SHA256, .imprint = span_of(imprint, 32)};
}

static void token_tells_its_fields(void **state)
{
    (void)state;
    static const uint8_t nonce[] = {0xf0, 1};
    made_token spec = plain();
    spec.nonce = span_of(nonce, 2);
    spec.policy = "1.2.3";
    spec.time = "20260102030405.25Z";
    AUTO_VAL(buf) der = made_token_der(&spec);
    tsp_token t;
    assert_int_equal(tsp_token_parse(buf_span(&der), &t, NULL), PADES_OK);
    assert_int_equal(t.time, 1767323045);
    assert_string_equal(t.policy, "1.2.3");
    assert_string_equal(t.serial, "8001");
    assert_int_equal(t.digest, PADES_DIGEST_SHA256);
    assert_true(span_eq(t.imprint, span_of(imprint, 32)));
    assert_true(span_eq(t.nonce, span_of(nonce, 2)));
    assert_true(span_eq(t.der, buf_span(&der)));
}

static pades_status parse_tail(const char *tail, size_t n, pades_error **e)
{
    made_token spec = plain();
    spec.tail = span_of(tail, n);
    AUTO_VAL(buf) der = made_token_der(&spec);
    tsp_token t;
    return tsp_token_parse(buf_span(&der), &t, e);
}
#define TAIL(t, e) parse_tail((t), sizeof(t) - 1, (e))

static void token_takes_optional_fields(void **state)
{
    (void)state;
    assert_int_equal(TAIL("\x30\x03\x02\x01\x01", NULL), PADES_OK); /* accuracy 1 s */
    assert_int_equal(TAIL("\x30\x08\x80\x02\x01\xf4\x81\x02\x03\xe7", NULL),
                     PADES_OK); /* 500 ms, 999 us */
    assert_int_equal(TAIL("\x30\x00\x01\x01\xff\x02\x01\x05", NULL),
                     PADES_OK);                                         /* ordering, nonce */
    assert_int_equal(TAIL("\xa0\x04\xa4\x02\x30\x00", NULL), PADES_OK); /* tsa */
    assert_int_equal(TAIL("\xa1\x0a\x30\x08\x06\x02\x2a\x03\x04\x02\x05\x00", NULL),
                     PADES_OK); /* extension */
}

static void token_refuses_malformed_fields(void **state)
{
    (void)state;
    pades_error *e = NULL;
    assert_fails(TAIL("\x30\x04\x80\x02\x03\xe8", &e), PADES_TIMESTAMP_INVALID, &e,
                 "accuracy"); /* 1000 ms */
    assert_fails(TAIL("\x30\x03\x04\x01\x01", &e), PADES_TIMESTAMP_INVALID, &e, "accuracy");
    assert_fails(TAIL("\x01\x02\xff\xff", &e), PADES_TIMESTAMP_INVALID, &e, "ordering");
    assert_fails(TAIL("\x02\x00", &e), PADES_TIMESTAMP_INVALID, &e, "nonce");
    assert_fails(TAIL("\x02\x01\x05\x01\x01\xff", &e), PADES_TIMESTAMP_INVALID, &e,
                 "not known"); /* order */
    assert_fails(TAIL("\x05\x00", &e), PADES_TIMESTAMP_INVALID, &e, "not known");
    assert_fails(TAIL("\xa1\x0d\x30\x0b\x06\x02\x2a\x03\x01\x01\xff\x04\x02\x05\x00", &e),
                 PADES_TIMESTAMP_INVALID, &e, "critical");
    assert_fails(TAIL("\xa1\x02\x30\x00", &e), PADES_TIMESTAMP_INVALID, &e, "extensions");
}

static void token_refuses_malformed_heads(void **state)
{
    (void)state;
    tsp_token t;
    pades_error *e = NULL;
    made_token spec = plain();
    spec.time = "20260102030405";
    AUTO_VAL(buf) local = made_token_der(&spec);
    assert_fails(tsp_token_parse(buf_span(&local), &t, &e), PADES_TIMESTAMP_INVALID, &e,
                 "time is malformed");
    spec = plain();
    spec.imprint = span_of(imprint, 48);
    AUTO_VAL(buf) sized = made_token_der(&spec);
    assert_fails(tsp_token_parse(buf_span(&sized), &t, &e), PADES_TIMESTAMP_INVALID, &e,
                 "size of its algorithm");
}

static void token_refuses_other_content(void **state)
{
    (void)state;
    tsp_token t;
    pades_error *e = NULL;
    made_token spec = plain();
    spec.econtent = "1.2.840.113549.1.7.1";
    AUTO_VAL(buf) data = made_token_der(&spec);
    assert_fails(tsp_token_parse(buf_span(&data), &t, &e), PADES_TIMESTAMP_INVALID, &e,
                 "holds no TSTInfo");
    spec = plain();
    AUTO_VAL(buf) der = made_token_der(&spec);
    buf_add_byte(&der, 0);
    assert_fails(tsp_token_parse(buf_span(&der), &t, &e), PADES_TIMESTAMP_INVALID, &e,
                 "something after");
    for (size_t n = 0; n < der.n - 1; n++) {
        assert_fails(tsp_token_parse(span_part(buf_span(&der), 0, n), &t, &e),
                     PADES_TIMESTAMP_INVALID, &e, "cannot be read");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(token_tells_its_fields),
        cmocka_unit_test(token_takes_optional_fields),
        cmocka_unit_test(token_refuses_malformed_fields),
        cmocka_unit_test(token_refuses_malformed_heads),
        cmocka_unit_test(token_refuses_other_content),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
