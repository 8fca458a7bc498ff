/* Responses: granted with a token, refused with its reasons, malformed. */
#include "pki/made.h"
#include "tsa/tsp.h"

static pades_status parse(const char *der, size_t n, span *token, pades_error **e)
{
    return tsp_response_parse(span_of(der, n), token, e);
}
#define PARSE(der, token, e) parse((der), sizeof(der) - 1, (token), (e))

static void response_gives_the_token(void **state)
{
    (void)state;
    span token = {NULL, 0};
    assert_int_equal(PARSE("\x30\x09\x30\x03\x02\x01\x00\x30\x02\x05\x00", &token, NULL), PADES_OK);
    assert_int_equal(token.n, 4);
    assert_memory_equal(token.p, "\x30\x02\x05\x00", 4);
    assert_int_equal(PARSE("\x30\x07\x30\x03\x02\x01\x01\x30\x00", &token, NULL),
                     PADES_OK); /* grantedWithMods */
}

static void response_tells_why_it_was_refused(void **state)
{
    (void)state;
    span token = {NULL, 0};
    pades_error *e = NULL;
    pades_status got = PARSE("\x30\x13\x30\x11\x02\x01\x02\x30\x06\x0c\x04"
                             "no\x1b!\x03\x04\x00\x00\x01\x00",
                             &token, &e);
    assert_string_equal(pades_error_native(e), "PKIStatus 2");
    assert_non_null(strstr(pades_error_message(e), "unacceptedPolicy"));
    assert_non_null(strstr(pades_error_message(e), "no\\x1b!"));
    assert_fails(got, PADES_SERVICE_FAILED, &e, "refused: rejection");
    assert_fails(PARSE("\x30\x05\x30\x03\x02\x01\x03", &token, &e), PADES_SERVICE_FAILED, &e,
                 "waiting");
    assert_fails(PARSE("\x30\x05\x30\x03\x02\x01\x63", &token, &e), PADES_SERVICE_FAILED, &e,
                 "unknown status");
    assert_fails(PARSE("\x30\x0b\x30\x09\x02\x01\x02\x03\x04\x00\x20\x00\x00", &token, &e),
                 PADES_SERVICE_FAILED, &e, "badRequest");
    /* refused, though a token hangs on it */
    assert_fails(PARSE("\x30\x07\x30\x03\x02\x01\x02\x30\x00", &token, &e), PADES_SERVICE_FAILED,
                 &e, "rejection");
    assert_null(token.p);
}

static void response_refuses_what_is_malformed(void **state)
{
    (void)state;
    span token = {NULL, 0};
    pades_error *e = NULL;
    assert_fails(PARSE("", &token, &e), PADES_TIMESTAMP_INVALID, &e, "no single");
    assert_fails(PARSE("<html>busy</html>", &token, &e), PADES_TIMESTAMP_INVALID, &e, "no single");
    assert_fails(PARSE("\x30\x05\x30\x03\x02\x01\x00", &token, &e), PADES_TIMESTAMP_INVALID, &e,
                 "holds no token");
    assert_fails(PARSE("\x30\x07\x30\x03\x02\x01\x00\x30\x00\x00", &token, &e),
                 PADES_TIMESTAMP_INVALID, &e, "no single");
    assert_fails(PARSE("\x30\x09\x30\x03\x02\x01\x00\x30\x00\x05\x00", &token, &e),
                 PADES_TIMESTAMP_INVALID, &e, "holds no token");
    assert_fails(PARSE("\x30\x04\x30\x02\x05\x00", &token, &e), PADES_TIMESTAMP_INVALID, &e,
                 "PKIStatusInfo");
    assert_fails(PARSE("\x30\x09\x30\x07\x02\x01\x00\x30\x02\x05\x00", &token, &e),
                 PADES_TIMESTAMP_INVALID, &e, "PKIStatusInfo");
    assert_null(token.p);
}

/* However much the server says, one short line is told. */
static void response_cuts_long_words(void **state)
{
    (void)state;
    AUTO_VAL(buf) words = BUF(1U << 20);
    AUTO_VAL(buf) part = BUF(1U << 20);
    for (int i = 0; i < 50; i++) {
        buf_clear(&part);
        buf_add_fill(&part, 'x', 2000);
        der_add(&words, DER_UTF8, buf_span(&part));
    }
    AUTO_VAL(buf) info = BUF(1U << 20);
    der_add_uint(&info, 2);
    der_add(&info, DER_SEQUENCE, buf_span(&words));
    AUTO_VAL(buf) seq = BUF(1U << 20);
    der_add(&seq, DER_SEQUENCE, buf_span(&info));
    AUTO_VAL(buf) der = BUF(1U << 20);
    der_add(&der, DER_SEQUENCE, buf_span(&seq));
    span token = {NULL, 0};
    pades_error *e = NULL;
    pades_status got = tsp_response_parse(buf_span(&der), &token, &e);
    assert_true(strlen(pades_error_message(e)) < 500);
    assert_fails(got, PADES_SERVICE_FAILED, &e, "xxx");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(response_gives_the_token),
        cmocka_unit_test(response_tells_why_it_was_refused),
        cmocka_unit_test(response_refuses_what_is_malformed),
        cmocka_unit_test(response_cuts_long_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
