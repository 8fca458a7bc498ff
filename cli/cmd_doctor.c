/* pades doctor: what works, what does not, and what to do. Nothing is changed, no PIN is asked for,
 * and nobody on the network but the authorities of --tsa. */
#include "components.h"
#include "doctor.h"

#include <stdarg.h>
#include <string.h>

static const char *verdict_name(enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_OK:
        return "ok";
    case VERDICT_WARN:
        return "warn";
    case VERDICT_FAIL:
        return "fail";
    }
    return "fail";
}

static void add_check(js *checks, enum verdict verdict, const char *id, const char *todo,
                      const char *what)
{
    js *one = js_push_object(checks);
    js_text(one, "id", id);
    js_text(one, "result", verdict_name(verdict));
    js_text(one, "what", what);
    js_text(one, "do", todo);
}

void doctor_tell(struct doctor *d, enum verdict verdict, const char *id, const char *todo,
                 const char *fmt, ...)
{
    char what[4096];
    va_list args;
    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    d->worst = verdict > d->worst ? verdict : d->worst;
    if (d->checks != NULL) {
        add_check(d->checks, verdict, id, todo, what);
    } else if (verdict == VERDICT_FAIL || !setting_on(&d->app->settings, OPT_QUIET)) {
        printf("%-5s%s\n", verdict_name(verdict), what);
        if (todo != NULL) {
            printf("     -> %s\n", todo);
        }
    }
}

void doctor_tell_error(struct doctor *d, enum verdict verdict, const char *id, const char *todo,
                       pades_error **error)
{
    struct failure f;
    char hint[4096];
    const char *told = pades_error_hint(*error);
    snprintf(hint, sizeof hint, "%s", told == NULL ? todo : told);
    call(&f, pades_error_status(*error), error);
    bool of_module = strncmp(f.native, "CKR_", 4) == 0; /* else it is in the message too */
    doctor_tell(d, verdict, id, hint, "%s%s%s%s", f.message, of_module ? " (" : "",
                of_module ? f.native : "", of_module ? ")" : "");
}

static int examine(struct doctor *d, struct failure *f)
{
    TRY(app_make_bare_context(d->app, f));
    TRY(doctor_trust(d, f)); /* the context takes anchors before it is used */
    TRY(doctor_tokens(d, f));
    return doctor_time(d, f);
}

static int run(struct app *app, enum verdict *ret, struct failure *f)
{
    struct doctor d = {.app = app};
    js *object = app->json ? js_start() : NULL;
    if (app->json) {
        components_add(object); /* what somebody who helps from afar asks first */
        d.checks = js_list_in(object, "checks");
    }
    int exit_code = examine(&d, f);
    *ret = d.worst;
    if (exit_code != EXIT_DONE) {
        js_free(object);
        return exit_code;
    }
    if (!app->json) {
        return report_end(f);
    }
    js_text(object, "result", verdict_name(d.worst));
    return report_json(object, f);
}

int cmd_doctor(struct app *app)
{
    struct failure f;
    enum verdict worst = VERDICT_OK;
    if (run(app, &worst, &f) != EXIT_DONE) {
        return report_failure(app, NULL, &f);
    }
    return worst == VERDICT_FAIL ? EXIT_FOUND : EXIT_DONE;
}
