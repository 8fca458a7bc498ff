/* The least a program needs to sign with a token: one module, one token, one session, one key. No
 * p11-kit, no inventory: what it costs is the module's own. Ends the program when a call fails. */
#ifndef PADES_BENCH_P11_H
#define PADES_BENCH_P11_H

#include <p11-kit/pkcs11.h>

struct p11 {
    void *library;
    CK_FUNCTION_LIST *fn;
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE key;
    CK_KEY_TYPE type;
};

/* The first token that is initialised and the private key called `label` on it. */
void p11_start(struct p11 *p, const char *module, const char *pin_file, const char *label);
/* One signature over a digest of zeros: RSA PKCS#1 v1.5 with SHA-256, or ECDSA. */
void p11_sign(struct p11 *p);
void p11_end(struct p11 *p);

#endif
