/* What the user is told, and where: standard output has the path of the output or JSON, everything
 * else goes to standard error. */
#ifndef CLI_REPORT_H
#define CLI_REPORT_H

#include "app.h"
#include "json.h"

/* "pades: message", "hint: ..."; with --json also the error object. `file` may be NULL. Returns the
 * exit code of the failure. */
int report_failure(struct app *app, const char *file, const struct failure *f);
/* The two parts of it, for a failure that several files share. */
void report_failure_text(struct app *app, const char *file, const struct failure *f);
void report_failure_json(struct app *app, const char *file, const struct failure *f);
/* Silenced by --quiet. The text must be safe for a terminal already. */
void report_warning(struct app *app, const char *file, const char *text);
void report_note(struct app *app, const char *fmt, ...) PRINTF(2, 3);
/* A path on standard output: as it is, but escaped on a terminal. False when it cannot be written.
 */
bool report_path(const char *path);
/* Prints the object; a failure when standard output takes no more. */
int report_json(js *object, struct failure *f) MUST_USE;
/* What was printed has reached standard output. */
int report_end(struct failure *f) MUST_USE;

/* A step, with --verbose only. */
void report_step(struct app *app, const char *fmt, ...) PRINTF(2, 3);
/* Logger of the context for --verbose. */
void report_log(void *user, pades_log_level level, const char *line);
/* Progress of big files on a terminal. */
void report_progress(void *user, uint64_t done, uint64_t total);
bool report_wants_progress(const struct app *app);

#endif
