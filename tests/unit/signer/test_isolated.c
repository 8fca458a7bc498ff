/* A module in a process of its own: it crashes, hangs, ends itself, and nothing else is harmed. */
#include "token/bench.h"

#include "base/control.h"
#include "signer/signer.h"
#include "signer/verify.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pades_ctx *ctx;

static int setup(void **state)
{
    (void)state;
    return bench_open(&ctx, "isolated", "seal", "seal-rsa2048");
}

static int teardown(void **state)
{
    (void)state;
    return bench_close(ctx);
}

static pades_token_opts *isolated_opts(bench_pin *pin, uint32_t answer_ms)
{
    pades_token_opts *opts = bench_opts(pin, 0);
    pades_token_opts_set_worker(opts, WORKER);
    pades_token_opts_set_answer_timeout(opts, answer_ms);
    return opts;
}

static pades_signer *open_isolated(bench_pin *pin, uint32_t answer_ms)
{
    AUTO(pades_token_opts) *opts = isolated_opts(pin, answer_ms);
    AUTO(pades_error) *e = NULL;
    pades_signer *s = NULL;
    bench_faults("");
    assert_ok(pades_signer_new_token(ctx, opts, &s, &e), e);
    return s;
}

static void fails_to_open(const char *faults, uint32_t answer_ms, pades_status status,
                          const char *part)
{
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_token_opts) *opts = isolated_opts(&pin, answer_ms);
    AUTO(pades_error) *e = NULL;
    pades_signer *s = NULL;
    bench_faults(faults);
    assert_fails_with(pades_signer_new_token(ctx, opts, &s, &e), status, &e, part);
    assert_null(s);
}

static void fails_to_sign(pades_signer *s, pades_status status, const char *part)
{
    AUTO(pades_error) *e = NULL;
    AUTO_VAL(buf) signature = BUF(SIGNER_MAX_SIGNATURE);
    verify_request v;
    verify_make(&v, PADES_SCHEME_RSA_PKCS1, PADES_DIGEST_SHA256);
    assert_fails_with(signer_sign(s, &v.r, &signature, &e), status, &e, part);
    assert_int_equal(signature.n, 0);
}

/* The process that the last call of the module was made in. */
static pid_t module_process(void)
{
    char line[256] = "";
    FILE *f = fopen(bench_path("log"), "re");
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
    }
    fclose(f);
    return (pid_t)strtol(line, NULL, 10);
}

static bool is_gone_in(pid_t pid, int ms)
{
    const struct timespec moment = {0, 10 * 1000 * 1000};
    for (int i = 0; i < ms / 10; i++) {
        if (kill(pid, 0) != 0 && errno == ESRCH) {
            return true;
        }
        nanosleep(&moment, NULL);
    }
    return false;
}

static void signs_in_another_process_that_ends_with_the_signer(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    pades_signer *s = open_isolated(&pin, 0);
    verify_signer(s, PADES_SCHEME_RSA_PKCS1, PADES_DIGEST_SHA256);
    verify_signer(s, PADES_SCHEME_RSA_PSS, PADES_DIGEST_SHA384);
    pid_t pid = module_process();
    assert_int_not_equal(pid, getpid());
    assert_int_equal(kill(pid, 0), 0);
    pades_signer_free(s);
    assert_true(is_gone_in(pid, 100));
    assert_int_equal(bench_calls("C_Logout CKR_OK"), 1);
    assert_int_equal(bench_calls("C_Finalize CKR_OK"), 1);
    assert_int_equal(pin.calls, 1);
}

static void crash_while_signing_is_told_and_no_pin_is_sent_again(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_signer) *s = open_isolated(&pin, 0);
    bench_faults("crash C_Sign\n");
    fails_to_sign(s, PADES_TOKEN_ERROR, "its process crashed (signal ");
    bench_faults("");
    fails_to_sign(s, PADES_TOKEN_ERROR, "its process crashed (signal ");
    assert_int_equal(bench_calls("C_"), 0);
    assert_int_equal(pin.calls, 1);
}

