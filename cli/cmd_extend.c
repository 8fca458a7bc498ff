/* pades extend: the signatures of a file raised to level t, lt or lta, and lta renewed. */
#include "certs.h"
#include "signopts.h"
#include "stamping.h"

#include <string.h>

static int add_certs(struct app *app, pades_sign_opts *opts, struct failure *f)
{
    __attribute__((cleanup(certs_clear))) struct certs certs = {0};
    TRY(certs_load(app, &certs, f));
    for (size_t i = 0; i < certs.n; i++) {
        pades_sign_opts_add_cert(opts, certs.all[i]);
    }
    return EXIT_DONE;
}

static int set(struct app *app, pades_sign_opts *opts, struct failure *f)
{
    const struct settings *s = &app->settings;
    const char *word = setting_text(s, OPT_LEVEL);
    pades_level level = word == NULL ? PADES_LEVEL_B : signopts_level(word);
    if (level < PADES_LEVEL_T) {
        return fail_usage(f, "a file is raised to t, lt or lta",
                          word == NULL ? "--level LEVEL says which level is wanted"
                                       : "a file cannot be raised to level b");
    }
    if (level > PADES_LEVEL_T && !setting_given(s, OPT_TRUST)) {
        return fail_usage(f, "name the root certificates that you trust with --trust",
                          "levels lt and lta need trust anchors");
    }
    pades_sign_opts_set_level(opts, level);
    signopts_lasting(s, opts);
    return add_certs(app, opts, f);
}

int cmd_extend(struct app *app)
{
    static const struct stamping stamping = {.run = pades_extend, .set = set};
    return stamping_run(app, &stamping);
}
