/* Temporary files that a killed process left behind. Every maker holds a lock (flock) on its file
 * for as long as it lives, so a file whose lock can be had belongs to nobody. The maker checks
 * after locking that its file is still linked, which closes the gap between making and locking. */
#include "base/sink_ops.h"

#include "base/mem.h"
#include "base/sys.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static bool is_ours(const char *name)
{
    size_t n = strlen(name), tail = strlen(LEFTOVER_SUFFIX);
    return strncmp(name, LEFTOVER_PREFIX, strlen(LEFTOVER_PREFIX)) == 0 && n > tail &&
           strcmp(name + n - tail, LEFTOVER_SUFFIX) == 0;
}

static void remove_if_dead(int dir, const char *name)
{
    struct stat st;
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return;
    }
    bool mine = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid();
    if (mine && flock(fd, LOCK_EX | LOCK_NB) == 0) {
        (void)sys_unlinkat(dir, name);
    }
    close(fd);
}

void leftovers_remove(int dir)
{
    int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = copy >= 0 ? fdopendir(copy) : NULL;
    if (!list) {
        if (copy >= 0) {
            close(copy);
        }
        return;
    }
    for (struct dirent *d = readdir(list); d; d = readdir(list)) {
        if (is_ours(d->d_name)) {
            remove_if_dead(dir, d->d_name);
        }
    }
    closedir(list);
}

enum { FOLDERS_REMEMBERED = 64 };

typedef struct folders {
    pthread_mutex_t lock;
    struct {
        dev_t dev;
        ino_t ino;
    } seen[FOLDERS_REMEMBERED];
    size_t n;
} folders;

static void folders_free(void *p)
{
    pthread_mutex_destroy(&((folders *)p)->lock);
    mem_free(p);
}

static pades_status folders_make(pades_ctx *ctx, void **ret, pades_error **e)
{
    (void)ctx, (void)e;
    folders *f = mem_alloc(sizeof *f);
    if (!f || pthread_mutex_init(&f->lock, NULL) != 0) {
        mem_free(f);
        return PADES_NO_MEMORY;
    }
    *ret = f;
    return PADES_OK;
}

/* True the first time; a full list forgets its first. */
static bool first_time(folders *f, const struct stat *st)
{
    for (size_t i = 0; i < FOLDERS_REMEMBERED && i < f->n; i++) {
        if (f->seen[i].dev == st->st_dev && f->seen[i].ino == st->st_ino) {
            return false;
        }
    }
    f->seen[f->n % FOLDERS_REMEMBERED].dev = st->st_dev;
    f->seen[f->n % FOLDERS_REMEMBERED].ino = st->st_ino;
    f->n++;
    return true;
}

void leftovers_remove_once(pades_ctx *ctx, int dir)
{
    struct stat st;
    void *slot = NULL;
    if (fstat(dir, &st) != 0 ||
        ctx_get_slot(ctx, CTX_SLOT_FOLDERS, folders_make, folders_free, &slot, NULL) != PADES_OK) {
        return;
    }
    folders *f = slot;
    pthread_mutex_lock(&f->lock);
    bool look = first_time(f, &st);
    pthread_mutex_unlock(&f->lock);
    if (look) {
        leftovers_remove(dir);
    }
}
