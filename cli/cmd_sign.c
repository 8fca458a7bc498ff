/* pades sign: one file, or many with one login. Everything that can be known without the PIN is
 * checked before it is asked for; outcomes are told in input order. */
#include "audit.h"
#include "key.h"
#include "password.h"
#include "plan.h"
#include "result.h"
#include "signopts.h"
#include "text.h"

#include <string.h>

/* The signer's certificate and what is beside it. */
struct chain {
    const pades_cert *const *certs;
    size_t n;
};

struct run {
    struct app *app;
    struct plan plan;
    struct certs certs;
    struct tsas tsas;
    struct pin_source pin;
    struct audit audit;
    pades_sign_opts *opts;
    pades_signer *signer;
    size_t told;  /* jobs whose outcome is told */
    size_t *live; /* indices of the jobs that go to the batch */
    size_t live_n;
    int first_failure; /* exit code */
    bool partial;      /* some file has less than was asked for */
};

static void run_clear(struct run *r)
{
    audit_close(&r->audit);
    pades_signer_free(r->signer);
    pades_sign_opts_free(r->opts);
    tsas_clear(&r->tsas);
    certs_clear(&r->certs);
    pin_source_close(&r->pin);
    plan_clear(&r->plan);
    free(r->live);
}

static void note_failure(struct run *r, int exit_code)
{
    if (r->first_failure == EXIT_DONE) {
        r->first_failure = exit_code;
    }
}

static void tell_failure(struct run *r, const struct job *job, const struct failure *f)
{
    note_failure(r, report_failure(r->app, job->in, f));
}

static int tell_skipped(struct run *r, const struct job *job, struct failure *f)
{
    report_note(r->app, "pades: '%s' is signed already: left alone", show(job->in).text);
    if (!r->app->json) {
        return EXIT_DONE;
    }
    js *object = js_start();
    js_text(object, "file", job->in);
    js_null(object, "output");
    js_text(object, "skipped", "signed already");
    return report_json(object, f);
}

/* Outcomes that are known already of the jobs before `end`, so that the order is that of the input.
 */
static void tell_before(struct run *r, size_t end)
{
    struct failure f;
    for (; r->told < end; r->told++) {
        const struct job *job = &r->plan.jobs[r->told];
        if (job->why != NULL) {
            tell_failure(r, job, job->why);
        } else if (job->skipped && tell_skipped(r, job, &f) != EXIT_DONE) {
            tell_failure(r, job, &f);
        }
    }
}

static void tell_result(struct run *r, const struct job *job, const pades_result *result)
{
    struct failure f;
    bool dry = setting_on(&r->app->settings, OPT_DRY_RUN);
    if (!dry && audit_write(&r->audit, job->in, result, &f) != EXIT_DONE) {
        report_failure_text(r->app, job->in, &f);
        note_failure(r, f.exit);
    }
    if (result_tell(r->app, job->in, dry ? NULL : job->out, result, &f) != EXIT_DONE) {
        tell_failure(r, job, &f);
    }
    r->partial = r->partial || pades_result_is_partial(result);
}

static bool is_signed(struct run *r, const struct job *job)
{
    AUTO(pades_source_free) pades_source *source = NULL;
    AUTO(pades_doc_free) pades_doc *doc = NULL;
    return job_open_source(&r->plan, job, &source, NULL) == PADES_OK &&
           pades_doc_open(r->app->ctx, source, &doc, NULL) == PADES_OK &&
           pades_doc_get_info(doc)->signatures > 0;
}

/* The jobs that are left to do. A file that cannot be read is not skipped: signing tells why. */
static int collect_live(struct run *r, struct failure *f)
{
    bool skip = setting_on(&r->app->settings, OPT_SKIP_SIGNED);
    r->live = calloc(r->plan.n, sizeof *r->live);
    if (r->live == NULL) {
        return fail(f, PADES_NO_MEMORY, NULL, "no memory");
    }
    for (size_t i = 0; i < r->plan.n; i++) {
        struct job *job = &r->plan.jobs[i];
        job->skipped = job->why == NULL && skip && is_signed(r, job);
        if (job->why == NULL && !job->skipped) {
            r->live[r->live_n++] = i;
        }
    }
    return EXIT_DONE;
}