static void crash_while_logging_in_spends_one_pin(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_token_opts) *opts = isolated_opts(&pin, 0);
    AUTO(pades_error) *e = NULL;
    pades_signer *s = NULL;
    bench_faults("crash C_Login\n");
    assert_fails_with(pades_signer_new_token(ctx, opts, &s, &e), PADES_TOKEN_ERROR, &e,
                      "its process crashed (signal ");
    assert_int_equal(pin.calls, 1);
}

static void crash_before_any_token_is_seen(void **state)
{
    (void)state;
    fails_to_open("crash C_Initialize\n", 0, PADES_MODULE_FAILED, "its process crashed (signal ");
    fails_to_open("crash C_GetSlotList\n", 0, PADES_MODULE_FAILED, "its process crashed (signal ");
    fails_to_open("crash C_FindObjectsInit\n", 0, PADES_TOKEN_ERROR,
                  "its process crashed (signal ");
}

static void silence_ends_in_time(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    uint64_t start = monotonic_ms();
    fails_to_open("hang C_Initialize\n", 1000, PADES_MODULE_FAILED, "no answer in 1 seconds");
    AUTO(pades_signer) *s = open_isolated(&pin, 1000);
    bench_faults("hang C_Sign\n");
    fails_to_sign(s, PADES_TOKEN_ERROR, "no answer in 1 seconds");
    fails_to_sign(s, PADES_TOKEN_ERROR, "no answer in 1 seconds");
    assert_true(monotonic_ms() - start < 20000);
}

static void silence_at_the_end_does_not_hold_the_caller(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    pades_signer *s = open_isolated(&pin, 0);
    verify_signer(s, PADES_SCHEME_RSA_PKCS1, PADES_DIGEST_SHA256);
    pid_t pid = module_process();
    bench_faults("hang C_Finalize\n");
    uint64_t start = monotonic_ms();
    pades_signer_free(s);
    assert_true(monotonic_ms() - start < 6000);
    assert_true(is_gone_in(pid, 100));
}

static void *cancel_soon(void *control)
{
    const struct timespec moment = {0, 300 * 1000 * 1000};
    nanosleep(&moment, NULL);
    pades_control_cancel(control);
    return NULL;
}

static void cancelling_ends_a_hang(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    pthread_t thread;
    AUTO(pades_control) *control = NULL;
    AUTO(pades_token_opts) *opts = isolated_opts(&pin, 0);
    AUTO(pades_error) *e = NULL;
    AUTO(pades_signer) *s = NULL;
    assert_int_equal(pades_control_new(&control, NULL), PADES_OK);
    pades_token_opts_set_control(opts, control);
    bench_faults("");
    assert_ok(pades_signer_new_token(ctx, opts, &s, &e), e);
    bench_faults("hang C_Sign\n");
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, control), 0);
    fails_to_sign(s, PADES_CANCELLED, "cancelled");
    pthread_join(thread, NULL);
}

static void program_that_is_not_there(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_token_opts) *opts = bench_opts(&pin, 0);
    AUTO(pades_error) *e = NULL;
    pades_signer *s = NULL;
    pades_token_opts_set_worker(opts, "/nonexistent/pades-token-worker");
    bench_faults("");
    assert_fails_with(pades_signer_new_token(ctx, opts, &s, &e), PADES_MODULE_FAILED, &e,
                      "cannot start the process");
    /* one that is something else */
    pades_token_opts_set_worker(opts, "/bin/true");
    assert_fails_with(pades_signer_new_token(ctx, opts, &s, &e), PADES_MODULE_FAILED, &e,
                      "ended its process (status 0)");
}

/* Runs in a child, and tells by its exit status. */
static int sign_in_a_child(pades_signer *s)
{
    pades_error *e = NULL;
    AUTO_VAL(buf) signature = BUF(SIGNER_MAX_SIGNATURE);
    verify_request v;
    verify_make(&v, PADES_SCHEME_RSA_PKCS1, PADES_DIGEST_SHA256);
    pades_status status = signer_sign(s, &v.r, &signature, &e);
    bool told = e && strstr(pades_error_message(e), "forked");
    pades_signer_free(s);
    return status != PADES_OK && told ? 0 : 1;
}

