/* See help.h. All of it comes from the tables of commands and options. */
#include "components.h"
#include "help.h"

#include "report.h"

#include <string.h>

enum { COLUMN = 26 };

static void full_name(const struct command *c, char *to, size_t n)
{
    snprintf(to, n, "%s%s%s", c->group == NULL ? "" : c->group, c->group == NULL ? "" : " ",
             c->name);
}

static void print_option(const struct option *o)
{
    char left[64];
    snprintf(left, sizeof left, "--%s%s%s", o->name, o->argument == NULL ? "" : " ",
             o->argument == NULL ? "" : o->argument);
    if (strlen(left) + 4 > COLUMN) {
        printf("  %s\n  %*s%s\n", left, COLUMN, "", o->help);
    } else {
        printf("  %-*s%s\n", COLUMN, left, o->help);
    }
}

static void print_options(unsigned bit)
{
    for (unsigned id = 0; id < OPT_COUNT; id++) {
        const struct option *o = option_at((enum option_id)id);
        if ((o->commands & bit) != 0 && o->kind != KIND_LATER) {
            print_option(o);
        }
    }
}

static void print_commands(void)
{
    char name[64];
    printf("usage: pades COMMAND [options] ...\n\ncommands:\n");
    for (size_t i = 0; command_at(i) != NULL; i++) {
        full_name(command_at(i), name, sizeof name);
        printf("  %-*s%s\n", COLUMN, name, command_at(i)->summary);
    }
    printf("\noptions:\n");
    print_options(ON_TOP);
    printf("\n'pades COMMAND --help' tells the options of a command; pades(1) tells more.\n");
}

int help_print(struct app *app, struct failure *f)
{
    char name[64];
    if (app->command == NULL) {
        print_commands();
        return report_end(f);
    }
    full_name(app->command, name, sizeof name);
    printf("usage: pades %s %s\n\n%s\n\noptions:\n", name, app->command->operands,
           app->command->summary);
    print_options(app->command->bit);
    return report_end(f);
}

static int version_json(struct failure *f)
{
    js *object = js_start();
    components_add(object);
    return report_json(object, f);
}

int version_print(struct app *app, struct failure *f)
{
    const char *name = NULL;
    const char *built = NULL;
    const char *running = NULL;
    if (app->json) {
        return version_json(f);
    }
    printf("pades %s\n", pades_version());
    for (size_t i = 0; component_at(i, &name, &built, &running); i++) {
        printf("  %-12s %s%s%s%s\n", name, built,
               running == NULL ? "" : " (running: ", running == NULL ? "" : running,
               running == NULL ? "" : ")");
    }
    return report_end(f);
}
