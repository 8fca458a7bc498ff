/* pades prepare: first of two steps for signatures made elsewhere. It writes the state, and on
 * request the bytes to be signed and their digest; it needs no key and asks nobody for anything. */
#include "certs.h"
#include "files.h"
#include "inputs.h"
#include "outputs.h"
#include "password.h"
#include "plan.h"
#include "process.h"
#include "report.h"
#include "result.h"
#include "signopts.h"
#include "text.h"

#include <string.h>
#include <unistd.h>

struct prepared {
    struct app *app;
    struct certs certs;
    struct tsas tsas;
    pades_sign_opts *opts;
    pades_session *session;
    void *state;
    size_t state_n;
    int stdin_fd;
};

static void prepared_clear(struct prepared *p)
{
    pades_free(p->state);
    pades_session_free(p->session);
    pades_sign_opts_free(p->opts);
    tsas_clear(&p->tsas);
    certs_clear(&p->certs);
    if (p->stdin_fd > STDERR_FILENO) {
        close(p->stdin_fd);
    }
}

static const char *scheme_name(pades_scheme scheme)
{
    switch (scheme) {
    case PADES_SCHEME_RSA_PKCS1:
        return "rsa-pkcs1";
    case PADES_SCHEME_RSA_PSS:
        return "rsa-pss";
    case PADES_SCHEME_ECDSA:
        return "ecdsa";
    }
    return "unknown";
}

static void to_hex(const void *data, size_t n, char *to, size_t room)
{
    const unsigned char *p = data;
    to[0] = '\0';
    for (size_t i = 0; i < n && 2 * i + 2 < room; i++) {
        snprintf(to + 2 * i, 3, "%02x", p[i]);
    }
}

static int open_input(struct prepared *p, pades_source **ret, struct failure *f)
{
    pades_error *error = NULL;
    const char *in = p->app->operands[0];
    if (strcmp(in, "-") == 0) {
        TRY(file_spool_stdin(&p->stdin_fd, f));
        TRY(call(f, pades_source_new_fd(p->stdin_fd, ret, &error), &error));
        return call(f, password_give(p->app, *ret, &error), &error);
    }
    TRY(recover_input(p->app, in, f));
    TRY(call(f, pades_source_new_file(in, ret, &error), &error));
    return call(f, password_give(p->app, *ret, &error), &error);
}

static const enum option_id targets[] = {OPT_TBS, OPT_HASH, OPT_STATE};
enum { TARGETS = sizeof targets / sizeof targets[0] };

static const char *target(const struct app *app, size_t i)
{
    return setting_text(&app->settings, targets[i]);
}

/* The option whose bytes go to standard output; NULL when none does. */
static const char *printed(const struct app *app)
{
    for (size_t i = 0; i < TARGETS; i++) {
        if (output_is_stdout(target(app, i))) {
            return option_at(targets[i])->name;
        }
    }
    return NULL;
}

/* --force replaces an older state, never the document or another file that is read. */
static int check_file(const struct app *app, const char *path, struct failure *f)
{
    if (output_is_same(app->operands[0], path)) {
        return fail(f, PADES_OUTPUT_EXISTS, "name another file", "the output '%s' is the input",
                    show(path).text);
    }
    TRY(inputs_spare(app, path, targets, TARGETS, f));
    return output_check(path, setting_on(&app->settings, OPT_FORCE), f);
}

static int check_pair(const struct app *app, size_t a, size_t b, struct failure *f)
{
    const char *one = target(app, a);
    const char *other = target(app, b);
    if (one == NULL || other == NULL || !output_is_same(one, other)) {
        return EXIT_DONE;
    }
    return fail_usage(f, "give each a file of its own", "--%s and --%s name one file: '%s'",
                      option_at(targets[a])->name, option_at(targets[b])->name, show(one).text);
}

static int check_printed(const struct app *app, struct failure *f)
{
    const char *option = printed(app);
    if (option == NULL) {
        return EXIT_DONE;
    }
    if (app->json) {
        return fail_usage(f, "name a file", "--json and --%s cannot share standard output", option);
    }
    if (!process_has_stdout()) {
        return fail(f, PADES_OUTPUT_FAILED, NULL, "standard output is closed");
    }
    return isatty(STDOUT_FILENO) == 0
               ? EXIT_DONE
               : fail_usage(f, "redirect it, or name a file",
                            "the bytes of --%s would go to the terminal", option);
}

/* The three files are refused together, before the first is written. */
static int check_targets(const struct app *app, struct failure *f)
{
    for (size_t i = 0; i < TARGETS; i++) {
        for (size_t k = i + 1; k < TARGETS; k++) {
            TRY(check_pair(app, i, k, f));
        }
    }
    TRY(check_printed(app, f));
    for (size_t i = 0; i < TARGETS; i++) {
        const char *path = target(app, i);
        if (path != NULL && !output_is_stdout(path)) {
            TRY(check_file(app, path, f));
        }
    }
    return EXIT_DONE;
}

