/* A question on the controlling terminal, answered without echo. */
#ifndef CLI_PROMPT_H
#define CLI_PROMPT_H

#include "secret.h"

#include <pades/types.h>

/* True when there is a controlling terminal. */
bool prompt_possible(void);
/* Shows `about` (whole lines) and `label`, reads one line. PADES_PIN_CANCELLED when a signal or the
 * end of the input came instead. The terminal is as before afterwards, whatever happens. */
pades_status prompt_secret(const char *about, const char *label, struct secret *ret);

#endif
