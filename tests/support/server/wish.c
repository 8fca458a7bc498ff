/* See wish.h. */
#include "server/wish.h"

#include "common/auto.h"
#include "common/files.h"
#include "server/store.h"

#include <string.h>

#define DAY_SECONDS 86400L
#define YEAR_DAYS 365L
#define MAX_WISHES 8

/* All of them: a misspelt one is no wish. */
static const char *const fault_names[] = {
    /* faults.c */
    "slow",
    "hang",
    "drip",
    "html",
    "huge",
    "cut",
    "short",
    "empty",
    "trailing",
    "wrong-type",
    "redirect",
    "redirect-file",
    "redirect-loop",
    "redirect-guarded",
    "429",
    "503",
    "500",
    "auth",
    "bearer",
    "first",
    /* tsa.c */
    "rsa",
    "expired",
    "no-eku",
    "stranger",
    "wrong-nonce",
    "wrong-imprint",
    "no-cert",
    "leaf-only",
    "one-issuer",
    "sha1-ess",
    "granted-mods",
    "fraction",
    "clock",
    "big",
    "rejected",
    /* ocsp.c, crl.c */
    "old",
    "stale",
    "future",
    "no-next",
    "wrong-signature",
    "sha1",
    "cutoff",
    "no-nonce",
    "other-cert",
    "good",
    "revoked",
    "onhold",
    "unknown",
    "try-later",
    "internal",
    "sig-required",
    "unauthorized",
    "malformed",
    "noeku",
    "by-key",
    "several",
    "entries",
    "delta",
    "removed",
    "indirect",
    "partition",
    "wrong-partition",
    "only-ca",
    "only-user",
    "only-attributes",
    "some-reasons",
    "critical",
    "other-issuer",
    "no-entries",
    "version1",
    "pem",
    "other",
};

static bool known_one(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof fault_names / sizeof fault_names[0]; i++) {
        if (strncmp(fault_names[i], name, length) == 0 && fault_names[i][length] == '\0') {
            return true;
        }
    }
    return false;
}

bool wish_seconds(const char *text, long *ret)
{
    char *end = NULL;
    long n = strtol(text, &end, 10);
    long unit = *end == 'd' ? DAY_SECONDS : *end == 'y' ? YEAR_DAYS * DAY_SECONDS : 1;
    end += unit != 1;
    if (end == text || (*end != '\0' && *end != '\n') || labs(n) > 100L * YEAR_DAYS * DAY_SECONDS) {
        return false;
    }
    *ret = n * unit;
    return true;
}

static bool move_clock(struct request *request, const char *text)
{
    long seconds = 0;
    bool good = wish_seconds(text, &seconds);
    request->now += seconds;
    return good;
}

static bool add_faults(struct request *request, const char *text)
{
    for (const char *p = text; *p != '\0';) {
        size_t length = strcspn(p, "+");
        if (!known_one(p, strcspn(p, "+="))) {
            return false;
        }
        p += length + (p[length] == '+');
    }
    size_t used = strlen(request->faults), room = sizeof request->faults - used;
    int n = snprintf(request->faults + used, room, "%s%s", used == 0 ? "" : "+", text);
    return n >= 0 && (size_t)n < room;
}

/* The parameter of "/WORD/PARAMETER/rest", whose path becomes "/rest". */
static bool take_word(struct request *request, const char *word, char *ret, size_t room)
{
    size_t n = strlen(word);
    const char *path = request->path;
    if (strncmp(path + 1, word, n) != 0 || path[1 + n] != '/') {
        return false;
    }
    const char *value = path + n + 2;
    const char *end = strchr(value, '/');
    if (end == NULL || (size_t)(end - value) >= room) {
        return false;
    }
    memcpy(ret, value, (size_t)(end - value));
    ret[end - value] = '\0';
    request->path = end;
    return true;
}

static bool take_family(struct request *request)
{
    static const char *const families[] = {"p384", "rsa", "pss"};
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        size_t n = strlen(families[i]);
        if (strncmp(request->path + 1, families[i], n) == 0 && request->path[n + 1] == '/') {
            request->family = families[i];
            request->path += n + 1;
            return true;
        }
    }
    return false;
}

static bool read_path(struct request *request)
{
    for (int i = 0; i < MAX_WISHES; i++) {
        char value[128];
        if (take_word(request, "at", value, sizeof value)) {
            if (!move_clock(request, value)) {
                return false;
            }
        } else if (take_word(request, "fault", value, sizeof value)) {
            if (!add_faults(request, value)) {
                return false;
            }
        } else if (!take_family(request)) {
            return true;
        }
    }
    return false;
}

static void read_clock(const struct store *store, struct request *request)
{
    AUTO(char) *path = path_join(store->dir, "clock", "");
    AUTO(char) *text = file_read(path, NULL);
    if (text != NULL) {
        move_clock(request, text);
    }
}

static bool read_faults(const struct store *store, struct request *request)
{
    AUTO(char) *path = path_join(store->dir, "faults", "");
    AUTO(char) *text = file_read(path, NULL);
    char *rest = text;
    bool good = true;
    for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n")) {
        size_t n = strcspn(line, " ");
        if (n > 0 && line[n] == ' ' && strncmp(request->path, line, n) == 0) {
            good = good && add_faults(request, line + n + 1);
        }
    }
    return good;
}

/* /tsa/NAME is /tsa with the fault NAME. */
static bool read_tsa(struct request *request)
{
    static const char prefix[] = "/tsa/";
    return strncmp(request->path, prefix, strlen(prefix)) != 0 ||
           request->path[strlen(prefix)] == '\0' ||
           add_faults(request, request->path + strlen(prefix));
}

bool wish_read(const struct store *store, struct request *request)
{
    request->now = time(NULL) + store->clock;
    request->family = "";
    request->asked = request->path;
    read_clock(store, request);
    return read_path(request) && read_faults(store, request) && read_tsa(request);
}

/* What stands behind a fault's name among the wishes ("" or "=N..."), or NULL. */
static const char *find(const struct request *request, const char *fault)
{
    size_t n = strlen(fault);
    const char *p = request->faults;
    while (*p != '\0') {
        size_t length = strcspn(p, "+");
        if (length >= n && strncmp(p, fault, n) == 0 && (length == n || p[n] == '=')) {
            return p + n;
        }
        p += length + (p[length] == '+');
    }
    return NULL;
}

bool wish_has(const struct request *request, const char *fault)
{
    return find(request, fault) != NULL;
}

long wish_number(const struct request *request, const char *fault, const char *argument,
                 long fallback)
{
    const char *value = find(request, fault);
    if (value != NULL && *value == '=') {
        return strtol(value + 1, NULL, 10);
    }
    return argument == NULL ? fallback : request_number(request, argument, fallback);
}
