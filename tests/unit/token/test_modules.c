/* Modules that are wrong, absent or unwilling, and the list of tokens. */
#include "token/bench.h"

#include "token/internal.h"
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

DEFINE_AUTO(pades_token_list, pades_token_list_free)

static pades_ctx *ctx;

static int setup(void **state)
{
    (void)state;
    return bench_open(&ctx, "modules", "seal", "seal-p256");
}

static int teardown(void **state)
{
    (void)state;
    return bench_close(ctx);
}

static pades_status list(const char *module, const char *uri, pades_token_list **ret,
                         pades_error **e)
{
    AUTO(pades_token_opts) *opts = NULL;
    assert_int_equal(pades_token_opts_new(&opts, NULL), PADES_OK);
    pades_token_opts_set_module(opts, module);
    pades_token_opts_set_uri(opts, uri);
    return pades_token_list_new(ctx, opts, ret, e);
}

static void refuses_module(const char *module, const char *part)
{
    AUTO(pades_token_list) *l = NULL;
    AUTO(pades_error) *e = NULL;
    assert_fails_with(list(module, NULL, &l, &e), PADES_MODULE_FAILED, &e, part);
    assert_null(l);
}

/* This program's own header with these fields changed; machine -1: not that one. */
static void write_elf(const char *name, int machine, unsigned char class, unsigned char data)
{
    Elf64_Ehdr h;
    FILE *own = fopen("/proc/self/exe", "re");
    assert_non_null(own);
    assert_int_equal(fread(&h, sizeof h, 1, own), 1);
    fclose(own);
    h.e_type = ET_DYN;
    h.e_machine = machine < 0 ? h.e_machine : (Elf64_Half)machine;
    h.e_ident[EI_CLASS] = class;
    h.e_ident[EI_DATA] = data;
    FILE *f = fopen(bench_path(name), "we");
    assert_non_null(f);
    assert_int_equal(fwrite(&h, sizeof h, 1, f), 1);
    fclose(f);
}

static void module_that_cannot_be_one(void **state)
{
    (void)state;
    write_elf("mips.so", EM_MIPS, ELFCLASS64, ELFDATA2LSB);
    write_elf("i386.so", EM_386, ELFCLASS32, ELFDATA2LSB);
    write_elf("x32.so", -1, ELFCLASS32, ELFDATA2LSB);
    write_elf("swapped.so", -1, ELFCLASS64, ELFDATA2MSB);
    bench_write("text.so", "#!/bin/sh\n");
    bench_write("empty.so", "");
    refuses_module(bench_path("none.so"), "there is no such file");
    refuses_module(bench_path("mips.so"), "it is made for MIPS, this program for ");
    refuses_module(bench_path("i386.so"), "it is made for 32-bit x86, this program for ");
    refuses_module(bench_path("x32.so"), " with 32-bit addresses, this program is not");
    refuses_module(bench_path("swapped.so"), "its numbers are in the byte order of other ");
    refuses_module(bench_path("text.so"), "it is not a shared library");
    refuses_module(bench_path("empty.so"), "it is not a shared library");
    refuses_module(bench_path("pki"), "it is not a file");
    refuses_module("/usr/lib/\033[2J.so", "/usr/lib/\\x1b[2J.so");
}

static void module_that_is_another_library(void **state)
{
    (void)state;
    AUTO(pades_token_list) *l = NULL;
    AUTO(pades_error) *e = NULL;
    assert_int_equal(list("/usr/lib/x86_64-linux-gnu/libz.so.1", NULL, &l, &e),
                     PADES_MODULE_FAILED);
    assert_non_null(strstr(pades_error_message(e), "cannot be used: "));
}

static void module_that_fails_to_initialize(void **state)
{
    (void)state;
    AUTO(pades_token_list) *l = NULL;
    AUTO(pades_error) *e = NULL;
    bench_faults("fail C_Initialize CKR_DEVICE_ERROR\n");
    assert_int_equal(list(bench_p11fault, NULL, &l, &e), PADES_MODULE_FAILED);
    assert_string_equal(pades_error_native(e), "CKR_DEVICE_ERROR");
    bench_faults("fail C_GetSlotList CKR_DEVICE_ERROR\n");
    error_clear(&e);
    assert_fails_with(list(bench_p11fault, NULL, &l, &e), PADES_MODULE_FAILED, &e,
                      "CKR_DEVICE_ERROR");
    assert_int_equal(bench_calls("C_Finalize"), 1);
}

static void module_that_wants_no_locking(void **state)
{
    (void)state;
    AUTO(pades_token_list) *l = NULL;
    AUTO(pades_error) *e = NULL;
    bench_faults("cantlock\n");
    assert_ok(list(bench_p11fault, NULL, &l, &e), e);
    assert_int_equal(pades_token_list_count(l), 1);
    pades_token_list_free(TAKE(l));
    assert_int_equal(bench_calls("C_Initialize(os-locking) CKR_CANT_LOCK"), 1);
    assert_int_equal(bench_calls("C_Initialize CKR_OK"), 1);
    assert_int_equal(bench_calls("C_Finalize CKR_OK"), 1);
}