static void child_may_not_use_it_nor_end_it(void **state)
{
    (void)state;
    const bool isolated[] = {true, false};
    for (size_t i = 0; i < 2; i++) {
        bench_pin pin = {.pin = "1234"};
        AUTO(pades_token_opts) *opts = isolated_opts(&pin, 0);
        AUTO(pades_error) *e = NULL;
        AUTO(pades_signer) *s = NULL;
        int status = -1;
        pades_token_opts_set_worker(opts, isolated[i] ? WORKER : NULL);
        bench_faults("");
        assert_ok(pades_signer_new_token(ctx, opts, &s, &e), e);
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            _exit(sign_in_a_child(s));
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
        assert_int_equal(bench_calls("C_Sign"), 0);
        assert_int_equal(bench_calls("C_Logout"), 0);
        verify_signer(s, PADES_SCHEME_RSA_PKCS1, PADES_DIGEST_SHA256);
    }
}

/* Opens a signer of its own and signs; by the exit status of a child. */
static int signs_by_itself(void)
{
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_signer) *s = open_isolated(&pin, 0);
    verify_signer(s, PADES_SCHEME_RSA_PKCS1, PADES_DIGEST_SHA256);
    return 0;
}

/* What was started ahead is the parent's: the page for PINs is not in the child. */
static void both_sides_of_a_fork_sign_after_a_preload(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_token_opts) *opts = isolated_opts(&pin, 0);
    int status = -1;
    bench_faults("");
    pades_token_preload(ctx, opts);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        _exit(signs_by_itself());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(signs_by_itself(), 0);
}

/* A host that reaps whatever child it finds, as some main loops do. */
static void *reap_all(void *stop)
{
    const struct timespec moment = {0, 1000 * 1000};
    while (!*(atomic_bool *)stop) {
        if (waitpid(-1, NULL, WNOHANG) <= 0) {
            nanosleep(&moment, NULL);
        }
    }
    return NULL;
}

static void host_that_reaps_every_child(void **state)
{
    (void)state;
    pthread_t thread;
    atomic_bool stop = false;
    bench_pin pin = {.pin = "1234"};
    assert_int_equal(pthread_create(&thread, NULL, reap_all, &stop), 0);
    assert_int_equal(signs_by_itself(), 0);
    pades_signer *s = open_isolated(&pin, 0);
    bench_faults("crash C_Sign\n");
    fails_to_sign(s, PADES_TOKEN_ERROR, "its process ");
    pades_signer_free(s);
    stop = true;
    pthread_join(thread, NULL);
}

static void module_ends_when_the_program_is_killed(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    int ready[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        AUTO_VAL(buf) signature = BUF(SIGNER_MAX_SIGNATURE);
        verify_request v;
        pades_signer *s = open_isolated(&pin, 0);
        bench_faults("hang C_Sign\n");
        bool told = write(ready[1], "x", 1) == 1;
        verify_make(&v, PADES_SCHEME_RSA_PKCS1, PADES_DIGEST_SHA256);
        _exit(told && signer_sign(s, &v.r, &signature, NULL) == PADES_OK ? 0 : 1);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    const struct timespec moment = {0, 400 * 1000 * 1000};
    nanosleep(&moment, NULL);
    pid_t module = module_process();
    assert_int_not_equal(module, pid);
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_true(is_gone_in(module, 6000));
    close(ready[0]);
    close(ready[1]);
}

/* Kernels before 5.3 give no descriptor of a process. */
static bool old_kernel;

long __real_syscall(long number, ...);
long __wrap_syscall(long number, long a, long b, long c, long d);
long __wrap_syscall(long number, long a, long b, long c, long d)
{
#ifdef SYS_pidfd_open
    if (old_kernel && number == SYS_pidfd_open) {
        errno = ENOSYS;
        return -1;
    }
#endif
    return __real_syscall(number, a, b, c, d);
}

static void *told_of_the_end(void *signer)
{
    fails_to_sign(signer, PADES_TOKEN_ERROR, "its process ");
    return NULL;
}

static void end_is_told_to_every_thread(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        pthread_t threads[4];
        bench_pin pin = {.pin = "1234"};
        AUTO(pades_token_opts) *opts = isolated_opts(&pin, 5000);
        AUTO(pades_error) *e = NULL;
        AUTO(pades_signer) *s = NULL;
        pades_token_opts_set_sessions(opts, ARRAY_LEN(threads));
        old_kernel = i == 1;
        bench_faults("");
        assert_ok(pades_signer_new_token(ctx, opts, &s, &e), e);
        verify_signer(s, PADES_SCHEME_RSA_PKCS1, PADES_DIGEST_SHA256);
        bench_faults("hang C_Sign\n");
        for (size_t t = 0; t < ARRAY_LEN(threads); t++) {
            assert_int_equal(pthread_create(&threads[t], NULL, told_of_the_end, s), 0);
        }
        const struct timespec moment = {0, 300 * 1000 * 1000};
        nanosleep(&moment, NULL);
        kill(module_process(), SIGKILL);
        for (size_t t = 0; t < ARRAY_LEN(threads); t++) {
            pthread_join(threads[t], NULL);
        }
    }
    old_kernel = false;
}

