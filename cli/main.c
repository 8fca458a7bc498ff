/* The pades command: arguments, configuration, one command, an exit code. */
#include "args.h"
#include "config.h"
#include "help.h"
#include "process.h"
#include "report.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Known before the arguments are understood, so that a mistake in them is told as JSON too. */
static bool asks_for_json(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--json") == 0) {
            return true;
        }
    }
    return false;
}

static int run_command(struct app *app)
{
    struct failure f;
    if (config_load(&app->settings, &f) != EXIT_DONE) {
        return report_failure(app, NULL, &f);
    }
    app->json = setting_on(&app->settings, OPT_JSON);
    return app->command->run(app);
}

static int run(struct app *app, int argc, char **argv)
{
    struct failure f;
    if (args_parse(app, argc, argv, &f) != EXIT_DONE) {
        return report_failure(app, NULL, &f);
    }
    app->json = setting_on(&app->settings, OPT_JSON);
    if (setting_on(&app->settings, OPT_HELP)) {
        return help_print(app, &f) == EXIT_DONE ? EXIT_DONE : report_failure(app, NULL, &f);
    }
    if (app->command != NULL) {
        return run_command(app);
    }
    if (setting_on(&app->settings, OPT_VERSION)) {
        return version_print(app, &f) == EXIT_DONE ? EXIT_DONE : report_failure(app, NULL, &f);
    }
    fail_usage(&f, "'pades --help' lists the commands", "no command given");
    return report_failure(app, NULL, &f);
}

int main(int argc, char **argv)
{
    struct app app = {.err = process_start()};
    app.json = asks_for_json(argc, argv);
    int exit_code = run(&app, argc, argv);
    process_cancel_with(NULL);
    pades_control_free(app.control);
    pades_ctx_free(app.ctx);
    secret_close(&app.password);
    settings_clear(&app.settings);
    if (exit_code != EXIT_DONE && process_signal() != 0) {
        exit_code = EXIT_SIGNALLED + process_signal();
    }
#ifdef PADES_END_AT_ONCE
    /* Everything of ours is closed and freed. What the libraries below would do at exit takes a
     * millisecond, and some modules hang or crash in it. */
    fflush(NULL);
    _exit(exit_code);
#else
    return exit_code;
#endif
}
