/* p11fault.so: wraps a real PKCS#11 module and makes it misbehave as a faults file says (README).
 * Functions it does not replace go straight to the module below. */
#include "p11fault.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_SLOTS 64
#define MAX_MECHANISMS 64
#define MAX_SIGNATURE 4096
/* Marks the second copy of a slot; beyond the 31 bits of SoftHSM's slot ids. */
#define SECOND (1UL << 40)
#define NO_SUCH_CLASS (CKO_VENDOR_DEFINED | 0x7777UL)

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list);

CK_FUNCTION_LIST *real;
static CK_FUNCTION_LIST ours;
static pthread_once_t loaded = PTHREAD_ONCE_INIT;
/* A context login since the last C_SignInit, for the line "always". */
atomic_bool context_ok;
/* Between C_SignInit and C_Sign, for the line "alone". */
static atomic_bool signing;

static CK_SLOT_ID real_slot(CK_SLOT_ID slot)
{
    return slot & ~SECOND;
}

bool stops(const char *function, CK_RV *rv)
{
    bool stop = fault_stops(function, rv);
    if (stop) {
        fault_log(function, "", *rv);
    }
    return stop;
}

CK_RV done(const char *function, const char *argument, CK_RV rv)
{
    rv = fault_after(function, rv);
    fault_log(function, argument, rv);
    return rv;
}

/* A child that starts anew in a module that does not notice the fork itself. */
static CK_RV initialise_again(void *args)
{
    CK_RV rv = real->C_Initialize(args);
    if (rv == CKR_CRYPTOKI_ALREADY_INITIALIZED) {
        real->C_Finalize(NULL);
        rv = real->C_Initialize(args);
    }
    return rv;
}

static CK_RV f_Initialize(void *args)
{
    CK_RV rv = CKR_OK;
    if (stops("C_Initialize", &rv)) {
        return rv;
    }
    const CK_C_INITIALIZE_ARGS *a = args;
    bool locking = a != NULL && (a->flags & CKF_OS_LOCKING_OK) != 0;
    bool forked = fault_owner() != 0 && fault_owner() != getpid();
    if (locking && fault_on("cantlock")) {
        rv = CKR_CANT_LOCK;
    } else if (forked && fault_on("forksafe")) {
        rv = initialise_again(args);
    } else {
        rv = real->C_Initialize(args);
    }
    if (rv == CKR_OK) {
        fault_set_owner(getpid());
    }
    return done("C_Initialize", locking ? "(os-locking)" : "", rv);
}

static CK_RV f_Finalize(void *reserved)
{
    CK_RV rv = CKR_OK;
    return stops("C_Finalize", &rv) ? rv : done("C_Finalize", "", real->C_Finalize(reserved));
}

static void name_library(unsigned char *field, size_t size, const char *word)
{
    char text[64];
    if (fault_line(word, NULL, text, sizeof text)) {
        memset(field, ' ', size);
        memcpy(field, text, strlen(text) < size ? strlen(text) : size);
    }
}

static CK_RV f_GetInfo(CK_INFO *info)
{
    CK_RV rv = CKR_OK;
    if (stops("C_GetInfo", &rv)) {
        return rv;
    }
    rv = real->C_GetInfo(info);
    if (rv == CKR_OK) {
        name_library(info->manufacturerID, sizeof info->manufacturerID, "maker");
        name_library(info->libraryDescription, sizeof info->libraryDescription, "library");
    }
    return done("C_GetInfo", "", rv);
}

static CK_RV slot_list(CK_BBOOL present, CK_SLOT_ID *list, CK_ULONG *count)
{
    CK_SLOT_ID slots[MAX_SLOTS];
    CK_ULONG n = MAX_SLOTS;
    if (count == NULL) {
        return real->C_GetSlotList(present, list, count);
    }
    /* the length query makes some modules look for new slots */
    CK_RV rv = list == NULL ? real->C_GetSlotList(present, NULL, &n) : CKR_OK;
    n = MAX_SLOTS;
    rv = rv == CKR_OK ? real->C_GetSlotList(present, slots, &n) : rv;
    if (rv != CKR_OK) {
        return rv;
    }
    if (present && fault_on("absent")) {
        n = 0;
    }
    CK_ULONG want = fault_on("twice") ? 2 * n : n;
    if (list != NULL && *count < want) {
        rv = CKR_BUFFER_TOO_SMALL;
    }
    for (CK_ULONG i = 0; list != NULL && rv == CKR_OK && i < want; i++) {
        list[i] = i < n ? slots[i] : slots[i - n] | SECOND;
    }
    *count = want;
    return rv;
}

