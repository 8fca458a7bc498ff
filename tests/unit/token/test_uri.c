/* clause: RFC7512#2.3 URIs that are read, that are refused, and that are written. */
#include "base/fail.h"
#include "token/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool has(const p11_uri *u, uri_field f, const char *value)
{
    return u->has[f] && span_is(buf_span(&u->value[f]), value);
}

static void uri_reads_every_attribute(void **state)
{
    (void)state;
    p11_uri u;
    const char *text =
        "pkcs11:token=The%20Software;manufacturer=Snake%20Oil,%20Inc.;serial=;model=1.0;"
        "object=my-certificate;type=cert;id=%69%95%3E%00;slot-id=42;slot-description=R%c3%a4der;"
        "slot-manufacturer=x;library-manufacturer=Y;library-description=Z;library-version=3.1"
        "?module-name=softhsm2&module-path=/usr/lib/p.so&x-vendor=1";
    assert_int_equal(p11_uri_parse(text, &u, NULL), PADES_OK);
    assert_true(has(&u, URI_TOKEN, "The Software"));
    assert_true(has(&u, URI_MANUFACTURER, "Snake Oil, Inc."));
    assert_true(has(&u, URI_SERIAL, ""));
    assert_true(has(&u, URI_MODEL, "1.0"));
    assert_true(has(&u, URI_OBJECT, "my-certificate"));
    assert_true(has(&u, URI_TYPE, "cert"));
    assert_int_equal(u.value[URI_ID].n, 4);
    assert_memory_equal(u.value[URI_ID].p, "\x69\x95\x3e\0", 4);
    assert_true(has(&u, URI_SLOT_ID, "42"));
    assert_true(has(&u, URI_SLOT_DESCRIPTION,
                    "R\xc3\xa4"
                    "der"));
    assert_true(has(&u, URI_LIBRARY_VERSION, "3.1"));
    assert_true(has(&u, URI_MODULE_NAME, "softhsm2"));
    assert_true(has(&u, URI_MODULE_PATH, "/usr/lib/p.so"));
    p11_uri_free(&u);
}

static void uri_without_conditions(void **state)
{
    (void)state;
    static const char *const texts[] = {NULL, "", "pkcs11:", "pkcs11:?x-a=1"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        p11_uri u;
        assert_int_equal(p11_uri_parse(texts[i], &u, NULL), PADES_OK);
        for (size_t f = 0; f < URI_FIELDS; f++) {
            assert_false(u.has[f]);
        }
        p11_uri_free(&u);
    }
}

