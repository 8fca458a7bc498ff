/* See report.h. */
#include "report.h"

#include "text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#define PROGRESS_FROM (UINT64_C(100) * 1000 * 1000)
#define RED "\033[31m"
#define YELLOW "\033[33m"
#define PLAIN "\033[0m"

static bool is_terminal(FILE *stream)
{
    const char *kind = getenv("TERM");
    return isatty(fileno(stream)) != 0 && (kind == NULL || strcmp(kind, "dumb") != 0);
}

/* no-color.org: present and not empty: no colour */
static bool wants_colour(const struct app *app)
{
    const char *no = getenv("NO_COLOR");
    return (no == NULL || no[0] == '\0') && is_terminal(app->err);
}

static void coloured(const struct app *app, const char *colour, const char *text)
{
    bool on = wants_colour(app);
    fprintf(app->err, "%s%s%s", on ? colour : "", text, on ? PLAIN : "");
}

static void name_file(const struct app *app, const char *file)
{
    if (file != NULL && app->inputs_n > 1) {
        fprintf(app->err, "%s: ", show(file).text);
    }
}

void report_failure_text(struct app *app, const char *file, const struct failure *f)
{
    coloured(app, RED, "pades: ");
    name_file(app, file);
    fprintf(app->err, "%s\n", f->message);
    if (f->hint[0] != '\0') {
        fprintf(app->err, "hint: %s\n", f->hint);
    }
    if (f->native[0] != '\0' && setting_on(&app->settings, OPT_VERBOSE)) {
        fprintf(app->err, "native: %s\n", f->native);
    }
}

static const char *or_null(const char *text)
{
    return text[0] == '\0' ? NULL : text;
}

void report_failure_json(struct app *app, const char *file, const struct failure *f)
{
    if (!app->json) {
        return;
    }
    js *object = js_start();
    js_text(object, "file", file);
    js *error = js_object_in(object, "error");
    js_text(error, "status", f->status);
    js_number(error, "exit", f->exit);
    js_text(error, "message", f->message);
    js_text(error, "hint", or_null(f->hint));
    if (f->object != 0) {
        js_number(error, "object", f->object);
    }
    if (f->offset >= 0) {
        js_number(error, "offset", f->offset);
    }
    js_text(error, "native", or_null(f->native));
    js_text(error, "clause", or_null(f->clause));
    (void)js_print(object); /* standard error has told it already */
}

int report_failure(struct app *app, const char *file, const struct failure *f)
{
    report_failure_text(app, file, f);
    report_failure_json(app, file, f);
    return f->exit;
}

static bool is_quiet(const struct app *app)
{
    return setting_on(&app->settings, OPT_QUIET);
}

void report_warning(struct app *app, const char *file, const char *text)
{
    if (is_quiet(app)) {
        return;
    }
    coloured(app, YELLOW, "pades: warning: ");
    name_file(app, file);
    fprintf(app->err, "%s\n", text);
}

void report_note(struct app *app, const char *fmt, ...)
{
    if (is_quiet(app)) {
        return;
    }
    va_list args;
    va_start(args, fmt);
    vfprintf(app->err, fmt, args);
    va_end(args);
    fputc('\n', app->err);
}

void report_step(struct app *app, const char *fmt, ...)
{
    if (!setting_on(&app->settings, OPT_VERBOSE)) {
        return;
    }
    char line[2048];
    va_list args;
    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    fprintf(app->err, "pades: %s\n", line);
}

bool report_path(const char *path)
{
    struct shown safe = show(path);
    const char *text = isatty(STDOUT_FILENO) != 0 ? safe.text : path;
    return printf("%s\n", text) >= 0 && fflush(stdout) == 0;
}

static int no_output(struct failure *f)
{
    return fail(f, PADES_OUTPUT_FAILED, NULL, "cannot write to standard output");
}

int report_json(js *object, struct failure *f)
{
    return js_print(object) ? EXIT_DONE : no_output(f);
}

int report_end(struct failure *f)
{
    return fflush(stdout) == 0 && ferror(stdout) == 0 ? EXIT_DONE : no_output(f);
}

void report_log(void *user, pades_log_level level, const char *line)
{
    static const char *const names[] = {"", "warning: ", "", "debug: "};
    const struct app *app = user;
    size_t i = (size_t)level < sizeof names / sizeof names[0] ? (size_t)level : 0;
    fprintf(app->err, "pades: %s%s\n", names[i], line);
}

bool report_wants_progress(const struct app *app)
{
    return is_terminal(app->err) && !is_quiet(app);
}

void report_progress(void *user, uint64_t done, uint64_t total)
{
    const struct app *app = user;
    const uint64_t step = total / 100 + 1;
    if (total < PROGRESS_FROM || (done != total && done % step >= (256U << 10))) {
        return;
    }
    fprintf(app->err, "\r%3" PRIu64 " %% of %" PRIu64 " MB", done / step, total / 1000000);
    if (done >= total) {
        fprintf(app->err, "\r\033[K");
    }
    fflush(app->err);
}
