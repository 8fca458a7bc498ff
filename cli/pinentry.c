/* See pinentry.h. Of the Assuan protocol only what a client needs that sends single commands:
 * lines of at most 1000 bytes, OK, ERR, D, S and comments. Waiting is done in short turns, so that
 * a signal that asks to stop is seen whichever thread it reached. */
#include "pinentry.h"

#include "child.h"
#include "process.h"
#include "text.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    LINE_BYTES = 1000,     /* without the line's end */
    IN_BYTES = 4095,       /* what is read ahead */
    MOST_LINES = 200,      /* answers to one command */
    SETTING_UP_MS = 10000, /* for one command that asks nobody */
    TURN_MS = 100,         /* between looks at the signals */
    PERSON_SECONDS = 600,  /* what the program is told */
    PERSON_MS = 630000,    /* and what is waited for it */
    CODE_MASK = 0xFFFF,    /* gpg_err_code() of a number behind ERR */
    CODE_TIMEOUT = 62,     /* GPG_ERR_TIMEOUT */
    CODE_CANCELLED = 99,   /* GPG_ERR_CANCELED */
    CODE_FULLY_CANCELLED = 198
};

struct talk {
    struct child child;
    struct secret in; /* in.n bytes were read, those before `at` are used up */
    size_t at;
    struct secret *data;    /* where D lines go; NULL: there should be none */
    unsigned long code;     /* of the last ERR */
    char said[128];         /* its text, escaped */
    const char *nonsense;   /* why it is not listened to any more */
    bool interrupted, late; /* a signal, a deadline */
    bool too_long;          /* the data */
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool give_up(struct talk *t, const char *reason)
{
    t->nonsense = reason;
    return false;
}

/* True when there is something to read. */
static bool wait_readable(struct talk *t, int64_t deadline)
{
    struct pollfd p = {.fd = t->child.from, .events = POLLIN};
    for (;;) {
        int ready = poll(&p, 1, TURN_MS);
        if (process_signal() != 0) {
            t->interrupted = true;
            return false;
        }
        if (ready > 0) {
            return true;
        }
        if (now_ms() >= deadline) {
            t->late = true;
            return give_up(t, "it does not answer");
        }
    }
}

static bool read_more(struct talk *t, int64_t deadline)
{
    memmove(t->in.bytes, t->in.bytes + t->at, t->in.n - t->at);
    explicit_bzero(t->in.bytes + t->in.n - t->at, t->at);
    t->in.n -= t->at;
    t->at = 0;
    if (!wait_readable(t, deadline)) {
        return false;
    }
    ssize_t got = read(t->child.from, t->in.bytes + t->in.n, t->in.max - t->in.n);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) {
        return true;
    }
    if (got <= 0) {
        return give_up(t, "it ended without an answer");
    }
    t->in.n += (size_t)got;
    return true;
}

/* A line in the locked memory, without its end. */
static bool next_line(struct talk *t, int64_t deadline, char **ret, size_t *ret_n)
{
    for (;;) {
        char *start = t->in.bytes + t->at;
        size_t n = t->in.n - t->at;
        char *end = memchr(start, '\n', n);
        if ((end == NULL ? n : (size_t)(end - start)) > LINE_BYTES) {
            return give_up(t, "its answer is longer than the protocol allows");
        }
        if (end != NULL) {
            t->at += (size_t)(end - start) + 1;
            *ret = start;
            *ret_n = (size_t)(end - start);
            return true;
        }
        if (!read_more(t, deadline)) {
            return false;
        }
    }
}

static int hex_value(char c)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *at = c == '\0' ? NULL : strchr(digits, c);
    return at == NULL ? -1 : (int)(at - digits) % 16;
}

