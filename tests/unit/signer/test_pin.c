/* The rules of the PIN, seen from the calls that reached the module. */
#include "token/bench.h"

#include "signer/signer.h"
#include "signer/verify.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pades_ctx *ctx;

static int setup(void **state)
{
    (void)state;
    return bench_open(&ctx, "pin", "seal", "seal-rsa2048");
}

static int teardown(void **state)
{
    (void)state;
    return bench_close(ctx);
}

static pades_status open_signer(bench_pin *pin, int attended, int last_try, pades_signer **s,
                                pades_error **e)
{
    AUTO(pades_token_opts) *opts = bench_opts(pin, attended);
    pades_token_opts_set_pin_last_try(opts, last_try);
    return pades_signer_new_token(ctx, opts, s, e);
}

/* Faults with the path of a file of the bench in them. */
static void faults_with_file(const char *format, const char *file)
    __attribute__((format(printf, 1, 0)));
static void faults_with_file(const char *format, const char *file)
{
    char text[512];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(text, sizeof text, format, bench_path(file));
#pragma GCC diagnostic pop
    bench_faults(text);
}

/* A good login, so that SoftHSM2 takes its own COUNT_LOW back. */
static void reset_token(void)
{
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_signer) *s = NULL;
    bench_faults("");
    assert_int_equal(open_signer(&pin, 1, 1, &s, NULL), PADES_OK);
}

static void pin_wrong_is_sent_once(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "9999"};
    AUTO(pades_error) *e = NULL;
    AUTO(pades_signer) *s = NULL;
    bench_faults("");
    assert_fails_with(open_signer(&pin, 1, 0, &s, &e), PADES_PIN_INCORRECT, &e,
                      "few tries are left");
    assert_null(s);
    assert_int_equal(pin.calls, 1);
    assert_int_equal(bench_calls("C_Login"), 1);
    assert_int_equal(bench_calls("C_Login(user) CKR_PIN_INCORRECT"), 1);
    assert_int_equal(bench_calls("C_SignInit"), 0);
    reset_token();
}

static void pin_error_has_the_native_code(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "9999"};
    pades_error *e = NULL;
    AUTO(pades_signer) *s = NULL;
    bench_faults("");
    assert_int_equal(open_signer(&pin, 1, 0, &s, &e), PADES_PIN_INCORRECT);
    assert_string_equal(pades_error_native(e), "CKR_PIN_INCORRECT");
    assert_null(strstr(pades_error_message(e), "9999"));
    assert_non_null(pades_error_hint(e));
    pades_error_free(e);
    reset_token();
}

static void pin_wrong_on_the_last_try_says_locked(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "9999"};
    AUTO(pades_error) *e = NULL;
    AUTO(pades_signer) *s = NULL;
    bench_write("counter", "1\n");
    faults_with_file("tries 3 %s\n", "counter");
    assert_fails_with(open_signer(&pin, 1, 0, &s, &e), PADES_PIN_LOCKED, &e, "last try");
    assert_int_equal(pin.state, PADES_PIN_STATE_FINAL_TRY);
    assert_int_equal(bench_calls("C_Login"), 1);
    reset_token();
}

static void pin_locked_is_not_tried(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_error) *e = NULL;
    AUTO(pades_signer) *s = NULL;
    bench_write("counter", "0\n");
    faults_with_file("tries 3 %s\n", "counter");
    assert_fails_with(open_signer(&pin, 1, 1, &s, &e), PADES_PIN_LOCKED, &e, "is locked");
    assert_int_equal(pin.calls, 0);
    assert_int_equal(bench_calls("C_Login"), 0);
    /* LOCKED and COUNT_LOW together, as some tokens have it */
    bench_faults("flags +CKF_USER_PIN_LOCKED +CKF_USER_PIN_COUNT_LOW\n");
    assert_fails_with(open_signer(&pin, 1, 1, &s, &e), PADES_PIN_LOCKED, &e, "is locked");
    assert_int_equal(bench_calls("C_Login"), 0);
}

