/* See p11.h. */
#include "p11.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 64, PIN_MAX = 256, SIGNATURE_MAX = 1024, HASH = 32 };

/* clause: RFC8017#9.2 DigestInfo of SHA-256 */
static const CK_BYTE DIGEST_INFO[] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                      0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};

_Noreturn static void die(const char *what, unsigned long code)
{
    fprintf(stderr, "bench: %s failed (0x%lx)\n", what, code);
    exit(1);
}

static void check(CK_RV rv, const char *what)
{
    if (rv != CKR_OK) {
        die(what, rv);
    }
}

static void load(struct p11 *p, const char *module)
{
    p->library = dlopen(module, RTLD_NOW | RTLD_LOCAL);
    void *symbol = p->library == NULL ? NULL : dlsym(p->library, "C_GetFunctionList");
    CK_C_GetFunctionList get = NULL;
    if (symbol == NULL) {
        die("loading the module", 0);
    }
    memcpy(&get, &symbol, sizeof get);
    check(get(&p->fn), "C_GetFunctionList");
    CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};
    check(p->fn->C_Initialize(&args), "C_Initialize");
}

static CK_SLOT_ID find_token(struct p11 *p)
{
    CK_SLOT_ID slots[SLOTS];
    CK_ULONG n = SLOTS;
    check(p->fn->C_GetSlotList(CK_TRUE, slots, &n), "C_GetSlotList");
    for (CK_ULONG i = 0; i < n; i++) {
        CK_TOKEN_INFO info;
        check(p->fn->C_GetTokenInfo(slots[i], &info), "C_GetTokenInfo");
        if ((info.flags & CKF_TOKEN_INITIALIZED) != 0) {
            return slots[i];
        }
    }
    die("finding a token", 0);
}

static void login(struct p11 *p, const char *pin_file)
{
    char pin[PIN_MAX] = "";
    FILE *f = fopen(pin_file, "re");
    if (f == NULL || fgets(pin, sizeof pin, f) == NULL) {
        die("reading the PIN", 0);
    }
    fclose(f);
    pin[strcspn(pin, "\r\n")] = '\0';
    check(p->fn->C_Login(p->session, CKU_USER, (CK_BYTE *)pin, strlen(pin)), "C_Login");
}

static void find_key(struct p11 *p, const char *label)
{
    char name[PIN_MAX];
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    int length = snprintf(name, sizeof name, "%s", label);
    CK_ATTRIBUTE query[] = {{CKA_CLASS, &class, sizeof class}, {CKA_LABEL, name, (CK_ULONG)length}};
    CK_ATTRIBUTE type = {CKA_KEY_TYPE, &p->type, sizeof p->type};
    CK_ULONG n = 0;
    check(p->fn->C_FindObjectsInit(p->session, query, 2), "C_FindObjectsInit");
    check(p->fn->C_FindObjects(p->session, &p->key, 1, &n), "C_FindObjects");
    check(p->fn->C_FindObjectsFinal(p->session), "C_FindObjectsFinal");
    if (n != 1) {
        die("finding the key", n);
    }
    check(p->fn->C_GetAttributeValue(p->session, p->key, &type, 1), "C_GetAttributeValue");
}

void p11_start(struct p11 *p, const char *module, const char *pin_file, const char *label)
{
    load(p, module);
    check(p->fn->C_OpenSession(find_token(p), CKF_SERIAL_SESSION, NULL, NULL, &p->session),
          "C_OpenSession");
    login(p, pin_file);
    find_key(p, label);
}

void p11_sign(struct p11 *p)
{
    CK_BYTE input[sizeof DIGEST_INFO + HASH] = {0}, out[SIGNATURE_MAX];
    CK_ULONG n = sizeof out;
    bool rsa = p->type == CKK_RSA;
    CK_MECHANISM mechanism = {rsa ? CKM_RSA_PKCS : CKM_ECDSA, NULL, 0};
    memcpy(input, DIGEST_INFO, rsa ? sizeof DIGEST_INFO : 0);
    check(p->fn->C_SignInit(p->session, &mechanism, p->key), "C_SignInit");
    check(p->fn->C_Sign(p->session, input, rsa ? sizeof input : HASH, out, &n), "C_Sign");
}

void p11_end(struct p11 *p)
{
    check(p->fn->C_CloseSession(p->session), "C_CloseSession");
    check(p->fn->C_Finalize(NULL), "C_Finalize");
    dlclose(p->library);
}
