/* SASLprep, by GNU libidn where the build found it. Owner of libidn's header; the library is opened
 * when the first password beyond ASCII needs it. */
#ifndef PDF_SASLPREP_H
#define PDF_SASLPREP_H

#include "base/secret.h"

typedef enum saslprep_result {
    SASLPREP_DONE,    /* *ret is the form, which may be what was given */
    SASLPREP_REFUSED, /* it has none: a character that is not allowed, or too long */
    SASLPREP_ABSENT   /* there is no library to ask */
} saslprep_result;

/* `given` is valid UTF-8 without a NUL. *ret is empty unless done. */
saslprep_result saslprep(span given, secret *ret);
/* Version of the loaded library, or NULL. */
const char *saslprep_version(void);

#endif
