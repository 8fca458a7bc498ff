/* A host may fork or end at any moment after it has asked for things to be loaded ahead. Each trial
 * is a process of its own, in which nothing is loaded yet. */
#include "token/bench.h"

#include "signer/signer.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

DEFINE_AUTO(pades_ctx, pades_ctx_free)

enum { TRIALS = 12, STEP_US = 150, SECONDS = 20 };

static int setup(void **state)
{
    (void)state;
    bench_store("preload");
    bench_token("seal", "seal-p256", (char *)NULL);
    bench_faults("");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    bench_end();
    return 0;
}

static pades_token_opts *opts_of(bench_pin *pin)
{
    pades_token_opts *opts = bench_opts(pin, 0);
    pades_token_opts_set_worker(opts, WORKER);
    return opts;
}

/* The exit status of a process that runs `fn`; one that hangs is ended by its alarm. */
static int run(int (*fn)(useconds_t), useconds_t us)
{
    int status = -1;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        alarm(SECONDS);
        exit(fn(us));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static int opens_a_signer(pades_ctx *ctx)
{
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_token_opts) *opts = opts_of(&pin);
    AUTO(pades_signer) *s = NULL;
    return pades_signer_new_token(ctx, opts, &s, NULL) == PADES_OK ? 0 : 1;
}

static pades_ctx *preloaded(useconds_t us)
{
    pades_ctx *ctx = NULL;
    AUTO(pades_token_opts) *opts = opts_of(&(bench_pin){.pin = "1234"});
    if (pades_ctx_new(&ctx, NULL) != PADES_OK) {
        abort();
    }
    pades_ctx_preload(ctx);
    pades_token_preload(ctx, opts);
    usleep(us);
    return ctx;
}

static int forks(useconds_t us)
{
    AUTO(pades_ctx) *ctx = preloaded(us);
    int status = -1;
    pid_t pid = fork();
    if (pid == 0) {
        alarm(SECONDS);
        status = opens_a_signer(ctx);
        pades_ctx_free(ctx);
        _exit(status);
    }
    return waitpid(pid, &status, 0) == pid && status == 0 ? opens_a_signer(ctx) : 1;
}

/* Not with the address sanitizer, whose allocator may be locked by the thread that is not there any
 * more in the child: that of the C library sees to it, this one (of gcc 12) does not. */
static void both_sides_of_a_fork_go_on(void **state)
{
    (void)state;
#ifdef __SANITIZE_ADDRESS__
    skip();
#endif
    for (useconds_t i = 0; i < TRIALS; i++) {
        assert_int_equal(run(forks, i * STEP_US), 0);
    }
}

static pades_ctx *volatile kept; /* by a host that frees nothing at its end */

static int ends(useconds_t us)
{
    kept = preloaded(us);
    return 0;
}

static void a_host_may_end_without_freeing_anything(void **state)
{
    (void)state;
    for (useconds_t i = 0; i < 2 * TRIALS; i++) {
        assert_int_equal(run(ends, i * STEP_US), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_sides_of_a_fork_go_on),
        cmocka_unit_test(a_host_may_end_without_freeing_anything),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