/* The key, the TSAs or the options failed: every file is left undone, told once for people. */
static void fail_all(struct run *r, const struct failure *f)
{
    tell_before(r, r->live_n > 0 ? r->live[0] : r->plan.n);
    report_failure_text(r->app, NULL, f);
    for (size_t i = 0; i < r->live_n; i++) {
        tell_before(r, r->live[i]);
        report_failure_json(r->app, r->plan.jobs[r->live[i]].in, f);
        note_failure(r, f->exit);
        r->told = r->live[i] + 1;
    }
    tell_before(r, r->plan.n);
}

static pades_status open_job(void *user, size_t index, pades_source **ret_source,
                             pades_sink **ret_sink, pades_error **e)
{
    const struct run *r = user;
    const struct job *job = &r->plan.jobs[r->live[index]];
    AUTO(pades_source_free) pades_source *source = NULL;
    report_step(r->app, "'%s' is opened", show(job->in).text);
    pades_status status = job_open_source(&r->plan, job, &source, e);
    if (status == PADES_OK) {
        status = job_open_sink(r->app, job, ret_sink, e);
    }
    if (status == PADES_OK) {
        *ret_source = source;
        source = NULL;
    }
    return status;
}

static void done_job(void *user, size_t index, pades_status status, const pades_result *result,
                     const pades_error *error)
{
    struct run *r = user;
    struct failure f;
    const struct job *job = &r->plan.jobs[r->live[index]];
    tell_before(r, r->live[index]);
    r->told = r->live[index] + 1;
    if (status == PADES_OK) {
        tell_result(r, job, result);
        return;
    }
    fail_from(&f, status, error);
    /* what the PIN's source said is no answer for a file that failed by itself */
    bool of_pin = status >= PADES_PIN_REQUIRED && status <= PADES_PIN_CANCELLED;
    struct failure why;
    tell_failure(r, job, of_pin && pin_source_why(&r->pin, &why) ? &why : &f);
}

static void sign_many(struct run *r)
{
    static const pades_batch_callbacks callbacks = {open_job, done_job};
    pades_error *error = NULL;
    struct failure f;
    size_t before = r->told;
    pades_status status =
        pades_batch_run(r->app->ctx, r->signer, r->opts, r->live_n, 0, &callbacks, r, &error);
    int exit_code = call(&f, status, &error);
    if (exit_code != EXIT_DONE && r->first_failure == EXIT_DONE && r->told == before) {
        fail_all(r, &f); /* the batch itself failed, not one of its files */
    }
    tell_before(r, r->plan.n);
}

static int sign_opened(struct run *r, const struct job *job, pades_source *source,
                       pades_result **ret, struct failure *f)
{
    pades_error *error = NULL;
    AUTO(pades_sink_free) pades_sink *sink = NULL;
    TRY(call(f, job_open_sink(r->app, job, &sink, &error), &error));
    TRY(key_open(r->app, &r->certs, &r->pin, &r->signer, f));
    pades_sign_opts_set_document(r->opts, job->from_stdin ? "standard input" : show(job->in).text);
    int exit_code =
        call(f, pades_sign(r->app->ctx, source, sink, r->signer, r->opts, ret, &error), &error);
    struct failure why;
    if (exit_code != EXIT_DONE && pin_source_why(&r->pin, &why)) {
        *f = why;
        return f->exit;
    }
    return exit_code;
}

