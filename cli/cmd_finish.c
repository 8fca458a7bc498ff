/* pades finish: second of two steps. The input is read once more and must be the one that prepare
 * saw; the signature is checked against the certificate before anything is written. */
#include "audit.h"
#include "files.h"
#include "password.h"
#include "plan.h"
#include "result.h"
#include "text.h"
#include "tsas.h"

#include <string.h>

/* A state holds the room for the signature, two digits a byte: --reserve goes up to 16 MiB. */
enum { STATE_MAX = 64 * 1024 * 1024, SIGNATURE_MAX = 64 * 1024 };

struct finishing {
    struct app *app;
    struct plan plan;
    struct tsas tsas;
    struct audit audit;
    pades_sign_opts *opts;
    char *state;
    char *signature;
    size_t state_n, signature_n;
};

static void finishing_clear(struct finishing *r)
{
    audit_close(&r->audit);
    pades_sign_opts_free(r->opts);
    tsas_clear(&r->tsas);
    plan_clear(&r->plan);
    free(r->state);
    free(r->signature);
}

static int check_options(const struct app *app, struct failure *f)
{
    const char *signature = setting_text(&app->settings, OPT_SIGNATURE);
    if (!setting_given(&app->settings, OPT_STATE)) {
        return fail_usage(f, "it is what 'pades prepare' wrote", "--state FILE is needed");
    }
    if (signature == NULL) {
        return fail_usage(f, "the bytes that the key made, '-' for standard input",
                          "--signature FILE is needed");
    }
    bool document_in = strcmp(app->operands[0], "-") == 0;
    bool signature_in = strcmp(signature, "-") == 0;
    bool state_in = strcmp(setting_text(&app->settings, OPT_STATE), "-") == 0;
    if (document_in && signature_in) {
        return fail_usage(f, NULL, "standard input cannot be both the document and the signature");
    }
    if (state_in && (document_in || signature_in)) {
        return fail_usage(f, NULL, "standard input cannot be both the state and the %s",
                          document_in ? "document" : "signature");
    }
    if (setting_on(&app->settings, OPT_IN_PLACE) && app->operands_n > 1) {
        return fail_usage(f, NULL, "--in-place and an output contradict each other: '%s'",
                          show(app->operands[1]).text);
    }
    return EXIT_DONE;
}

static int make_options(struct finishing *r, struct failure *f)
{
    pades_error *error = NULL;
    TRY(call(f, pades_sign_opts_new(&r->opts, &error), &error));
    pades_sign_opts_set_control(r->opts, r->app->control);
    return tsas_make(r->app, r->opts, &r->tsas, f);
}

static int read_files(struct finishing *r, struct failure *f)
{
    const struct settings *s = &r->app->settings;
    TRY(file_read(setting_text(s, OPT_STATE), STATE_MAX, &r->state, &r->state_n, f));
    return file_read(setting_text(s, OPT_SIGNATURE), SIGNATURE_MAX, &r->signature, &r->signature_n,
                     f);
}

static int finish_session(struct finishing *r, pades_source *source, pades_sink *sink,
                          pades_result **ret, struct failure *f)
{
    pades_error *error = NULL;
    AUTO(pades_session_free) pades_session *session = NULL;
    TRY(call(f,
             pades_session_resume(r->app->ctx, r->state, r->state_n, source, sink, r->opts,
                                  &session, &error),
             &error));
    return call(f, pades_session_finish(session, r->signature, r->signature_n, NULL, ret, &error),
                &error);
}

static int finish_job(struct finishing *r, const struct job *job, struct failure *f)
{
    pades_error *error = NULL;
    AUTO(pades_source_free) pades_source *source = NULL;
    AUTO(pades_sink_free) pades_sink *sink = NULL;
    AUTO(pades_result_free) pades_result *result = NULL;
    TRY(call(f, job_open_source(&r->plan, job, &source, &error), &error));
    TRY(call(f, job_open_sink(r->app, job, &sink, &error), &error));
    TRY(finish_session(r, source, sink, &result, f));
    int audited = audit_write(&r->audit, job->in, result, f);
    TRY(result_tell(r->app, job->in, job->out, result, f));
    return audited == EXIT_DONE && pades_result_is_partial(result) ? EXIT_PARTIAL : audited;
}

static int finish(struct finishing *r, struct failure *f)
{
    TRY(check_options(r->app, f));
    TRY(password_read(r->app, f));
    TRY(app_make_context(r->app, f));
    TRY(make_options(r, f));
    TRY(read_files(r, f));
    TRY(plan_make(r->app, &r->plan, f));
    if (r->plan.jobs[0].why != NULL) {
        *f = *r->plan.jobs[0].why;
        return f->exit;
    }
    TRY(audit_check(r->app, &r->plan, f));
    TRY(audit_open(r->app, &r->audit, f));
    return finish_job(r, &r->plan.jobs[0], f);
}

int cmd_finish(struct app *app)
{
    struct failure f;
    __attribute__((cleanup(finishing_clear))) struct finishing r = {
        .app = app, .plan = {.stdin_fd = -1}, .audit = {.fd = -1}};
    int code = finish(&r, &f);
    bool written = code == EXIT_DONE || code == EXIT_PARTIAL;
    return written ? code : report_failure(app, app->operands[0], &f);
}
