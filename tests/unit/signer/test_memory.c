/* Every allocation of ours fails once: a clean error, nothing lost, no second PIN. And signers in
 * several threads at once. */
#include "token/bench.h"
#include "token/failing.h"

#include "signer/signer.h"
#include "signer/verify.h"
#include <pthread.h>
#include <stdlib.h>

static pades_ctx *ctx;

static int setup(void **state)
{
    (void)state;
    return bench_open(&ctx, "memory", "seal", "seal-p256");
}

static int teardown(void **state)
{
    (void)state;
    return bench_close(ctx);
}

/* True when nothing failed any more. */
static bool seal_with_failure(const pades_token_opts *opts, long at, pades_status *ret)
{
    pades_signer *s = NULL;
    AUTO(pades_error) *e = NULL;
    AUTO_VAL(buf) signature = BUF(SIGNER_MAX_SIGNATURE);
    verify_request v;
    verify_make(&v, PADES_SCHEME_ECDSA, PADES_DIGEST_SHA256);
    countdown = at;
    pades_status status = pades_signer_new_token(ctx, opts, &s, &e);
    if (status == PADES_OK) {
        status = signer_sign(s, &v.r, &signature, &e);
    }
    bool finished = countdown >= 0;
    countdown = -1;
    if (status == PADES_OK) {
        assert_true(verify_is_good(s, &v, buf_span(&signature)));
    } else {
        assert_non_null(e);
        assert_int_equal(signature.n, 0);
    }
    pades_signer_free(s);
    *ret = status;
    return finished;
}

static void memory_each_allocation_fails_once(void **state)
{
    (void)state;
    pades_status status = PADES_INTERNAL;
    long at = 0;
    for (bool finished = false; !finished; at++) {
        bench_pin pin = {.pin = "1234"};
        AUTO(pades_token_opts) *opts = bench_opts(&pin, 0);
        pades_token_opts_set_uri(opts, "pkcs11:object=seal-p256");
        bench_faults("");
        finished = seal_with_failure(opts, at, &status);
        assert_true(pin.calls <= 1);
        assert_true(bench_calls("C_Login") <= 1);
        assert_int_equal(bench_calls("C_OpenSession CKR_OK"), bench_calls("C_CloseSession CKR_OK"));
        assert_int_equal(bench_calls("C_Initialize"), bench_calls("C_Finalize"));
        assert_true(at < 5000);
    }
    assert_int_equal(status, PADES_OK);
    assert_true(at > 50);
}

/* Those p11-kit is configured for and those at their usual places, with what became of each. */
static UNUSED void memory_list_of_all_modules(void **state)
{
    (void)state;
    AUTO(pades_token_opts) *opts = NULL;
    assert_int_equal(pades_token_opts_new(&opts, NULL), PADES_OK);
    pades_token_opts_set_known_modules(opts, 1);
    setenv("TSS2_LOG", "all+NONE", 1); /* a TPM's module tells at length that there is no TPM */
    long at = 0;
    for (bool finished = false; !finished; at++) {
        AUTO(pades_error) *e = NULL;
        pades_token_list *list = NULL;
        countdown = at;
        pades_status status = pades_token_list_new(ctx, opts, &list, &e);
        finished = countdown >= 0;
        countdown = -1;
        assert_int_equal(status, list ? PADES_OK : PADES_NO_MEMORY);
        assert_true(list || (e && !finished));
        for (size_t i = 0; list && pades_token_list_module(list, i); i++) {
            const pades_module_info *m = pades_token_list_module(list, i);
            assert_int_equal(m->failure != NULL, m->state != PADES_MODULE_STATE_WORKS);
        }
        pades_token_list_free(list);
        assert_true(at < 5000);
    }
    assert_true(at > 20);
}

static void memory_failed_setters_are_told(void **state)
{
    (void)state;
    AUTO(pades_token_opts) *opts = bench_opts(NULL, 0);
    AUTO(pades_error) *e = NULL;
    AUTO(pades_signer) *s = NULL;
    countdown = 0;
    pades_token_opts_set_uri(opts, "pkcs11:object=seal-p256");
    countdown = -1;
    assert_fails_with(pades_signer_new_token(ctx, opts, &s, &e), PADES_NO_MEMORY, &e, "memory");
}

static void *sign_many(void *unused)
{
    (void)unused;
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_token_opts) *opts = bench_opts(&pin, 0);
    AUTO(pades_signer) *s = NULL;
    if (pades_signer_new_token(ctx, opts, &s, NULL) != PADES_OK) {
        return NULL;
    }
    for (int i = 0; i < 20; i++) {
        verify_request v;
        AUTO_VAL(buf) signature = BUF(SIGNER_MAX_SIGNATURE);
        verify_make(&v, PADES_SCHEME_ECDSA, PADES_DIGEST_SHA256);
        if (signer_sign(s, &v.r, &signature, NULL) != PADES_OK ||
            !verify_is_good(s, &v, buf_span(&signature))) {
            return NULL;
        }
    }
    return ctx;
}

static void threads_sign_at_the_same_time(void **state)
{
    (void)state;
    pthread_t threads[4];
    bench_faults("");
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, sign_many, NULL), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        void *good = NULL;
        assert_int_equal(pthread_join(threads[i], &good), 0);
        assert_non_null(good);
    }
    assert_int_equal(bench_calls("C_Sign CKR_OK"), 80);
    assert_int_equal(bench_calls("C_Login(user) CKR_PIN_INCORRECT"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_each_allocation_fails_once),
#ifndef __SANITIZE_ADDRESS__ /* modules of the system leak when they are initialized */
        cmocka_unit_test(memory_list_of_all_modules),
#endif
        cmocka_unit_test(memory_failed_setters_are_told),
        cmocka_unit_test(threads_sign_at_the_same_time),
    };
    return cmocka_run_group_tests_name("signer_memory", tests, setup, teardown);
}
