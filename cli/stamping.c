/* See stamping.h. */
#include "stamping.h"

#include "password.h"
#include "plan.h"
#include "result.h"
#include "signopts.h"

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

static bool is_partial(struct app *app, const pades_result *result)
{
    if (!pades_result_is_partial(result)) {
        return false;
    }
    report_note(app, "pades: written, but only at level %s",
                pades_level_name(pades_result_level(result)));
    return true;
}

static int do_job(struct app *app, const struct stamping *s, const struct plan *plan,
                  const pades_sign_opts *opts, int *ret_exit, struct failure *f)
{
    pades_error *error = NULL;
    const struct job *job = &plan->jobs[0];
    AUTO(pades_source_free) pades_source *source = NULL;
    AUTO(pades_sink_free) pades_sink *sink = NULL;
    AUTO(pades_result_free) pades_result *result = NULL;
    TRY(call(f, job_open_source(plan, job, &source, &error), &error));
    TRY(call(f, job_open_sink(app, job, &sink, &error), &error));
    TRY(call(f, s->run(app->ctx, source, sink, opts, &result, &error), &error));
    TRY(result_tell(app, job->in, job->out, result, f));
    *ret_exit = is_partial(app, result) ? EXIT_PARTIAL : EXIT_DONE;
    return EXIT_DONE;
}

static int run(struct app *app, const struct stamping *s, struct plan *plan, struct tsas *tsas,
               int *ret_exit, struct failure *f)
{
    AUTO(pades_sign_opts_free) pades_sign_opts *opts = NULL;
    TRY(password_read(app, f));
    TRY(app_make_context(app, f));
    TRY(make_opts(app, s, tsas, &opts, f));
    if (app->operands_n > 1 && setting_on(&app->settings, OPT_IN_PLACE)) {
        return fail_usage(f, NULL, "--in-place and an output contradict each other");
    }
    TRY(plan_make(app, plan, f));
    if (plan->jobs[0].why != NULL) {
        *f = *plan->jobs[0].why;
        return f->exit;
    }
    return do_job(app, s, plan, opts, ret_exit, f);
}

int stamping_run(struct app *app, const struct stamping *s)
{
    struct failure f;
    int exit_code = EXIT_DONE;
    __attribute__((cleanup(tsas_clear))) struct tsas tsas = {0};
    __attribute__((cleanup(plan_clear))) struct plan plan = {.stdin_fd = -1};
    return run(app, s, &plan, &tsas, &exit_code, &f) == EXIT_DONE
               ? exit_code
               : report_failure(app, app->operands[0], &f);
}