/* clause: PKCS11-2.40#5.5 */
static void module_is_called_sparingly(void **state)
{
    (void)state;
    AUTO(pades_token_list) *l = NULL;
    AUTO(pades_error) *e = NULL;
    bench_faults("");
    assert_ok(list(bench_p11fault, NULL, &l, &e), e);
    assert_int_equal(bench_calls("C_Initialize"), 1);
    assert_int_equal(bench_calls("C_GetSlotList"), 2);
    assert_int_equal(bench_calls("C_GetTokenInfo"), 2); /* the empty slot of SoftHSM2 too */
    assert_int_equal(bench_calls("C_OpenSession"), 0);
}

static void tokens_are_described(void **state)
{
    (void)state;
    AUTO(pades_token_list) *l = NULL;
    AUTO(pades_error) *e = NULL;
    bench_faults("label \033]0;x\007 \xff\nserial 00ff\nflags +CKF_USER_PIN_COUNT_LOW\n");
    assert_ok(list(bench_p11fault, NULL, &l, &e), e);
    assert_int_equal(pades_token_list_count(l), 1); /* not the slot without a token */
    const pades_token_info *t = pades_token_list_get(l, 0);
    assert_string_equal(t->label, "\\x1b]0;x\\x07 \\xff");
    assert_string_equal(t->serial, "00ff");
    assert_string_equal(t->manufacturer, "SoftHSM project");
    assert_string_equal(t->firmware, "2.6");
    assert_string_equal(t->module, bench_p11fault);
    assert_int_equal(t->pin_state, PADES_PIN_STATE_COUNT_LOW);
    assert_int_equal(t->login_required, 1);
    assert_int_equal(t->has_pad, 0);
    assert_non_null(strstr(
        t->uri, "pkcs11:model=SoftHSM%20v2;manufacturer=SoftHSM%20project;serial=00ff;token=%1B"));
    assert_null(strstr(t->uri, "slot-id"));
    assert_null(pades_token_list_get(l, 1));
    assert_null(pades_token_list_failed_module(l, 0));
}

static void tokens_by_uri(void **state)
{
    (void)state;
    AUTO(pades_error) *e = NULL;
    static const struct {
        const char *uri;
        size_t n;
    } cases[] = {{"pkcs11:token=seal", 1},
                 {"pkcs11:token=other", 0},
                 {"pkcs11:model=SoftHSM%20v2", 1},
                 {"pkcs11:library-manufacturer=SoftHSM", 1},
                 {"pkcs11:library-description=nothing", 0},
                 {"pkcs11:slot-id=1", 0},
                 {"pkcs11:slot-manufacturer=SoftHSM%20project", 1}};
    bench_faults("");
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        AUTO(pades_token_list) *l = NULL;
        assert_ok(list(bench_p11fault, cases[i].uri, &l, &e), e);
        assert_int_equal(pades_token_list_count(l), cases[i].n);
    }
}

static void tokens_module_in_the_uri(void **state)
{
    (void)state;
    AUTO(pades_token_list) *l = NULL;
    AUTO(pades_error) *e = NULL;
    char uri[512];
    bench_faults("");
    snprintf(uri, sizeof uri, "pkcs11:token=seal?module-path=%s", bench_p11fault);
    assert_ok(list(NULL, uri, &l, &e), e);
    assert_int_equal(pades_token_list_count(l), 1);
    pades_token_list_free(TAKE(l));
    assert_ok(list(bench_p11fault, uri, &l, &e), e);
    pades_token_list_free(TAKE(l));
    assert_fails_with(list(bench_module, uri, &l, &e), PADES_INVALID_ARGUMENT, &e, "not the same");
}

/* The modules this system is configured for; SoftHSM2's package brings its own file. */
static void tokens_of_configured_modules(void **state)
{
    (void)state;
    AUTO(pades_token_list) *l = NULL;
    AUTO(pades_error) *e = NULL;
    assert_ok(list(NULL, "pkcs11:token=seal", &l, &e), e);
    assert_int_equal(pades_token_list_count(l), 1);
    assert_null(strchr(pades_token_list_get(l, 0)->module, '/'));
    assert_null(strstr(pades_token_list_get(l, 0)->uri, "module-path"));
    pades_token_list_free(TAKE(l));
    assert_ok(list(NULL, "pkcs11:?module-name=nothing", &l, &e), e);
    assert_int_equal(pades_token_list_count(l), 0);
}