static void uri_refuses_what_it_does_not_understand(void **state)
{
    (void)state;
    static const struct {
        const char *text, *part;
    } cases[] = {
        {"http://example.org/", "begins with 'pkcs11:'"},
        {"PKCS11:token=a", "begins with 'pkcs11:'"},
        {"pkcs11:token=a;token=b", "'token' twice"},
        {"pkcs11:token=a;;object=b", "empty attribute"},
        {"pkcs11:token=a;", "empty attribute"},
        {"pkcs11:;token=a", "empty attribute"},
        {"pkcs11:token", "without '='"},
        {"pkcs11:=a", "without '='"},
        {"pkcs11:token=a b", "percent-encoded"},
        {"pkcs11:token=a%2", "percent-encoded"},
        {"pkcs11:token=a%zz", "percent-encoded"},
        {"pkcs11:token=a#b", "percent-encoded"},
        {"pkcs11:token=\xc3\xa4", "percent-encoded"},
        {"pkcs11:token=a/b", "percent-encoded"},
        {"pkcs11:token=a%00b", "makes no sense"},
        {"pkcs11:type=secret-key", "makes no sense"},
        {"pkcs11:type=data", "makes no sense"},
        {"pkcs11:slot-id=x", "makes no sense"},
        {"pkcs11:slot-id=", "makes no sense"},
        {"pkcs11:slot-id=99999999999999999999", "makes no sense"},
        {"pkcs11:library-version=new", "makes no sense"},
        {"pkcs11:colour=red", "unknown attribute 'colour' in the path"},
        {"pkcs11:x-colour=red", "unknown attribute 'x-colour' in the path"},
        {"pkcs11:module-path=/a", "unknown attribute 'module-path' in the path"},
        {"pkcs11:?token=a", "unknown attribute 'token' in the query"},
        {"pkcs11:\033[2J=a", "unknown attribute '\\x1b[2J' in the path"},
        {"pkcs11:token=a?module-path=/a&module-path=/b", "'module-path' twice"},
        {"pkcs11:token=a?", "OK"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        p11_uri u;
        AUTO(pades_error) *e = NULL;
        pades_status status = p11_uri_parse(cases[i].text, &u, &e);
        if (strcmp(cases[i].part, "OK") == 0) {
            assert_int_equal(status, PADES_OK);
            p11_uri_free(&u);
            continue;
        }
        if (status != PADES_INVALID_ARGUMENT || !strstr(pades_error_message(e), cases[i].part)) {
            print_error("%s: %s\n", cases[i].text, pades_error_message(e));
        }
        assert_int_equal(status, PADES_INVALID_ARGUMENT);
        assert_non_null(strstr(pades_error_message(e), cases[i].part));
    }
}

static void uri_never_repeats_a_pin(void **state)
{
    (void)state;
    static const char *const texts[] = {"pkcs11:token=a?pin-value=4711", "pkcs11:pin-value=4711",
                                        "pkcs11:token=a?pin-source=file:4711",
                                        "pkcs11:token=a?pin-value=47%2711%"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        p11_uri u;
        AUTO(pades_error) *e = NULL;
        assert_int_equal(p11_uri_parse(texts[i], &u, &e), PADES_INVALID_ARGUMENT);
        assert_non_null(strstr(pades_error_message(e), "pin-"));
        assert_null(strstr(pades_error_message(e), "47"));
        assert_non_null(pades_error_hint(e));
    }
}

/* clause: RFC7512#2.4 pin-source: of the ways it may name, a file alone */
static void uri_pin_source_is_a_file(void **state)
{
    (void)state;
    static const char *const good[] = {
        "pkcs11:?pin-source=file:/etc/pin", "pkcs11:?pin-source=file:///etc/pin",
        "pkcs11:?pin-source=file://localhost/etc/pin", "pkcs11:?pin-source=%2Fetc%2Fpin"};
    static const char *const bad[] = {"pkcs11:?pin-source=%7C/bin/echo",
                                      "pkcs11:?pin-source=pin",
                                      "pkcs11:?pin-source=http://x/etc/pin",
                                      "pkcs11:?pin-source=file://x/etc/pin",
                                      "pkcs11:?pin-source=",
                                      "pkcs11:?pin-source=file:"};
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        p11_uri u;
        AUTO(pades_error) *e = NULL;
        assert_int_equal(p11_uri_parse(good[i], &u, &e), PADES_OK);
        assert_true(span_is(buf_span(&u.value[URI_PIN_SOURCE]), "/etc/pin"));
        p11_uri_free(&u);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        p11_uri u;
        AUTO(pades_error) *e = NULL;
        assert_int_equal(p11_uri_parse(bad[i], &u, &e), PADES_INVALID_ARGUMENT);
        assert_non_null(strstr(pades_error_message(e), "must name a file"));
    }
}

static pades_status nobody(void *user, const pades_pin_request *request, pades_pin *pin)
{
    (void)user, (void)request, (void)pin;
    return PADES_PIN_CANCELLED;
}

static int is_unattended(const char *uri, pades_pin_fn fn, int attended)
{
    AUTO(pades_token_opts) *opts = NULL;
    assert_int_equal(pades_token_opts_new(&opts, NULL), PADES_OK);
    pades_token_opts_set_uri(opts, uri);
    pades_token_opts_set_pin(opts, fn, NULL, attended);
    return pades_token_opts_is_unattended(opts);
}

/* Read as the operation reads it: the words elsewhere in the URI are no source. */
static void uri_pin_source_makes_it_unattended(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int expected;
    } cases[] = {{NULL, 0},
                 {"pkcs11:token=a", 0},
                 {"pkcs11:token=a?pin-source=/etc/pin", 1},
                 {"pkcs11:?module-name=b&pin-source=file:%2Fetc%2Fpin", 1},
                 {"pkcs11:object=pin-source=/etc/pin", 0},
                 {"pkcs11:token=a;object=b&pin-source=/etc/pin", 0}, /* refused */
                 {"pkcs11:token=pin-source=a?module-name=b", 0},
                 {"pkcs11:token=pin-source%3Da", 0},
                 {"pkcs11:object=a%3Fpin-source=%2Fetc%2Fpin", 0},
                 {"pkcs11:token=a?module-name=pin-source=b", 0},
                 {"pkcs11:token=a?module-name=b%26pin-source=%2Fetc%2Fpin", 0},
                 {"pkcs11:token=a?x-pin-source=/etc/pin", 0},
                 {"pkcs11:token=a?x-b=?pin-source=/etc/pin", 0},
                 {"pkcs11:token=a?pin%2Dsource=/etc/pin", 0}, /* refused, as are those below */
                 {"pkcs11:pin-source=/etc/pin", 0},
                 {"pkcs11:token=a?pin-source=pin", 0},
                 {"/srv/pin-source=/key.p12", 0}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(is_unattended(cases[i].text, NULL, 0), cases[i].expected);
        assert_int_equal(is_unattended(cases[i].text, nobody, 1), cases[i].expected);
        assert_int_equal(is_unattended(cases[i].text, nobody, 0), 1);
    }
    assert_int_equal(pades_token_opts_is_unattended(NULL), 0);
}

