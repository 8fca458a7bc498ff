/* One run of the command line, and the table of commands. */
#ifndef CLI_APP_H
#define CLI_APP_H

#include "secret.h"
#include "settings.h"

struct app;

struct command {
    const char *group; /* "token" of "token list", or NULL */
    const char *name;
    unsigned bit; /* ON_... of options.h */
    const char *operands;
    const char *summary;
    size_t least, most; /* operands */
    int (*run)(struct app *app);
};

struct app {
    const struct command *command; /* NULL: none was named */
    const char *group;             /* "token" of "token --help"; NULL: none */
    struct settings settings;
    char *const *operands;
    size_t operands_n;
    size_t inputs_n; /* of sign; messages name the file when there are several */
    bool json;
    FILE *err;              /* ours, also while descriptor 2 leads nowhere */
    struct secret password; /* of encrypted documents; none: bytes NULL */
    pades_ctx *ctx;
    pades_control *control;
};

/* The commands; NULL beyond the end. */
const struct command *command_at(size_t i);

int cmd_sign(struct app *app);
int cmd_prepare(struct app *app);
int cmd_finish(struct app *app);
int cmd_inspect(struct app *app);
int cmd_repair(struct app *app);
int cmd_timestamp(struct app *app);
int cmd_extend(struct app *app);
int cmd_fields_add(struct app *app);
int cmd_token_list(struct app *app);
int cmd_token_certs(struct app *app);
int cmd_token_show(struct app *app);
int cmd_token_export(struct app *app);
int cmd_token_pin_verify(struct app *app);
int cmd_token_pin_change(struct app *app);
int cmd_token_pin_unblock(struct app *app);
int cmd_token_key_test(struct app *app);
int cmd_token_watch(struct app *app);
int cmd_config_show(struct app *app);
int cmd_doctor(struct app *app);

/* Context and control object from the settings; freed by main. */
int app_make_context(struct app *app, struct failure *f) MUST_USE;
/* Without the trust anchors. */
int app_make_bare_context(struct app *app, struct failure *f) MUST_USE;

#endif
