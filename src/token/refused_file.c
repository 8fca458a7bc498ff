/* See refused_file.h. Whoever looks for, makes, locks or removes a token's file holds the folder's
 * lock (the file "lock") meanwhile, so a file that can be locked belongs to nobody and a fresh one
 * is never seen unlocked. Folder 0700, files 0600; what somebody else owns or may write to is not
 * used. What one write or one truncation cannot do is not done, except when the list is full: cut
 * in half by a death, the file cannot be read, and that counts as a mark. */
#include "token/refused_file.h"

#include "base/buf.h"
#include "base/sys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { FILE_MAX = 4096, TURN_MS = 10, TURNS = 3000 /* 30 seconds */ };

static const char header[] = "pades-refused-pins 1 " SLOWHASH_NAME "\n";

static bool is_ours(int fd, mode_t type, mode_t forbidden)
{
    struct stat s;
    return fstat(fd, &s) == 0 && (s.st_mode & S_IFMT) == type && s.st_uid == geteuid() &&
           (s.st_mode & forbidden) == 0;
}

static void close_one(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
    }
    *fd = -1;
}

void refused_file_close(refused_attempt *a)
{
    close_one(&a->fd);
    close_one(&a->lock);
    close_one(&a->folder);
}

static refused_open unusable(char *why, size_t n, const char *text)
{
    snprintf(why, n, "%s", text);
    return REFUSED_UNUSABLE;
}

/* One that is not there and cannot be made: errno says why not. */
static int open_or_make(const char *path, bool make)
{
    int err = make && mkdir(path, 0700) != 0 ? errno : 0;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT && err != 0) {
        errno = err;
    }
    return fd;
}

