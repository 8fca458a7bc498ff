/* See settings.h. */
#include "settings.h"

#include "text.h"

#include <errno.h>
#include <string.h>

static int refuse(struct failure *f, struct origin origin, const char *hint, const char *name,
                  const char *reason)
{
    if (origin.rank == FROM_FLAG) {
        return fail_usage(f, hint, "--%s %s", name, reason);
    }
    return fail_config(f, hint, "'%s', line %u: '%s' %s", show(origin.file).text, origin.line, name,
                       reason);
}

static bool is_word_of(const char *value, const char *words)
{
    size_t n = strchr(value, '|') != NULL ? 0 : strlen(value);
    for (const char *p = words; p != NULL && n > 0; p = strchr(p, '|')) {
        p += *p == '|' ? 1 : 0;
        if (strncmp(p, value, n) == 0 && (p[n] == '|' || p[n] == '\0')) {
            return true;
        }
    }
    return false;
}

static int check_choice(const struct option *o, const char *value, struct origin origin,
                        struct failure *f)
{
    char reason[128];
    if (is_word_of(value, o->choices)) {
        return EXIT_DONE;
    }
    snprintf(reason, sizeof reason, "must be one of %s", o->choices);
    return refuse(f, origin, NULL, o->name, reason);
}

static bool parse_number(const char *value, long *ret)
{
    char *end = NULL;
    errno = 0;
    long n = strtol(value, &end, 10);
    bool sane = errno == 0 && end != value && *end == '\0' && value[0] >= '0' && value[0] <= '9';
    *ret = sane ? n : 0;
    return sane;
}

static int check_number(const struct option *o, const char *value, struct origin origin,
                        struct failure *f)
{
    long n = 0;
    char reason[128];
    if (parse_number(value, &n) && n >= o->min && n <= o->max) {
        return EXIT_DONE;
    }
    snprintf(reason, sizeof reason, "must be a whole number from %ld to %ld", o->min, o->max);
    return refuse(f, origin, NULL, o->name, reason);
}

static const char yes_words[] = "yes|true|on|1";
static const char no_words[] = "no|false|off|0";

/* "https://user:password@host/": command lines are seen by everybody, and files are not for
 * secrets. */
static bool has_user(const char *url)
{
    const char *slashes = strstr(url, "://");
    const char *host = slashes == NULL ? url : slashes + 3;
    const char *at = strchr(host, '@');
    return at != NULL && at < host + strcspn(host, "/?#");
}

static int check_text(enum option_id id, const char *value, struct origin origin, struct failure *f)
{
    const struct option *o = option_at(id);
    if (value[0] == '\0' && (o->kind == KIND_TEXT || id == OPT_TSA)) {
        return refuse(f, origin, NULL, o->name, "must not be empty");
    }
    if (id == OPT_KEY && origin.rank != FROM_FLAG && strstr(value, "pin-value=") != NULL) {
        return refuse(f, origin, "use pin-file, pin-fd or pin-env", o->name, "must not hold a PIN");
    }
    if ((id == OPT_TSA || id == OPT_PROXY) && has_user(value)) {
        return refuse(f, origin, id == OPT_TSA ? "--tsa-user and --tsa-pass-file name them" : NULL,
                      o->name, "must not hold a user name or password");
    }
    return EXIT_DONE;
}

static int check_value(enum option_id id, const char *value, struct origin origin,
                       struct failure *f)
{
    const struct option *o = option_at(id);
    if (o->kind == KIND_LATER) {
        return refuse(f, origin, NULL, o->name, "is not supported yet");
    }
    if (!text_is_utf8(value)) {
        bool is_path = o->argument != NULL && strstr("FILE DIR PATH", o->argument) != NULL;
        return is_path ? EXIT_DONE : refuse(f, origin, NULL, o->name, "must be UTF-8");
    }
    if (o->kind == KIND_CHOICE) {
        return check_choice(o, value, origin, f);
    }
    if (o->kind == KIND_NUMBER) {
        return check_number(o, value, origin, f);
    }
    if (o->kind == KIND_FLAG && !is_word_of(value, yes_words) && !is_word_of(value, no_words)) {
        return refuse(f, origin, NULL, o->name, "must be yes or no");
    }
    return check_text(id, value, origin, f);
}

static void forget(struct setting *s)
{
    for (size_t i = 0; i < s->n; i++) {
        free(s->values[i]);
    }
    free(s->values);
    *s = (struct setting){0};
}

static int append(struct setting *s, const char *value, struct failure *f)
{
    char **more = reallocarray(s->values, s->n + 1, sizeof *more);
    if (more == NULL) {
        return fail(f, PADES_NO_MEMORY, NULL, "no memory");
    }
    s->values = more;
    s->values[s->n] = strdup(value);
    if (s->values[s->n] == NULL) {
        return fail(f, PADES_NO_MEMORY, NULL, "no memory");
    }
    s->n++;
    return EXIT_DONE;
}

int settings_put(struct settings *all, enum option_id id, const char *value, struct origin origin,
                 struct failure *f)
{
    const struct option *o = option_at(id);
    struct setting *s = &all->of[id];
    TRY(check_value(id, value, origin, f));
    if (origin.rank < s->origin.rank) {
        return EXIT_DONE;
    }
    bool again = s->n > 0 && origin.rank == s->origin.rank;
    if (again && o->kind != KIND_LIST && origin.rank != FROM_FLAG) {
        return refuse(f, origin, NULL, o->name, "is there twice");
    }
    if (!again || o->kind != KIND_LIST) {
        forget(s);
    }
    s->origin = origin;
    return append(s, value, f);
}

void settings_clear(struct settings *s)
{
    for (size_t i = 0; i < OPT_COUNT; i++) {
        forget(&s->of[i]);
    }
    for (size_t i = 0; i < s->files_n; i++) {
        free(s->files[i]);
    }
    *s = (struct settings){0};
}

bool setting_given(const struct settings *s, enum option_id id)
{
    return s->of[id].n > 0;
}

const char *setting_text(const struct settings *s, enum option_id id)
{
    return s->of[id].n > 0 ? s->of[id].values[s->of[id].n - 1] : option_at(id)->initial;
}

bool setting_on(const struct settings *s, enum option_id id)
{
    const char *value = setting_text(s, id);
    return value != NULL && is_word_of(value, yes_words);
}

long setting_number(const struct settings *s, enum option_id id)
{
    long n = 0;
    const char *value = setting_text(s, id);
    return value != NULL && parse_number(value, &n) ? n : 0;
}

size_t setting_count(const struct settings *s, enum option_id id)
{
    return s->of[id].n;
}

const char *setting_item(const struct settings *s, enum option_id id, size_t i)
{
    return i < s->of[id].n ? s->of[id].values[i] : NULL;
}