static int check_options(const struct app *app, struct failure *f)
{
    if (!setting_given(&app->settings, OPT_STATE)) {
        return fail_usage(f, "'pades finish' reads it", "--state FILE is needed");
    }
    if (!setting_given(&app->settings, OPT_CERT)) {
        return fail_usage(f, "the first is the signer's, the others are its chain",
                          "--cert FILE is needed");
    }
    return check_targets(app, f);
}

/* The state last: when it is there, so is everything else. */
static int write_files(struct prepared *p, const pades_sign_request *request, struct failure *f)
{
    const struct output files[TARGETS] = {
        {target(p->app, 0), request->tbs, request->tbs_n},
        {target(p->app, 1), request->hash, request->hash_n},
        {target(p->app, 2), p->state, p->state_n},
    };
    return outputs_write(files, TARGETS, setting_on(&p->app->settings, OPT_FORCE), f);
}

static void add_warnings(const struct prepared *p, js *object)
{
    const char *warning;
    js *list = js_list_in(object, "warnings");
    for (size_t i = 0; (warning = pades_session_warning(p->session, i)) != NULL; i++) {
        js_push_text(list, warning);
    }
}

static void warn(const struct prepared *p)
{
    const char *warning;
    for (size_t i = 0; (warning = pades_session_warning(p->session, i)) != NULL; i++) {
        report_warning(p->app, p->app->operands[0], warning);
    }
}

static int tell_json(struct prepared *p, const pades_sign_request *request, const char *hash,
                     struct failure *f)
{
    const struct settings *s = &p->app->settings;
    js *object = js_start();
    js_text(object, "file", p->app->operands[0]);
    js_text(object, "state", setting_text(s, OPT_STATE));
    js_text(object, "scheme", scheme_name(request->scheme));
    js_text(object, "digest", pades_digest_name(request->digest));
    js_text(object, "hash", hash);
    js_text(object, "hash_file", setting_text(s, OPT_HASH));
    js_text(object, "tbs_file", setting_text(s, OPT_TBS));
    js_number(object, "tbs_bytes", (int64_t)request->tbs_n);
    result_add_cert(js_object_in(object, "signer"), p->certs.all[0]);
    add_warnings(p, object);
    return report_json(object, f);
}

static int tell(struct prepared *p, const pades_sign_request *request, struct failure *f)
{
    char hash[2 * 64 + 1];
    to_hex(request->hash, request->hash_n, hash, sizeof hash);
    warn(p);
    if (p->app->json) {
        return tell_json(p, request, hash, f);
    }
    report_note(p->app, "pades: to be signed with %s: %s %s", scheme_name(request->scheme),
                pades_digest_name(request->digest), hash);
    if (printed(p->app) == NULL && !report_path(setting_text(&p->app->settings, OPT_STATE))) {
        return fail(f, PADES_OUTPUT_FAILED, NULL, "cannot write to standard output");
    }
    return EXIT_DONE;
}

static int make_session(struct prepared *p, pades_source *source, struct failure *f)
{
    pades_error *error = NULL;
    /* C17 6.3.2.3: a pointer to T** is no pointer to const T *const *: one cast */
    const pades_cert *const *chain = (const pades_cert *const *)p->certs.all;
    TRY(call(f,
             pades_session_prepare(p->app->ctx, source, NULL, chain, p->certs.n, p->opts,
                                   &p->session, &error),
             &error));
    return call(f, pades_session_store(p->session, &p->state, &p->state_n, &error), &error);
}

static int prepare(struct prepared *p, struct failure *f)
{
    AUTO(pades_source_free) pades_source *source = NULL;
    pades_sign_request request = {0};
    TRY(check_options(p->app, f));
    TRY(password_read(p->app, f));
    TRY(app_make_context(p->app, f));
    TRY(signopts_make(p->app, &p->tsas, &p->opts, f));
    TRY(certs_load(p->app, &p->certs, f));
    TRY(open_input(p, &source, f));
    TRY(make_session(p, source, f));
    pades_session_get_request(p->session, &request);
    TRY(write_files(p, &request, f));
    int exit_code = tell(p, &request, f);
    pades_session_free(p->session); /* before the source it reads from */
    p->session = NULL;
    return exit_code;
}

int cmd_prepare(struct app *app)
{
    struct failure f;
    __attribute__((cleanup(prepared_clear))) struct prepared p = {.app = app, .stdin_fd = -1};
    return prepare(&p, &f) == EXIT_DONE ? EXIT_DONE : report_failure(app, app->operands[0], &f);
}
