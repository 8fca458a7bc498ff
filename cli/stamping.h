/* Files with timestamps and no key, one after the other: what `timestamp` and its like share. */
#ifndef CLI_STAMPING_H
#define CLI_STAMPING_H

#include "app.h"

struct stamping {
    pades_status (*run)(pades_ctx *ctx, pades_source *source, pades_sink *sink,
                        const pades_sign_opts *opts, pades_result **ret, pades_error **e);
    /* Further options; may be NULL. */
    int (*set)(struct app *app, pades_sign_opts *opts, struct failure *f);
    const char *needs_tsa; /* what cannot be without --tsa; NULL: nothing */
};

/* Reads the settings, does it and tells; the exit code. */
int stamping_run(struct app *app, const struct stamping *s);

#endif