static CK_RV f_GetSlotList(CK_BBOOL present, CK_SLOT_ID *list, CK_ULONG *count)
{
    CK_RV rv = CKR_OK;
    return stops("C_GetSlotList", &rv) ? rv
                                       : done("C_GetSlotList", "", slot_list(present, list, count));
}

static CK_RV f_GetSlotInfo(CK_SLOT_ID slot, CK_SLOT_INFO *info)
{
    CK_RV rv = CKR_OK;
    if (stops("C_GetSlotInfo", &rv)) {
        return rv;
    }
    rv = real->C_GetSlotInfo(real_slot(slot), info);
    if (rv == CKR_OK) {
        info->flags |= CKF_REMOVABLE_DEVICE | CKF_HW_SLOT;
        if (fault_on("absent")) {
            info->flags &= ~CKF_TOKEN_PRESENT;
        }
    }
    return done("C_GetSlotInfo", "", rv);
}

static void set_text(const char *word, CK_UTF8CHAR *field, size_t size)
{
    char text[128];
    if (fault_line(word, NULL, text, sizeof text)) {
        size_t n = strlen(text);
        memset(field, ' ', size);
        memcpy(field, text, n < size ? n : size);
    }
}

static void set_try_flags(CK_TOKEN_INFO *info)
{
    char path[256];
    int max = 0;
    int left = fault_tries(&max, path, sizeof path);
    if (left < 0) {
        return;
    }
    info->flags &= ~(CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_LOCKED);
    if (left == 0) {
        info->flags |= CKF_USER_PIN_LOCKED;
    } else if (left == 1) {
        info->flags |= CKF_USER_PIN_FINAL_TRY;
    } else if (left < max) {
        info->flags |= CKF_USER_PIN_COUNT_LOW;
    }
}

static void set_flags(CK_TOKEN_INFO *info)
{
    char words[300];
    if (!fault_line("flags", NULL, words, sizeof words)) {
        return;
    }
    char *rest = NULL;
    for (char *w = strtok_r(words, " ", &rest); w != NULL; w = strtok_r(NULL, " ", &rest)) {
        if (w[0] == '+') {
            info->flags |= fault_value(w + 1);
        } else if (w[0] == '-') {
            info->flags &= ~fault_value(w + 1);
        }
    }
}

static CK_RV f_GetTokenInfo(CK_SLOT_ID slot, CK_TOKEN_INFO *info)
{
    CK_RV rv = CKR_OK;
    if (stops("C_GetTokenInfo", &rv)) {
        return rv;
    }
    rv = real->C_GetTokenInfo(real_slot(slot), info);
    if (rv == CKR_OK) {
        set_text("label", info->label, sizeof info->label);
        set_text("model", info->model, sizeof info->model);
        set_text("serial", info->serialNumber, sizeof info->serialNumber);
        if (fault_on("pinpad")) {
            info->flags |= CKF_PROTECTED_AUTHENTICATION_PATH;
        }
        set_try_flags(info);
        set_flags(info);
    }
    return done("C_GetTokenInfo", "", rv);
}

static CK_ULONG allowed_list(CK_MECHANISM_TYPE *list)
{
    char words[512];
    CK_ULONG n = 0;
    if (!fault_line("mechs", NULL, words, sizeof words)) {
        return 0;
    }
    char *rest = NULL;
    for (char *w = strtok_r(words, " ,", &rest); w != NULL && n < MAX_MECHANISMS;
         w = strtok_r(NULL, " ,", &rest)) {
        list[n++] = fault_value(w);
    }
    return n;
}

static bool allowed(CK_MECHANISM_TYPE type)
{
    CK_MECHANISM_TYPE list[MAX_MECHANISMS];
    CK_ULONG n = allowed_list(list);
    bool hit = n == 0;
    for (CK_ULONG i = 0; i < n; i++) {
        hit = hit || list[i] == type;
    }
    return hit;
}