/* Percent-decoded from one locked page into the other. */
static bool take_data(struct talk *t, const char *p, size_t n)
{
    if (t->data == NULL) {
        return give_up(t, "it sends data that nobody asked for");
    }
    for (size_t i = 0; i < n; i++) {
        char c = p[i];
        if (c == '%') {
            int high = i + 2 < n ? hex_value(p[i + 1]) : -1;
            int low = i + 2 < n ? hex_value(p[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return give_up(t, "its answer cannot be decoded");
            }
            c = (char)(high * 16 + low);
            i += 2;
        }
        if (t->data->n == t->data->max) {
            t->too_long = true;
            return give_up(t, "the PIN is too long");
        }
        t->data->bytes[t->data->n++] = c;
    }
    return true;
}

static bool begins(const char *line, size_t n, const char *word)
{
    size_t k = strlen(word);
    return n >= k && memcmp(line, word, k) == 0 && (n == k || line[k] == ' ');
}

static bool take_error(struct talk *t, const char *line, size_t n)
{
    char text[LINE_BYTES + 1];
    char *after = text + n;
    memcpy(text, line, n);
    text[n] = '\0';
    t->code = n > 4 ? strtoul(text + 4, &after, 10) : 0;
    text_escape(*after == ' ' ? after + 1 : after, t->said, sizeof t->said);
    return false;
}

enum told { TOLD_MORE, TOLD_OK, TOLD_NO };

static enum told judge_line(struct talk *t, const char *line, size_t n)
{
    if (begins(line, n, "OK")) {
        return TOLD_OK;
    }
    if (begins(line, n, "ERR")) {
        take_error(t, line, n);
        return TOLD_NO;
    }
    if (begins(line, n, "D")) {
        return take_data(t, line + 2, n < 2 ? 0 : n - 2) ? TOLD_MORE : TOLD_NO;
    }
    if (begins(line, n, "S PASSWORD_FROM_CACHE")) {
        give_up(t, "it answers from a cache");
        return TOLD_NO;
    }
    if (begins(line, n, "S") || (n > 0 && line[0] == '#')) {
        return TOLD_MORE;
    }
    give_up(t, "it does not speak the protocol");
    return TOLD_NO;
}

/* What comes up to OK or ERR. */
static bool hear(struct talk *t, int ms)
{
    const int64_t deadline = now_ms() + ms;
    char *line = NULL;
    size_t n = 0;
    t->code = 0;
    t->said[0] = '\0';
    for (int i = 0; i < MOST_LINES; i++) {
        if (!next_line(t, deadline, &line, &n)) {
            return false;
        }
        enum told told = judge_line(t, line, n);
        if (told != TOLD_MORE) {
            return told == TOLD_OK;
        }
    }
    return give_up(t, "it talks without an end");
}

static bool send_line(struct talk *t, const char *line, size_t n)
{
    while (n > 0) {
        ssize_t wrote = write(t->child.to, line, n);
        if (wrote < 0 && errno != EINTR) {
            return give_up(t, "it ended without an answer");
        }
        line += wrote > 0 ? wrote : 0;
        n -= wrote > 0 ? (size_t)wrote : 0;
    }
    return true;
}

/* One character, all its bytes. */
static size_t character(const char *text)
{
    size_t n = 1;
    while (text[0] != '\0' && ((unsigned char)text[n] & 0xC0) == 0x80) {
        n++;
    }
    return n;
}

/* `command text`, percent-escaped, cut between two characters when it is too long. */
static size_t make_line(const char *command, const char *text, char line[LINE_BYTES + 1])
{
    size_t used = (size_t)snprintf(line, LINE_BYTES + 1, "%s ", command);
    while (*text != '\0') {
        char piece[16];
        size_t n = character(text);
        if ((unsigned char)text[0] < 0x20 || text[0] == '%' || text[0] == 0x7F || n > 4) {
            snprintf(piece, sizeof piece, "%%%02X", (unsigned)(unsigned char)text[0]);
            n = 1;
        } else {
            snprintf(piece, sizeof piece, "%.*s", (int)n, text);
        }
        if (used + strlen(piece) + 3 > LINE_BYTES) {
            used += (size_t)snprintf(line + used, LINE_BYTES + 1 - used, "...");
            break;
        }
        used += (size_t)snprintf(line + used, LINE_BYTES + 1 - used, "%s", piece);
        text += n;
    }
    line[used++] = '\n';
    return used;
}

static bool tell(struct talk *t, const char *command, const char *text)
{
    char line[LINE_BYTES + 1];
    size_t n = make_line(command, text, line);
    return send_line(t, line, n) && hear(t, SETTING_UP_MS);
}

/* An option that it does not know is no reason to stop; a program that is gone is. */
static bool offer(struct talk *t, const char *name, const char *value)
{
    char option[LINE_BYTES];
    if (value == NULL || value[0] == '\0') {
        return true;
    }
    snprintf(option, sizeof option, "%s=%s", name, value);
    return tell(t, "OPTION", option) || (t->nonsense == NULL && !t->interrupted);
}

/* setlocale(3): the first of these that is set */
static const char *locale_of(const char *category)
{
    const char *names[] = {"LC_ALL", category, "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);
        if (value != NULL && value[0] != '\0') {
            return value;
        }
    }
    return NULL;
}

static bool set_up(struct talk *t, const struct pinentry_question *q)
{
    char seconds[16];
    snprintf(seconds, sizeof seconds, "%d", (int)PERSON_SECONDS);
    bool alive = hear(t, SETTING_UP_MS) && offer(t, "ttyname", q->tty) &&
                 offer(t, "ttytype", q->tty == NULL ? NULL : getenv("TERM")) &&
                 offer(t, "lc-ctype", locale_of("LC_CTYPE")) &&
                 offer(t, "lc-messages", locale_of("LC_MESSAGES")) &&
                 offer(t, "display", getenv("DISPLAY"));
    if (alive && !tell(t, "SETTIMEOUT", seconds)) {
        alive = t->nonsense == NULL && !t->interrupted; /* some have none */
    }
    return alive && tell(t, "SETTITLE", q->title) && tell(t, "SETDESC", q->about) &&
           tell(t, "SETPROMPT", q->label) && tell(t, "SETOK", "OK") &&
           tell(t, "SETCANCEL", "Cancel") && (q->error == NULL || tell(t, "SETERROR", q->error));
}

static enum pinentry_end failed(const struct talk *t, char *why, size_t n)
{
    snprintf(why, n, "%s",
             t->nonsense != NULL  ? t->nonsense
             : t->said[0] != '\0' ? t->said
                                  : "it refuses");
    return PINENTRY_FAILED;
}

static enum pinentry_end end_of(const struct talk *t, bool asked, char *why, size_t n)
{
    unsigned long code = t->code & CODE_MASK;
    if (t->interrupted || (asked && (code == CODE_CANCELLED || code == CODE_FULLY_CANCELLED))) {
        return PINENTRY_CANCELLED;
    }
    if (asked && (t->late || code == CODE_TIMEOUT)) {
        return PINENTRY_NO_ANSWER;
    }
    return t->too_long ? PINENTRY_TOO_LONG : failed(t, why, n);
}

static enum pinentry_end converse(struct talk *t, const struct pinentry_question *q,
                                  struct secret *ret, char *why, size_t n)
{
    if (!set_up(t, q)) {
        return end_of(t, false, why, n);
    }
    t->data = ret;
    ret->n = 0;
    bool answered = send_line(t, "GETPIN\n", 7) && hear(t, PERSON_MS);
    if (!answered) {
        explicit_bzero(ret->bytes, ret->n);
        ret->n = 0;
        return end_of(t, true, why, n);
    }
    (void)send_line(t, "BYE\n", 4);
    return PINENTRY_ANSWERED;
}

enum pinentry_end pinentry_ask(const char *program, const struct pinentry_question *question,
                               struct secret *ret, char *why, size_t n)
{
    char *const argv[] = {(char[]){"pinentry"}, NULL};
    struct talk t = {0};
    if (!secret_open_for(&t.in, IN_BYTES)) {
        snprintf(why, n, "no memory");
        return PINENTRY_FAILED;
    }
    enum pinentry_end end = PINENTRY_FAILED;
    if (!child_start(&t.child, program, argv)) {
        snprintf(why, n, "it cannot be started: %s", strerror(errno));
    } else {
        end = converse(&t, question, ret, why, n);
        child_end(&t.child, end != PINENTRY_ANSWERED);
    }
    secret_close(&t.in);
    return end;
}

static bool is_program(const char *path)
{
    return access(path, X_OK) == 0;
}

bool pinentry_find(const char *name, char *ret, size_t n)
{
    if (strchr(name, '/') != NULL) {
        int wrote = snprintf(ret, n, "%s", name);
        return wrote > 0 && (size_t)wrote < n && is_program(ret);
    }
    const char *path = getenv("PATH");
    for (const char *p = path; p != NULL && *p != '\0';) {
        size_t length = strcspn(p, ":");
        int wrote = snprintf(ret, n, "%.*s/%s", (int)length, p, name);
        if (p[0] == '/' && wrote > 0 && (size_t)wrote < n && is_program(ret)) {
            return true;
        }
        p += length + (p[length] == ':' ? 1 : 0);
    }
    return false;
}
