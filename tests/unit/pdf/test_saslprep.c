/* SASLprep as RFC 4013 has it, where the build has the library for it. */
#include "unit.h"

#include "build_config.h"
#include "pdf/saslprep.h"

#include <stdlib.h>

#ifdef PADES_IDN_SONAME
static const bool built = true;
#else
static const bool built = false;
#endif

static void prepares(const char *given, const char *wanted)
{
    AUTO(secret) *form = NULL;
    assert_int_equal(secret_new(&form, NULL), PADES_OK);
    saslprep_result result = saslprep(span_str(given), form);
    if (!built) {
        assert_int_equal(result, SASLPREP_ABSENT);
        return;
    }
    assert_int_equal(result, wanted ? SASLPREP_DONE : SASLPREP_REFUSED);
    assert_true(span_eq(secret_span(form), span_str(wanted ? wanted : "")));
}

/* clause: RFC4013#2 SASLprep, by the examples of its section 3 */
static void saslprep_gives_what_the_rfc_gives(void **state)
{
    (void)state;
    prepares("I\xC2\xADX", "IX");            /* soft hyphen mapped to nothing */
    prepares("user", "user");                /* no transformation */
    prepares("USER", "USER");                /* case is kept */
    prepares("\xC2\xAA", "a");               /* NFKC */
    prepares("\xE2\x85\xA8", "IX");          /* NFKC */
    prepares("\x07", NULL);                  /* prohibited */
    prepares("\xD8\xA7\x31", NULL);          /* bidirectional check */
    prepares("gru\xCC\x88n", "gr\xC3\xBCn"); /* composed */
    prepares("a\xC2\xA0\xE3\x80\x80z", "a  z");
    prepares("\xF0\x9F\x94\x91", "\xF0\x9F\x94\x91"); /* not assigned in Unicode 3.2 */
}

static void saslprep_keeps_to_its_room(void **state)
{
    (void)state;
    enum { ARABIC = 3, LONG = SECRET_MAX - 1 };
    char text[SECRET_MAX + ARABIC];
    /* U+FDFA becomes 18 characters */
    for (size_t i = 0; i + ARABIC < 900; i += ARABIC) {
        memcpy(text + i, "\xEF\xB7\xBA", ARABIC + 1);
    }
    prepares(text, NULL);
    memset(text, 'a', LONG);
    text[LONG] = 0;
    prepares(text, text);
    memset(text, 'a', SECRET_MAX);
    text[SECRET_MAX] = 0;
    prepares(text, NULL);
}

static void saslprep_says_its_version(void **state)
{
    (void)state;
    assert_int_equal(saslprep_version() != NULL, built);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(saslprep_gives_what_the_rfc_gives),
        cmocka_unit_test(saslprep_keeps_to_its_room),
        cmocka_unit_test(saslprep_says_its_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
