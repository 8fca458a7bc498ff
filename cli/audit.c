/* See audit.h. The line is appended with one write(), so that lines of several processes do not
 * mix; what comes from outside is in double quotes with its hostile characters escaped. */
#include "audit.h"

#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 8192 };

int audit_check(const struct app *app, const struct plan *plan, struct failure *f)
{
    struct stat st = {0};
    const char *to = setting_text(&app->settings, OPT_AUDIT);
    if (to == NULL || strcmp(to, "syslog") == 0) {
        return EXIT_DONE;
    }
    bool there = stat(to, &st) == 0;
    for (size_t i = 0; i < plan->n; i++) {
        const struct job *job = &plan->jobs[i];
        bool is_input = there && job->dev == st.st_dev && job->ino == st.st_ino;
        if (is_input || strcmp(job->out, to) == 0) {
            return fail(f, PADES_OUTPUT_FAILED, "name another file",
                        "the audit file '%s' is a document", show(to).text);
        }
    }
    return EXIT_DONE;
}

int audit_open(const struct app *app, struct audit *ret, struct failure *f)
{
    struct stat st;
    const char *to = setting_text(&app->settings, OPT_AUDIT);
    *ret = (struct audit){.fd = -1};
    if (to == NULL) {
        return EXIT_DONE;
    }
    if (strcmp(to, "syslog") == 0) {
        openlog("pades", LOG_PID | LOG_NDELAY, LOG_AUTHPRIV);
        ret->to_syslog = true;
        return EXIT_DONE;
    }
    ret->fd = open(
        to, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (ret->fd < 0) {
        return fail(f, PADES_OUTPUT_FAILED, NULL, "cannot write the audit file '%s': %s",
                    show(to).text, strerror(errno));
    }
    if (fstat(ret->fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        return fail(f, PADES_OUTPUT_FAILED, NULL, "the audit file '%s' is not a regular file",
                    show(to).text);
    }
    return EXIT_DONE;
}

void audit_close(struct audit *a)
{
    if (a->fd >= 0) {
        close(a->fd);
    }
    if (a->to_syslog) {
        closelog();
    }
    *a = (struct audit){.fd = -1};
}

/* In double quotes, in which '"' and '\' are escaped once more. */
static void quote(const char *text, char *to, size_t n)
{
    const struct shown safe = show(text);
    size_t used = 0;
    to[used++] = '"';
    for (const char *p = safe.text; *p != '\0' && used + 4 < n; p++) {
        if (*p == '"' || *p == '\\') {
            to[used++] = '\\';
        }
        to[used++] = *p;
    }
    to[used++] = '"';
    to[used] = '\0';
}

static void user_name(char *to, size_t n)
{
    char room[4096];
    struct passwd entry;
    struct passwd *found = NULL;
    uid_t uid = getuid();
    if (getpwuid_r(uid, &entry, room, sizeof room, &found) == 0 && found != NULL) {
        quote(found->pw_name, to, n);
    } else {
        snprintf(to, n, "%lu", (unsigned long)uid);
    }
}

static int compose(char *line, size_t n, const char *file, const pades_result *result)
{
    char user[128];
    char name[2100];
    char field[512] = "-";
    char tsa[2100] = "-";
    const pades_timestamp_info *stamp = pades_result_timestamp(result, 0);
    const pades_cert *cert = pades_result_cert(result); /* NULL: no key signed */
    user_name(user, sizeof user);
    quote(file, name, sizeof name);
    if (pades_result_field(result) != NULL) { /* else nothing had to be added */
        quote(pades_result_field(result), field, sizeof field);
    }
    if (stamp != NULL) {
        quote(stamp->url == NULL ? stamp->tsa : stamp->url, tsa, sizeof tsa);
    }
    return snprintf(line, n, "%s user=%s file=%s %s=%s field=%s serial=%s tsa=%s\n",
                    show_time((int64_t)time(NULL)).text, user, name,
                    pades_digest_name(pades_result_digest(result)),
                    pades_result_input_digest(result), field,
                    cert == NULL ? "-" : pades_cert_serial(cert), tsa);
}

int audit_write(const struct audit *a, const char *file, const pades_result *result,
                struct failure *f)
{
    char line[LINE_MAX_BYTES];
    if (!a->to_syslog && a->fd < 0) {
        return EXIT_DONE;
    }
    int n = compose(line, sizeof line, file, result);
    if (n < 0 || (size_t)n >= sizeof line) {
        return fail(f, PADES_INTERNAL, NULL, "the audit line is too long");
    }
    if (a->to_syslog) {
        syslog(LOG_NOTICE, "%.*s", n - 1, line);
        return EXIT_DONE;
    }
    if (write(a->fd, line, (size_t)n) != n || fdatasync(a->fd) != 0) {
        return fail(f, PADES_OUTPUT_FAILED,
                    "the output is there, and it is the audit file that lacks a line",
                    "cannot write the audit line: %s", strerror(errno));
    }
    return EXIT_DONE;
}
