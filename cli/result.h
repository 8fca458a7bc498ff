/* What was signed, told as a path or as the JSON object of pades-sign(1). */
#ifndef CLI_RESULT_H
#define CLI_RESULT_H

#include "report.h"

/* `output` NULL: a dry run, which wrote nothing. */
int result_tell(struct app *app, const char *file, const char *output, const pades_result *result,
                struct failure *f) MUST_USE;
/* Members of a certificate that the JSON object has: subject, issuer, serial, not_after. */
void result_add_cert(js *object, const pades_cert *cert);

#endif
