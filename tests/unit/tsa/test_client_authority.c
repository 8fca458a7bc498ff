/* tsa/tsa: the public object refuses what could never be asked. */
#include "tsa/authority.h"

#include <stdlib.h>

#include "net/cm.h"

static int set_up(void **state)
{
    pades_tsa *tsa = NULL;
    assert_int_equal(pades_tsa_new("https://tsa.example:8443/tsr?key=12345", &tsa, NULL), PADES_OK);
    *state = tsa;
    return 0;
}

static int tear_down(void **state)
{
    pades_tsa_free(*state);
    return 0;
}

static void authority_keeps_its_url(void **state)
{
    pades_tsa *tsa = *state;
    assert_string_equal(pades_tsa_url(tsa), "https://tsa.example:8443/tsr?key=12345");
    assert_string_equal(tsa->shown, "https://tsa.example:8443/tsr");
}

static void authority_refuses_urls(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "tsa.example",
                                      "ftp://tsa.example/",
                                      "file:///etc/passwd",
                                      "http://u:p@tsa.example/",
                                      "http://tsa.example/\x1b]0;x",
                                      "http://tsa.example/\n",
                                      "http://"};
    pades_tsa *untouched = NULL;
    pades_error *error = NULL;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_int_equal(pades_tsa_new(bad[i], &untouched, &error), PADES_INVALID_ARGUMENT);
        assert_null(untouched);
        assert_null(strchr(pades_error_message(error), '\x1b'));
        assert_error(error, "is no address of a time-stamping authority");
    }
    assert_int_equal(pades_tsa_new(NULL, &untouched, NULL), PADES_INVALID_ARGUMENT);
}

static void authority_user(void **state)
{
    pades_tsa *tsa = *state;
    assert_int_equal(pades_tsa_set_user(tsa, "demo", "secret", NULL), PADES_OK);
    assert_true(span_is(secret_span(tsa->password), "secret"));
    assert_int_equal(pades_tsa_set_user(tsa, "other", NULL, NULL), PADES_OK);
    assert_string_equal(tsa->user, "other");
    assert_int_equal(secret_span(tsa->password).n, 0);
}

/* clause: RFC7617#2 */
static void authority_refuses_users(void **state)
{
    pades_tsa *tsa = *state;
    char *longest = malloc(SECRET_MAX + 2);
    memset(longest, 'x', SECRET_MAX + 1);
    longest[SECRET_MAX + 1] = '\0';
    assert_int_equal(pades_tsa_set_user(tsa, NULL, "x", NULL), PADES_INVALID_ARGUMENT);
    assert_int_equal(pades_tsa_set_user(tsa, "", "x", NULL), PADES_INVALID_ARGUMENT);
    assert_int_equal(pades_tsa_set_user(tsa, "a:b", "x", NULL), PADES_INVALID_ARGUMENT);
    assert_int_equal(pades_tsa_set_user(tsa, "a\n", "x", NULL), PADES_INVALID_ARGUMENT);
    assert_int_equal(pades_tsa_set_user(tsa, "a", "x\r\ny", NULL), PADES_INVALID_ARGUMENT);
    assert_int_equal(pades_tsa_set_user(tsa, "a", longest, NULL), PADES_INVALID_ARGUMENT);
    assert_null(tsa->user);
    longest[SECRET_MAX] = '\0';
    assert_int_equal(pades_tsa_set_user(tsa, "a", longest, NULL), PADES_OK);
    free(longest);
}

static void authority_no_credentials_over_plain_http(void **state)
{
    (void)state;
    pades_tsa *tsa = NULL;
    pades_error *error = NULL;
    assert_int_equal(pades_tsa_new("http://tsa.example/", &tsa, NULL), PADES_OK);
    assert_int_equal(pades_tsa_set_user(tsa, "demo", "hush-hush", &error), PADES_SERVICE_REFUSED);
    assert_false(error_says(error, "hush"));
    assert_error(error, "plain http");
    assert_int_equal(pades_tsa_set_client_cert(tsa, "c.pem", "k.pem", &error),
                     PADES_SERVICE_REFUSED);
    assert_error(error, "use the https address");
    assert_null(tsa->user);
    pades_tsa_free(tsa);
}

