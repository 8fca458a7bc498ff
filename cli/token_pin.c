/* pades token pin-verify, pin-change, pin-unblock: one token, one attempt, and what the token says
 * of its PIN afterwards. */
#include "confirm.h"
#include "key.h"
#include "pin_set.h"
#include "process.h"
#include "report.h"
#include "text.h"
#include "token_tell.h"

#include <string.h>

struct token_job {
    struct pin_set pins;
    pades_token_opts *opts;
    pades_token_list *list;
    size_t index;
    const pades_token_info *info;
};

static void job_clear(struct token_job *job)
{
    pades_token_list_free(job->list);
    pades_token_opts_free(job->opts);
    pin_set_close(&job->pins);
}
#define AUTO_JOB __attribute__((cleanup(job_clear))) struct token_job

/* The one token that --key means, with everything that is needed to ask for PINs. */
static int open_job(struct app *app, bool with_user, struct token_job *job, struct failure *f)
{
    pades_error *error = NULL;
    if (key_is_file(app)) {
        return fail_usage(f, NULL, "--key must be a pkcs11: URI here");
    }
    TRY(pin_set_open(app, with_user, &job->pins, f));
    TRY(app_make_context(app, f));
    TRY(key_token_opts(app, NULL, &job->opts, f));
    pades_token_opts_set_known_modules(job->opts, 1);
    pin_set_attach(&job->pins, job->opts);
    process_quiet_begin(setting_on(&app->settings, OPT_VERBOSE));
    pades_status status = pades_token_list_new(app->ctx, job->opts, &job->list, &error);
    process_quiet_end();
    TRY(call(f, status, &error));
    TRY(call(f, pades_token_list_choose(job->list, &job->index, &error), &error));
    job->info = pades_token_list_get(job->list, job->index);
    return EXIT_DONE;
}

static int end_of(struct token_job *job, pades_status status, pades_error **error,
                  struct failure *f)
{
    process_quiet_end();
    return call(f, status, error) == EXIT_DONE ? EXIT_DONE : pin_set_failure(&job->pins, f);
}

/* `text`: what was done, as a sentence about the token. */
static int tell(struct app *app, const struct token_job *job, const char *done, const char *text,
                pades_pin_state state, struct failure *f)
{
    if (app->json) {
        js *object = js_start();
        js_text(object, "done", done);
        js_text(object, "pin_state", tell_pin_state(state));
        tell_token_json(js_object_in(object, "token"), job->info);
        return report_json(object, f);
    }
    printf("%s: '%s'\n", text, job->info->label);
    if (state == PADES_PIN_STATE_TO_BE_CHANGED) {
        printf("    the token wants its PIN to be changed: pades token pin-change\n");
    } else if (state != PADES_PIN_STATE_OK) {
        printf("    the token says of its PIN now: %s\n", tell_pin_state(state));
    }
    return report_end(f);
}

static int verify(struct app *app, struct failure *f)
{
    AUTO_JOB job = {0};
    pades_error *error = NULL;
    pades_pin_state state = PADES_PIN_STATE_OK;
    TRY(open_job(app, true, &job, f));
    process_quiet_begin(setting_on(&app->settings, OPT_VERBOSE));
    TRY(end_of(&job, pades_token_pin_verify(job.list, job.index, job.opts, &state, &error), &error,
               f));
    return tell(app, &job, "pin-verify", "PIN verified", state, f);
}

static int change(struct app *app, struct failure *f)
{
    AUTO_JOB job = {0};
    pades_error *error = NULL;
    pades_pin_state state = PADES_PIN_STATE_OK;
    TRY(open_job(app, true, &job, f));
    process_quiet_begin(setting_on(&app->settings, OPT_VERBOSE));
    TRY(end_of(&job, pades_token_pin_change(job.list, job.index, job.opts, &state, &error), &error,
               f));
    return tell(app, &job, "pin-change", "the PIN has been changed", state, f);
}

static pades_unblock_style style_of(const struct settings *s)
{
    static const struct {
        const char *name;
        pades_unblock_style style;
    } styles[] = {{"init-pin", PADES_UNBLOCK_INIT_PIN},
                  {"set-pin", PADES_UNBLOCK_SET_PIN},
                  {"set-pin-context", PADES_UNBLOCK_SET_PIN_CONTEXT},
                  {"puk-prefix", PADES_UNBLOCK_SET_PIN_PREFIX}};
    const char *name = setting_text(s, OPT_STYLE);
    for (size_t i = 0; name != NULL && i < sizeof styles / sizeof styles[0]; i++) {
        if (strcmp(styles[i].name, name) == 0) {
            return styles[i].style;
        }
    }
    return PADES_UNBLOCK_UNKNOWN;
}

/* What is at stake is said before it is; unattended, --yes says that it is known. */
static int confirm(struct app *app, const struct token_job *job, struct failure *f)
{
    char about[2048];
    const pades_token_info *t = job->info;
    snprintf(about, sizeof about,
             "About to unblock the PIN of token '%s' (serial %s, PIN %s) with its PUK.\n"
             "A wrong PUK costs one of its tries. How many are left %s.\n"
             "When none is left the PIN can never be unblocked again: its keys are lost, and the "
             "token has to be replaced or set up anew by who issued it.\n",
             t->label, t->serial, tell_pin_state(t->pin_state),
             t->so_pin_state == PADES_PIN_STATE_OK ? "is not told by most tokens"
                                                   : "is few, as this token tells");
    if (setting_on(&app->settings, OPT_YES)) {
        return EXIT_DONE;
    }
    return confirm_typed(about, "Type 'yes' to go on: ", "yes", f);
}

static int refuse_unknown(const struct token_job *job, struct failure *f)
{
    return fail(f, PADES_TOKEN_ERROR,
                "unblock the PIN in the software of the token's vendor; or name the way that its "
                "manual tells: --style init-pin (C_InitPIN by the security officer), set-pin "
                "(C_SetPIN with nobody logged in) or set-pin-context",
                "it is not known how the module of token '%s' (%s) takes a PUK: nothing was tried",
                job->info->label, job->info->library);
}

static int unblock(struct app *app, struct failure *f)
{
    AUTO_JOB job = {0};
    pades_error *error = NULL;
    pades_pin_state state = PADES_PIN_STATE_OK;
    pades_unblock_style style = style_of(&app->settings);
    TRY(open_job(app, false, &job, f));
    if (style == PADES_UNBLOCK_UNKNOWN &&
        pades_token_unblock_style(job.list, job.index) == PADES_UNBLOCK_UNKNOWN) {
        return refuse_unknown(&job, f);
    }
    TRY(confirm(app, &job, f));
    process_quiet_begin(setting_on(&app->settings, OPT_VERBOSE));
    TRY(end_of(&job, pades_token_pin_unblock(job.list, job.index, job.opts, style, &state, &error),
               &error, f));
    return tell(app, &job, "pin-unblock", "the PIN has been unlocked and changed", state, f);
}

int cmd_token_pin_verify(struct app *app)
{
    struct failure f;
    return verify(app, &f) == EXIT_DONE ? EXIT_DONE : report_failure(app, NULL, &f);
}

int cmd_token_pin_change(struct app *app)
{
    struct failure f;
    return change(app, &f) == EXIT_DONE ? EXIT_DONE : report_failure(app, NULL, &f);
}

int cmd_token_pin_unblock(struct app *app)
{
    struct failure f;
    return unblock(app, &f) == EXIT_DONE ? EXIT_DONE : report_failure(app, NULL, &f);
}