static CK_RV mechanism_list(CK_SLOT_ID slot, CK_MECHANISM_TYPE *list, CK_ULONG *count)
{
    CK_MECHANISM_TYPE only[MAX_MECHANISMS];
    CK_ULONG n = allowed_list(only);
    if (n == 0) {
        return real->C_GetMechanismList(real_slot(slot), list, count);
    }
    CK_RV rv = list != NULL && *count < n ? CKR_BUFFER_TOO_SMALL : CKR_OK;
    if (list != NULL && rv == CKR_OK) {
        memcpy(list, only, n * sizeof only[0]);
    }
    *count = n;
    return rv;
}

static CK_RV f_GetMechanismList(CK_SLOT_ID slot, CK_MECHANISM_TYPE *list, CK_ULONG *count)
{
    CK_RV rv = CKR_OK;
    return stops("C_GetMechanismList", &rv)
               ? rv
               : done("C_GetMechanismList", "", mechanism_list(slot, list, count));
}

static CK_RV f_GetMechanismInfo(CK_SLOT_ID slot, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO *info)
{
    CK_RV rv = CKR_OK;
    if (stops("C_GetMechanismInfo", &rv)) {
        return rv;
    }
    rv = allowed(type) ? real->C_GetMechanismInfo(real_slot(slot), type, info)
                       : CKR_MECHANISM_INVALID;
    return done("C_GetMechanismInfo", "", rv);
}

static CK_RV f_OpenSession(CK_SLOT_ID slot, CK_FLAGS flags, void *application, CK_NOTIFY notify,
                           CK_SESSION_HANDLE *session)
{
    CK_RV rv = CKR_OK;
    if (stops("C_OpenSession", &rv)) {
        return rv;
    }
    rv = real->C_OpenSession(real_slot(slot), flags, application, notify, session);
    return done("C_OpenSession", "", rv);
}

static CK_RV f_CloseAllSessions(CK_SLOT_ID slot)
{
    CK_RV rv = CKR_OK;
    return stops("C_CloseAllSessions", &rv)
               ? rv
               : done("C_CloseAllSessions", "", real->C_CloseAllSessions(real_slot(slot)));
}

static CK_RV f_CloseSession(CK_SESSION_HANDLE session)
{
    CK_RV rv = CKR_OK;
    return stops("C_CloseSession", &rv) ? rv
                                        : done("C_CloseSession", "", real->C_CloseSession(session));
}

static CK_RV f_GetSessionInfo(CK_SESSION_HANDLE session, CK_SESSION_INFO *info)
{
    CK_RV rv = CKR_OK;
    return stops("C_GetSessionInfo", &rv)
               ? rv
               : done("C_GetSessionInfo", "", real->C_GetSessionInfo(session, info));
}

static CK_RV f_Logout(CK_SESSION_HANDLE session)
{
    CK_RV rv = CKR_OK;
    return stops("C_Logout", &rv) ? rv : done("C_Logout", "", real->C_Logout(session));
}

static bool logged_out(CK_SESSION_HANDLE session)
{
    CK_SESSION_INFO info;
    return real->C_GetSessionInfo(session, &info) == CKR_OK &&
           (info.state == CKS_RO_PUBLIC_SESSION || info.state == CKS_RW_PUBLIC_SESSION);
}

static bool may_find(CK_OBJECT_CLASS wanted, const CK_ATTRIBUTE *list, CK_ULONG count)
{
    bool any = true;
    for (CK_ULONG i = 0; i < count; i++) {
        if (list[i].type == CKA_CLASS && list[i].ulValueLen == sizeof(CK_OBJECT_CLASS)) {
            CK_OBJECT_CLASS class = 0;
            memcpy(&class, list[i].pValue, sizeof class);
            any = class == wanted;
        }
    }
    return any;
}

static CK_RV f_FindObjectsInit(CK_SESSION_HANDLE session, CK_ATTRIBUTE *list, CK_ULONG count)
{
    CK_RV rv = CKR_OK;
    if (stops("C_FindObjectsInit", &rv)) {
        return rv;
    }
    CK_OBJECT_CLASS none = NO_SUCH_CLASS;
    CK_ATTRIBUTE nothing = {CKA_CLASS, &none, sizeof none};
    bool hidden = (fault_on("private-certs") && may_find(CKO_CERTIFICATE, list, count)) ||
                  (fault_on("private-publics") && may_find(CKO_PUBLIC_KEY, list, count));
    if (hidden && logged_out(session)) {
        list = &nothing;
        count = 1;
    }
    return done("C_FindObjectsInit", "", real->C_FindObjectsInit(session, list, count));
}

