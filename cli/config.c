/* See config.h. The only file that knows inih. A file is taken only when nobody but its owner (root
 * or the user) can change it or put another in its place: it can name a module, which is code. */
#include "config.h"

#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef PADES_SYSCONFDIR
#define PADES_SYSCONFDIR "/etc"
#endif

static const char system_path[] = PADES_SYSCONFDIR "/pades/pades.conf";
static const char secret_hint[] =
    "no secret belongs in this file: use pin-file, pin-credential or pin-env, and tsa-pass-file";

struct reader {
    FILE *file;
    const char *path;
    const char *profile;
    struct settings *settings;
    struct failure *f;
    enum origin_rank plain, in_profile;
    unsigned line;
    bool profile_seen;
    bool failed;
};

static bool others_can_write(const struct stat *st)
{
    return (st->st_mode & (S_IWGRP | S_IWOTH)) != 0 || (st->st_uid != 0 && st->st_uid != geteuid());
}

static int check_file(int fd, const char *path, struct failure *f)
{
    struct stat st;
    char hint[1100];
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        return fail_config(f, NULL, "'%s' is not a regular file", show(path).text);
    }
    if (others_can_write(&st)) {
        snprintf(hint, sizeof hint, "chmod go-w '%s', and it must belong to you or to root",
                 show(path).text);
        return fail_config(f, hint, "'%s' can be written by others", show(path).text);
    }
    return EXIT_DONE;
}

/* A folder with the sticky bit (as /tmp) lets nobody replace a file of somebody else. */
static int check_folder(const char *path, struct failure *f)
{
    struct stat st;
    char folder[4096];
    const char *slash = strrchr(path, '/');
    snprintf(folder, sizeof folder, "%.*s", slash == NULL ? 1 : (int)(slash - path) + 1,
             slash == NULL ? "." : path);
    if (stat(folder, &st) != 0) {
        return fail_config(f, NULL, "cannot read '%s': %s", show(folder).text, strerror(errno));
    }
    if (others_can_write(&st) && (st.st_mode & S_ISVTX) == 0) {
        return fail_config(f, "chmod go-w the folder, which must belong to you or to root",
                           "the folder of '%s' can be written by others", show(path).text);
    }
    return EXIT_DONE;
}

static struct origin origin_here(const struct reader *r, bool in_profile)
{
    return (struct origin){in_profile ? r->in_profile : r->plain, r->path, r->line};
}

static int unknown_key(struct reader *r, const char *name)
{
    bool secret = strncmp(name, "pin", 3) == 0 || strncmp(name, "pass", 4) == 0;
    return fail_config(r->f, secret ? secret_hint : "the keys are the names of the long options",
                       "'%s', line %u: no setting '%s'", show(r->path).text, r->line,
                       show(name).text);
}

static int take_pair(struct reader *r, const char *section, const char *name, const char *value)
{
    static const char prefix[] = "profile ";
    bool in_profile = strncmp(section, prefix, sizeof prefix - 1) == 0;
    if (section[0] != '\0' && !in_profile) {
        return fail_config(r->f, "sections are '[profile NAME]'", "'%s', line %u: no section '%s'",
                           show(r->path).text, r->line, show(section).text);
    }
    enum option_id id = option_named(name, strlen(name));
    if (id == OPT_COUNT || !(option_at(id)->in_file || option_at(id)->kind == KIND_LATER)) {
        return unknown_key(r, name);
    }
    bool wanted =
        in_profile && r->profile != NULL && strcmp(section + sizeof prefix - 1, r->profile) == 0;
    r->profile_seen = r->profile_seen || wanted;
    if (in_profile && !wanted) {
        struct settings scratch = {0};
        int exit_code = settings_put(&scratch, id, value, origin_here(r, false), r->f);
        settings_clear(&scratch);
        return exit_code;
    }
    return settings_put(r->settings, id, value, origin_here(r, wanted), r->f);
}

