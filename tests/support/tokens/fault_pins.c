/* The calls that carry a PIN: retry counters of PIN and PUK, the reader with a pad, and the ways in
 * which modules take a PUK. The PUK is the security officer's PIN of the module below. */
#include "p11fault.h"

#include <stdio.h>
#include <string.h>

enum { TYPED = 64 };

/* What was typed on the pad: a line of the file, counted from 0. */
static CK_ULONG read_pad(const char *path, int line, char *typed)
{
    FILE *file = fopen(path, "re");
    typed[0] = '\0';
    for (int i = 0; file != NULL && i <= line; i++) {
        if (fgets(typed, TYPED, file) == NULL) {
            typed[0] = '\0';
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    typed[strcspn(typed, "\r\n")] = '\0';
    return strlen(typed);
}

static bool is_cancel(const char *typed)
{
    return strcmp(typed, "cancel") == 0;
}

/* --- counters */

/* The answer before the try, or after it with the counter moved on. */
static bool is_locked(const char *word)
{
    char path[256] = "";
    int max = 0;
    return fault_tries_of(word, &max, path, sizeof path) == 0;
}

static CK_RV counted(const char *word, CK_RV rv)
{
    char path[256] = "";
    int max = 0;
    int left = fault_tries_of(word, &max, path, sizeof path);
    if (left > 0 && rv == CKR_PIN_INCORRECT) {
        fault_set_tries(path, left - 1);
        return left == 1 ? CKR_PIN_LOCKED : rv;
    }
    if (left > 0 && rv == CKR_OK) {
        fault_set_tries(path, max);
    }
    return rv;
}

/* A PIN that was set anew has all its tries, a locked one too. */
static void reset(const char *word)
{
    char path[256] = "";
    int max = 0;
    if (fault_tries_of(word, &max, path, sizeof path) >= 0) {
        fault_set_tries(path, max);
    }
}

/* --- C_Login */

/* The module below may know nothing of context logins: the PIN is checked by logging in anew. */
static CK_RV context_login(CK_SESSION_HANDLE session, CK_UTF8CHAR *pin, CK_ULONG size)
{
    CK_SESSION_INFO info;
    CK_RV rv = real->C_GetSessionInfo(session, &info);
    if (rv == CKR_OK) {
        real->C_Logout(session);
        rv = real->C_Login(session, CKU_USER, pin, size);
    }
    context_ok = rv == CKR_OK;
    return rv;
}

static bool takes_puk(const char *way)
{
    char text[32];
    return fault_line("unblock", NULL, text, sizeof text) && strcmp(text, way) == 0;
}

static CK_RV counted_login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR *pin,
                           CK_ULONG size)
{
    const char *word = user == CKU_SO ? "puks" : "tries";
    if (user == CKU_CONTEXT_SPECIFIC && takes_puk("context")) {
        return CKR_OK; /* C_SetPIN will tell */
    }
    if (is_locked(word)) {
        return CKR_PIN_LOCKED;
    }
    bool always = user == CKU_CONTEXT_SPECIFIC && fault_on("always");
    return counted(word, always ? context_login(session, pin, size)
                                : real->C_Login(session, user, pin, size));
}

static CK_RV pad_login(CK_SESSION_HANDLE session, CK_USER_TYPE user, const char *path)
{
    char typed[TYPED] = "";
    CK_ULONG n = read_pad(path, 0, typed);
    CK_RV rv = is_cancel(typed) ? CKR_FUNCTION_CANCELED
                                : counted_login(session, user, (CK_UTF8CHAR *)typed, n);
    explicit_bzero(typed, sizeof typed);
    return rv;
}

CK_RV f_Login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR *pin, CK_ULONG size)
{
    static const char *const who[] = {"(so)", "(user)", "(context)"};
    const char *argument = user <= CKU_CONTEXT_SPECIFIC ? who[user] : "(?)";
    char path[256];
    CK_RV rv = CKR_OK;
    if (stops("C_Login", &rv)) {
        return rv;
    }
    if (!fault_line("pinpad", NULL, path, sizeof path)) {
        rv = counted_login(session, user, pin, size);
    } else if (pin != NULL) {
        rv = CKR_ARGUMENTS_BAD;
    } else {
        rv = pad_login(session, user, path);
    }
    return done("C_Login", argument, rv);
}

