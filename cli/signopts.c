/* See signopts.h. The library knows neither time zone nor locale: the offset of local time is
 * worked out here. */
#include "signopts.h"

#include "lock.h"
#include "text.h"

#include <string.h>
#include <time.h>

static int local_offset(void)
{
    struct tm parts;
    time_t now = time(NULL);
    return localtime_r(&now, &parts) == NULL ? 0 : (int)parts.tm_gmtoff;
}

pades_digest signopts_digest(const char *name)
{
    const pades_digest all[] = {PADES_DIGEST_SHA256, PADES_DIGEST_SHA384, PADES_DIGEST_SHA512};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (strcmp(pades_digest_name(all[i]), name) == 0) {
            return all[i];
        }
    }
    return PADES_DIGEST_DEFAULT;
}

static void set_texts(const struct settings *s, pades_sign_opts *opts)
{
    static const struct {
        enum option_id id;
        void (*set)(pades_sign_opts *opts, const char *text);
    } texts[] = {
        {OPT_FIELD, pades_sign_opts_set_field},
        {OPT_NAME, pades_sign_opts_set_name},
        {OPT_REASON, pades_sign_opts_set_reason},
        {OPT_LOCATION, pades_sign_opts_set_location},
        {OPT_CONTACT, pades_sign_opts_set_contact},
        {OPT_COMMITMENT, pades_sign_opts_set_commitment},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (setting_given(s, texts[i].id)) {
            texts[i].set(opts, setting_text(s, texts[i].id));
        }
    }
}

static int set_lock(const struct settings *s, pades_sign_opts *opts, struct failure *f)
{
    __attribute__((cleanup(lock_clear))) struct lock lock = {.n = 0};
    TRY(lock_read(s, &lock, f));
    if (lock.action != PADES_LOCK_NONE) {
        pades_sign_opts_set_lock(opts, lock.action, lock.names, lock.n);
    }
    return EXIT_DONE;
}

pades_level signopts_level(const char *word)
{
    static const char *const words[] = {[PADES_LEVEL_B] = "b",
                                        [PADES_LEVEL_T] = "t",
                                        [PADES_LEVEL_LT] = "lt",
                                        [PADES_LEVEL_LTA] = "lta"};
    pades_level level = PADES_LEVEL_LTA;
    while (level > PADES_LEVEL_B && strcmp(words[level], word) != 0) {
        level--;
    }
    return level;
}

void signopts_lasting(const struct settings *s, pades_sign_opts *opts)
{
    if (setting_given(s, OPT_OFFLINE)) {
        pades_sign_opts_set_offline(opts, setting_text(s, OPT_OFFLINE));
    }
    if (setting_given(s, OPT_OCSP_URL)) {
        pades_sign_opts_set_ocsp_url(opts, setting_text(s, OPT_OCSP_URL));
    }
    pades_sign_opts_set_prefer_crl(opts, strcmp(setting_text(s, OPT_PREFER), "crl") == 0);
    pades_sign_opts_set_allow_partial(opts, setting_on(s, OPT_ALLOW_PARTIAL) ? 1 : 0);
    pades_sign_opts_set_allow_cached(opts, setting_on(s, OPT_ALLOW_CACHED) ? 1 : 0);
    pades_sign_opts_set_wait_fresh(opts, (unsigned)setting_number(s, OPT_WAIT_FRESH));
    pades_sign_opts_set_vri(opts, setting_on(s, OPT_VRI) ? 1 : 0);
}

static void set_formats(const struct settings *s, pades_sign_opts *opts)
{
    if (setting_given(s, OPT_LEVEL)) {
        pades_sign_opts_set_level(opts, signopts_level(setting_text(s, OPT_LEVEL)));
    }
    if (setting_given(s, OPT_DIGEST)) {
        pades_sign_opts_set_digest(opts, signopts_digest(setting_text(s, OPT_DIGEST)));
    }
    if (setting_given(s, OPT_CERTIFY)) {
        pades_sign_opts_set_certification(opts, (int)setting_number(s, OPT_CERTIFY));
    }
    pades_sign_opts_set_drop_usage_rights(opts, setting_on(s, OPT_DROP_USAGE_RIGHTS) ? 1 : 0);
    if (strcmp(setting_text(s, OPT_SUB_FILTER), "adbe") == 0) {
        pades_sign_opts_set_sub_filter(opts, PADES_SUB_FILTER_ADBE);
    }
    pades_sign_opts_set_aia(opts, setting_on(s, OPT_AIA) ? 1 : 0);
    pades_sign_opts_set_pss(opts, setting_on(s, OPT_PSS) ? 1 : 0);
    pades_sign_opts_set_allow_gaps(opts, setting_on(s, OPT_ALLOW_GAPS) ? 1 : 0);
    pades_sign_opts_set_utc_offset(opts, setting_on(s, OPT_UTC) ? 0 : local_offset());
    if (setting_given(s, OPT_RESERVE)) {
        pades_sign_opts_set_reserve(opts, (size_t)setting_number(s, OPT_RESERVE));
    }
}

/* NAME=VALUE: the name ends at the first equals sign. */
static int add_fills(const struct settings *s, pades_sign_opts *opts, struct failure *f)
{
    for (size_t i = 0; i < setting_count(s, OPT_FILL); i++) {
        const char *item = setting_item(s, OPT_FILL, i);
        const char *equals = strchr(item, '=');
        if (equals == NULL || equals == item) {
            return fail_usage(f, NULL, "--fill needs NAME=VALUE, not '%s'", show(item).text);
        }
        AUTO(free) char *name = strndup(item, (size_t)(equals - item));
        if (name == NULL) {
            return fail(f, PADES_NO_MEMORY, NULL, "no memory");
        }
        pades_sign_opts_add_fill(opts, name, equals + 1);
    }
    return EXIT_DONE;
}

/* What is missing for a level is said before anything is opened. */
static int check_level(const struct settings *s, struct failure *f)
{
    const char *word = setting_text(s, OPT_LEVEL);
    pades_level level = word == NULL ? PADES_LEVEL_B : signopts_level(word);
    if (level > PADES_LEVEL_B && !setting_given(s, OPT_TSA)) {
        return fail_usage(f, "name one with --tsa URL", "level %s needs a time-stamping authority",
                          word);
    }
    bool adbe = strcmp(setting_text(s, OPT_SUB_FILTER), "adbe") == 0;
    if (adbe && !setting_given(s, OPT_TRUST)) {
        return fail_usage(f, "name the root certificates with --trust FILE|DIR",
                          "--sub-filter adbe needs trust anchors, which end the chains");
    }
    if (level > PADES_LEVEL_T && !setting_given(s, OPT_TRUST)) {
        return fail_usage(f, "name the root certificates with --trust FILE|DIR",
                          "level %s needs trust anchors, which end the chains", word);
    }
    return EXIT_DONE;
}

int signopts_make(struct app *app, struct tsas *tsas, pades_sign_opts **ret, struct failure *f)
{
    pades_error *error = NULL;
    const struct settings *s = &app->settings;
    AUTO(pades_sign_opts_free) pades_sign_opts *opts = NULL;
    TRY(check_level(s, f));
    TRY(call(f, pades_sign_opts_new(&opts, &error), &error));
    set_texts(s, opts);
    set_formats(s, opts);
    signopts_lasting(s, opts);
    TRY(set_lock(s, opts, f));
    TRY(add_fills(s, opts, f));
    pades_sign_opts_set_control(opts, app->control);
    TRY(tsas_make(app, opts, tsas, f));
    *ret = opts;
    opts = NULL;
    return EXIT_DONE;
}
