/* See outputs.h. Each file is written under a name of its own beside its place, locked as the
 * library's temporary files are, which removes it should this process be killed. An old file gets
 * a second name, so that it can be put back; that name nobody removes but this process. Needs
 * neither hard links nor renameat2() of the filesystem, only one of them. */
#include "outputs.h"

#include "files.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <unistd.h>

enum { OWN_NAME = 64, NAME_TRIES = 16 };

struct staged {
    const struct output *output;
    const char *name; /* last part of the path */
    int dir;
    int fd;
    char temporary[OWN_NAME]; /* "": it has none (any more) */
    char old[OWN_NAME];       /* second name of the file that was there; "": none */
    bool placed;
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
    char folder_a[PATH_MAX];
    char folder_b[PATH_MAX];
    if (output_is_stdout(a) || output_is_stdout(b)) {
        return output_is_stdout(a) && output_is_stdout(b);
    }
    const char *name_a = split(a, folder_a, sizeof folder_a);
    const char *name_b = split(b, folder_b, sizeof folder_b);
    return strcmp(a, b) == 0 || is_one(a, b) ||
           (strcmp(name_a, name_b) == 0 && is_one(folder_a, folder_b));
}

static int exists(const char *path, struct failure *f)
{
    return fail(f, PADES_OUTPUT_EXISTS, NULL, "'%s' exists", show(path).text);
}

/* A link is replaced itself, but not when it stands for a device, a pipe or a folder. */
int output_check(const char *path, bool force, struct failure *f)
{
    struct stat st;
    if (lstat(path, &st) != 0) {
        return EXIT_DONE;
    }
    if (!force) {
        return exists(path, f);
    }
    bool dangling = S_ISLNK(st.st_mode) && stat(path, &st) != 0;
    return dangling || S_ISREG(st.st_mode) ? EXIT_DONE
                                           : fail(f, PADES_OUTPUT_FAILED, "name another file",
                                                  "'%s' is not a file", show(path).text);
}

/* Only written to: a folder that may not be listed cannot be synced either, and that is all. */
static int open_folder(struct staged *s, struct failure *f)
{
    char folder[PATH_MAX];
    const char *path = s->output->path;
    if (strlen(path) >= sizeof folder) {
        return fail(f, PADES_OUTPUT_FAILED, NULL, "the name '%s' is too long", show(path).text);
    }
    s->name = split(path, folder, sizeof folder);
    s->dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->dir < 0 && errno == EACCES) {
        s->dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
    }
    return s->dir < 0 ? file_unwritable(f, path) : EXIT_DONE;
}

static bool make_name(char *name, const char *end)
{
    uint64_t random = 0;
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random) {
        return false;
    }
    snprintf(name, OWN_NAME, ".pades-%ld-%016llx%s", (long)getpid(), (unsigned long long)random,
             end);
    return true;
}

/* Made, locked and still linked: nobody took it for a leftover in between. A filesystem without
 * locks has nobody who could. */
