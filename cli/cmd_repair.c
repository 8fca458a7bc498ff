/* pades repair: an unsigned damaged file written anew, and what was guessed on the way. Never in
 * place, never a signed file. */
#include "files.h"
#include "password.h"
#include "plan.h"
#include "report.h"
#include "text.h"

#include <inttypes.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

enum { DATA_MAX = 448 << 20 };

#if !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__
/* C++ gives up in its own way where memory ends. Nothing has been written then. */
static void end_without_memory(int number)
{
    static const char line[] = "pades: repairing the file takes too much memory\n";
    (void)number;
    (void)!write(STDERR_FILENO, line, sizeof line - 1);
    _exit(EXIT_DOCUMENT);
}
#endif

/* What the library's estimate does not foresee ends as a failed allocation instead of taking the
 * machine. A sanitizer's own memory does not fit in. */
static void limit_memory(void)
{
#if !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__
    signal(SIGABRT, end_without_memory);
    struct rlimit limit;
    if (getrlimit(RLIMIT_DATA, &limit) == 0 &&
        (limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur > DATA_MAX)) {
        limit.rlim_cur = DATA_MAX;
        (void)setrlimit(RLIMIT_DATA, &limit);
    }
#endif
}

static void version_text(char *to, size_t n, int major, int minor)
{
    snprintf(to, n, "%d.%d", major, minor);
}

static void add_version(js *list, const char *key, int major, int minor)
{
    char text[32];
    version_text(text, sizeof text, major, minor);
    js_text(list, key, major == 0 ? NULL : text);
}

static int tell_json(const struct job *job, const pades_repair_report *report, struct failure *f)
{
    const char *change;
    const pades_repair_info *info = pades_repair_report_info(report);
    js *object = js_start();
    js_text(object, "file", job->in);
    js_text(object, "output", job->out);
    js_text(object, "damage", pades_repair_report_damage(report));
    js *version = js_object_in(object, "version");
    add_version(version, "before", info->version_major_before, info->version_minor_before);
    add_version(version, "after", info->version_major, info->version_minor);
    js *size = js_object_in(object, "size");
    js_number(size, "before", (int64_t)info->size_before);
    js_number(size, "after", (int64_t)info->size);
    js *objects = js_object_in(object, "objects");
    js_number(objects, "before", (int64_t)info->objects_before);
    js_number(objects, "after", (int64_t)info->objects);
    js_number(object, "gaps_closed", (int64_t)info->gaps_closed);
    js *changes = js_list_in(object, "changes");
    for (size_t i = 0; (change = pades_repair_report_change(report, i)) != NULL; i++) {
        js_push_text(changes, change);
    }
    return report_json(object, f);
}

static void tell_notes(struct app *app, const pades_repair_report *report)
{
    char version[32];
    const char *change;
    const char *damage = pades_repair_report_damage(report);
    const pades_repair_info *info = pades_repair_report_info(report);
    report_note(app, "pades: damage: %s", damage == NULL ? "none was found" : damage);
    for (size_t i = 0; (change = pades_repair_report_change(report, i)) != NULL; i++) {
        report_note(app, "pades: mended: %s", change);
    }
    version_text(version, sizeof version, info->version_major_before, info->version_minor_before);
    report_note(app,
                "pades: PDF %s, now %d.%d; %" PRIu64 " objects, now %" PRIu64 "; %" PRIu64
                " bytes, now %" PRIu64,
                info->version_major_before == 0 ? "of unknown version" : version,
                info->version_major, info->version_minor, info->objects_before, info->objects,
                info->size_before, info->size);
}

static int repair_job(struct app *app, const struct plan *plan, struct failure *f)
{
    pades_error *error = NULL;
    const struct job *job = &plan->jobs[0];
    AUTO(pades_source_free) pades_source *source = NULL;
    AUTO(pades_sink_free) pades_sink *sink = NULL;
    AUTO(pades_repair_report_free) pades_repair_report *report = NULL;
    TRY(call(f, job_open_source(plan, job, &source, &error), &error));
    TRY(call(f, job_open_sink(app, job, &sink, &error), &error));
    limit_memory();
    TRY(call(f, pades_repair(app->ctx, source, sink, file_spool_dir(), &report, &error), &error));
    if (app->json) {
        return tell_json(job, report, f);
    }
    tell_notes(app, report);
    return job->to_stdout || report_path(job->out)
               ? EXIT_DONE
               : fail(f, PADES_OUTPUT_FAILED, NULL, "cannot write to standard output");
}

static int repair(struct app *app, struct plan *plan, struct failure *f)
{
    TRY(password_read(app, f));
    TRY(app_make_context(app, f));
    TRY(plan_make(app, plan, f));
    if (plan->jobs[0].why != NULL) {
        *f = *plan->jobs[0].why;
        return f->exit;
    }
    return repair_job(app, plan, f);
}

int cmd_repair(struct app *app)
{
    struct failure f;
    __attribute__((cleanup(plan_clear))) struct plan plan = {.stdin_fd = -1};
    return repair(app, &plan, &f) == EXIT_DONE ? EXIT_DONE
                                               : report_failure(app, app->operands[0], &f);
}
