/* pades fields add: an empty signature field for others to sign, in a revision of its own. */
#include "lock.h"
#include "password.h"
#include "plan.h"
#include "result.h"
#include "seed.h"
#include "text.h"

#include <string.h>

enum { PLACE_NUMBERS = 5, PAGE_MAX = 100000000, DIGITS_MAX = 9 };

/* Adds digits to `value`; how many there were. */
static size_t read_digits(const char **at, double *value)
{
    size_t n = 0;
    for (; **at >= '0' && **at <= '9' && n < DIGITS_MAX; n++, (*at)++) {
        *value = *value * 10 + (**at - '0');
    }
    return n;
}

/* "-12.5": a sign, digits, a dot whatever the locale; nothing else that strtod() takes. */
static bool read_number(const char **at, double *ret)
{
    double value = 0;
    double unit = **at == '-' ? -1 : 1;
    *at += **at == '-' ? 1 : 0;
    if (read_digits(at, &value) == 0) {
        return false;
    }
    if (**at == '.') {
        (*at)++;
        size_t decimals = read_digits(at, &value);
        if (decimals == 0) {
            return false;
        }
        for (; decimals > 0; decimals--) {
            unit *= 10;
        }
    }
    *ret = value / unit;
    return true;
}

static bool read_place(const char *text, double *numbers)
{
    for (size_t i = 0; i < PLACE_NUMBERS; i++) {
        if (!read_number(&text, &numbers[i]) || *text != (i + 1 < PLACE_NUMBERS ? ',' : '\0')) {
            return false;
        }
        text++;
    }
    return true;
}

static int set_place(const struct settings *s, pades_field_spec *spec, struct failure *f)
{
    double n[PLACE_NUMBERS];
    const char *text = setting_text(s, OPT_RECT);
    if (text == NULL) {
        return EXIT_DONE;
    }
    bool sound = read_place(text, n) && n[0] >= 1 && n[0] <= PAGE_MAX && n[3] > 0 && n[4] > 0;
    unsigned page = sound ? (unsigned)n[0] : 0;
    if (!sound || n[0] > page) {
        return fail_usage(f, "a page from 1, the lower left corner, width and height in points",
                          "--rect must be PAGE,X,Y,W,H, not '%s'", show(text).text);
    }
    pades_field_spec_set_place(spec, page, n[1], n[2], n[3], n[4]);
    return EXIT_DONE;
}

static int set_seed(const struct app *app, pades_field_spec *spec, struct failure *f)
{
    const char *path = setting_text(&app->settings, OPT_SEED);
    if (path == NULL) {
        return EXIT_DONE;
    }
    if (strcmp(path, "-") == 0 && strcmp(app->operands[0], "-") == 0) {
        return fail_usage(f, NULL,
                          "standard input cannot be both the document and the seed values");
    }
    return seed_read(path, spec, f);
}

static int make_spec(const struct app *app, pades_field_spec **ret, struct failure *f)
{
    pades_error *error = NULL;
    const struct settings *s = &app->settings;
    __attribute__((cleanup(lock_clear))) struct lock lock = {.n = 0};
    AUTO(pades_field_spec_free) pades_field_spec *spec = NULL;
    if (!setting_given(s, OPT_FIELD)) {
        return fail_usage(f, NULL, "--field NAME says how the field is called");
    }
    TRY(call(f, pades_field_spec_new(setting_text(s, OPT_FIELD), &spec, &error), &error));
    TRY(set_place(s, spec, f));
    TRY(lock_read(s, &lock, f));
    if (lock.action != PADES_LOCK_NONE) {
        pades_field_spec_set_lock(spec, lock.action, lock.names, lock.n);
    }
    if (setting_given(s, OPT_TOOLTIP)) {
        pades_field_spec_set_tooltip(spec, setting_text(s, OPT_TOOLTIP));
    }
    pades_field_spec_set_allow_gaps(spec, setting_on(s, OPT_ALLOW_GAPS) ? 1 : 0);
    TRY(set_seed(app, spec, f));
    *ret = spec;
    spec = NULL;
    return EXIT_DONE;
}

static int tell(struct app *app, const struct job *job, const pades_result *result,
                struct failure *f)
{
    result_warn(app, job->in, result);
    if (app->json) {
        js *object = js_start();
        js_text(object, "file", job->in);
        js_text(object, "output", job->out);
        js_text(object, "field", pades_result_field(result));
        result_add_warnings(object, result);
        return report_json(object, f);
    }
    return job->to_stdout || report_path(job->out)
               ? EXIT_DONE
               : fail(f, PADES_OUTPUT_FAILED, NULL, "cannot write to standard output");
}

/* The hint of `sign`, to leave the name out, is none here. */
static int without_default(struct failure *f)
{
    if (strcmp(f->status, pades_status_name(PADES_FIELD_EXISTS)) == 0) {
        snprintf(f->hint, sizeof f->hint,
                 "give --field another name; 'pades inspect' shows the fields there are");
    }
    return f->exit;
}

static int add_field(struct app *app, const struct plan *plan, const pades_field_spec *spec,
                     struct failure *f)
{
    pades_error *error = NULL;
    const struct job *job = &plan->jobs[0];
    AUTO(pades_source_free) pades_source *source = NULL;
    AUTO(pades_sink_free) pades_sink *sink = NULL;
    AUTO(pades_result_free) pades_result *result = NULL;
    TRY(call(f, job_open_source(plan, job, &source, &error), &error));
    TRY(call(f, job_open_sink(app, job, &sink, &error), &error));
    pades_status status =
        pades_field_add(app->ctx, source, sink, spec, app->control, &result, &error);
    return call(f, status, &error) == EXIT_DONE ? tell(app, job, result, f) : without_default(f);
}

static int add(struct app *app, struct plan *plan, struct failure *f)
{
    AUTO(pades_field_spec_free) pades_field_spec *spec = NULL;
    TRY(password_read(app, f));
    TRY(app_make_context(app, f));
    TRY(make_spec(app, &spec, f));
    if (app->operands_n > 1 && setting_on(&app->settings, OPT_IN_PLACE)) {
        return fail_usage(f, NULL, "--in-place and an output contradict each other");
    }
    TRY(plan_make(app, plan, f));
    if (plan->jobs[0].why != NULL) {
        *f = *plan->jobs[0].why;
        return f->exit;
    }
    return add_field(app, plan, spec, f);
}

int cmd_fields_add(struct app *app)
{
    struct failure f;
    __attribute__((cleanup(plan_clear))) struct plan plan = {.stdin_fd = -1};
    return add(app, &plan, &f) == EXIT_DONE ? EXIT_DONE : report_failure(app, app->operands[0], &f);
}
