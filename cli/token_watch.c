/* pades token watch: tokens and readers that come and go, one line each, until somebody stops it.
 */
#include "key.h"
#include "process.h"
#include "report.h"
#include "text.h"
#include "token_tell.h"

#include <time.h>

static const char *event_name(pades_token_event_kind kind)
{
    switch (kind) {
    case PADES_EVENT_PRESENT:
        return "present";
    case PADES_EVENT_INSERTED:
        return "inserted";
    case PADES_EVENT_REMOVED:
        return "removed";
    case PADES_EVENT_READER_ADDED:
        return "reader-added";
    case PADES_EVENT_READER_REMOVED:
        return "reader-removed";
    }
    return "unknown";
}

static int tell(const struct app *app, const pades_token_event *e, struct failure *f)
{
    const int64_t now = (int64_t)time(NULL);
    bool card = e->kind <= PADES_EVENT_REMOVED;
    if (!app->json) {
        printf("%s %s: %s%s%s in '%s'\n", show_time(now).text, event_name(e->kind),
               e->token != NULL ? "'" : "", e->token != NULL ? e->token->label : "",
               e->token != NULL ? "'"
               : card           ? "a card that is not recognised"
                                : "a reader",
               e->reader);
        return report_end(f);
    }
    js *object = js_start();
    js_text(object, "event", event_name(e->kind));
    js_time(object, "time", now);
    js_text(object, "reader", e->reader);
    js_text(object, "module", e->module);
    if (e->token != NULL) {
        tell_token_json(js_object_in(object, "token"), e->token);
    } else {
        js_null(object, "token");
    }
    return report_json(object, f);
}

static int start(struct app *app, pades_token_watch **ret, struct failure *f)
{
    pades_error *error = NULL;
    AUTO(pades_token_opts_free) pades_token_opts *opts = NULL;
    TRY(key_list_opts(app, &opts, f));
    process_quiet_begin(setting_on(&app->settings, OPT_VERBOSE));
    pades_status status = pades_token_watch_new(app->ctx, opts, ret, &error);
    process_quiet_end();
    return call(f, status, &error);
}

/* The end that was asked for, by a signal, the time or the number, is no failure; a signal is told
 * by the exit code alone. */
static int watch(struct app *app, pades_token_watch *w, struct failure *f)
{
    const struct settings *s = &app->settings;
    long left = setting_given(s, OPT_COUNT_EVENTS) ? setting_number(s, OPT_COUNT_EVENTS) : -1;
    if (s->of[OPT_TIMEOUT].origin.rank == FROM_FLAG) {
        pades_control_set_deadline(app->control, (uint64_t)setting_number(s, OPT_TIMEOUT) * 1000);
    }
    while (left != 0) {
        pades_error *error = NULL;
        const pades_token_event *event = NULL;
        process_quiet_begin(setting_on(s, OPT_VERBOSE));
        pades_status status = pades_token_watch_next(w, app->control, &event, &error);
        process_quiet_end();
        if (status == PADES_TIMEOUT || status == PADES_CANCELLED) {
            pades_error_free(error);
            return EXIT_DONE;
        }
        TRY(call(f, status, &error));
        TRY(tell(app, event, f));
        left -= left > 0 && event->kind != PADES_EVENT_PRESENT ? 1 : 0;
    }
    return EXIT_DONE;
}

static int run(struct app *app, struct failure *f)
{
    AUTO(pades_token_watch_free) pades_token_watch *w = NULL;
    TRY(start(app, &w, f));
    return watch(app, w, f);
}

int cmd_token_watch(struct app *app)
{
    struct failure f;
    if (run(app, &f) != EXIT_DONE) {
        return report_failure(app, NULL, &f);
    }
    return process_signal() != 0 ? EXIT_SIGNALLED + process_signal() : EXIT_DONE;
}
