#include "token/secrets.h"

#include <stdio.h>
#include <unistd.h>

pades_token_list *secrets_list(pades_ctx *ctx, const char *faults)
{
    AUTO(pades_token_opts) *opts = bench_opts(NULL, 0);
    pades_token_list *l = NULL;
    pades_error *e = NULL;
    bench_faults(faults);
    assert_ok(pades_token_list_new(ctx, opts, &l, &e), e);
    return l;
}

static void note(secrets *s, const pades_pin_request *r, const char *const names[3])
{
    size_t used = strlen(s->asked);
    snprintf(s->asked + used, sizeof s->asked - used, "%s%s", used ? " " : "", names[r->kind]);
    snprintf(s->purpose, sizeof s->purpose, "%s", r->purpose);
    s->min = r->min_length;
    s->max = r->max_length;
}

static pades_status give(void *user, const pades_pin_request *r, pades_pin *pin)
{
    static const char *const names[] = {"user", "new", "puk"};
    secrets *s = user;
    const char *text = r->kind == PADES_PIN_KIND_USER  ? s->pin
                       : r->kind == PADES_PIN_KIND_NEW ? s->fresh
                                                       : s->puk;
    note(s, r, names);
    if (!text) {
        return PADES_PIN_CANCELLED;
    }
    return pades_pin_set(pin, text, strlen(text)) == 0 ? PADES_OK : PADES_PIN_REQUIRED;
}

static void on_pad(void *user, const pades_pin_request *r)
{
    static const char *const names[] = {"USER", "NEW", "PUK"};
    note(user, r, names);
}

pades_token_opts *secrets_opts(secrets *s)
{
    pades_token_opts *opts = NULL;
    assert_int_equal(pades_token_opts_new(&opts, NULL), PADES_OK);
    pades_token_opts_set_pin(opts, give, s, s->attended);
    pades_token_opts_set_pad_notice(opts, on_pad, s);
    pades_token_opts_set_pin_last_try(opts, s->last_try);
    return opts;
}

int secrets_left(const char *counter, int full)
{
    int left = full;
    FILE *f = fopen(bench_path(counter), "re");
    if (f) {
        assert_int_equal(fscanf(f, "%d", &left), 1);
        fclose(f);
    }
    return left;
}

void secrets_set_left(const char *counter, int left)
{
    char text[16];
    snprintf(text, sizeof text, "%d\n", left);
    bench_write(counter, text);
}

const char *secrets_faults(const char *more)
{
    static char text[1024];
    char tries[256];
    snprintf(tries, sizeof tries, "%s", bench_path("tries"));
    snprintf(text, sizeof text, "tries 3 %s\npuks 3 %s\n%s", tries, bench_path("puks"), more);
    return text;
}
