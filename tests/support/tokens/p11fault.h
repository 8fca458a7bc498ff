/* What the files of p11fault.so share besides fault.h. */
#ifndef PADES_SUPPORT_P11FAULT_H
#define PADES_SUPPORT_P11FAULT_H

#include "fault.h"

#include <stdatomic.h>

extern CK_FUNCTION_LIST *real; /* of the module below */
extern atomic_bool context_ok; /* a context login since the last C_SignInit */

/* True when the call must not be made but give *rv; it is in the log then. */
bool stops(const char *function, CK_RV *rv);
/* Writes the log; what to return. */
CK_RV done(const char *function, const char *argument, CK_RV rv);

CK_RV f_Login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR *pin, CK_ULONG size);
CK_RV f_SetPIN(CK_SESSION_HANDLE session, CK_UTF8CHAR *old_pin, CK_ULONG old_size,
               CK_UTF8CHAR *new_pin, CK_ULONG new_size);
CK_RV f_InitPIN(CK_SESSION_HANDLE session, CK_UTF8CHAR *pin, CK_ULONG size);

#endif