static void pin_unattended_does_not_spend_the_last_tries(void **state)
{
    (void)state;
    static const char *const flags[] = {"flags +CKF_USER_PIN_FINAL_TRY\n",
                                        "flags +CKF_USER_PIN_COUNT_LOW\n"};
    for (size_t i = 0; i < 2; i++) {
        bench_pin pin = {.pin = "1234"};
        AUTO(pades_error) *e = NULL;
        AUTO(pades_signer) *s = NULL;
        bench_faults(flags[i]);
        assert_fails_with(open_signer(&pin, 0, 0, &s, &e), PADES_PIN_LAST_TRY, &e,
                          "the PIN was not used");
        assert_int_equal(pin.calls, 0);
        assert_int_equal(bench_calls("C_Login"), 0);
        assert_ok(open_signer(&pin, 0, 1, &s, &e), e);
        assert_int_equal(bench_calls("C_Login(user) CKR_OK"), 1);
    }
}

static void pin_attended_sees_the_state(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_error) *e = NULL;
    AUTO(pades_signer) *s = NULL;
    bench_faults("flags +CKF_USER_PIN_FINAL_TRY\n");
    assert_ok(open_signer(&pin, 1, 0, &s, &e), e);
    assert_int_equal(pin.state, PADES_PIN_STATE_FINAL_TRY);
    assert_string_equal(pin.subject, "Demo Company Oy Invoicing seal RSA-2048");
}

static void pin_needs_a_source(void **state)
{
    (void)state;
    bench_pin cancelled = {.pin = NULL}, empty = {.pin = ""};
    AUTO(pades_error) *e = NULL;
    AUTO(pades_signer) *s = NULL;
    AUTO(pades_token_opts) *opts = bench_opts(&cancelled, 1);
    bench_faults("");
    assert_fails_with(open_signer(&cancelled, 1, 0, &s, &e), PADES_PIN_CANCELLED, &e, "cancelled");
    assert_fails_with(open_signer(&empty, 1, 0, &s, &e), PADES_PIN_REQUIRED, &e, "no PIN");
    pades_token_opts_set_pin(opts, NULL, NULL, 0);
    assert_fails_with(pades_signer_new_token(ctx, opts, &s, &e), PADES_PIN_REQUIRED, &e,
                      "nobody to ask");
    assert_int_equal(bench_calls("C_Login"), 0);
}

static void pin_pad_is_never_given_a_pin(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_error) *e = NULL;
    AUTO(pades_signer) *s = NULL;
    bench_write("typed", "1234\n");
    faults_with_file("pinpad %s\n", "typed");
    assert_ok(open_signer(&pin, 1, 0, &s, &e), e);
    assert_int_equal(pin.calls, 0);
    assert_int_equal(pin.pads, 1);
    assert_int_equal(bench_calls("C_Login(user) CKR_OK"), 1);
    verify_signer(s, PADES_SCHEME_RSA_PKCS1, PADES_DIGEST_SHA256);
}

static void pin_pad_cancelled_and_wrong(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_error) *e = NULL;
    AUTO(pades_signer) *s = NULL;
    bench_write("typed", "cancel\n");
    faults_with_file("pinpad %s\n", "typed");
    assert_fails_with(open_signer(&pin, 1, 0, &s, &e), PADES_PIN_CANCELLED, &e, "cancelled");
    bench_write("typed", "4321\n");
    assert_fails_with(open_signer(&pin, 1, 0, &s, &e), PADES_PIN_INCORRECT, &e, "wrong");
    assert_int_equal(bench_calls("C_Login"), 2);
    assert_int_equal(pin.calls, 0);
    reset_token();
}

static void pin_each_signature_in_the_right_order(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_error) *e = NULL;
    AUTO(pades_signer) *s = NULL;
    bench_faults("always\n");
    assert_ok(open_signer(&pin, 0, 0, &s, &e), e);
    assert_false(signer_again_without_pin(s));
    verify_signer(s, PADES_SCHEME_RSA_PKCS1, PADES_DIGEST_SHA256);
    assert_int_equal(pin.calls, 2);
    assert_int_equal(pin.each_signature, 1);
    assert_string_equal(pin.purpose, "sign this document");
    assert_string_equal(pin.document, "invoice.pdf");
    verify_signer(s, PADES_SCHEME_RSA_PSS, PADES_DIGEST_SHA256);
    assert_int_equal(pin.calls, 3);
    assert_non_null(
        strstr(bench_log(), "C_SignInit(0x1) CKR_OK\nC_Login(context) CKR_OK\nC_Sign CKR_OK\n"));
    assert_non_null(
        strstr(bench_log(), "C_SignInit(0xd) CKR_OK\nC_Login(context) CKR_OK\nC_Sign CKR_OK\n"));
}

