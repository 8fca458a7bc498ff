/* What was signed, told as a path or as the JSON object of pades-sign(1). */
#ifndef CLI_RESULT_H
#define CLI_RESULT_H

#include "report.h"

/* `output` NULL: a dry run, which wrote nothing. */
int result_tell(struct app *app, const char *file, const char *output, const pades_result *result,
                struct failure *f) MUST_USE;
/* The warnings: as text, and as a member of the object. */
void result_warn(struct app *app, const char *file, const pades_result *result);
void result_add_warnings(js *object, const pades_result *result);
/* Members of a certificate that the JSON object has: subject, issuer, serial, not_after. */
void result_add_cert(js *object, const pades_cert *cert);

#endif
