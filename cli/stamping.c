/* See stamping.h. */
#include "stamping.h"

#include "audit.h"
#include "password.h"
#include "result.h"
#include "signopts.h"
#include "text.h"

static int make_opts(struct app *app, const struct stamping *s, struct tsas *tsas,
                     pades_sign_opts **ret, struct failure *f)
{
    pades_error *error = NULL;
    const struct settings *all = &app->settings;
    AUTO(pades_sign_opts_free) pades_sign_opts *opts = NULL;
    if (s->needs_tsa != NULL && !setting_given(all, OPT_TSA)) {
        return fail_usage(f, "name one with --tsa URL", "%s needs a time-stamping authority",
                          s->needs_tsa);
    }
    TRY(call(f, pades_sign_opts_new(&opts, &error), &error));
    if (setting_given(all, OPT_DIGEST)) {
        pades_sign_opts_set_digest(opts, signopts_digest(setting_text(all, OPT_DIGEST)));
    }
    pades_sign_opts_set_allow_gaps(opts, setting_on(all, OPT_ALLOW_GAPS) ? 1 : 0);
    pades_sign_opts_set_drop_usage_rights(opts, setting_on(all, OPT_DROP_USAGE_RIGHTS) ? 1 : 0);
    pades_sign_opts_set_control(opts, app->control);
    TRY(tsas_make(app, opts, tsas, f));
    TRY(s->set == NULL ? EXIT_DONE : s->set(app, opts, f));
    *ret = opts;
    opts = NULL;
    return EXIT_DONE;
}

struct run {
    struct app *app;
    const struct stamping *s;
    struct plan plan;
    struct tsas tsas;
    struct audit audit;
    pades_sign_opts *opts;
    int first_failure; /* exit code */
    bool partial;      /* some file has less than was asked for */
};

static void run_clear(struct run *r)
{
    audit_close(&r->audit);
    pades_sign_opts_free(r->opts);
    tsas_clear(&r->tsas);
    plan_clear(&r->plan);
}

static void note_failure(struct run *r, int exit_code)
{
    if (r->first_failure == EXIT_DONE) {
        r->first_failure = exit_code;
    }
}

static void note_partial(struct run *r, const pades_result *result)
{
    if (pades_result_is_partial(result)) {
        report_note(r->app, "pades: written, but only at level %s",
                    pades_level_name(pades_result_level(result)));
        r->partial = true;
    }
}

/* The output is there: what fails now is the telling. */
static int tell(struct run *r, const struct job *job, const pades_result *result, struct failure *f)
{
    if (audit_write(&r->audit, job->in, result, f) != EXIT_DONE) {
        report_failure_text(r->app, job->in, f);
        note_failure(r, f->exit);
    }
    TRY(result_tell(r->app, job->in, job->out, result, f));
    note_partial(r, result);
    return EXIT_DONE;
}

static int do_job(struct run *r, const struct job *job, struct failure *f)
{
    pades_error *error = NULL;
    AUTO(pades_source_free) pades_source *source = NULL;
    AUTO(pades_sink_free) pades_sink *sink = NULL;
    AUTO(pades_result_free) pades_result *result = NULL;
    if (job->why != NULL) {
        *f = *job->why;
        return f->exit;
    }
    report_step(r->app, "'%s' is opened", show(job->in).text);
    TRY(call(f, job_open_source(&r->plan, job, &source, &error), &error));
    TRY(call(f, job_open_sink(r->app, job, &sink, &error), &error));
    TRY(call(f, r->s->run(r->app->ctx, source, sink, r->opts, &result, &error), &error));
    return tell(r, job, result, f);
}

static int prepare(struct run *r, struct failure *f)
{
    struct app *app = r->app;
    TRY(password_read(app, f));
    TRY(app_make_context(app, f));
    TRY(make_opts(app, r->s, &r->tsas, &r->opts, f));
    TRY(plan_make(app, &r->plan, f));
    TRY(audit_check(app, &r->plan, f));
    return audit_open(app, &r->audit, f);
}

/* One after the other, in the order of the input; one that fails does not stop the others. */
int stamping_run(struct app *app, const struct stamping *s)
{
    struct failure f = {.exit = EXIT_DONE};
    __attribute__((cleanup(run_clear))) struct run r = {
        .app = app, .s = s, .plan = {.stdin_fd = -1}, .audit = {.fd = -1}};
    if (prepare(&r, &f) != EXIT_DONE) {
        return report_failure(app, r.plan.n > 1 ? NULL : app->operands[0], &f);
    }
    for (size_t i = 0; i < r.plan.n; i++) {
        const struct job *job = &r.plan.jobs[i];
        if (do_job(&r, job, &f) != EXIT_DONE) {
            note_failure(&r, report_failure(app, job->in, &f));
        }
    }
    return r.first_failure == EXIT_DONE && r.partial ? EXIT_PARTIAL : r.first_failure;
}
