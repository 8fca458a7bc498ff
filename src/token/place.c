/* Where a module stands. What is loaded can do all that this process can, so its file and every
 * folder above it must be in the hands of root or of the user. Links are resolved first, and what
 * they lead to is what is judged and loaded. A folder with the sticky bit (as /tmp) lets nobody
 * replace what belongs to somebody else. */
#include "token/internal.h"

#include "base/escape.h"
#include "base/fail.h"
#include "base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void p11_objection_free(p11_objection *o)
{
    mem_free(o->why);
    mem_free(o->hint);
    o->why = NULL;
    o->hint = NULL;
}

/* Is this number, as seen in this process, that of a user? Without an answer: yes. */
static bool is_mapped(unsigned long user)
{
    unsigned long first = 0, count = 0;
    bool found = false;
    FILE *f = fopen("/proc/self/uid_map", "re");
    if (!f) {
        return true;
    }
    while (!found && fscanf(f, "%lu %*u %lu", &first, &count) == 2) {
        found = user >= first && user - first < count;
    }
    fclose(f);
    return found;
}

/* In a user namespace that does not have all users, those outside are shown as one number: nobody
 * in it can be them, and root outside is among them. */
static bool is_outside(uid_t owner)
{
    unsigned long shown_as = 65534;
    FILE *f = fopen("/proc/sys/kernel/overflowuid", "re");
    bool known = f && fscanf(f, "%lu", &shown_as) == 1;
    if (f) {
        fclose(f);
    }
    return known && owner == shown_as && !is_mapped(owner);
}

static bool owner_is_safe(uid_t owner, bool root_only)
{
    return owner == 0 || (!root_only && owner == geteuid()) || is_outside(owner);
}

static bool others_write(const struct stat *st)
{
    bool sticky = S_ISDIR(st->st_mode) && (st->st_mode & S_ISVTX) != 0;
    return (st->st_mode & (S_IWGRP | S_IWOTH)) != 0 && !sticky;
}

static pades_status object(const char *path, const struct stat *st, bool writable,
                           p11_objection *ret, pades_error **e)
{
    AUTO_VAL(buf) why = BUF(2 * P11_MAX_TEXT);
    AUTO_VAL(buf) hint = BUF(2 * P11_MAX_TEXT);
    if (writable) {
        buf_addf(&why, "others can write '%s' (mode %04o)", path, (unsigned)st->st_mode & 07777U);
        buf_addf(&hint, "chmod go-w '%s', if it is what you believe it is", path);
    } else {
        buf_addf(&why, "'%s' belongs to another user (%lu)", path, (unsigned long)st->st_uid);
        buf_addf(&hint, "a module and the folders above it must belong to root or to you");
    }
    ret->state = PADES_MODULE_STATE_UNSAFE;
    ret->why = buf_take_text(&why);
    ret->hint = buf_take_text(&hint);
    return ret->why && ret->hint ? PADES_OK : fail_memory(e);
}

/* One file or folder; *ret gets an objection when there is one. */
static pades_status check_one(const char *path, bool root_only, p11_objection *ret, pades_error **e)
{
    struct stat st;
    if (lstat(path, &st) != 0) {
        ret->why = p11_errno_text(errno);
        return ret->why ? PADES_OK : fail_memory(e);
    }
    bool writable = others_write(&st);
    return writable || !owner_is_safe(st.st_uid, root_only) ? object(path, &st, writable, ret, e)
                                                            : PADES_OK;
}

/* `path` is absolute and without links; it is cut shorter and shorter. */
static pades_status check_upwards(char *path, bool root_only, p11_objection *ret, pades_error **e)
{
    char *slash = NULL;
    TRY(check_one(path, root_only, ret, e));
    while (!ret->why && (slash = strrchr(path, '/')) != path) {
        *slash = 0;
        TRY(check_one(path, root_only, ret, e));
    }
    return ret->why ? PADES_OK : check_one("/", root_only, ret, e);
}

pades_status p11_place_check(const char *path, bool root_only, char **ret_real, p11_objection *ret,
                             pades_error **e)
{
    char *resolved = realpath(path, NULL);
    int err = errno;
    AUTO(mem_text) *real = mem_strdup(resolved);
    AUTO(mem_text) *walk = mem_strdup(resolved);
    bool found = resolved != NULL;
    free(resolved);
    AUTO_VAL(p11_objection) o = {.why = NULL};
    if (!found && err != ENOMEM) {
        o.why = p11_errno_text(err);
        if (!o.why) {
            return fail_memory(e);
        }
    } else if (!real || !walk) {
        return fail_memory(e);
    } else {
        TRY(check_upwards(walk, root_only, &o, e));
    }
    *ret_real = TAKE(real);
    *ret = (p11_objection){.why = TAKE(o.why), .hint = TAKE(o.hint), .state = o.state};
    return PADES_OK;
}

pades_status p11_file_check(const char *path, bool root_only, char **ret_real, p11_objection *ret,
                            pades_error **e)
{
    TRY(p11_place_check(path, root_only, ret_real, ret, e));
    bool processor = false;
    if (!ret->why && (ret->why = p11_elf_objection(*ret_real, &processor)) && processor) {
        ret->hint = mem_strdup("install it for this program's processor, or this program for its");
    }
    return PADES_OK;
}