static void pin_each_signature_kept_for_a_batch(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_error) *e = NULL;
    AUTO(pades_signer) *s = NULL;
    AUTO(pades_token_opts) *opts = bench_opts(&pin, 0);
    pades_token_opts_set_pin_for_batch(opts, 1);
    bench_faults("always\n");
    assert_ok(pades_signer_new_token(ctx, opts, &s, &e), e);
    for (int i = 0; i < 3; i++) {
        verify_signer(s, PADES_SCHEME_RSA_PKCS1, PADES_DIGEST_SHA256);
        assert_true(signer_again_without_pin(s));
    }
    assert_int_equal(pin.calls, 1);
    assert_int_equal(bench_calls("C_Login(context) CKR_OK"), 3);
}

static void *sign_some(void *signer)
{
    for (int i = 0; i < 5; i++) {
        verify_signer(signer, PADES_SCHEME_RSA_PKCS1, PADES_DIGEST_SHA256);
    }
    return NULL;
}

/* While another thread signs with it, which takes it out and puts it back. */
static void pin_kept_for_a_batch_is_seen_by_every_thread(void **state)
{
    (void)state;
    const struct timespec moment = {0, 1000 * 1000};
    pthread_t thread;
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_error) *e = NULL;
    AUTO(pades_signer) *s = NULL;
    AUTO(pades_token_opts) *opts = bench_opts(&pin, 0);
    pades_token_opts_set_pin_for_batch(opts, 1);
    bench_faults("always\ndelay C_Sign 20\n");
    assert_ok(pades_signer_new_token(ctx, opts, &s, &e), e);
    verify_signer(s, PADES_SCHEME_RSA_PKCS1, PADES_DIGEST_SHA256);
    assert_int_equal(pthread_create(&thread, NULL, sign_some, s), 0);
    for (int i = 0; i < 50; i++) {
        assert_true(signer_again_without_pin(s));
        nanosleep(&moment, NULL);
    }
    pthread_join(thread, NULL);
    assert_int_equal(pin.calls, 1);
}

static void pin_refused_for_a_signature_is_not_sent_again(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_error) *e = NULL;
    AUTO(pades_signer) *s = NULL;
    verify_request v;
    AUTO_VAL(buf) signature = BUF(SIGNER_MAX_SIGNATURE);
    bench_faults("always\n");
    assert_ok(open_signer(&pin, 0, 0, &s, &e), e);
    verify_make(&v, PADES_SCHEME_RSA_PKCS1, PADES_DIGEST_SHA256);
    pin.pin = "9999";
    assert_fails_with(signer_sign(s, &v.r, &signature, &e), PADES_PIN_INCORRECT, &e, "wrong");
    assert_int_equal(bench_calls("C_Login(context)"), 1);
    assert_int_equal(bench_calls("C_Sign "), 0);
    assert_fails_with(signer_sign(s, &v.r, &signature, &e), PADES_PIN_INCORRECT, &e,
                      "not sent again");
    assert_int_equal(bench_calls("C_Login(context)"), 1);
    AUTO_VAL(buf) none = BUF(8);
    assert_true(span_eq(buf_span(&signature), buf_span(&none)));
    reset_token();
}

static void pin_for_a_key_that_does_not_say_it_wants_it(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_error) *e = NULL;
    AUTO(pades_signer) *s = NULL;
    bench_faults("fail C_Sign CKR_USER_NOT_LOGGED_IN 1 0\n");
    assert_ok(open_signer(&pin, 0, 0, &s, &e), e);
    verify_signer(s, PADES_SCHEME_RSA_PKCS1, PADES_DIGEST_SHA256);
    assert_int_equal(pin.calls, 2);
    assert_int_equal(pin.each_signature, 1);
    assert_int_equal(bench_calls("C_Login(context)"), 1);
    assert_int_equal(bench_calls("C_Sign "), 2);
}

static void pin_not_asked_when_the_process_is_logged_in(void **state)
{
    (void)state;
    bench_pin first_pin = {.pin = "1234"}, second_pin = {.pin = "1234"};
    if (getenv("PADES_TEST_WORKER")) {
        skip(); /* each has a process of its own, and so a login of its own */
    }
    AUTO(pades_error) *e = NULL;
    pades_signer *first = NULL;
    AUTO(pades_signer) *second = NULL;
    bench_faults("");
    assert_ok(open_signer(&first_pin, 0, 0, &first, &e), e);
    assert_ok(open_signer(&second_pin, 0, 0, &second, &e), e);
    assert_int_equal(second_pin.calls, 0);
    pades_signer_free(first);
    assert_int_equal(bench_calls("C_Logout"), 0);
    verify_signer(second, PADES_SCHEME_RSA_PKCS1, PADES_DIGEST_SHA256);
}

