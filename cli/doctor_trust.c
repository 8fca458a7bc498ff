/* See doctor.h. What each --trust brings. */
#include "certs.h"
#include "doctor.h"
#include "text.h"

#include <time.h>

enum { SOON_DAYS = 30, DAY_SECONDS = 86400 };

struct anchors {
    size_t n, ended, soon;
    char first[512]; /* name of one that has ended, else of one that will soon */
};

static void count_one(struct anchors *a, const pades_cert *cert)
{
    int64_t left = pades_cert_not_after(cert) - (int64_t)time(NULL);
    bool ended = left < 0;
    bool soon = !ended && left < (int64_t)SOON_DAYS * DAY_SECONDS;
    if ((ended && a->ended == 0) || (soon && a->ended + a->soon == 0)) {
        snprintf(a->first, sizeof a->first, "%s", pades_cert_common_name(cert));
    }
    a->n++;
    a->ended += ended ? 1 : 0;
    a->soon += soon ? 1 : 0;
}

static pades_status count_anchors(const pades_ctx *ctx, struct anchors *ret, pades_error **e)
{
    const void *der;
    size_t n = 0;
    for (size_t i = 0; (der = pades_ctx_trust_der(ctx, i, &n)) != NULL; i++) {
        AUTO(pades_cert_free) pades_cert *cert = NULL;
        pades_status status = pades_cert_new_der(der, n, &cert, e);
        if (status != PADES_OK) {
            return status;
        }
        count_one(ret, cert);
    }
    return PADES_OK;
}

static void tell_anchors(struct doctor *d, const char *path, const struct anchors *a)
{
    const char *s = a->n == 1 ? "" : "s";
    if (a->ended > 0) {
        doctor_tell(d, a->ended == a->n ? VERDICT_FAIL : VERDICT_WARN, "trust",
                    "take the successors of their issuers, if you trust them",
                    "%zu trust anchor%s in '%s', of which %zu ended, as '%s'", a->n, s,
                    show(path).text, a->ended, a->first);
    } else if (a->soon > 0) {
        doctor_tell(d, VERDICT_WARN, "trust", "have their successors ready",
                    "%zu trust anchor%s in '%s', of which %zu end%s within %d days, as '%s'", a->n,
                    s, show(path).text, a->soon, a->soon == 1 ? "s" : "", SOON_DAYS, a->first);
    } else {
        doctor_tell(d, VERDICT_OK, "trust", NULL, "%zu trust anchor%s in '%s'", a->n, s,
                    show(path).text);
    }
}

/* In a context of its own: one that cannot be read does not stop the others. */
static pades_status look_at(struct doctor *d, const char *path, pades_error **e)
{
    struct anchors a = {0};
    AUTO(pades_ctx_free) pades_ctx *ctx = NULL;
    pades_status status = pades_ctx_new(&ctx, e);
    status = status == PADES_OK ? pades_ctx_add_trust_path(ctx, path, e) : status;
    status = status == PADES_OK ? count_anchors(ctx, &a, e) : status;
    if (status != PADES_OK) {
        return status;
    }
    tell_anchors(d, path, &a);
    return pades_ctx_add_trust_path(d->app->ctx, path, e);
}

int doctor_trust(struct doctor *d, struct failure *f)
{
    const char *path;
    (void)f;
    for (size_t i = 0; (path = setting_item(&d->app->settings, OPT_TRUST, i)) != NULL; i++) {
        pades_error *error = NULL;
        if (look_at(d, path, &error) != PADES_OK) {
            doctor_tell_error(d, VERDICT_FAIL, "trust", "name a file of certificates", &error);
        }
    }
    return EXIT_DONE;
}
