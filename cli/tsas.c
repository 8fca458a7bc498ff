/* See tsas.h. Credentials belong to one authority: the n-th user, password and client certificate
 * to the n-th --tsa, an empty value to none, so that no server sees what is meant for another. */
#include "tsas.h"

#include "files.h"
#include "secret.h"
#include "text.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { RATE_TEXT_MAX = 11 /* "86400/86400" */, TOKEN_MAX = 8192 };

static const char *nth(const struct app *app, enum option_id id, size_t i)
{
    const char *value = setting_item(&app->settings, id, i);
    return value == NULL || value[0] == '\0' ? NULL : value;
}

/* The first line of a file of its owner alone. */
static int read_private(const char *path, const char *what, size_t max, struct secret *s,
                        struct failure *f)
{
    int fd = -1;
    if (!secret_open_for(s, max)) {
        return fail(f, PADES_NO_MEMORY, NULL, "no memory");
    }
    if (file_open_private(path, &fd, f) != EXIT_DONE) {
        f->exit = EXIT_CONFIG;
        return f->exit;
    }
    int got = secret_read_line(s, fd);
    close(fd);
    if (got == -2) {
        return fail_config(f, NULL, "the %s in '%s' is longer than %zu bytes", what,
                           show(path).text, max);
    }
    return got == 0 ? EXIT_DONE : fail_config(f, NULL, "no %s in '%s'", what, show(path).text);
}

static int set_user(struct app *app, pades_tsa *tsa, size_t i, struct failure *f)
{
    pades_error *error = NULL;
    const char *user = nth(app, OPT_TSA_USER, i);
    const char *path = nth(app, OPT_TSA_PASS_FILE, i);
    __attribute__((cleanup(auto_secret))) struct secret password = {0};
    if (user == NULL && path == NULL) {
        return EXIT_DONE;
    }
    if (user == NULL || path == NULL) {
        return fail_usage(f, NULL, "--tsa-user and --tsa-pass-file belong together");
    }
    TRY(read_private(path, "password", SECRET_MAX, &password, f));
    return call(f, pades_tsa_set_user(tsa, user, password.bytes, &error), &error);
}

static int set_bearer(struct app *app, pades_tsa *tsa, size_t i, struct failure *f)
{
    pades_error *error = NULL;
    const char *path = nth(app, OPT_TSA_BEARER_FILE, i);
    __attribute__((cleanup(auto_secret))) struct secret token = {0};
    if (path == NULL) {
        return EXIT_DONE;
    }
    if (nth(app, OPT_TSA_USER, i) != NULL) {
        return fail_usage(f, NULL, "--tsa-user and --tsa-bearer-file exclude each other");
    }
    TRY(read_private(path, "token", TOKEN_MAX, &token, f));
    return call(f, pades_tsa_set_bearer(tsa, token.bytes, &error), &error);
}

static int set_client_cert(struct app *app, pades_tsa *tsa, size_t i, struct failure *f)
{
    pades_error *error = NULL;
    const char *cert = nth(app, OPT_TSA_CERT, i);
    const char *key = nth(app, OPT_TSA_KEY, i);
    if (cert == NULL && key == NULL) {
        return EXIT_DONE;
    }
    if (cert == NULL || key == NULL) {
        return fail_usage(f, NULL, "--tsa-cert and --tsa-key belong together");
    }
    return call(f, pades_tsa_set_client_cert(tsa, cert, key, &error), &error);
}

/* The n-th of them, or the only one. */
static const char *nth_or_only(const struct app *app, enum option_id id, size_t i)
{
    return nth(app, id, setting_count(&app->settings, id) == 1 ? 0 : i);
}

static int set_policy(struct app *app, pades_tsa *tsa, size_t i, struct failure *f)
{
    pades_error *error = NULL;
    const char *oid = nth_or_only(app, OPT_TSA_POLICY, i);
    return oid == NULL ? EXIT_DONE : call(f, pades_tsa_set_policy(tsa, oid, &error), &error);
}

/* "10/60" */
static int set_rate(struct app *app, pades_tsa *tsa, size_t i, struct failure *f)
{
    pades_error *error = NULL;
    const char *text = nth_or_only(app, OPT_TSA_RATE, i);
    unsigned requests = 0;
    unsigned seconds = 0;
    int end = 0;
    if (text == NULL) {
        return EXIT_DONE;
    }
    bool digits = strspn(text, "0123456789/") == strlen(text) && strlen(text) <= RATE_TEXT_MAX;
    if (!digits || sscanf(text, "%u/%u%n", &requests, &seconds, &end) != 2 || text[end] != '\0') {
        return fail_usage(f, "for example 10/60: ten requests a minute",
                          "--tsa-rate: '%s' is not N/SECONDS", show(text).text);
    }
    return call(f, pades_tsa_set_rate(tsa, requests, seconds, &error), &error);
}

static int make_one(struct app *app, size_t i, pades_tsa **ret, struct failure *f)
{
    pades_error *error = NULL;
    TRY(call(f, pades_tsa_new(setting_item(&app->settings, OPT_TSA, i), ret, &error), &error));
    pades_tsa_set_insecure_auth(*ret, setting_on(&app->settings, OPT_INSECURE_AUTH));
    TRY(set_user(app, *ret, i, f));
    TRY(set_bearer(app, *ret, i, f));
    TRY(set_client_cert(app, *ret, i, f));
    TRY(set_policy(app, *ret, i, f));
    return set_rate(app, *ret, i, f);
}

/* More credentials than authorities: one of them would silently go unused. */
static int check_counts(const struct app *app, struct failure *f)
{
    const enum option_id beside[] = {OPT_TSA_USER,       OPT_TSA_PASS_FILE, OPT_TSA_CERT,
                                     OPT_TSA_KEY,        OPT_TSA_POLICY,    OPT_TSA_RATE,
                                     OPT_TSA_BEARER_FILE};
    for (size_t i = 0; i < sizeof beside / sizeof beside[0]; i++) {
        if (setting_count(&app->settings, beside[i]) > setting_count(&app->settings, OPT_TSA)) {
            return fail_usage(f, "the n-th of them belongs to the n-th --tsa",
                              "more --%s than --tsa", option_at(beside[i])->name);
        }
    }
    return EXIT_DONE;
}

int tsas_make(struct app *app, pades_sign_opts *opts, struct tsas *ret, struct failure *f)
{
    size_t n = setting_count(&app->settings, OPT_TSA);
    TRY(check_counts(app, f));
    ret->all = calloc(n + 1, sizeof(pades_tsa *));
    if (ret->all == NULL) {
        return fail(f, PADES_NO_MEMORY, NULL, "no memory");
    }
    for (ret->n = 0; ret->n < n; ret->n++) {
        TRY(make_one(app, ret->n, &ret->all[ret->n], f));
        if (opts != NULL) {
            pades_sign_opts_add_tsa(opts, ret->all[ret->n]);
        }
    }
    return EXIT_DONE;
}

void tsas_clear(struct tsas *t)
{
    for (size_t i = 0; t->all != NULL && i <= t->n; i++) {
        pades_tsa_free(t->all[i]);
    }
    free(t->all);
    *t = (struct tsas){0};
}
