/* See args.h. Options may stand anywhere up to "--", as --name VALUE or --name=VALUE; names are
 * never abbreviated. "-" is an operand. */
#include "args.h"

#include "text.h"

#include <string.h>

struct cursor {
    int next, count;
    char **argv;
    int operands; /* kept at the front of argv */
};

static const char *const later_commands[] = {"verify", "trust", "serve"};

static bool is_later(const char *name)
{
    for (size_t i = 0; i < sizeof later_commands / sizeof later_commands[0]; i++) {
        if (strcmp(later_commands[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_group(const char *word)
{
    for (size_t i = 0; command_at(i) != NULL; i++) {
        if (command_at(i)->group != NULL && strcmp(command_at(i)->group, word) == 0) {
            return true;
        }
    }
    return false;
}

static const struct command *find(const char *group, const char *name)
{
    for (size_t i = 0; command_at(i) != NULL; i++) {
        const struct command *c = command_at(i);
        bool same_group =
            group == NULL ? c->group == NULL : c->group != NULL && strcmp(c->group, group) == 0;
        if (same_group && strcmp(c->name, name) == 0) {
            return c;
        }
    }
    return NULL;
}

static bool asks_for_help(const struct cursor *c)
{
    const char *word = c->next < c->count ? c->argv[c->next] : "";
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* The words of the command; c->next is then the first argument after them. */
static int take_command(struct app *app, struct cursor *c, struct failure *f)
{
    const char *word = c->argv[c->next];
    const char *group = NULL;
    char whole[64];
    snprintf(whole, sizeof whole, "%.30s", word);
    c->next++;
    if (is_group(word)) {
        if (asks_for_help(c)) {
            app->group = word;
            return EXIT_DONE;
        }
        if (c->next == c->count || c->argv[c->next][0] == '-') {
            char hint[64];
            snprintf(hint, sizeof hint, "'pades %.30s --help' lists them", word);
            return fail_usage(f, hint, "'%s' needs a command after it", word);
        }
        group = word;
        word = c->argv[c->next++];
        snprintf(whole, sizeof whole, "%.30s %.30s", group, word);
    }
    app->command = find(group, word);
    if (app->command != NULL) {
        return EXIT_DONE;
    }
    if (is_later(whole)) {
        return fail_usage(f, NULL, "'%s' is not supported yet", whole);
    }
    return fail_usage(f, "'pades --help' lists the commands", "no command '%s'", show(whole).text);
}

static unsigned bit_of(const struct app *app)
{
    if (app->command == NULL) {
        return ON_TOP;
    }
    /* config show takes what the others take, to tell what would come of it */
    return app->command->bit == ON_CONFIG ? ON_CONFIG | ON_SIGN | ON_FINISH | ON_EXTEND
                                          : app->command->bit;
}

static const char *help_hint(const struct app *app, char *room, size_t n)
{
    const struct command *c = app->command;
    if (c == NULL) {
        return "'pades --help' lists commands and options";
    }
    snprintf(room, n, "'pades %s%s%s --help' lists its options", c->group == NULL ? "" : c->group,
             c->group == NULL ? "" : " ", c->name);
    return room;
}

static int take_value(struct cursor *c, const struct option *o, const char **value,
                      struct failure *f)
{
    if (o->kind == KIND_FLAG || o->kind == KIND_LATER) {
        *value = "yes";
        return EXIT_DONE;
    }
    if (c->next == c->count || strncmp(c->argv[c->next], "--", 2) == 0) {
        return fail_usage(f, NULL, "--%s needs a value (%s)", o->name, o->argument);
    }
    *value = c->argv[c->next++];
    return EXIT_DONE;
}

static int take_option(struct app *app, struct cursor *c, const char *arg, struct failure *f)
{
    char room[128];
    const struct origin flag = {.rank = FROM_FLAG};
    const char *name = arg + 2;
    const char *equals = strchr(name, '=');
    enum option_id id = option_named(name, equals == NULL ? strlen(name) : (size_t)(equals - name));
    if (id == OPT_COUNT || (option_at(id)->commands & bit_of(app)) == 0) {
        char bare[64];
        snprintf(bare, sizeof bare, "%.*s", equals == NULL ? 60 : (int)(equals - name), name);
        return fail_usage(f, help_hint(app, room, sizeof room), "no option '--%s'%s",
                          show(bare).text, id == OPT_COUNT ? "" : " for this command");
    }
    const char *value = equals == NULL ? NULL : equals + 1;
    if (value == NULL) {
        TRY(take_value(c, option_at(id), &value, f));
    }
    return settings_put(&app->settings, id, value, flag, f);
}

static int take_arguments(struct app *app, struct cursor *c, struct failure *f)
{
    char room[128];
    bool ended = false;
    while (c->next < c->count) {
        char *arg = c->argv[c->next++];
        if (ended || arg[0] != '-' || arg[1] == '\0') {
            c->argv[c->operands++] = arg;
        } else if (strcmp(arg, "--") == 0) {
            ended = true;
        } else if (strcmp(arg, "-h") == 0) {
            TRY(take_option(app, c, "--help", f));
        } else if (arg[1] == '-') {
            TRY(take_option(app, c, arg, f));
        } else {
            return fail_usage(f, help_hint(app, room, sizeof room), "no option '%s'",
                              show(arg).text);
        }
    }
    return EXIT_DONE;
}

static int check_operands(const struct app *app, struct failure *f)
{
    char room[128];
    const struct command *c = app->command;
    if (setting_on(&app->settings, OPT_HELP) || c == NULL) {
        return EXIT_DONE;
    }
    if (app->operands_n < c->least) {
        return fail_usage(f, help_hint(app, room, sizeof room), "no input file given");
    }
    if (app->operands_n > c->most) {
        return fail_usage(f, help_hint(app, room, sizeof room), "too many operands: '%s'",
                          show(app->operands[c->most]).text);
    }
    return EXIT_DONE;
}

int args_parse(struct app *app, int argc, char **argv, struct failure *f)
{
    struct cursor c = {.next = 1, .count = argc, .argv = argv, .operands = 0};
    if (argc > 1 && argv[1][0] != '-') {
        TRY(take_command(app, &c, f));
    }
    TRY(take_arguments(app, &c, f));
    app->operands = argv;
    app->operands_n = (size_t)c.operands;
    if (app->command == NULL && app->operands_n > 0) {
        return fail_usage(f, "'pades --help' lists the commands", "the command comes first: '%s'",
                          show(argv[0]).text);
    }
    return check_operands(app, f);
}