static CK_RV f_FindObjects(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE *objects, CK_ULONG max,
                           CK_ULONG *count)
{
    CK_RV rv = CKR_OK;
    return stops("C_FindObjects", &rv)
               ? rv
               : done("C_FindObjects", "", real->C_FindObjects(session, objects, max, count));
}

static void change_attributes(CK_OBJECT_CLASS class, CK_ATTRIBUTE *list, CK_ULONG count)
{
    bool always = class == CKO_PRIVATE_KEY && fault_on("always");
    bool no_id = class == CKO_CERTIFICATE && fault_on("noid");
    for (CK_ULONG i = 0; i < count; i++) {
        CK_ATTRIBUTE *a = &list[i];
        if (always && a->type == CKA_ALWAYS_AUTHENTICATE && a->pValue != NULL &&
            a->ulValueLen == sizeof(CK_BBOOL)) {
            *(CK_BBOOL *)a->pValue = CK_TRUE;
        }
        if (no_id && a->type == CKA_ID) {
            a->ulValueLen = 0;
        }
    }
}

static CK_RV f_GetAttributeValue(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                                 CK_ATTRIBUTE *list, CK_ULONG count)
{
    CK_RV rv = CKR_OK;
    if (stops("C_GetAttributeValue", &rv)) {
        return rv;
    }
    CK_OBJECT_CLASS class = 0;
    CK_ATTRIBUTE query = {CKA_CLASS, &class, sizeof class};
    rv = real->C_GetAttributeValue(session, object, list, count);
    if (real->C_GetAttributeValue(session, object, &query, 1) == CKR_OK) {
        change_attributes(class, list, count);
    }
    return done("C_GetAttributeValue", "", rv);
}

static CK_RV f_SignInit(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key)
{
    CK_RV rv = CKR_OK;
    if (stops("C_SignInit", &rv)) {
        return rv;
    }
    char argument[32];
    snprintf(argument, sizeof argument, "(0x%lx)", mechanism == NULL ? 0UL : mechanism->mechanism);
    context_ok = false;
    if (atomic_exchange(&signing, true) && fault_on("alone")) {
        abort(); /* another signature is under way */
    }
    bool may = mechanism == NULL || allowed(mechanism->mechanism);
    rv = may ? real->C_SignInit(session, mechanism, key) : CKR_MECHANISM_INVALID;
    return done("C_SignInit", argument, rv);
}

static void spoil(CK_BYTE *signature, CK_ULONG *size)
{
    if (signature == NULL && fault_on("badlen")) {
        *size = 0;
    }
    if (signature != NULL && *size > 0 && fault_on("badsig")) {
        signature[*size / 2] ^= 1;
    }
    if (signature != NULL && *size > 0 && fault_on("shortsig")) {
        --*size;
    }
}

/* A failing C_Sign ends the operation, so it is ended in the module below as well. */
static void end_operation(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG data_size)
{
    CK_BYTE unwanted[MAX_SIGNATURE];
    CK_ULONG size = sizeof unwanted;
    if (data != NULL) {
        real->C_Sign(session, data, data_size, unwanted, &size);
    } else {
        real->C_SignFinal(session, unwanted, &size);
    }
}

static bool context_missing(const CK_BYTE *signature)
{
    bool missing = fault_on("always") && !context_ok;
    if (signature != NULL) {
        context_ok = false;
    }
    return missing;
}

static CK_RV f_Sign(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG data_size,
                    CK_BYTE *signature, CK_ULONG *size)
{
    CK_RV rv = CKR_OK;
    const char *argument = signature == NULL ? "(length)" : "";
    bool stop = fault_stops("C_Sign", &rv);
    if (!stop && context_missing(signature)) {
        rv = CKR_USER_NOT_LOGGED_IN;
        stop = true;
    }
    if (stop) {
        if (signature != NULL) {
            end_operation(session, data, data_size);
        }
        fault_log("C_Sign", argument, rv);
        return rv;
    }
    rv = real->C_Sign(session, data, data_size, signature, size);
    signing = false;
    if (rv == CKR_OK) {
        spoil(signature, size);
    }
    return done("C_Sign", argument, rv);
}