/* One object takes longer than an answer may, none of the calls for it does. */
static void slow_calls_have_their_time_each(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_token_opts) *opts = isolated_opts(&pin, 1000);
    AUTO(pades_error) *e = NULL;
    AUTO(pades_signer) *s = NULL;
    bench_token("many", "seal-p256", "seal-p384", "seal-p521", (char *)NULL);
    pades_token_opts_set_uri(opts, "pkcs11:token=many;object=seal-p256");
    bench_faults("delay C_GetAttributeValue 600\n");
    assert_ok(pades_signer_new_token(ctx, opts, &s, &e), e);
}

/* So is a look at the slots: each call is late, none too late. */
static void slow_slots_have_their_time_each(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_token_opts) *opts = isolated_opts(&pin, 1000);
    AUTO(pades_error) *e = NULL;
    pades_token_list *list = NULL, *none = NULL;
    bench_faults("delay C_GetSlotInfo 400\ndelay C_GetTokenInfo 400\n");
    assert_ok(pades_token_list_new(ctx, opts, &list, &e), e);
    assert_int_equal(pades_token_list_count(list), 2);
    assert_int_equal(pades_token_list_get(list, 0)->login_required, 1);
    bench_faults("delay C_GetTokenInfo 3000\n");
    assert_fails_with(pades_token_list_new(ctx, opts, &none, &e), PADES_MODULE_FAILED, &e,
                      "gave no answer");
    pades_token_list_free(list);
}

/* More slots than one message has looks for. */
static void many_slots_are_all_seen(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_token_opts) *opts = isolated_opts(&pin, 0);
    AUTO(pades_error) *e = NULL;
    pades_token_list *list = NULL;
    char label[32];
    for (int i = 0; i < 9; i++) {
        snprintf(label, sizeof label, "slot %d", i);
        bench_token(label, (char *)NULL);
    }
    bench_faults("twice\n");
    assert_ok(pades_token_list_new(ctx, opts, &list, &e), e);
    assert_true(pades_token_list_count(list) >= 2 * 9);
    for (size_t i = 0; i < pades_token_list_count(list); i++) {
        assert_int_equal(pades_token_list_get(list, i)->login_required, 1);
    }
    pades_token_list_free(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signs_in_another_process_that_ends_with_the_signer),
        cmocka_unit_test(crash_while_signing_is_told_and_no_pin_is_sent_again),
        cmocka_unit_test(crash_while_logging_in_spends_one_pin),
        cmocka_unit_test(crash_before_any_token_is_seen),
        cmocka_unit_test(silence_ends_in_time),
        cmocka_unit_test(silence_at_the_end_does_not_hold_the_caller),
        cmocka_unit_test(cancelling_ends_a_hang),
        cmocka_unit_test(program_that_is_not_there),
        cmocka_unit_test(child_may_not_use_it_nor_end_it),
        cmocka_unit_test(both_sides_of_a_fork_sign_after_a_preload),
        cmocka_unit_test(host_that_reaps_every_child),
        cmocka_unit_test(module_ends_when_the_program_is_killed),
        cmocka_unit_test(end_is_told_to_every_thread),
        cmocka_unit_test(slow_calls_have_their_time_each), /* one more token, from here on */
        cmocka_unit_test(slow_slots_have_their_time_each),
        cmocka_unit_test(many_slots_are_all_seen),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
