/* A host program that uses the module itself, beside the library: it stays initialized, and its
 * sessions and login are its own business. */
#include "token/bench.h"

#include "signer/signer.h"
#include "signer/verify.h"
#include <dlfcn.h>
#include <p11-kit/pkcs11.h>
#include <stdlib.h>

static pades_ctx *ctx;
static CK_FUNCTION_LIST *host;

static int setup(void **state)
{
    (void)state;
    return bench_open(&ctx, "host", "seal", "seal-p256");
}

static int teardown(void **state)
{
    (void)state;
    return bench_close(ctx);
}

static void host_initializes(void)
{
    void *library = dlopen(bench_p11fault, RTLD_NOW | RTLD_LOCAL);
    assert_non_null(library);
    CK_C_GetFunctionList get = NULL;
    void *symbol = dlsym(library, "C_GetFunctionList");
    memcpy(&get, &symbol, sizeof get);
    assert_non_null(get);
    assert_int_equal(get(&host), CKR_OK);
    CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};
    assert_int_equal(host->C_Initialize(&args), CKR_OK);
}

static void sign_beside_the_host(void)
{
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_token_opts) *opts = bench_opts(&pin, 0);
    AUTO(pades_error) *e = NULL;
    AUTO(pades_signer) *s = NULL;
    assert_ok(pades_signer_new_token(ctx, opts, &s, &e), e);
    verify_signer(s, PADES_SCHEME_ECDSA, PADES_DIGEST_SHA256);
    assert_int_equal(pin.calls, 1);
}

static void module_of_the_host_stays_initialized(void **state)
{
    (void)state;
    CK_INFO info;
    bench_faults("");
    host_initializes();
    sign_beside_the_host();
    sign_beside_the_host();
    assert_int_equal(host->C_GetInfo(&info), CKR_OK);
    assert_int_equal(bench_calls("C_Finalize"), getenv("PADES_TEST_WORKER") ? 2 : 0);
    assert_int_equal(host->C_Finalize(NULL), CKR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(module_of_the_host_stays_initialized),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
