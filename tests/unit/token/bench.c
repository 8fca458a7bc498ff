#include "token/bench.h"

#include <p11-kit/pkcs11.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

const char bench_module[] = "/usr/lib/softhsm/libsofthsm2.so";
const char bench_p11fault[] = P11FAULT;

static char dir[64];

const char *bench_path(const char *name)
{
    static _Thread_local char rooms[4][256];
    static _Thread_local unsigned turn;
    char *room = rooms[turn++ % 4];
    snprintf(room, sizeof rooms[0], "%s/%s", dir, name);
    return room;
}

const char *bench_pki(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "pki/%s", name);
    return bench_path(path);
}

void bench_write(const char *name, const char *text)
{
    FILE *f = fopen(bench_path(name), "we");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void run(char *const argv[])
{
    int status = 0;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        execv(argv[0], argv);
        _exit(127);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static char *text_of(const char *s)
{
    char *copy = strdup(s);
    assert_non_null(copy);
    return copy;
}

static void make_dir(void)
{
    snprintf(dir, sizeof dir, "/tmp/pades-token-XXXXXX");
    assert_non_null(mkdtemp(dir));
    char *argv[] = {text_of(MKPKI), text_of(bench_path("pki")), NULL};
    run(argv);
    free(argv[0]);
    free(argv[1]);
}

void bench_store(const char *name)
{
    char conf[512], file[64];
    if (!dir[0]) {
        make_dir();
    }
    snprintf(file, sizeof file, "%s.d", name);
    assert_int_equal(mkdir(bench_path(file), 0700), 0);
    snprintf(conf, sizeof conf,
             "directories.tokendir = %s/%s.d\nobjectstore.backend = file\nlog.level = ERROR\n"
             "slots.removable = false\n",
             dir, name);
    snprintf(file, sizeof file, "%s.conf", name);
    bench_write(file, conf);
    setenv("SOFTHSM2_CONF", bench_path(file), 1);
    setenv("P11FAULT_MODULE", bench_module, 1);
    setenv("P11FAULT_CONF", bench_path("faults"), 1);
    setenv("P11FAULT_LOG", bench_path("log"), 1);
    bench_faults("");
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

void bench_end(void)
{
    if (dir[0]) {
        nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
        dir[0] = 0;
    }
}

void bench_token(const char *label, ...)
{
    char *argv[20] = {text_of(P11LOAD), text_of("--label"), text_of(label),
                      text_of(bench_path("pki"))};
    size_t n = 4;
    va_list args;
    va_start(args, label);
    for (const char *name = va_arg(args, const char *); name; name = va_arg(args, const char *)) {
        assert_true(n < 19);
        argv[n++] = text_of(name);
    }
    va_end(args);
    run(argv);
    for (size_t i = 0; i < n; i++) {
        free(argv[i]);
    }
}

int bench_open(pades_ctx **ret, const char *store, const char *label, const char *key)
{
    bench_store(store);
    bench_token(label, key, (char *)NULL);
    return pades_ctx_new(ret, NULL) == PADES_OK ? 0 : -1;
}

int bench_close(pades_ctx *ctx)
{
    pades_ctx_free(ctx);
    bench_end();
    return 0;
}

void bench_faults(const char *text)
{
    bench_write("faults", text);
    unlink(bench_path("log"));
}

const char *bench_log(void)
{
    static char *text;
    free(text);
    text = calloc(1, 1 << 20);
    assert_non_null(text);
    char line[256];
    FILE *f = fopen(bench_path("log"), "re");
    while (f && fgets(line, sizeof line, f)) {
        const char *call = strchr(line, ' ');
        strcat(text, call ? call + 1 : line);
    }
    if (f) {
        fclose(f);
    }
    return text;
}

size_t bench_calls(const char *call)
{
    size_t n = 0;
    for (const char *at = bench_log(); *at;) {
        n += strncmp(at, call, strlen(call)) == 0 ? 1 : 0;
        const char *end = strchr(at, '\n');
        at = end ? end + 1 : at + strlen(at);
    }
    return n;
}

/* --- straight into SoftHSM2, logged in for writing */
typedef struct raw {
    void *library;
    CK_FUNCTION_LIST *p11;
    CK_SESSION_HANDLE session;
} raw;

static CK_SLOT_ID slot_of(const raw *r, const char *token)
{
    CK_SLOT_ID slots[32];
    CK_ULONG n = 32;
    assert_int_equal(r->p11->C_GetSlotList(CK_TRUE, slots, &n), CKR_OK);
    for (CK_ULONG i = 0; i < n; i++) {
        CK_TOKEN_INFO info;
        assert_int_equal(r->p11->C_GetTokenInfo(slots[i], &info), CKR_OK);
        if (memcmp(info.label, token, strlen(token)) == 0 && info.label[strlen(token)] == ' ') {
            return slots[i];
        }
    }
    assert_true(0);
    return 0;
}

static raw raw_open(const char *token)
{
    raw r = {dlopen(bench_module, RTLD_NOW | RTLD_LOCAL), NULL, 0};
    assert_non_null(r.library);
    CK_C_GetFunctionList get = NULL;
    void *symbol = dlsym(r.library, "C_GetFunctionList");
    memcpy(&get, &symbol, sizeof get);
    assert_int_equal(get(&r.p11), CKR_OK);
    assert_int_equal(r.p11->C_Initialize(NULL), CKR_OK);
    CK_UTF8CHAR pin[] = "1234";
    CK_FLAGS flags = CKF_SERIAL_SESSION | CKF_RW_SESSION;
    assert_int_equal(r.p11->C_OpenSession(slot_of(&r, token), flags, NULL, NULL, &r.session),
                     CKR_OK);
    assert_int_equal(r.p11->C_Login(r.session, CKU_USER, pin, 4), CKR_OK);
    return r;
}

static void raw_close(raw *r)
{
    assert_int_equal(r->p11->C_Finalize(NULL), CKR_OK);
    dlclose(r->library);
}

static size_t raw_find(const raw *r, CK_OBJECT_CLASS object_class, const char *label,
                       CK_OBJECT_HANDLE out[32])
{
    char text[64] = "";
    CK_ULONG n = 0;
    snprintf(text, sizeof text, "%s", label ? label : "");
    CK_ATTRIBUTE query[] = {{CKA_CLASS, &object_class, sizeof object_class},
                            {CKA_LABEL, text, strlen(text)}};
    assert_int_equal(r->p11->C_FindObjectsInit(r->session, query, label ? 2 : 1), CKR_OK);
    assert_int_equal(r->p11->C_FindObjects(r->session, out, 32, &n), CKR_OK);
    assert_int_equal(r->p11->C_FindObjectsFinal(r->session), CKR_OK);
    assert_true(n > 0);
    return n;
}

void bench_destroy(const char *token, unsigned long object_class, const char *label)
{
    CK_OBJECT_HANDLE found[32];
    raw r = raw_open(token);
    size_t n = raw_find(&r, object_class, label, found);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(r.p11->C_DestroyObject(r.session, found[i]), CKR_OK);
    }
    raw_close(&r);
}

void bench_set_id(const char *token, unsigned long object_class, const char *label, const char *id)
{
    CK_OBJECT_HANDLE found[32];
    char value[64];
    snprintf(value, sizeof value, "%s", id);
    raw r = raw_open(token);
    CK_ATTRIBUTE set = {CKA_ID, value, strlen(value)};
    assert_int_equal(raw_find(&r, object_class, label, found), 1);
    assert_int_equal(r.p11->C_SetAttributeValue(r.session, found[0], &set, 1), CKR_OK);
    raw_close(&r);
}

/* --- PINs */
static void remember(bench_pin *b, const pades_pin_request *r)
{
    b->state = r->state;
    b->each_signature = r->each_signature;
    snprintf(b->subject, sizeof b->subject, "%s", r->subject ? r->subject : "");
    snprintf(b->purpose, sizeof b->purpose, "%s", r->purpose);
    snprintf(b->document, sizeof b->document, "%s", r->document ? r->document : "");
}

pades_status bench_pin_fn(void *user, const pades_pin_request *request, pades_pin *pin)
{
    bench_pin *b = user;
    b->calls++;
    remember(b, request);
    if (!b->pin) {
        return PADES_PIN_CANCELLED;
    }
    return pades_pin_set(pin, b->pin, strlen(b->pin)) == 0 ? PADES_OK : PADES_PIN_REQUIRED;
}

void bench_pad_fn(void *user, const pades_pin_request *request)
{
    bench_pin *b = user;
    b->pads++;
    remember(b, request);
}

pades_token_opts *bench_opts(bench_pin *pin, int attended)
{
    pades_token_opts *opts = NULL;
    assert_int_equal(pades_token_opts_new(&opts, NULL), PADES_OK);
    pades_token_opts_set_module(opts, bench_p11fault);
    pades_token_opts_set_worker(opts, getenv("PADES_TEST_WORKER"));
    pades_token_opts_set_pin(opts, bench_pin_fn, pin, attended);
    pades_token_opts_set_pad_notice(opts, bench_pad_fn, pin);
    return opts;
}

void assert_fails_with(pades_status got, pades_status want, pades_error **e, const char *part)
{
    if (got != want || !*e || !strstr(pades_error_message(*e), part)) {
        print_error("%s instead of %s: %s\n", pades_status_name(got), pades_status_name(want),
                    pades_error_message(*e));
        assert_true(0);
    }
    assert_int_equal(pades_error_status(*e), want);
    assert_null(strchr(pades_error_message(*e), '\n'));
    error_clear(e);
}

void assert_ok_at(pades_status got, pades_error *e, const char *file, int line)
{
    if (got != PADES_OK) {
        print_error("%s:%d: %s: %s\n", file, line, pades_status_name(got), pades_error_message(e));
        for (const pades_error *c = pades_error_cause(e); c; c = pades_error_cause(c)) {
            print_error("  %s\n", pades_error_message(c));
        }
    }
    assert_int_equal(got, PADES_OK);
}