/* Document, certificate, options and the place of the output, without PIN and signature. */
static int check_opened(struct run *r, const struct job *job, pades_source *source,
                        struct chain chain, pades_result **ret, struct failure *f)
{
    pades_error *error = NULL;
    AUTO(pades_sink_free) pades_sink *sink = NULL;
    TRY(call(f, job_open_sink(r->app, job, &sink, &error), &error));
    return call(
        f, pades_sign_check(r->app->ctx, source, sink, chain.certs, chain.n, r->opts, ret, &error),
        &error);
}

/* Of a signer whose status is asked for anyway. */
static bool asks_for_status(const struct run *r)
{
    const struct settings *s = &r->app->settings;
    const char *word = setting_text(s, OPT_LEVEL);
    return (word != NULL && signopts_level(word) > PADES_LEVEL_T) ||
           strcmp(setting_text(s, OPT_SUB_FILTER), "adbe") == 0;
}

/* The key's chain where it can be seen without a login; else none. */
static struct chain see_chain(struct run *r, struct key_seen *seen)
{
    struct failure unseen;
    if (key_is_file(r->app) || key_look(r->app, &r->certs, seen, &unseen) != EXIT_DONE) {
        return (struct chain){NULL, 0};
    }
    return (struct chain){seen->chain, seen->n};
}

/* No PIN is typed or spent for a document that cannot be signed, nor for a certificate that is
 * revoked. Before a person is asked, everything is checked; otherwise, and for a key that cannot be
 * seen before the login, the document alone. */
static int look_first(struct run *r, const struct job *job, pades_source *source, struct failure *f)
{
    __attribute__((cleanup(key_seen_clear))) struct key_seen seen = {0};
    struct chain chain = {NULL, 0};
    if (r->pin.kind == PIN_FROM_PERSON || asks_for_status(r)) {
        chain = see_chain(r, &seen);
    }
    return check_opened(r, job, source, chain, NULL, f);
}

static int sign_one(struct run *r, const struct job *job, pades_result **ret, struct failure *f)
{
    pades_error *error = NULL;
    AUTO(pades_source_free) pades_source *source = NULL;
    TRY(call(f, job_open_source(&r->plan, job, &source, &error), &error));
    TRY(look_first(r, job, source, f));
    return sign_opened(r, job, source, ret, f);
}

static int check_one(struct run *r, const struct job *job, struct chain chain, pades_result **ret,
                     struct failure *f)
{
    pades_error *error = NULL;
    AUTO(pades_source_free) pades_source *source = NULL;
    TRY(call(f, job_open_source(&r->plan, job, &source, &error), &error));
    return check_opened(r, job, source, chain, ret, f);
}

/* The outcome of one job that is told at once; `chain` for a dry run. */
static void do_one(struct run *r, size_t index, struct chain chain)
{
    struct failure f = {.exit = EXIT_DONE};
    AUTO(pades_result_free) pades_result *result = NULL;
    const struct job *job = &r->plan.jobs[index];
    bool dry = setting_on(&r->app->settings, OPT_DRY_RUN);
    tell_before(r, index);
    r->told = index + 1;
    int exit_code = dry ? check_one(r, job, chain, &result, &f) : sign_one(r, job, &result, &f);
    if (exit_code != EXIT_DONE) {
        tell_failure(r, job, &f);
    } else {
        tell_result(r, job, result);
    }
}

/* A key in a file is opened: its password locks nothing. One on a token is only looked at. */
static int find_chain(struct run *r, struct key_seen *seen, struct chain *ret, struct failure *f)
{
    if (key_is_file(r->app)) {
        TRY(key_open(r->app, &r->certs, &r->pin, &r->signer, f));
        ret->certs = pades_signer_chain(r->signer, &ret->n);
        return EXIT_DONE;
    }
    TRY(key_look(r->app, &r->certs, seen, f));
    *ret = (struct chain){seen->chain, seen->n};
    return EXIT_DONE;
}