static void pin_login_ends_with_the_signer(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    pades_signer *s = NULL;
    bench_faults("");
    assert_int_equal(open_signer(&pin, 0, 0, &s, NULL), PADES_OK);
    pades_signer_free(s);
    const char *log = bench_log();
    const char *logout = strstr(log, "C_Logout CKR_OK\nC_CloseSession CKR_OK\n");
    assert_non_null(logout);
    assert_non_null(strstr(logout, "C_Finalize CKR_OK\n"));
    assert_null(strchr(strstr(logout, "C_Finalize") + strlen("C_Finalize CKR_OK\n"), '\n'));
}

static void pin_asked_for_when_no_login_seemed_required(void **state)
{
    (void)state;
    bench_pin pin = {.pin = "1234"};
    AUTO(pades_error) *e = NULL;
    AUTO(pades_signer) *s = NULL;
    bench_faults("flags -CKF_LOGIN_REQUIRED\n");
    assert_ok(open_signer(&pin, 0, 0, &s, &e), e);
    assert_int_equal(pin.calls, 1);
    verify_signer(s, PADES_SCHEME_RSA_PKCS1, PADES_DIGEST_SHA256);
}

static void pin_answers_of_the_token(void **state)
{
    (void)state;
    static const struct {
        const char *fault;
        pades_status status;
        const char *part;
    } cases[] = {{"fail C_Login CKR_PIN_EXPIRED\n", PADES_TOKEN_ERROR, "changed first"},
                 {"fail C_Login CKR_USER_PIN_NOT_INITIALIZED\n", PADES_TOKEN_ERROR, "no user PIN"},
                 {"fail C_Login CKR_PIN_LOCKED\n", PADES_PIN_LOCKED, "locked"},
                 {"fail C_Login CKR_FUNCTION_CANCELED\n", PADES_PIN_CANCELLED, "cancelled"},
                 {"fail C_Login CKR_PIN_LEN_RANGE\n", PADES_PIN_INCORRECT, "length"},
                 {"fail C_Login CKR_DEVICE_REMOVED\n", PADES_TOKEN_REMOVED, "removed"},
                 {"fail C_Login 0x80000123\n", PADES_TOKEN_ERROR, "CKR_0x80000123"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char another[8]; /* one that was refused is not sent again */
        snprintf(another, sizeof another, "%zu", 5000 + i);
        bench_pin pin = {.pin = another};
        AUTO(pades_error) *e = NULL;
        AUTO(pades_signer) *s = NULL;
        bench_faults(cases[i].fault);
        assert_fails_with(open_signer(&pin, 1, 0, &s, &e), cases[i].status, &e, cases[i].part);
        assert_int_equal(bench_calls("C_Login"), 1);
    }
    reset_token();
}

/* Whoever types it: within a context a refused PIN is not sent twice, until one was accepted. */
static void pin_refused_is_not_sent_twice_by_a_context(void **state)
{
    (void)state;
    AUTO(pades_error) *e = NULL;
    for (int attended = 0; attended < 2; attended++) {
        bench_pin wrong = {.pin = "9999"};
        pades_signer *s = NULL;
        bench_faults("");
        for (int i = 0; i < 3; i++) {
            assert_fails_with(open_signer(&wrong, attended, 1, &s, &e), PADES_PIN_INCORRECT, &e,
                              i == 0 ? "is wrong" : "not sent again");
            assert_int_equal(wrong.calls, i + 1);
            assert_int_equal(bench_calls("C_Login"), 1);
        }
        bench_pin other = {.pin = "8888"};
        assert_fails_with(open_signer(&other, attended, 1, &s, &e), PADES_PIN_INCORRECT, &e,
                          "is wrong");
        reset_token();
        assert_fails_with(open_signer(&wrong, attended, 1, &s, &e), PADES_PIN_INCORRECT, &e,
                          "is wrong");
        reset_token();
    }
}

static pades_status open_remembering(bench_pin *pin, int attended, pades_signer **s,
                                     pades_error **e)
{
    pades_ctx *other = NULL; /* as another process */
    AUTO(pades_token_opts) *opts = bench_opts(pin, attended);
    assert_int_equal(pades_ctx_new(&other, NULL), PADES_OK);
    pades_token_opts_set_pin_last_try(opts, 1);
    pades_token_opts_set_refused_dir(opts, bench_path("refused"));
    pades_status status = pades_signer_new_token(other, opts, s, e);
    pades_signer_free(*s);
    *s = NULL;
    pades_ctx_free(other);
    return status;
}

static void pin_refused_is_remembered_for_unattended_sources(void **state)
{
    (void)state;
    AUTO(pades_error) *e = NULL;
    pades_signer *s = NULL;
    bench_pin wrong = {.pin = "9999"}, right = {.pin = "1234"};
    bench_faults("");
    /* typed: nothing is kept */
    assert_fails_with(open_remembering(&wrong, 1, &s, &e), PADES_PIN_INCORRECT, &e, "is wrong");
    assert_fails_with(open_remembering(&wrong, 0, &s, &e), PADES_PIN_INCORRECT, &e, "is wrong");
    for (int i = 0; i < 2; i++) {
        assert_fails_with(open_remembering(&wrong, 0, &s, &e), PADES_PIN_INCORRECT, &e,
                          "this PIN was refused by token 'seal' on");
        assert_int_equal(bench_calls("C_Login"), 2);
    }
    /* who types it may: the token may take it by now */
    assert_fails_with(open_remembering(&wrong, 1, &s, &e), PADES_PIN_INCORRECT, &e, "is wrong");
    assert_ok(open_remembering(&right, 1, &s, &e), e);
    assert_fails_with(open_remembering(&wrong, 0, &s, &e), PADES_PIN_INCORRECT, &e, "is wrong");
    assert_ok(open_remembering(&right, 0, &s, &e), e);
    assert_ok(open_remembering(&right, 0, &s, &e), e);
}

static void pin_refused_for_a_signature_is_remembered(void **state)
{
    (void)state;
    AUTO(pades_error) *e = NULL;
    pades_signer *s = NULL;
    bench_pin pin = {.pin = "1234"}, wrong = {.pin = "9999"};
    verify_request v;
    AUTO_VAL(buf) signature = BUF(SIGNER_MAX_SIGNATURE);
    AUTO(pades_token_opts) *opts = bench_opts(&pin, 0);
    pades_token_opts_set_refused_dir(opts, bench_path("refused"));
    bench_faults("always\n");
    assert_ok(pades_signer_new_token(ctx, opts, &s, &e), e);
    verify_make(&v, PADES_SCHEME_RSA_PKCS1, PADES_DIGEST_SHA256);
    pin.pin = "9999";
    assert_fails_with(signer_sign(s, &v.r, &signature, &e), PADES_PIN_INCORRECT, &e, "wrong");
    pades_signer_free(s);
    s = NULL;
    assert_int_equal(bench_calls("C_Login(context)"), 1);
    assert_fails_with(open_remembering(&wrong, 0, &s, &e), PADES_PIN_INCORRECT, &e,
                      "this PIN was refused");
    bench_faults("always\n");
    pin.pin = "1234";
    assert_ok(open_remembering(&pin, 0, &s, &e), e);
    reset_token();
}

/* --- no copy of the PIN stays behind. The needle is kept turned over, so that it is not found
 * itself. */
static const unsigned char turned[] = {0xa5, 0xce, 0x89, 0x92, 0xc8, 0xd3, 0x86, 0xcb,
                                       0xca, 0x91, 0xdb, 0x8d, 0xcf, 0x9e, 0xd0, 0x94,
                                       0xc7, 0x8b, 0xdc, 0x99, 0xd6, 0x82, 0xcc, 0x97};

static unsigned char turn(unsigned char c)
{
    return (unsigned char)(255U - c);
}

static void turn_back(char out[sizeof turned + 1])
{
    for (size_t i = 0; i < sizeof turned; i++) {
        out[i] = (char)turn(turned[i]);
    }
    out[sizeof turned] = 0;
}

static bool matches(const volatile unsigned char *p)
{
    for (size_t i = 0; i < sizeof turned; i++) {
        if (turn(p[i]) != turned[i]) {
            return false;
        }
    }
    return true;
}

/* Everything that can be read and written: heap, stacks, mappings, data. */
static size_t copies_in_memory(void)
{
    FILE *maps = fopen("/proc/self/maps", "re");
    char line[512], mode[8];
    size_t found = 0;
    uintptr_t from = 0, to = 0;
    assert_non_null(maps);
    while (fgets(line, sizeof line, maps)) {
        if (sscanf(line, "%zx-%zx %7s", &from, &to, mode) != 3 || mode[0] != 'r' ||
            mode[1] != 'w' || strstr(line, "[vvar]")) {
            continue;
        }
        for (const unsigned char *p = (const unsigned char *)from;
             (uintptr_t)p + sizeof turned <= to; p++) {
            found += turn(*p) == turned[0] && matches(p) ? 1 : 0;
        }
    }
    fclose(maps);
    return found;
}

static pades_status long_pin_fn(void *user, const pades_pin_request *request, pades_pin *pin)
{
    char text[sizeof turned + 1];
    (void)user;
    (void)request;
    turn_back(text);
    int bad = pades_pin_set(pin, text, sizeof turned);
    mem_wipe(text, sizeof text);
    return bad ? PADES_PIN_REQUIRED : PADES_OK;
}

static void make_token_with_long_pin(void)
{
    int status = 0;
    bench_store("memory");
    pid_t pid = fork();
    if (pid == 0) {
        char pin[sizeof turned + 1];
        turn_back(pin);
        execl(P11LOAD, P11LOAD, "--label", "long", "--pin", pin, bench_path("pki"), "seal-rsa2048",
              (char *)NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void pin_does_not_stay_in_memory(void **state)
{
    (void)state;
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
    skip(); /* its shadow memory is not to be read, and it keeps freed blocks */
#endif
    AUTO(pades_error) *e = NULL;
    pades_signer *s = NULL;
    AUTO(pades_token_opts) *opts = bench_opts(NULL, 0);
    make_token_with_long_pin();
    pades_token_opts_set_pin(opts, long_pin_fn, NULL, 0);
    bench_faults("always\n");
    pades_token_opts_set_pin_for_batch(opts, 1);
    assert_ok(pades_signer_new_token(ctx, opts, &s, &e), e);
    assert_int_equal(copies_in_memory(), 1); /* kept, and nowhere else: the search works */
    verify_signer(s, PADES_SCHEME_RSA_PKCS1, PADES_DIGEST_SHA256);
    assert_int_equal(copies_in_memory(), 1);
    pades_signer_free(s);
    assert_int_equal(copies_in_memory(), 0);
    bench_faults("");
    assert_ok(pades_signer_new_token(ctx, opts, &s, &e), e);
    assert_int_equal(copies_in_memory(), 0); /* this key does not want it again */
    pades_token_opts_set_pin_for_batch(opts, 0);
    bench_faults("always\n");
    pades_signer_free(s);
    assert_ok(pades_signer_new_token(ctx, opts, &s, &e), e);
    assert_int_equal(copies_in_memory(), 0);
    verify_signer(s, PADES_SCHEME_RSA_PKCS1, PADES_DIGEST_SHA256);
    assert_int_equal(copies_in_memory(), 0);
    pades_signer_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pin_wrong_is_sent_once),
        cmocka_unit_test(pin_error_has_the_native_code),
        cmocka_unit_test(pin_wrong_on_the_last_try_says_locked),
        cmocka_unit_test(pin_locked_is_not_tried),
        cmocka_unit_test(pin_unattended_does_not_spend_the_last_tries),
        cmocka_unit_test(pin_attended_sees_the_state),
        cmocka_unit_test(pin_needs_a_source),
        cmocka_unit_test(pin_pad_is_never_given_a_pin),
        cmocka_unit_test(pin_pad_cancelled_and_wrong),
        cmocka_unit_test(pin_each_signature_in_the_right_order),
        cmocka_unit_test(pin_each_signature_kept_for_a_batch),
        cmocka_unit_test(pin_kept_for_a_batch_is_seen_by_every_thread),
        cmocka_unit_test(pin_refused_for_a_signature_is_not_sent_again),
        cmocka_unit_test(pin_refused_is_not_sent_twice_by_a_context),
        cmocka_unit_test(pin_refused_is_remembered_for_unattended_sources),
        cmocka_unit_test(pin_refused_for_a_signature_is_remembered),
        cmocka_unit_test(pin_for_a_key_that_does_not_say_it_wants_it),
        cmocka_unit_test(pin_not_asked_when_the_process_is_logged_in),
        cmocka_unit_test(pin_login_ends_with_the_signer),
        cmocka_unit_test(pin_asked_for_when_no_login_seemed_required),
        cmocka_unit_test(pin_answers_of_the_token),
        cmocka_unit_test(pin_does_not_stay_in_memory),
    };
    return cmocka_run_group_tests_name("signer_pin", tests, setup, teardown);
}
