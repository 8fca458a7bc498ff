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

/* Those of one group, or with NULL all of them. */
static void list_commands(const char *group)
{
    char name[64];
    printf("\n\ncommands:\n");
    for (size_t i = 0; command_at(i) != NULL; i++) {
        const struct command *c = command_at(i);
        if (group == NULL || (c->group != NULL && strcmp(c->group, group) == 0)) {
            full_name(c, name, sizeof name);
            printf("  %-*s%s\n", COLUMN, name, c->summary);
        }
    }
}

static void print_group(const char *group)
{
    printf("usage: pades %s COMMAND [options] ...", group);
    list_commands(group);
    printf("\n'pades %s COMMAND --help' tells the options of a command; pades-%s(1) tells more.\n",
           group, group);
}

static void print_commands(void)
{
    printf("usage: pades COMMAND [options] ...");
    list_commands(NULL);
    printf("\noptions:\n");
    print_options(ON_TOP);
    printf("\n'pades COMMAND --help' tells the options of a command; pades(1) tells more.\n");
}

int help_print(struct app *app, struct failure *f)
{
    char name[64];
    if (app->group != NULL) {
        print_group(app->group);
        return report_end(f);
    }
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
