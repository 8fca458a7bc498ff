/* See outputs.h. Each file is written under a temporary name beside its place. With --force old and
 * new change places, so that the old one can be put back when a later file fails. */
#include "outputs.h"

#include "files.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

struct staged {
    const struct output *output;
    char temporary[4096]; /* "": none was made */
    bool linked;          /* `path` is a second name of `temporary` */
    bool swapped;         /* `temporary` names the old file */
};

struct staging {
    struct staged all[OUTPUTS_MAX];
    size_t n;
};

bool output_is_stdout(const char *path)
{
    return path != NULL && strcmp(path, "-") == 0;
}

static bool is_one(const char *a, const char *b)
{
    struct stat x;
    struct stat y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* The name after the folder, which goes to `folder`. */
static const char *split(const char *path, char *folder, size_t n)
{
    const char *slash = strrchr(path, '/');
    int length = slash == NULL ? 0 : (int)(slash - path) + 1;
    snprintf(folder, n, "%.*s", slash == NULL ? 1 : length, slash == NULL ? "." : path);
    return slash == NULL ? path : slash + 1;
}

bool output_is_same(const char *a, const char *b)
{
    char folder_a[4096];
    char folder_b[4096];
    if (output_is_stdout(a) || output_is_stdout(b)) {
        return output_is_stdout(a) && output_is_stdout(b);
    }
    const char *name_a = split(a, folder_a, sizeof folder_a);
    const char *name_b = split(b, folder_b, sizeof folder_b);
    return strcmp(a, b) == 0 || is_one(a, b) ||
           (strcmp(name_a, name_b) == 0 && is_one(folder_a, folder_b));
}

static int stage(struct staged *s, struct failure *f)
{
    const char *path = s->output->path;
    char name[sizeof s->temporary];
    int length = snprintf(name, sizeof name, "%s.%ld.tmp", path, (long)getpid());
    if (length < 0 || (size_t)length >= sizeof name) {
        return fail(f, PADES_OUTPUT_FAILED, NULL, "the name '%s' is too long", show(path).text);
    }
    int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0) {
        return file_unwritable(f, path);
    }
    memcpy(s->temporary, name, sizeof name);
    bool whole = file_put(fd, s->output->data, s->output->n) && fsync(fd) == 0;
    int exit_code = whole ? EXIT_DONE : file_unwritable(f, path);
    close(fd);
    return exit_code;
}

static int stage_all(struct staging *g, const struct output *all, size_t n, struct failure *f)
{
    for (size_t i = 0; i < n && g->n < OUTPUTS_MAX; i++) {
        if (all[i].path != NULL && !output_is_stdout(all[i].path)) {
            g->all[g->n].output = &all[i];
            TRY(stage(&g->all[g->n++], f));
        }
    }
    return EXIT_DONE;
}

static int print_all(const struct output *all, size_t n, struct failure *f)
{
    for (size_t i = 0; i < n; i++) {
        if (output_is_stdout(all[i].path) &&
            (fwrite(all[i].data, 1, all[i].n, stdout) != all[i].n || fflush(stdout) != 0)) {
            return fail(f, PADES_OUTPUT_FAILED, NULL, "cannot write to standard output");
        }
    }
    return EXIT_DONE;
}

/* A filesystem that cannot exchange two names replaces the old file for good. */
static bool swap(struct staged *s)
{
    const char *path = s->output->path;
    s->swapped = renameat2(AT_FDCWD, s->temporary, AT_FDCWD, path, RENAME_EXCHANGE) == 0;
    if (s->swapped || (errno != EINVAL && errno != ENOSYS)) {
        return s->swapped;
    }
    bool done = rename(s->temporary, path) == 0;
    s->temporary[0] = done ? '\0' : s->temporary[0];
    return done;
}

/* link() never replaces. */
static int put_in_place(struct staged *s, bool force, struct failure *f)
{
    struct stat st;
    const char *path = s->output->path;
    bool there = lstat(path, &st) == 0;
    if (there && !force) {
        return fail(f, PADES_OUTPUT_EXISTS, NULL, "'%s' exists", show(path).text);
    }
    bool dangling = there && S_ISLNK(st.st_mode) && stat(path, &st) != 0;
    if (there && !dangling && !S_ISREG(st.st_mode)) {
        return fail(f, PADES_OUTPUT_FAILED, "name another file", "'%s' is not a file",
                    show(path).text);
    }
    if (there) {
        return swap(s) ? EXIT_DONE : file_unwritable(f, path);
    }
    s->linked = link(s->temporary, path) == 0;
    if (!s->linked && errno == EEXIST) {
        return fail(f, PADES_OUTPUT_EXISTS, NULL, "'%s' exists", show(path).text);
    }
    return s->linked ? EXIT_DONE : file_unwritable(f, path);
}

static void take_back(struct staged *s)
{
    const char *path = s->output->path;
    if (s->linked && is_one(s->temporary, path)) {
        unlink(path);
    } else if (s->swapped) {
        (void)renameat2(AT_FDCWD, s->temporary, AT_FDCWD, path, RENAME_EXCHANGE);
    }
}

static int put_all_in_place(struct staging *g, bool force, struct failure *f)
{
    for (size_t i = 0; i < g->n; i++) {
        if (put_in_place(&g->all[i], force, f) != EXIT_DONE) {
            while (i-- > 0) {
                take_back(&g->all[i]);
            }
            return f->exit;
        }
    }
    return EXIT_DONE;
}

static void staging_clear(struct staging *g)
{
    for (size_t i = 0; i < g->n; i++) {
        if (g->all[i].temporary[0] != '\0') {
            unlink(g->all[i].temporary);
        }
    }
}

int outputs_write(const struct output *all, size_t n, bool force, struct failure *f)
{
    __attribute__((cleanup(staging_clear))) struct staging g = {0};
    TRY(stage_all(&g, all, n, f));
    TRY(print_all(all, n, f));
    return put_all_in_place(&g, force, f);
}