static CK_RV f_SignUpdate(CK_SESSION_HANDLE session, CK_BYTE *data, CK_ULONG size)
{
    CK_RV rv = CKR_OK;
    return stops("C_SignUpdate", &rv)
               ? rv
               : done("C_SignUpdate", "", real->C_SignUpdate(session, data, size));
}

static CK_RV f_SignFinal(CK_SESSION_HANDLE session, CK_BYTE *signature, CK_ULONG *size)
{
    CK_RV rv = CKR_OK;
    if (fault_stops("C_SignFinal", &rv)) {
        end_operation(session, NULL, 0);
        fault_log("C_SignFinal", "", rv);
        return rv;
    }
    if (context_missing(signature)) {
        return done("C_SignFinal", "", CKR_USER_NOT_LOGGED_IN);
    }
    rv = real->C_SignFinal(session, signature, size);
    if (rv == CKR_OK) {
        spoil(signature, size);
    }
    return done("C_SignFinal", "", rv);
}

static CK_RV f_WaitForSlotEvent(CK_FLAGS flags, CK_SLOT_ID *slot, void *reserved)
{
    CK_RV rv = CKR_OK;
    return stops("C_WaitForSlotEvent", &rv)
               ? rv
               : done("C_WaitForSlotEvent", "", real->C_WaitForSlotEvent(flags, slot, reserved));
}

static CK_RV f_GetFunctionList(CK_FUNCTION_LIST **list)
{
    if (list == NULL) {
        return CKR_ARGUMENTS_BAD;
    }
    *list = &ours;
    return CKR_OK;
}

static void replace_functions(void)
{
    ours = *real;
    ours.C_Initialize = f_Initialize;
    ours.C_Finalize = f_Finalize;
    ours.C_GetFunctionList = f_GetFunctionList;
    ours.C_GetInfo = f_GetInfo;
    ours.C_GetSlotList = f_GetSlotList;
    ours.C_GetSlotInfo = f_GetSlotInfo;
    ours.C_GetTokenInfo = f_GetTokenInfo;
    ours.C_GetMechanismList = f_GetMechanismList;
    ours.C_GetMechanismInfo = f_GetMechanismInfo;
    ours.C_OpenSession = f_OpenSession;
    ours.C_CloseSession = f_CloseSession;
    ours.C_CloseAllSessions = f_CloseAllSessions;
    ours.C_GetSessionInfo = f_GetSessionInfo;
    ours.C_Login = f_Login;
    ours.C_Logout = f_Logout;
    ours.C_SetPIN = f_SetPIN;
    ours.C_InitPIN = f_InitPIN;
    ours.C_FindObjectsInit = f_FindObjectsInit;
    ours.C_FindObjects = f_FindObjects;
    ours.C_GetAttributeValue = f_GetAttributeValue;
    ours.C_SignInit = f_SignInit;
    ours.C_Sign = f_Sign;
    ours.C_SignUpdate = f_SignUpdate;
    ours.C_SignFinal = f_SignFinal;
    ours.C_WaitForSlotEvent = f_WaitForSlotEvent;
}

static void load_below(void)
{
    const char *path = getenv("P11FAULT_MODULE");
    void *library =
        dlopen(path == NULL ? "/usr/lib/softhsm/libsofthsm2.so" : path, RTLD_NOW | RTLD_LOCAL);
    void *symbol = library == NULL ? NULL : dlsym(library, "C_GetFunctionList");
    CK_C_GetFunctionList get = NULL;
    memcpy(&get, &symbol, sizeof get);
    if (get == NULL || get(&real) != CKR_OK) {
        const char *why = dlerror();
        fprintf(stderr, "p11fault: %s\n", why == NULL ? "no function list" : why);
        real = NULL;
        return;
    }
    replace_functions();
}

__attribute__((visibility("default"))) CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list)
{
    pthread_once(&loaded, load_below);
    return real == NULL ? CKR_GENERAL_ERROR : f_GetFunctionList(list);
}