/* clause: RFC6750#2.1 */
static void authority_bearer(void **state)
{
    pades_tsa *tsa = *state;
    static const char *const bad[] = {"", "a b", "a\r\nX: y", "a\x7f", "\xc3\xa9", "a\tb"};
    char *longest = malloc(8194);
    memset(longest, 'x', 8193);
    longest[8193] = '\0';
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_int_equal(pades_tsa_set_bearer(tsa, bad[i], NULL), PADES_INVALID_ARGUMENT);
    }
    assert_int_equal(pades_tsa_set_bearer(tsa, NULL, NULL), PADES_INVALID_ARGUMENT);
    assert_int_equal(pades_tsa_set_bearer(tsa, longest, NULL), PADES_INVALID_ARGUMENT);
    assert_null(tsa->bearer);
    longest[8192] = '\0';
    assert_int_equal(pades_tsa_set_bearer(tsa, longest, NULL), PADES_OK);
    assert_string_equal(secret_text(tsa->bearer), longest);
    assert_int_equal(pades_tsa_set_bearer(tsa, "eyJ0.a-b_c~+/=", NULL), PADES_OK);
    assert_string_equal(secret_text(tsa->bearer), "eyJ0.a-b_c~+/=");
    assert_int_equal(pades_tsa_set_user(tsa, "demo", "x", NULL), PADES_INVALID_ARGUMENT);
    free(longest);
}

static void authority_user_excludes_a_token(void **state)
{
    pades_tsa *tsa = *state;
    assert_int_equal(pades_tsa_set_user(tsa, "demo", "x", NULL), PADES_OK);
    assert_int_equal(pades_tsa_set_bearer(tsa, "token", NULL), PADES_INVALID_ARGUMENT);
    assert_null(tsa->bearer);
}

static void authority_insecure_credentials(void **state)
{
    (void)state;
    pades_tsa *tsa = NULL;
    pades_error *error = NULL;
    assert_int_equal(pades_tsa_new("http://tsa.example/", &tsa, NULL), PADES_OK);
    assert_int_equal(pades_tsa_set_bearer(tsa, "hush-hush", &error), PADES_SERVICE_REFUSED);
    assert_false(error_says(error, "hush"));
    assert_error(error, "--insecure-auth");
    pades_tsa_set_insecure_auth(tsa, 1);
    assert_int_equal(pades_tsa_set_client_cert(tsa, "c.pem", "k.pem", NULL), PADES_SERVICE_REFUSED);
    assert_int_equal(pades_tsa_set_bearer(tsa, "hush-hush", NULL), PADES_OK);
    pades_tsa_free(tsa);
}

static void authority_client_cert(void **state)
{
    pades_tsa *tsa = *state;
    assert_int_equal(pades_tsa_set_client_cert(tsa, "c.pem", NULL, NULL), PADES_INVALID_ARGUMENT);
    assert_int_equal(pades_tsa_set_client_cert(tsa, "", "k.pem", NULL), PADES_INVALID_ARGUMENT);
    assert_null(tsa->client_cert);
    assert_int_equal(pades_tsa_set_client_cert(tsa, "c.pem", "k.pem", NULL), PADES_OK);
    assert_int_equal(pades_tsa_set_client_cert(tsa, "d.pem", "l.pem", NULL), PADES_OK);
    assert_string_equal(tsa->client_cert, "d.pem");
    assert_string_equal(tsa->client_key, "l.pem");
}

static void authority_policy(void **state)
{
    pades_tsa *tsa = *state;
    static const char *const bad[] = {"",     "1",   "policy", "1.2.x",
                                      "1..2", "3.1", "1.40",   "1.2.\033[0m"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_int_equal(pades_tsa_set_policy(tsa, bad[i], NULL), PADES_INVALID_ARGUMENT);
    }
    assert_int_equal(pades_tsa_set_policy(tsa, NULL, NULL), PADES_INVALID_ARGUMENT);
    assert_null(tsa->policy);
    assert_int_equal(pades_tsa_set_policy(tsa, "1.3.6.1.4.1.99999.1", NULL), PADES_OK);
    assert_int_equal(pades_tsa_set_policy(tsa, "1.2.3", NULL), PADES_OK);
    assert_string_equal(tsa->policy, "1.2.3");
}

static void authority_rate(void **state)
{
    pades_tsa *tsa = *state;
    static const unsigned bad[][2] = {{0, 1}, {1, 0}, {86401, 1}, {1, 86401}};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_int_equal(pades_tsa_set_rate(tsa, bad[i][0], bad[i][1], NULL),
                         PADES_INVALID_ARGUMENT);
    }
    assert_int_equal(tsa->rate_requests, 0);
    assert_int_equal(pades_tsa_set_rate(tsa, 10, 60, NULL), PADES_OK);
    assert_int_equal(tsa->rate_requests, 10);
}

static void authority_free_takes_null(void **state)
{
    (void)state;
    pades_tsa_free(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(authority_keeps_its_url),
        TEST(authority_refuses_urls),
        TEST(authority_user),
        TEST(authority_refuses_users),
        TEST(authority_no_credentials_over_plain_http),
        TEST(authority_bearer),
        TEST(authority_user_excludes_a_token),
        TEST(authority_insecure_credentials),
        TEST(authority_client_cert),
        TEST(authority_policy),
        TEST(authority_rate),
        TEST(authority_free_takes_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