static bool make_temporary(struct staged *s)
{
    struct stat st;
    char name[OWN_NAME];
    if (!make_name(name, ".tmp")) {
        return false;
    }
    s->fd = openat(s->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (s->fd < 0) {
        return false;
    }
    (void)flock(s->fd, LOCK_EX);
    if (fstat(s->fd, &st) == 0 && st.st_nlink == 1) {
        memcpy(s->temporary, name, sizeof name);
        return true;
    }
    close(s->fd);
    s->fd = -1;
    errno = EEXIST;
    return false;
}

static int stage(struct staged *s, struct failure *f)
{
    const char *path = s->output->path;
    TRY(open_folder(s, f));
    for (int i = 0; !make_temporary(s); i++) {
        if (errno != EEXIST || i == NAME_TRIES) {
            return file_unwritable(f, path);
        }
    }
    bool whole = file_put(s->fd, s->output->data, s->output->n) && fsync(s->fd) == 0;
    return whole ? EXIT_DONE : file_unwritable(f, path);
}

static int stage_all(struct staging *g, const struct output *all, size_t n, struct failure *f)
{
    for (size_t i = 0; i < n && g->n < OUTPUTS_MAX; i++) {
        if (all[i].path != NULL && !output_is_stdout(all[i].path)) {
            g->all[g->n] = (struct staged){.output = &all[i], .dir = -1, .fd = -1};
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

/* Never replaces. A filesystem that cannot promise so of a rename can of a link. */
static bool move_new(int dir, const char *from, const char *to)
{
    if (renameat2(dir, from, dir, to, RENAME_NOREPLACE) == 0) {
        return true;
    }
    if (errno != EINVAL && errno != ENOSYS) {
        return false;
    }
    if (linkat(dir, from, dir, to, 0) != 0) {
        return false;
    }
    (void)unlinkat(dir, from, 0);
    return true;
}

/* With a link the old file is in its place all the time; where there are none, it is moved. */
static bool keep_old(struct staged *s)
{
    char name[OWN_NAME];
    if (!make_name(name, ".old")) {
        return false;
    }
    if (linkat(s->dir, s->name, s->dir, name, 0) != 0 &&
        renameat(s->dir, s->name, s->dir, name) != 0) {
        return errno == ENOENT; /* it went meanwhile */
    }
    memcpy(s->old, name, sizeof name);
    return true;
}

static bool place(struct staged *s, bool force)
{
    struct stat st;
    bool there = force && fstatat(s->dir, s->name, &st, AT_SYMLINK_NOFOLLOW) == 0;
    if (there && !keep_old(s)) {
        return false;
    }
    s->placed = there ? renameat(s->dir, s->temporary, s->dir, s->name) == 0
                      : move_new(s->dir, s->temporary, s->name);
    if (s->placed) {
        s->temporary[0] = '\0';
    }
    return s->placed;
}

/* False with errno; a folder that cannot be synced at all is none of our failures. */
static bool sync_folder(int dir)
{
    return fsync(dir) == 0 || errno == EBADF || errno == EINVAL || errno == ENOTSUP;
}

static int put_in_place(struct staged *s, bool force, struct failure *f)
{
    const char *path = s->output->path;
    TRY(output_check(path, force, f));
    if (place(s, force) && sync_folder(s->dir)) {
        return EXIT_DONE;
    }
    return !s->placed && errno == EEXIST ? exists(path, f) : file_unwritable(f, path);
}

static int put_all_in_place(struct staging *g, bool force, struct failure *f)
{
    for (size_t i = 0; i < g->n; i++) {
        TRY(put_in_place(&g->all[i], force, f));
    }
    return EXIT_DONE;
}

static bool is_ours(const struct staged *s)
{
    struct stat own;
    struct stat there;
    return fstat(s->fd, &own) == 0 && fstatat(s->dir, s->name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
           own.st_dev == there.st_dev && own.st_ino == there.st_ino;
}

/* The only name that an old file has left stays, and is told. */
static void leave_old(struct staged *s, struct failure *f)
{
    if (s->old[0] != '\0') {
        snprintf(f->hint, sizeof f->hint, "the old '%s' is now '%s', in the same folder",
                 show(s->output->path).text, s->old);
        s->old[0] = '\0';
    }
}

/* The link that was made has nothing to bring back. */
static bool is_in_place(const struct staged *s)
{
    struct stat old;
    struct stat there;
    return fstatat(s->dir, s->old, &old, AT_SYMLINK_NOFOLLOW) == 0 &&
           fstatat(s->dir, s->name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
           old.st_dev == there.st_dev && old.st_ino == there.st_ino;
}

/* Nothing is done to a file that somebody else put there meanwhile. */
static void take_back(struct staged *s, struct failure *f)
{
    if (s->placed && !is_ours(s)) {
        leave_old(s, f);
    } else if (s->old[0] != '\0') {
        if (!is_in_place(s) && renameat(s->dir, s->old, s->dir, s->name) != 0) {
            leave_old(s, f);
        }
    } else if (s->placed) {
        (void)unlinkat(s->dir, s->name, 0);
    }
}

static void take_all_back(struct staging *g, struct failure *f)
{
    for (size_t i = g->n; i-- > 0;) {
        take_back(&g->all[i], f);
    }
}

static void staging_clear(struct staging *g)
{
    for (size_t i = 0; i < g->n; i++) {
        struct staged *s = &g->all[i];
        if (s->temporary[0] != '\0') {
            (void)unlinkat(s->dir, s->temporary, 0);
        }
        if (s->old[0] != '\0') {
            (void)unlinkat(s->dir, s->old, 0);
        }
        if (s->fd >= 0) {
            close(s->fd);
        }
        if (s->dir >= 0) {
            close(s->dir);
        }
    }
}

/* Whoever reads standard output may sign at once: by then the files are there. */
int outputs_write(const struct output *all, size_t n, bool force, struct failure *f)
{
    __attribute__((cleanup(staging_clear))) struct staging g = {0};
    TRY(stage_all(&g, all, n, f));
    int exit_code = put_all_in_place(&g, force, f);
    exit_code = exit_code == EXIT_DONE ? print_all(all, n, f) : exit_code;
    if (exit_code != EXIT_DONE) {
        take_all_back(&g, f);
    }
    return exit_code;
}