static int on_pair(void *user, const char *section, const char *name, const char *value)
{
    struct reader *r = user;
    if (!r->failed) {
        r->failed = take_pair(r, section, name, value) != EXIT_DONE;
    }
    return r->failed ? 0 : 1;
}

/* Counts lines, and refuses one that inih would cut in two. */
static char *next_line(char *line, int n, void *user)
{
    struct reader *r = user;
    if (r->failed || fgets(line, n, r->file) == NULL) {
        return NULL;
    }
    r->line++;
    if (strchr(line, '\n') == NULL && feof(r->file) == 0) {
        r->failed = true;
        fail_config(r->f, NULL, "'%s', line %u: longer than %d bytes", show(r->path).text, r->line,
                    n - 2);
        return NULL;
    }
    return line;
}

static int parse(struct reader *r)
{
#ifdef PADES_INIH_AT_RUN_TIME
    ini_use_stack = false;
    ini_initial_alloc = 4096;
    ini_max_line = 4096;
#endif
    int bad_line = ini_parse_stream(next_line, r, on_pair, r);
    if (r->failed) {
        return r->f->exit;
    }
    if (bad_line != 0) {
        return fail_config(r->f,
                           "a line is 'name = value', '[profile NAME]' or a comment after '#'",
                           "'%s', line %d: cannot be understood", show(r->path).text, bad_line);
    }
    return EXIT_DONE;
}

/* `must_exist`: named by the user. */
static int load_file(struct reader *r, bool must_exist)
{
    int fd = open(r->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 && !must_exist && (errno == ENOENT || errno == ENOTDIR)) {
        return EXIT_DONE;
    }
    AUTO(close_file) FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
    if (file == NULL) {
        return fail_config(r->f, NULL, "cannot read '%s': %s", show(r->path).text, strerror(errno));
    }
    TRY(check_file(fd, r->path, r->f));
    TRY(check_folder(r->path, r->f));
    r->file = file;
    r->line = 0;
    return parse(r);
}

/* XDG Base Directory Specification, relative paths in these variables are ignored */
static char *user_path(void)
{
    char *path = NULL;
    const char *base = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    int n = -1;
    if (base != NULL && base[0] == '/') {
        n = asprintf(&path, "%s/pades/pades.conf", base);
    } else if (home != NULL && home[0] == '/') {
        n = asprintf(&path, "%s/.config/pades/pades.conf", home);
    }
    return n < 0 ? NULL : path;
}

static const char *remember(struct settings *s, char *path)
{
    if (path != NULL) {
        s->files[s->files_n++] = path;
    }
    return path;
}

static int load_usual(struct reader *r)
{
    r->path = remember(r->settings, strdup(system_path));
    r->plain = FROM_SYSTEM_FILE;
    r->in_profile = FROM_SYSTEM_PROFILE;
    if (r->path != NULL) {
        TRY(load_file(r, false));
    }
    r->path = remember(r->settings, user_path());
    r->plain = FROM_USER_FILE;
    r->in_profile = FROM_USER_PROFILE;
    return r->path == NULL ? EXIT_DONE : load_file(r, false);
}

int config_load(struct settings *s, struct failure *f)
{
    struct reader r = {.settings = s, .f = f, .profile = setting_text(s, OPT_PROFILE)};
    const char *named = setting_text(s, OPT_CONFIG);
    if (named == NULL) {
        TRY(load_usual(&r));
    } else {
        r.path = remember(s, strdup(named));
        r.plain = FROM_USER_FILE;
        r.in_profile = FROM_USER_PROFILE;
        TRY(r.path == NULL ? fail(f, PADES_NO_MEMORY, NULL, "no memory") : load_file(&r, true));
    }
    if (r.profile != NULL && !r.profile_seen) {
        return fail_config(f, "'pades config show' names the files that were read",
                           "no settings for profile '%s'", show(r.profile).text);
    }
    return EXIT_DONE;
}
