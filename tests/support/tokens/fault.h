/* The faults file, the log and the names of p11fault.so; see README for the lines. Everything is
 * looked up anew for every call, so that a test can change the faults under a running program. */
#ifndef PADES_SUPPORT_FAULT_H
#define PADES_SUPPORT_FAULT_H

#include <p11-kit/pkcs11.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* CKR_, CKM_ or CKF_ name, or a number. */
CK_ULONG fault_value(const char *name);
/* NULL when the value has no name here. */
const char *fault_rv_name(CK_RV rv);

/* Is there a line "WORD ..." ("WORD FUNCTION ..." with a function)? Its rest goes to out. */
bool fault_line(const char *word, const char *function, char *out, size_t size);
bool fault_on(const char *word);

/* Delays, hangs, crashes as the file says; true when the call must not be made but give *rv. */
bool fault_stops(const char *function, CK_RV *rv);
/* The value to return after a call that was made, by the line "after". */
CK_RV fault_after(const char *function, CK_RV rv);
void fault_log(const char *function, const char *argument, CK_RV rv);

/* The process that called C_Initialize; 0: none. */
void fault_set_owner(pid_t pid);
pid_t fault_owner(void);

/* Tries left of the PIN, or -1 without a line "tries"; max and the counter's path beside it. */
int fault_tries(int *max, char *path, size_t size);
/* The same for another line: "puks" of the PUK. */
int fault_tries_of(const char *word, int *max, char *path, size_t size);
void fault_set_tries(const char *path, int tries);

#endif