static void dry_run(struct run *r)
{
    struct failure f;
    struct chain chain = {NULL, 0};
    __attribute__((cleanup(key_seen_clear))) struct key_seen seen = {0};
    if (find_chain(r, &seen, &chain, &f) != EXIT_DONE) {
        fail_all(r, &f);
        return;
    }
    for (size_t i = 0; i < r->live_n; i++) {
        do_one(r, r->live[i], chain);
    }
    tell_before(r, r->plan.n);
}

/* True when each fails by itself, and is told so: then nobody logs in for them. Looks no further
 * than the first that does not. */
static bool all_fail(struct run *r)
{
    struct failure f;
    __attribute__((cleanup(key_seen_clear))) struct key_seen seen = {0};
    struct chain chain = {NULL, 0};
    if (asks_for_status(r)) {
        chain = see_chain(r, &seen);
    }
    for (size_t i = 0; i < r->live_n; i++) {
        if (check_one(r, &r->plan.jobs[r->live[i]], chain, NULL, &f) == EXIT_DONE) {
            return false;
        }
    }
    for (size_t i = 0; i < r->live_n; i++) {
        const struct job *job = &r->plan.jobs[r->live[i]];
        tell_before(r, r->live[i]);
        r->told = r->live[i] + 1;
        if (check_one(r, job, chain, NULL, &f) != EXIT_DONE) {
            tell_failure(r, job, &f);
        }
    }
    tell_before(r, r->plan.n);
    return true;
}

static void sign_all(struct run *r)
{
    struct failure f;
    if (setting_on(&r->app->settings, OPT_DRY_RUN)) {
        dry_run(r);
    } else if (r->live_n == 1 && r->plan.n == 1) {
        do_one(r, r->live[0], (struct chain){NULL, 0});
    } else if (r->live_n == 0) {
        tell_before(r, r->plan.n);
    } else if (all_fail(r)) {
        return;
    } else if (key_open(r->app, &r->certs, &r->pin, &r->signer, &f) != EXIT_DONE) {
        fail_all(r, &f);
    } else {
        sign_many(r);
    }
}

/* The login comes before the first document is opened: the prompt must tell what it is for. */
static void name_for_prompt(struct run *r)
{
    if (r->plan.n == 1) {
        text_escape(r->plan.jobs[0].from_stdin ? "standard input" : r->plan.jobs[0].in,
                    r->pin.document, sizeof r->pin.document);
    } else {
        snprintf(r->pin.document, sizeof r->pin.document, "%zu files", r->live_n);
    }
}

static int prepare_run(struct run *r, struct failure *f)
{
    struct app *app = r->app;
    TRY(pin_source_open(app, &r->pin, f)); /* first: a PIN leaves the environment at once */
    TRY(password_read(app, f));
    TRY(app_make_context(app, f));
    pades_ctx_preload(app->ctx);
    if (!setting_on(&app->settings, OPT_DRY_RUN)) {
        key_preload(app, NULL);
    }
    TRY(signopts_make(app, &r->tsas, &r->opts, f));
    TRY(certs_load(app, &r->certs, f));
    TRY(plan_make(app, &r->plan, f));
    TRY(audit_check(app, &r->plan, f));
    TRY(audit_open(app, &r->audit, f));
    TRY(collect_live(r, f));
    name_for_prompt(r);
    return EXIT_DONE;
}

int cmd_sign(struct app *app)
{
    struct failure f = {.exit = EXIT_DONE};
    __attribute__((cleanup(run_clear))) struct run r = {
        .app = app, .plan = {.stdin_fd = -1}, .audit = {.fd = -1}, .pin = {.fd = -1}};
    if (prepare_run(&r, &f) != EXIT_DONE) {
        const char *file = app->operands_n == 1 ? app->operands[0] : NULL;
        return report_failure(app, file, &f);
    }
    sign_all(&r);
    return r.first_failure == EXIT_DONE && r.partial ? EXIT_PARTIAL : r.first_failure;
}
