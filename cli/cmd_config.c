/* pades config show: every setting that has a value, and where it comes from. */
#include "report.h"
#include "text.h"

#include <string.h>
#include <unistd.h>

static bool is_shown(const struct app *app, enum option_id id)
{
    const struct option *o = option_at(id);
    return o->in_file && setting_text(&app->settings, id) != NULL;
}

static const char *origin_name(enum origin_rank rank)
{
    switch (rank) {
    case FROM_DEFAULT:
        return "default";
    case FROM_SYSTEM_FILE:
    case FROM_USER_FILE:
        return "file";
    case FROM_SYSTEM_PROFILE:
    case FROM_USER_PROFILE:
        return "profile";
    case FROM_FLAG:
        return "flag";
    }
    return "unknown";
}

static const char *value_at(const struct app *app, enum option_id id, size_t i)
{
    if (app->settings.of[id].n == 0) {
        return i == 0 ? option_at(id)->initial : NULL;
    }
    return setting_item(&app->settings, id, i);
}

static void add_setting(const struct app *app, js *one, enum option_id id)
{
    const char *value;
    const struct origin *from = &app->settings.of[id].origin;
    js_text(one, "name", option_at(id)->name);
    js *values = js_list_in(one, "values");
    for (size_t i = 0; (value = value_at(app, id, i)) != NULL; i++) {
        js_push_text(values, value);
    }
    js *origin = js_object_in(one, "origin");
    js_text(origin, "kind", origin_name(from->rank));
    if (from->file != NULL) {
        js_text(origin, "file", from->file);
        js_number(origin, "line", from->line);
    }
}

static void print_setting(const struct app *app, enum option_id id)
{
    const char *value;
    const struct origin *from = &app->settings.of[id].origin;
    for (size_t i = 0; (value = value_at(app, id, i)) != NULL; i++) {
        printf("%s = %s  (%s", option_at(id)->name, show(value).text, origin_name(from->rank));
        if (from->file != NULL) {
            printf(", %s, line %u", show(from->file).text, from->line);
        }
        printf(")\n");
    }
}

static int show_json(struct app *app, struct failure *f)
{
    js *object = js_start();
    js_text(object, "profile", setting_text(&app->settings, OPT_PROFILE));
    js *files = js_list_in(object, "files");
    for (size_t i = 0; i < app->settings.files_n; i++) {
        js *one = js_push_object(files);
        js_text(one, "path", app->settings.files[i]);
        js_bool(one, "found", access(app->settings.files[i], F_OK) == 0);
    }
    js *settings = js_list_in(object, "settings");
    for (unsigned id = 0; id < OPT_COUNT; id++) {
        if (is_shown(app, (enum option_id)id)) {
            add_setting(app, js_push_object(settings), (enum option_id)id);
        }
    }
    return report_json(object, f);
}

static int show_text(struct app *app, struct failure *f)
{
    for (size_t i = 0; i < app->settings.files_n; i++) {
        const char *path = app->settings.files[i];
        printf("# %s: %s\n", show(path).text, access(path, F_OK) == 0 ? "read" : "not there");
    }
    for (unsigned id = 0; id < OPT_COUNT; id++) {
        if (is_shown(app, (enum option_id)id)) {
            print_setting(app, (enum option_id)id);
        }
    }
    return report_end(f);
}

int cmd_config_show(struct app *app)
{
    struct failure f;
    int exit_code = app->json ? show_json(app, &f) : show_text(app, &f);
    return exit_code == EXIT_DONE ? EXIT_DONE : report_failure(app, NULL, &f);
}