/* --- C_SetPIN, C_InitPIN */

static bool nobody_is_logged_in(CK_SESSION_HANDLE session)
{
    CK_SESSION_INFO info;
    return real->C_GetSessionInfo(session, &info) == CKR_OK && info.state == CKS_RW_PUBLIC_SESSION;
}

static CK_RV unblock(CK_SESSION_HANDLE session, CK_UTF8CHAR *puk, CK_ULONG puk_size,
                     CK_UTF8CHAR *pin, CK_ULONG size)
{
    if (is_locked("puks")) {
        return CKR_PIN_LOCKED;
    }
    CK_RV rv = counted("puks", real->C_Login(session, CKU_SO, puk, puk_size));
    if (rv != CKR_OK) {
        return rv;
    }
    rv = real->C_InitPIN(session, pin, size);
    real->C_Logout(session);
    if (rv == CKR_OK) {
        reset("tries");
    }
    return rv;
}

static CK_RV set_pin(CK_SESSION_HANDLE session, CK_UTF8CHAR *old_pin, CK_ULONG old_size,
                     CK_UTF8CHAR *pin, CK_ULONG size)
{
    bool prefixed =
        old_size > 4 && size > 4 && memcmp(old_pin, "puk:", 4) == 0 && memcmp(pin, "pin:", 4) == 0;
    if (prefixed && takes_puk("prefix")) {
        return unblock(session, old_pin + 4, old_size - 4, pin + 4, size - 4);
    }
    if (takes_puk("context") || (takes_puk("set-pin") && nobody_is_logged_in(session))) {
        return unblock(session, old_pin, old_size, pin, size);
    }
    if (is_locked("tries")) {
        return CKR_PIN_LOCKED;
    }
    return counted("tries", real->C_SetPIN(session, old_pin, old_size, pin, size));
}

static CK_RV pad_set_pin(CK_SESSION_HANDLE session, const char *path)
{
    char typed[TYPED];
    char fresh[TYPED];
    CK_ULONG n = read_pad(path, 0, typed);
    CK_ULONG size = read_pad(path, 1, fresh);
    CK_RV rv = is_cancel(typed) || is_cancel(fresh)
                   ? CKR_FUNCTION_CANCELED
                   : set_pin(session, (CK_UTF8CHAR *)typed, n, (CK_UTF8CHAR *)fresh, size);
    explicit_bzero(typed, sizeof typed);
    explicit_bzero(fresh, sizeof fresh);
    return rv;
}

CK_RV f_SetPIN(CK_SESSION_HANDLE session, CK_UTF8CHAR *old_pin, CK_ULONG old_size,
               CK_UTF8CHAR *new_pin, CK_ULONG new_size)
{
    char path[256];
    CK_RV rv = CKR_OK;
    if (stops("C_SetPIN", &rv)) {
        return rv;
    }
    if (!fault_line("pinpad", NULL, path, sizeof path)) {
        rv = set_pin(session, old_pin, old_size, new_pin, new_size);
    } else if (old_pin != NULL || new_pin != NULL) {
        rv = CKR_ARGUMENTS_BAD;
    } else {
        rv = pad_set_pin(session, path);
    }
    return done("C_SetPIN", "", rv);
}

static CK_RV pad_init_pin(CK_SESSION_HANDLE session, const char *path)
{
    char fresh[TYPED];
    CK_ULONG size = read_pad(path, 1, fresh);
    CK_RV rv = is_cancel(fresh) ? CKR_FUNCTION_CANCELED
                                : real->C_InitPIN(session, (CK_UTF8CHAR *)fresh, size);
    explicit_bzero(fresh, sizeof fresh);
    return rv;
}

CK_RV f_InitPIN(CK_SESSION_HANDLE session, CK_UTF8CHAR *pin, CK_ULONG size)
{
    char path[256];
    CK_RV rv = CKR_OK;
    if (stops("C_InitPIN", &rv)) {
        return rv;
    }
    if (!fault_line("pinpad", NULL, path, sizeof path)) {
        rv = real->C_InitPIN(session, pin, size);
    } else {
        rv = pin == NULL ? pad_init_pin(session, path) : CKR_ARGUMENTS_BAD;
    }
    if (rv == CKR_OK) {
        reset("tries");
    }
    return done("C_InitPIN", "", rv);
}
