/* A PKCS#11 module and a fresh token in it, logged in for writing. Every function ends the program
 * when the module refuses. */
#ifndef PADES_SUPPORT_MODULE_H
#define PADES_SUPPORT_MODULE_H

#include <p11-kit/pkcs11.h>

struct token {
    void *library;
    CK_FUNCTION_LIST *p11;
    CK_SESSION_HANDLE session;
};

struct token_names {
    const char *label;
    const char *pin;
    const char *so_pin;
};

/* Initialises the module's free token under the label, which no other token may have. */
void token_create(struct token *token, const char *module, const struct token_names *names);
void token_close(struct token *token);
void p11_check(CK_RV rv, const char *function);

#endif
