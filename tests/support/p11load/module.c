/* See module.h. */
#include "p11load/module.h"

#include "common/die.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

#define MAX_SLOTS 64
#define LABEL_SIZE 32

void p11_check(CK_RV rv, const char *function)
{
    if (rv != CKR_OK) {
        die("%s: 0x%lx", function, rv);
    }
}

static void load(struct token *token, const char *path)
{
    token->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    void *symbol = token->library == NULL ? NULL : dlsym(token->library, "C_GetFunctionList");
    if (symbol == NULL) {
        die("no PKCS#11 module in '%s': %s", path, dlerror());
    }
    CK_C_GetFunctionList get = NULL;
    memcpy(&get, &symbol, sizeof get);
    p11_check(get(&token->p11), "C_GetFunctionList");
    CK_C_INITIALIZE_ARGS args = {.flags = CKF_OS_LOCKING_OK};
    p11_check(token->p11->C_Initialize(&args), "C_Initialize");
}

static void pad_label(unsigned char *out, const char *label)
{
    size_t n = strlen(label);
    if (n > LABEL_SIZE) {
        die("the label '%s' is longer than %d bytes", label, LABEL_SIZE);
    }
    memset(out, ' ', LABEL_SIZE);
    memcpy(out, label, n);
}

/* label NULL: the first slot whose token is not initialised. */
static bool find_slot(struct token *token, const unsigned char *label, CK_SLOT_ID *ret)
{
    CK_SLOT_ID slots[MAX_SLOTS];
    CK_ULONG count = 0;
    p11_check(token->p11->C_GetSlotList(CK_TRUE, NULL, &count), "C_GetSlotList");
    count = MAX_SLOTS;
    p11_check(token->p11->C_GetSlotList(CK_TRUE, slots, &count), "C_GetSlotList");
    for (CK_ULONG i = 0; i < count; i++) {
        CK_TOKEN_INFO info;
        p11_check(token->p11->C_GetTokenInfo(slots[i], &info), "C_GetTokenInfo");
        bool ready = (info.flags & CKF_TOKEN_INITIALIZED) != 0;
        bool hit = label == NULL ? !ready : ready && memcmp(info.label, label, LABEL_SIZE) == 0;
        if (hit) {
            *ret = slots[i];
            return true;
        }
    }
    return false;
}

/* PINs are inputs that the interface does not declare const. */
static unsigned char *bytes_of(const char *text)
{
    union {
        const char *in;
        unsigned char *out;
    } view = {text};
    return view.out;
}

static void initialise(struct token *token, const struct token_names *names, unsigned char *label)
{
    CK_SLOT_ID slot = 0;
    if (find_slot(token, label, &slot)) {
        die("there is already a token '%s'", names->label);
    }
    if (!find_slot(token, NULL, &slot)) {
        die("the module has no free token");
    }
    CK_ULONG so_size = strlen(names->so_pin);
    p11_check(token->p11->C_InitToken(slot, bytes_of(names->so_pin), so_size, label),
              "C_InitToken");
}

void token_create(struct token *token, const char *module, const struct token_names *names)
{
    unsigned char label[LABEL_SIZE];
    CK_SLOT_ID slot = 0;
    pad_label(label, names->label);
    load(token, module);
    initialise(token, names, label);
    if (!find_slot(token, label, &slot)) {
        die("the new token '%s' is not there", names->label);
    }
    CK_FUNCTION_LIST *p11 = token->p11;
    CK_FLAGS writing = CKF_SERIAL_SESSION | CKF_RW_SESSION;
    unsigned char *pin = bytes_of(names->pin);
    CK_ULONG so_size = strlen(names->so_pin);
    p11_check(p11->C_OpenSession(slot, writing, NULL, NULL, &token->session), "C_OpenSession");
    p11_check(p11->C_Login(token->session, CKU_SO, bytes_of(names->so_pin), so_size), "C_Login");
    p11_check(p11->C_InitPIN(token->session, pin, strlen(names->pin)), "C_InitPIN");
    p11_check(p11->C_Logout(token->session), "C_Logout");
    p11_check(p11->C_Login(token->session, CKU_USER, pin, strlen(names->pin)), "C_Login");
}

void token_close(struct token *token)
{
    p11_check(token->p11->C_Logout(token->session), "C_Logout");
    p11_check(token->p11->C_CloseSession(token->session), "C_CloseSession");
    p11_check(token->p11->C_Finalize(NULL), "C_Finalize");
    dlclose(token->library);
}
