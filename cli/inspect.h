/* What `inspect` tells of a document, as JSON and for people. Shared by cmd_inspect.c and
 * inspect_*.c only. */
#ifndef CLI_INSPECT_H
#define CLI_INSPECT_H

#include "app.h"
#include "json.h"

const char *inspect_xref_name(pades_xref_kind kind);

/* The object with everything in it; js_print() or report_json() ends it. */
js *inspect_json(const char *file, const pades_doc *doc);
/* The same for people; warnings go to standard error. */
void inspect_text(struct app *app, const char *file, const pades_doc *doc);

#endif
