/* The folder of the cache does not grow for ever: after an entry was written, what is older than 90
 * days goes, and the oldest while there are more than 2,048 of them or 512 MiB. Several processes
 * may do that at once: a name goes or is gone already, whoever reads it has it open, and an entry
 * that another one has just written anew is at worst missed once. What is not named like an entry
 * is left alone. */
#include "pki/revcache_disk.h"

#include "base/mem.h"
#include "base/sys.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FILES_MAX = 2048,
    SEEN_MAX = 8 * FILES_MAX,
    SECONDS_MAX = 90 * 86400,
    DRAFT_SECONDS = 3600, /* a draft so old belongs to nobody who lives */
    DIGITS = 64
};
static const uint64_t bytes_max = (uint64_t)512 << 20;

typedef DIR dir_handle;
DEFINE_AUTO(dir_handle, closedir)

typedef struct kept {
    int64_t written;
    uint64_t bytes;
    char name[DIGITS + sizeof ".der"];
} kept;

typedef struct folder_list {
    kept *items;
    size_t n, cap;
    uint64_t bytes;
} folder_list;

static void folder_list_free(folder_list *l)
{
    mem_free(l->items);
}

static bool is_entry(const char *name)
{
    return strspn(name, "0123456789abcdef") == DIGITS && strcmp(name + DIGITS, ".der") == 0;
}

/* ".<entry>.<digits>" */
static bool is_draft(const char *name)
{
    return name[0] == '.' && strspn(name + 1, "0123456789abcdef") == DIGITS &&
           strncmp(name + 1 + DIGITS, ".der.", 5) == 0;
}

static void look_at(int folder, const char *name, int64_t now, folder_list *l)
{
    struct stat s;
    bool draft = is_draft(name);
    if ((!draft && !is_entry(name)) || fstatat(folder, name, &s, AT_SYMLINK_NOFOLLOW) != 0) {
        return;
    }
    if (now - s.st_mtime > (draft ? DRAFT_SECONDS : SECONDS_MAX)) {
        (void)sys_unlinkat(folder, name);
        return;
    }
    if (draft || l->n == SEEN_MAX || !MEM_GROW(l->items, l->n, l->cap)) {
        return;
    }
    kept *k = &l->items[l->n++];
    *k = (kept){.written = s.st_mtime, .bytes = s.st_size > 0 ? (uint64_t)s.st_size : 0};
    memcpy(k->name, name, sizeof k->name);
    l->bytes += k->bytes;
}

static int by_age(const void *a, const void *b)
{
    const kept *x = a;
    const kept *y = b;
    return x->written < y->written ? -1 : x->written > y->written;
}

/* Down to three quarters, so that it is not done again for every entry. Never the one that was just
 * written, whatever the clock said when others were. */
static void drop_oldest(int folder, const char *newest, folder_list *l)
{
    size_t left = l->n;
    if (l->n <= FILES_MAX && l->bytes <= bytes_max) {
        return;
    }
    qsort(l->items, l->n, sizeof *l->items, by_age);
    for (size_t i = 0; i + 1 < l->n; i++) {
        bool full = left > FILES_MAX / 4 * 3 || l->bytes > bytes_max / 4 * 3;
        if (full && strcmp(l->items[i].name, newest) != 0) {
            (void)sys_unlinkat(folder, l->items[i].name);
            l->bytes -= l->items[i].bytes;
            left--;
        }
    }
}

/* The time is that of the file system, whatever clocks say. */
void revdisk_prune(int folder, const char *newest)
{
    struct stat s;
    AUTO_VAL(folder_list) l = {.n = 0};
    int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    AUTO(dir_handle) *dir = again < 0 ? NULL : fdopendir(again);
    if (!dir || fstatat(folder, newest, &s, AT_SYMLINK_NOFOLLOW) != 0) {
        if (!dir && again >= 0) {
            close(again);
        }
        return;
    }
    for (const struct dirent *d = readdir(dir); d; d = readdir(dir)) {
        look_at(folder, d->d_name, s.st_mtime, &l);
    }
    drop_oldest(folder, newest, &l);
}
