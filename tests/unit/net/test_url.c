/* net/url: what is a URL to ask, and what is refused before libcurl could read it otherwise. */
#include "net/url.h"

#include "net/cm.h"

static void url_parts(void **state)
{
    (void)state;
    url u;
    assert_null(url_parse("https://TSA.Example.org/tsr?key=1", &u));
    assert_true(u.https);
    assert_string_equal(u.host, "tsa.example.org");
    assert_int_equal(u.port, 443);
    assert_string_equal(u.text + u.path, "/tsr?key=1");
    assert_null(url_parse("HTTP://host:8080", &u));
    assert_false(u.https);
    assert_int_equal(u.port, 8080);
    assert_string_equal(u.text + u.path, "");
    assert_null(url_parse("http://[2001:DB8::1]:81/x", &u));
    assert_string_equal(u.host, "2001:db8::1");
    assert_int_equal(u.port, 81);
}

/* clause: RFC3986#3.2.2 no zone, no IPv4 in brackets */
static void url_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "x",
                                      "ftp://host/",
                                      "file:///etc/passwd",
                                      "http:/host",
                                      "http:host",
                                      "//host/",
                                      "http://",
                                      "http:///x",
                                      "http://user@host/",
                                      "http://user:pass@host/",
                                      "http://host@evil.example/",
                                      "http://ho st/",
                                      "http://host/\n",
                                      "http://host/\r\nX: y",
                                      "http://host/\x7f",
                                      "http://h\xc3\xb6st/",
                                      "http://host\\@evil/",
                                      "http://host:0/",
                                      "http://host:65536/",
                                      "http://host:99999999999/",
                                      "http://host:8x/",
                                      "http://host:/",
                                      "http://host:-1/",
                                      "http://[::1/",
                                      "http://[::1%25eth0]/",
                                      "http://[1.2.3.4]/",
                                      "http://[::1]x/",
                                      "http://a%62c/",
                                      "http://host\"/",
                                      "gopher://host/",
                                      "javascript:alert(1)",
                                      "http://[]/",
                                      "http://[/"};
    url u;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        if (!url_parse(bad[i], &u)) {
            fail_msg("accepted: %s", bad[i]);
        }
    }
    assert_non_null(url_parse(NULL, &u));
}

static void url_length(void **state)
{
    (void)state;
    char text[URL_MAX + 2];
    url u;
    memset(text, 'a', sizeof text);
    memcpy(text, "http://h/", 9);
    text[URL_MAX] = '\0';
    assert_null(url_parse(text, &u));
    text[URL_MAX] = 'a';
    text[URL_MAX + 1] = '\0';
    assert_non_null(url_parse(text, &u));
    memset(text, 'a', sizeof text);
    memcpy(text, "http://", 7);
    text[7 + URL_HOST_MAX] = '\0';
    assert_null(url_parse(text, &u));
    text[7 + URL_HOST_MAX] = 'a';
    text[7 + URL_HOST_MAX + 1] = '\0';
    assert_non_null(url_parse(text, &u));
}

static void url_origins(void **state)
{
    (void)state;
    url a, b;
    assert_null(url_parse("https://host/a", &a));
    assert_null(url_parse("https://HOST:443/b", &b));
    assert_true(url_same_origin(&a, &b));
    assert_null(url_parse("https://host:444/a", &b));
    assert_false(url_same_origin(&a, &b));
    assert_true(url_same_host(&a, &b));
    assert_null(url_parse("http://host:443/a", &b));
    assert_false(url_same_origin(&a, &b));
    assert_null(url_parse("https://host.example/a", &b));
    assert_false(url_same_host(&a, &b));
}

static void url_shown_without_query(void **state)
{
    (void)state;
    url u;
    buf out = BUF(URL_MAX);
    assert_null(url_parse("https://host:8443/tsr?customer=12345#x", &u));
    url_show(&u, &out);
    assert_true(span_is(buf_span(&out), "https://host:8443/tsr"));
    buf_clear(&out);
    assert_null(url_parse("https://host?customer=12345", &u));
    url_show(&u, &out);
    assert_true(span_is(buf_span(&out), "https://host"));
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(url_parts),
        cmocka_unit_test(url_refused),
        cmocka_unit_test(url_length),
        cmocka_unit_test(url_origins),
        cmocka_unit_test(url_shown_without_query),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