static void uri_written_is_read_again(void **state)
{
    (void)state;
    p11_uri u;
    AUTO_VAL(buf) out = BUF(1024);
    static const unsigned char id[] = {0, ';', 0xff};
    buf_add_str(&out, "pkcs11:");
    p11_uri_add(&out, ';', "token", span_str("a;b ?&\033\xc3\xa4"));
    p11_uri_add(&out, ';', "id", span_of(id, 3));
    p11_uri_add(&out, '?', "module-path", span_str("/a b"));
    buf_add_byte(&out, 0);
    assert_string_equal((const char *)out.p,
                        "pkcs11:token=a%3Bb%20%3F%26%1B%C3%A4;id=%00%3B%FF?module-path=%2Fa%20b");
    assert_int_equal(p11_uri_parse((const char *)out.p, &u, NULL), PADES_OK);
    assert_true(has(&u, URI_TOKEN, "a;b ?&\033\xc3\xa4"));
    assert_true(span_eq(buf_span(&u.value[URI_ID]), span_of(id, 3)));
    assert_true(has(&u, URI_MODULE_PATH, "/a b"));
    p11_uri_free(&u);
}

static void fill(unsigned char *field, size_t n, const char *text)
{
    memset(field, ' ', n);
    memcpy(field, text, strlen(text));
}

static void uri_fits_padded_fields(void **state)
{
    (void)state;
    CK_TOKEN_INFO info;
    p11_uri u;
    memset(&info, 0, sizeof info);
    fill(info.label, sizeof info.label, "seal one");
    fill(info.serialNumber, sizeof info.serialNumber, "00ff");
    memcpy(info.model, "zero", 5); /* padded with zeros, which some modules do */
    fill(info.manufacturerID, sizeof info.manufacturerID, "m");
    static const struct {
        const char *text;
        bool fits;
    } cases[] = {{"pkcs11:", true},
                 {"pkcs11:token=seal%20one", true},
                 {"pkcs11:token=seal%20one%20", false},
                 {"pkcs11:token=seal", false},
                 {"pkcs11:serial=00ff;model=zero;manufacturer=m", true},
                 {"pkcs11:serial=00FF", false},
                 {"pkcs11:model=", false}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(p11_uri_parse(cases[i].text, &u, NULL), PADES_OK);
        assert_int_equal(p11_uri_fits_token(&u, &info), cases[i].fits);
        p11_uri_free(&u);
    }
}

static void uri_fits_slots_and_libraries(void **state)
{
    (void)state;
    CK_SLOT_INFO slot;
    CK_INFO library;
    p11_uri u;
    memset(&slot, 0, sizeof slot);
    memset(&library, 0, sizeof library);
    fill(slot.slotDescription, sizeof slot.slotDescription, "Reader 1");
    fill(slot.manufacturerID, sizeof slot.manufacturerID, "ACME");
    fill(library.libraryDescription, sizeof library.libraryDescription, "L");
    fill(library.manufacturerID, sizeof library.manufacturerID, "V");
    library.libraryVersion.major = 2;
    const char *good = "pkcs11:slot-id=7;slot-description=Reader%201;slot-manufacturer=ACME;"
                       "library-description=L;library-manufacturer=V;library-version=2";
    assert_int_equal(p11_uri_parse(good, &u, NULL), PADES_OK);
    assert_true(p11_uri_fits_slot(&u, 7, &slot));
    assert_false(p11_uri_fits_slot(&u, 8, &slot));
    assert_true(p11_uri_fits_library(&u, &library));
    library.libraryVersion.minor = 1;
    assert_false(p11_uri_fits_library(&u, &library));
    p11_uri_free(&u);
    assert_int_equal(p11_uri_parse("pkcs11:library-version=2.1", &u, NULL), PADES_OK);
    assert_true(p11_uri_fits_library(&u, &library));
    p11_uri_free(&u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(uri_reads_every_attribute),
        cmocka_unit_test(uri_without_conditions),
        cmocka_unit_test(uri_refuses_what_it_does_not_understand),
        cmocka_unit_test(uri_never_repeats_a_pin),
        cmocka_unit_test(uri_pin_source_is_a_file),
        cmocka_unit_test(uri_pin_source_makes_it_unattended),
        cmocka_unit_test(uri_written_is_read_again),
        cmocka_unit_test(uri_fits_padded_fields),
        cmocka_unit_test(uri_fits_slots_and_libraries),
    };
    return cmocka_run_group_tests_name("token_uri", tests, NULL, NULL);
}