static refused_open take_folder(const char *path, bool make, refused_attempt *a, char *why,
                                size_t n)
{
    a->folder = open_or_make(path, make);
    if (a->folder < 0) {
        return unusable(why, n, strerror(errno));
    }
    if (!is_ours(a->folder, S_IFDIR, S_IRWXG | S_IRWXO)) {
        return unusable(why, n, "others than its owner may use the folder, or it is another's");
    }
    a->lock =
        sys_openat(a->folder, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
    if (a->lock < 0) {
        return unusable(why, n, strerror(errno));
    }
    return REFUSED_OPENED;
}

/* Under the folder's lock. */
static refused_open take_file(refused_attempt *a, bool make, char *why, size_t n)
{
    const int flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    a->fresh = false;
    a->fd = openat(a->folder, a->name, flags);
    if (a->fd < 0 && errno == ENOENT && make) {
        a->fd = sys_openat(a->folder, a->name, flags | O_CREAT | O_EXCL, 0600);
        a->fresh = a->fd >= 0;
    }
    if (a->fd < 0) {
        return unusable(why, n, strerror(errno));
    }
    if (!is_ours(a->fd, S_IFREG, S_IRWXG | S_IRWXO)) {
        close_one(&a->fd);
        return unusable(why, n, "others than its owner may use the file, or it is another's");
    }
    if (flock(a->fd, LOCK_EX | LOCK_NB) == 0) {
        return REFUSED_OPENED;
    }
    int err = errno;
    close_one(&a->fd);
    return err == EWOULDBLOCK ? REFUSED_BUSY : unusable(why, n, strerror(err));
}

static bool lock_folder(const refused_attempt *a)
{
    int got;
    do {
        got = flock(a->lock, LOCK_EX);
    } while (got != 0 && errno == EINTR);
    return got == 0;
}

static void unlock_folder(const refused_attempt *a)
{
    (void)flock(a->lock, LOCK_UN);
}

static refused_open wait_for_file(refused_attempt *a, bool make, char *why, size_t n)
{
    const struct timespec turn = {.tv_nsec = TURN_MS * 1000000L};
    refused_open got = REFUSED_BUSY;
    for (int i = 0; i < (make ? TURNS : 1) && got == REFUSED_BUSY; i++) {
        if (i > 0) {
            nanosleep(&turn, NULL);
        }
        if (!lock_folder(a)) {
            return unusable(why, n, strerror(errno));
        }
        got = take_file(a, make, why, n);
        unlock_folder(a);
    }
    return got;
}

refused_open refused_file_open(const refused_token *token, bool make, refused_attempt *ret,
                               char *why, size_t n)
{
    refused_attempt a = {.folder = -1, .lock = -1, .fd = -1};
    for (size_t i = 0; i < REFUSED_ID; i++) {
        snprintf(a.name + 2 * i, 3, "%02x", token->id[i]);
    }
    refused_open got = take_folder(token->folder, make, &a, why, n);
    if (got == REFUSED_OPENED) {
        got = wait_for_file(&a, make, why, n);
    }
    if (got != REFUSED_OPENED) {
        refused_file_close(&a);
    }
    *ret = a;
    return got;
}

/* What stands in a folder's place, which errno calls "not a directory" whatever it is. */
static const char *in_its_place(const char *path)
{
    struct stat s;
    if (lstat(path, &s) != 0 || S_ISDIR(s.st_mode)) {
        return NULL;
    }
    return S_ISLNK(s.st_mode) ? "it is a link" : "it is no folder";
}

bool refused_folder_usable(const char *path, char *why, size_t n)
{
    refused_attempt a = {.folder = -1, .lock = -1, .fd = -1};
    bool usable = take_folder(path, true, &a, why, n) == REFUSED_OPENED;
    const char *other = a.folder < 0 ? in_its_place(path) : NULL;
    if (other) {
        (void)unusable(why, n, other);
    }
    if (usable && faccessat(a.folder, ".", W_OK | X_OK, AT_EACCESS) != 0) {
        (void)unusable(why, n, strerror(errno));
        usable = false;
    }
    refused_file_close(&a);
    return usable;
}

void refused_file_remove(const refused_attempt *a)
{
    if (lock_folder(a)) {
        (void)sys_unlinkat(a->folder, a->name);
        unlock_folder(a);
    }
}

/* --- reading */

static bool take_word(span *rest, const char *word)
{
    size_t n = strlen(word);
    if (!span_is(span_part(*rest, 0, n), word)) {
        return false;
    }
    *rest = span_part(*rest, n, rest->n);
    return true;
}

static bool take_number(span *rest, int64_t *ret)
{
    size_t n = 0;
    int64_t value = 0;
    for (; n < rest->n && n < 18 && rest->p[n] >= '0' && rest->p[n] <= '9'; n++) {
        value = value * 10 + (rest->p[n] - '0');
    }
    *rest = span_part(*rest, n, rest->n);
    *ret = value;
    return n > 0;
}

static int digit(uint8_t c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool take_hex(span *rest, uint8_t *out, size_t n)
{
    if (rest->n < 2 * n) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        int high = digit(rest->p[2 * i]), low = digit(rest->p[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        out[i] = (uint8_t)(high * 16 + low);
    }
    *rest = span_part(*rest, 2 * n, rest->n);
    return true;
}

static bool take_line(span *rest, refused_record *r)
{
    refused_pin pin;
    if (take_word(rest, "pending ")) {
        r->pending++;
        return take_number(rest, &r->pending_since) && take_word(rest, "\n");
    }
    if (r->n == REFUSED_MOST || !take_word(rest, "refused ") || !take_number(rest, &pin.when) ||
        !take_word(rest, " ") || !take_hex(rest, pin.hash, sizeof pin.hash) ||
        !take_word(rest, "\n")) {
        return false;
    }
    r->pins[r->n++] = pin;
    r->pending = 0;
    return true;
}

static bool parse(span text, refused_record *r)
{
    if (take_word(&text, "pending ")) { /* behind the one that an empty file is */
        r->pending = 2;
        while (take_number(&text, &r->pending_since) && take_word(&text, "\n")) {
            if (text.n == 0) {
                return true;
            }
            if (!take_word(&text, "pending ")) {
                return false;
            }
            r->pending++;
        }
        return false;
    }
    r->has_salt = take_word(&text, header) && take_word(&text, "salt ") &&
                  take_hex(&text, r->salt, sizeof r->salt) && take_word(&text, "\n");
    while (r->has_salt && text.n > 0) {
        if (!take_line(&text, r)) {
            return false;
        }
    }
    return r->has_salt;
}

void refused_file_read(int fd, refused_record *ret)
{
    uint8_t text[FILE_MAX + 1];
    struct stat s;
    size_t have = 0;
    ssize_t got = 1;
    memset(ret, 0, sizeof *ret);
    while (have < sizeof text && got > 0) {
        got = pread(fd, text + have, sizeof text - have, (off_t)have);
        have += got > 0 ? (size_t)got : 0;
    }
    if (got == 0 && have == 0 && fstat(fd, &s) == 0) {
        ret->readable = true;
        ret->pending = 1;
        ret->pending_since = (int64_t)s.st_mtime;
    } else if (got == 0 && have <= FILE_MAX) {
        ret->readable = parse(span_of(text, have), ret);
    }
}

/* --- writing */

static void add_pin(buf *out, const refused_pin *pin)
{
    buf_addf(out, "refused %" PRId64 " ", pin->when);
    buf_add_hex(out, span_of(pin->hash, sizeof pin->hash), false);
    buf_add_byte(out, '\n');
}

static bool append(const refused_attempt *a, const buf *text, off_t at)
{
    return buf_ok(text) && write_fully(a->fd, text->p, text->n, at) == 0;
}

bool refused_file_mark(refused_attempt *a, int64_t now)
{
    AUTO_VAL(buf) line = BUF(64);
    struct stat s;
    if (fstat(a->fd, &s) != 0) {
        return false;
    }
    a->before = s.st_size;
    if (a->fresh) {
        return true;
    }
    buf_addf(&line, "pending %" PRId64 "\n", now);
    return append(a, &line, a->before);
}

void refused_file_unmark(refused_attempt *a)
{
    if (a->fresh) {
        refused_file_remove(a);
    } else {
        (void)sys_ftruncate(a->fd, a->before);
    }
}

static bool write_anew(const refused_attempt *a, const refused_record *r)
{
    AUTO_VAL(buf) text = BUF(FILE_MAX);
    buf_add_str(&text, header);
    buf_add_str(&text, "salt ");
    buf_add_hex(&text, span_of(r->salt, sizeof r->salt), false);
    buf_add_byte(&text, '\n');
    for (size_t i = 0; i < r->n; i++) {
        add_pin(&text, &r->pins[i]);
    }
    return append(a, &text, 0) && sys_ftruncate(a->fd, (off_t)text.n) == 0;
}

bool refused_file_add(refused_attempt *a, refused_record *record, int64_t now,
                      const uint8_t hash[SLOWHASH_OCTETS])
{
    AUTO_VAL(buf) line = BUF(256);
    struct stat s;
    bool whole = record->n == REFUSED_MOST || !record->has_salt || fstat(a->fd, &s) != 0;
    if (record->n == REFUSED_MOST) {
        record->n--;
        memmove(record->pins, record->pins + 1, record->n * sizeof record->pins[0]);
    }
    refused_pin *pin = &record->pins[record->n++];
    pin->when = now;
    memcpy(pin->hash, hash, SLOWHASH_OCTETS);
    add_pin(&line, pin);
    bool done = whole ? write_anew(a, record) : append(a, &line, s.st_size);
    return sys_fsync(a->fd) == 0 && done;
}

/* --- pruning */

static bool is_name(const char *name)
{
    return strlen(name) == REFUSED_NAME - 1 && strspn(name, "0123456789abcdef") == REFUSED_NAME - 1;
}

/* The oldest file but this one; false when there are not too many. */
static bool find_oldest(DIR *list, const refused_attempt *a, char oldest[REFUSED_NAME])
{
    struct stat s;
    size_t count = 0;
    struct timespec least = {0};
    oldest[0] = '\0';
    rewinddir(list);
    for (struct dirent *d = readdir(list); d; d = readdir(list)) {
        if (!is_name(d->d_name) || fstatat(a->folder, d->d_name, &s, AT_SYMLINK_NOFOLLOW) != 0) {
            continue;
        }
        count++;
        bool older = oldest[0] == '\0' || s.st_mtim.tv_sec < least.tv_sec ||
                     (s.st_mtim.tv_sec == least.tv_sec && s.st_mtim.tv_nsec < least.tv_nsec);
        if (older && strcmp(d->d_name, a->name) != 0) {
            least = s.st_mtim;
            memcpy(oldest, d->d_name, REFUSED_NAME);
        }
    }
    return count > REFUSED_FILES && oldest[0] != '\0';
}

/* Not one that an attempt has locked. */
static bool remove_old(const refused_attempt *a, const char *name)
{
    int fd = openat(a->folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    bool free = fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0;
    bool done = free && sys_unlinkat(a->folder, name) == 0;
    close_one(&fd);
    return done;
}

void refused_file_prune(const refused_attempt *a)
{
    char oldest[REFUSED_NAME];
    int copy = openat(a->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = copy >= 0 ? fdopendir(copy) : NULL;
    if (!list) {
        close_one(&copy);
        return;
    }
    if (lock_folder(a)) {
        while (find_oldest(list, a, oldest) && remove_old(a, oldest)) {
        }
        unlock_folder(a);
    }
    closedir(list);
}