static void tokens_absent(void **state)
{
    (void)state;
    AUTO(p11_modules) *m = NULL;
    AUTO(pades_error) *e = NULL;
    AUTO(pades_token_opts) *opts = bench_opts(NULL, 0);
    bench_faults("absent\n");
    assert_ok(p11_modules_open(ctx, opts, &m, &e), e);
    assert_int_equal(p11_tokens(m), 0);
    assert_int_equal(p11_fail_no_token(m, &e), PADES_TOKEN_NOT_FOUND);
    assert_non_null(strstr(pades_error_message(e), "no token is present: reader 'SoftHSM slot"));
    assert_non_null(pades_error_hint(e));
    error_clear(&e);
    p11_modules_close(TAKE(m));
    bench_faults("fail C_GetTokenInfo CKR_TOKEN_NOT_RECOGNIZED\n");
    assert_ok(p11_modules_open(ctx, opts, &m, &e), e);
    assert_fails_with(p11_fail_no_token(m, &e), PADES_TOKEN_NOT_FOUND, &e, "is not recognized");
    p11_modules_close(TAKE(m));
    bench_faults("fail C_GetTokenInfo CKR_DEVICE_ERROR\n");
    assert_ok(p11_modules_open(ctx, opts, &m, &e), e);
    assert_int_equal(p11_fail_no_token(m, &e), PADES_TOKEN_NOT_FOUND);
    assert_non_null(strstr(pades_error_message(e), "does not answer"));
    assert_non_null(strstr(pades_error_hint(e), "another driver may be in the way"));
    error_clear(&e);
    p11_modules_close(TAKE(m));
    bench_faults("");
    pades_token_opts_set_uri(opts, "pkcs11:token=other");
    assert_ok(p11_modules_open(ctx, opts, &m, &e), e);
    assert_int_equal(p11_fail_no_token(m, &e), PADES_TOKEN_NOT_FOUND);
    assert_non_null(strstr(pades_error_hint(e), "'seal'"));
}

/* clause: PKCS11-2.40#4.9 an attribute that is not there does not spoil the others */
static void objects_one_by_one_when_together_fails(void **state)
{
    (void)state;
    AUTO(p11_modules) *m = NULL;
    AUTO(pades_error) *e = NULL;
    AUTO(pades_token_opts) *opts = bench_opts(NULL, 0);
    p11_inventory all = {0}, singly = {0};
    bench_faults("");
    assert_ok(p11_modules_open(ctx, opts, &m, &e), e);
    assert_ok(p11_look(m, 0, &all, &e), e);
    assert_int_equal(all.n, 3); /* two certificates, a public key */
    p11_port *port = m->modules[0].port;
    AUTO_VAL(buf) none = BUF(64), id = BUF(64);
    const attr_want want[] = {{CKA_MODULUS, &none, 32}, {CKA_ID, &id, 32}};
    for (size_t i = 0; i < all.n; i++) {
        p11_attributes(port, m->slots[0].session, all.items[i].handle, want, 2);
        assert_int_equal(none.n, 0);
        assert_true(span_eq(buf_span(&id), buf_span(&all.items[i].id)));
    }
    p11_inventory_free(&all);
    p11_inventory_free(&singly);
}

static int waiters_told;

static void tell_waiter(pades_ctx *c, bool elsewhere)
{
    assert_ptr_equal(c, ctx);
    assert_false(elsewhere);
    waiters_told++;
}

/* Once, and also when the module turns out to be of no use. */
static void module_loaded_is_told_to_who_waits(void **state)
{
    (void)state;
    const char *modules[] = {bench_p11fault, bench_p11fault, "/nowhere.so"};
    const int told[] = {1, 1, 2};
    waiters_told = 0;
    for (size_t i = 0; i < 3; i++) {
        AUTO(pades_token_list) *l = NULL;
        if (i != 1) {
            ctx_when_loaded(ctx, tell_waiter);
        }
        pades_status status = list(modules[i], NULL, &l, NULL);
        assert_int_equal(status == PADES_OK, i < 2);
        assert_int_equal(waiters_told, told[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(module_that_cannot_be_one),
        cmocka_unit_test(module_that_is_another_library),
        cmocka_unit_test(module_that_fails_to_initialize),
        cmocka_unit_test(module_that_wants_no_locking),
        cmocka_unit_test(module_is_called_sparingly),
        cmocka_unit_test(module_loaded_is_told_to_who_waits),
        cmocka_unit_test(tokens_are_described),
        cmocka_unit_test(tokens_by_uri),
        cmocka_unit_test(tokens_module_in_the_uri),
        cmocka_unit_test(tokens_of_configured_modules),
        cmocka_unit_test(tokens_absent),
        cmocka_unit_test(objects_one_by_one_when_together_fails),
    };
    return cmocka_run_group_tests_name("token_modules", tests, setup, teardown);
}
