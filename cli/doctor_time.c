/* See doctor.h. The clock must be later than this program, and agree with the authorities that are
 * asked: only those of --tsa on the command line, since a timestamp may cost money. */
#include "doctor.h"
#include "text.h"
#include "tsas.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

/* When it was built; reproducible builds set it (SOURCE_DATE_EPOCH). */
#ifndef PADES_BUILT
#define PADES_BUILT 1735689600
#endif

enum {
    DAY_SECONDS = 86400,
    TOO_LATE_DAYS = 25 * 365, /* no program is used that long */
    SOON_DAYS = 60,
    OFF_A_BIT = 30,
    OFF = 300, /* where authorities and verifiers begin to object */
};

static const char set_it[] = "set the clock, and keep it right: timedatectl set-ntp true";

/* What a URL may hide behind its question mark is nobody's business. */
static struct shown bare(const char *url)
{
    char text[1024];
    snprintf(text, sizeof text, "%.*s", (int)strcspn(url, "?#"), url);
    return show(text);
}

static void tell_clock(struct doctor *d)
{
    int64_t now = (int64_t)time(NULL);
    int64_t days = (now - (int64_t)PADES_BUILT) / DAY_SECONDS;
    if (now < (int64_t)PADES_BUILT) {
        doctor_tell(d, VERDICT_FAIL, "clock", set_it,
                    "the clock says %s, and this program was built on %s", show_time(now).text,
                    show_day((int64_t)PADES_BUILT).text);
    } else if (days > TOO_LATE_DAYS) {
        doctor_tell(d, VERDICT_FAIL, "clock", set_it, "the clock says %s, which cannot be",
                    show_time(now).text);
    } else {
        doctor_tell(d, VERDICT_OK, "clock", NULL, "the clock says %s", show_time(now).text);
    }
}

/* The answer's second lies between the two moments, or it does not. */
static void tell_difference(struct doctor *d, int64_t theirs, int64_t before, int64_t after,
                            const char *url)
{
    int64_t off = before > theirs + 1 ? before - theirs : theirs > after ? theirs - after : 0;
    const char *way = before > theirs ? "ahead of" : "behind";
    if (off > OFF_A_BIT) {
        doctor_tell(d, off > OFF ? VERDICT_FAIL : VERDICT_WARN, "clock", set_it,
                    "the clock is %" PRId64 " seconds %s that of '%s'", off, way, bare(url).text);
    } else {
        doctor_tell(d, VERDICT_OK, "clock", NULL, "the clock agrees with that of '%s'",
                    bare(url).text);
    }
}

static void tell_answer(struct doctor *d, const pades_tsa_answer *answer, const char *url,
                        uint64_t ms)
{
    const pades_cert *cert = pades_tsa_answer_cert(answer);
    const char *warning;
    doctor_tell(d, VERDICT_OK, "tsa", NULL,
                "'%s' gave a timestamp in %" PRIu64 " ms, by '%s', valid to %s", bare(url).text, ms,
                pades_cert_common_name(cert), show_day(pades_cert_not_after(cert)).text);
    for (size_t i = 0; (warning = pades_tsa_answer_warning(answer, i)) != NULL; i++) {
        doctor_tell(d, VERDICT_WARN, "tsa", "each timestamp of it will have this warning",
                    "'%s': %s", bare(url).text, warning);
    }
}

static uint64_t monotonic_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000U + (uint64_t)t.tv_nsec / 1000000U;
}

static int ask(struct doctor *d, const pades_tsa *tsa, struct failure *f)
{
    pades_error *error = NULL;
    AUTO(pades_tsa_answer_free) pades_tsa_answer *answer = NULL;
    int64_t before = (int64_t)time(NULL);
    uint64_t begun = monotonic_ms();
    pades_status status = pades_tsa_ask(d->app->ctx, tsa, d->app->control, &answer, &error);
    if (status == PADES_CANCELLED) {
        return call(f, status, &error);
    }
    if (status != PADES_OK) {
        doctor_tell_error(d, VERDICT_FAIL, "tsa", "try another, or ask those who run it", &error);
        return EXIT_DONE;
    }
    const char *url = pades_tsa_url(tsa);
    tell_answer(d, answer, url, monotonic_ms() - begun);
    tell_difference(d, pades_tsa_answer_time(answer), before, (int64_t)time(NULL), url);
    return EXIT_DONE;
}

static int ask_all(struct doctor *d, struct failure *f)
{
    struct tsas tsas = {0};
    int exit_code = tsas_make(d->app, NULL, &tsas, f);
    for (size_t i = 0; exit_code == EXIT_DONE && i < tsas.n; i++) {
        exit_code = ask(d, tsas.all[i], f);
    }
    tsas_clear(&tsas);
    return exit_code;
}

int doctor_time(struct doctor *d, struct failure *f)
{
    const struct settings *s = &d->app->settings;
    tell_clock(d);
    if (!setting_given(s, OPT_TSA)) {
        return EXIT_DONE;
    }
    if (s->of[OPT_TSA].origin.rank == FROM_FLAG) {
        return ask_all(d, f);
    }
    doctor_tell(d, VERDICT_OK, "tsa", NULL,
                "%zu time-stamping authorit%s configured, not asked: --tsa URL asks one",
                setting_count(s, OPT_TSA), setting_count(s, OPT_TSA) == 1 ? "y" : "ies");
    return EXIT_DONE;
}
