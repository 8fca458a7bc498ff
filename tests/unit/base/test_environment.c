/* Law 10: what stands in the environment changes nothing. A configuration of OpenSSL that demands
 * FIPS algorithms would make every digest fail; the program must not have read it. */
#include "unit.h"

#include "base/ctx.h"
#include "base/digest.h"

#include <stdlib.h>
#include <unistd.h>

static void openssl_conf_of_the_environment_is_not_read(void **state)
{
    (void)state;
    char path[] = "/tmp/pades-conf-XXXXXX";
    static const char conf[] =
        "openssl_conf = all\n[all]\nalg_section = evp\n[evp]\ndefault_properties = fips=yes\n";
    int fd = mkstemp(path);
    uint8_t hash[DIGEST_MAX];
    pades_ctx *ctx = NULL;
    pades_error *e = NULL;
    assert_int_equal(write(fd, conf, sizeof conf - 1), sizeof conf - 1);
    close(fd);
    assert_int_equal(setenv("OPENSSL_CONF", path, 1), 0);
    assert_ok(pades_ctx_new(&ctx, &e), e);
    assert_ok(digest_once(PADES_DIGEST_SHA256, span_str("abc"), hash, &e), e);
    assert_memory_equal(hash, "\xba\x78\x16\xbf\x8f\x01\xcf\xea", 8);
    pades_ctx_free(ctx);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(openssl_conf_of_the_environment_is_not_read)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
