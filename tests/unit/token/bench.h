/* A store of software tokens for one test program: SoftHSM2 in a folder of its own, behind the
 * module that injects faults and logs the calls. Keys and certificates come from the demonstration
 * PKI. */
#ifndef UNIT_TOKEN_BENCH_H
#define UNIT_TOKEN_BENCH_H

#include "base/fail.h" /* before cmocka, whose fail() is a macro */
#include "base/mem.h"
#include "token/pkcs11.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Makes the folder and the PKI (once), and points SoftHSM2 at an empty store called `name`. */
void bench_store(const char *name);
/* Removes everything. */
void bench_end(void);
/* For a group of tests: a store with one token of one key, and a context. 0, as cmocka wants it. */
int bench_open(pades_ctx **ret, const char *store, const char *label, const char *key);
int bench_close(pades_ctx *ctx);
/* Adds a token with PIN 1234 and these keys: names of the PKI, NULL at the end; none: the CA only.
 */
void bench_token(const char *label, ...) __attribute__((sentinel));
/* The faults from now on, and an empty log. */
void bench_faults(const char *text);
/* How many lines of the log begin with `call`, as "C_Login(user) CKR_OK". */
size_t bench_calls(const char *call);
/* The calls of the log without process numbers, one a line; the next call of this frees it. */
const char *bench_log(void);
/* DIR/name in the bench's folder, in a static room. */
const char *bench_path(const char *name);
/* DIR/pki/name. */
const char *bench_pki(const char *name);
void bench_write(const char *name, const char *text);
/* Destroys the objects of this class (CKO_...) and, unless NULL, this label on the token. */
void bench_destroy(const char *token, unsigned long object_class, const char *label);
/* Gives an object another CKA_ID. */
void bench_set_id(const char *token, unsigned long object_class, const char *label, const char *id);

extern const char bench_module[];   /* SoftHSM2 itself */
extern const char bench_p11fault[]; /* with faults */

/* A source of PINs that counts. */
typedef struct bench_pin {
    const char *pin; /* NULL: cancels */
    int calls, pads;
    pades_pin_state state; /* as told with the last request */
    int each_signature;
    char subject[128], purpose[64], document[64];
} bench_pin;
pades_status bench_pin_fn(void *user, const pades_pin_request *request, pades_pin *pin);
void bench_pad_fn(void *user, const pades_pin_request *request);
/* Options with the fault module and this source. */
pades_token_opts *bench_opts(bench_pin *pin, int attended);

/* The status and a part of the message; frees the error. */
void assert_fails_with(pades_status got, pades_status want, pades_error **e, const char *part);
#define assert_ok(expr, e) assert_ok_at((expr), (e), __FILE__, __LINE__)
void assert_ok_at(pades_status got, pades_error *e, const char *file, int line);

#endif
