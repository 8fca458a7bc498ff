/* What is remembered of refused PINs: across attempts, processes and deaths, and what is made of
 * files that somebody has been at. */
#include "token/bench.h"

#include "token/refused_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pades_ctx *ctx;
static char dir[64];
static char log_line[512];

static int64_t some_day(void *user)
{
    (void)user;
    return 1771891200; /* 2026-02-24 */
}

static void on_log(void *user, pades_log_level level, const char *line)
{
    (void)user, (void)level;
    snprintf(log_line, sizeof log_line, "%s", line);
}

static const char *in_dir(const char *name)
{
    static char room[sizeof dir + 300];
    snprintf(room, sizeof room, "%s/r/%s", dir, name);
    return room;
}

static int setup(void **state)
{
    (void)state;
    snprintf(dir, sizeof dir, "/tmp/pades-refused-XXXXXX");
    log_line[0] = '\0';
    return mkdtemp(dir) && pades_ctx_new(&ctx, NULL) == PADES_OK &&
                   pades_ctx_set_clock(ctx, some_day, NULL, NULL) == PADES_OK &&
                   pades_ctx_set_logger(ctx, on_log, NULL, NULL) == PADES_OK
               ? 0
               : -1;
}

static size_t count(bool remove)
{
    size_t n = 0;
    DIR *list = opendir(in_dir(""));
    for (struct dirent *d = list ? readdir(list) : NULL; d; d = readdir(list)) {
        n += strlen(d->d_name) == 64 ? 1 : 0;
        if (remove) {
            unlink(in_dir(d->d_name));
        }
    }
    if (list) {
        closedir(list);
    }
    return n;
}

static int teardown(void **state)
{
    (void)state;
    pades_ctx_free(ctx);
    (void)count(true);
    unlink(in_dir(""));
    rmdir(in_dir(""));
    snprintf(log_line, sizeof log_line, "%s/r", dir);
    unlink(log_line);
    return rmdir(dir);
}

static refused_token token(uint8_t id)
{
    static char folder[80];
    snprintf(folder, sizeof folder, "%s/r", dir);
    refused_token t = {.folder = folder, .label = "seal"};
    memset(t.id, id, sizeof t.id);
    return t;
}

static const char *file_of(uint8_t id)
{
    char name[REFUSED_NAME];
    for (size_t i = 0; i < REFUSED_ID; i++) {
        snprintf(name + 2 * i, 3, "%02x", id);
    }
    return in_dir(name);
}

static pades_status begin(uint8_t id, const char *pin, bool allow, refused_attempt *a,
                          pades_error **e)
{
    const refused_token t = token(id);
    return refused_begin(ctx, &t, span_str(pin), allow, a, e);
}

static void end(uint8_t id, const char *pin, refused_attempt *a, refused_outcome outcome)
{
    const refused_token t = token(id);
    refused_end(ctx, &t, a, outcome, span_str(pin));
}

static void whole(uint8_t id, const char *pin, refused_outcome outcome)
{
    AUTO(pades_error) *e = NULL;
    refused_attempt a;
    assert_ok(begin(id, pin, false, &a, &e), e);
    assert_true(a.fd >= 0);
    end(id, pin, &a, outcome);
}

static void held(uint8_t id, const char *pin, const char *part)
{
    AUTO(pades_error) *e = NULL;
    refused_attempt a;
    pades_status got = begin(id, pin, false, &a, &e);
    assert_int_equal(got, PADES_PIN_INCORRECT);
    assert_int_equal(a.fd, -1);
    assert_non_null(strstr(pades_error_message(e), part));
    assert_non_null(pades_error_hint(e));
    assert_null(strstr(pades_error_message(e), pin));
}

static void refused_is_held_back_and_others_are_not(void **state)
{
    (void)state;
    whole(1, "0000", REFUSED_WRONG);
    held(1, "0000", "refused by token 'seal' on 2026-02-24");
    whole(1, "1111", REFUSED_WRONG);
    held(1, "0000", "2026-02-24");
    held(1, "1111", "2026-02-24");
    whole(1, "00000", REFUSED_NOT_SENT);
    whole(2, "0000", REFUSED_NOT_SENT); /* another token */
    held(1, "1111", "2026-02-24");
}

static void refused_accepted_forgets(void **state)
{
    (void)state;
    const refused_token t = token(1);
    whole(1, "0000", REFUSED_WRONG);
    whole(1, "1234", REFUSED_ACCEPTED);
    assert_int_equal(count(false), 0);
    whole(1, "0000", REFUSED_WRONG);
    refused_forget(&t);
    assert_int_equal(count(false), 0);
    whole(1, "0000", REFUSED_NOT_SENT);
    assert_int_equal(count(false), 0);
}

static void refused_usual_case_computes_nothing(void **state)
{
    (void)state;
    struct timespec a, b;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
    for (int i = 0; i < 20; i++) {
        whole(1, "1234", REFUSED_ACCEPTED);
    }
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
    double ms = (double)(b.tv_sec - a.tv_sec) * 1e3 + (double)(b.tv_nsec - a.tv_nsec) / 1e6;
    assert_true(ms < 40); /* 20 slow hashes take a second */
    assert_int_equal(count(false), 0);
}

/* Who is killed between the PIN and its answer. */
static void die_in_between(uint8_t id, const char *pin)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        refused_attempt a;
        if (begin(id, pin, true, &a, NULL) == PADES_OK) {
            raise(SIGKILL);
        }
        _exit(1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
}

static void refused_death_leaves_a_mark(void **state)
{
    (void)state;
    AUTO(pades_error) *e = NULL;
    refused_attempt a;
    die_in_between(1, "1234");
    whole(1, "1234", REFUSED_NOT_SENT); /* one is let pass, and stays */
    die_in_between(1, "1234");
    held(1, "1234", "their answers were not seen");
    held(1, "5678", "their answers were not seen");
    assert_ok(begin(1, "1234", true, &a, &e), e); /* --pin-last-try */
    end(1, "1234", &a, REFUSED_NOT_SENT);
    held(1, "5678", "their answers were not seen");
    die_in_between(1, "1234");
    held(1, "5678", "their answers were not seen");
    assert_ok(begin(1, "1234", true, &a, &e), e);
    end(1, "1234", &a, REFUSED_ACCEPTED);
    whole(1, "5678", REFUSED_NOT_SENT);
}

static void refused_death_with_refused_pins(void **state)
{
    (void)state;
    AUTO(pades_error) *e = NULL;
    refused_attempt a;
    whole(1, "0000", REFUSED_WRONG);
    die_in_between(1, "1234");
    whole(1, "1234", REFUSED_NOT_SENT);
    die_in_between(1, "1234");
    held(1, "5678", "their answers were not seen");
    held(1, "0000", "2026-02-24");
    /* what was refused is not even sent when the last try is allowed */
    assert_int_equal(begin(1, "0000", true, &a, NULL), PADES_PIN_INCORRECT);
    assert_ok(begin(1, "1234", true, &a, &e), e);
    end(1, "1234", &a, REFUSED_WRONG); /* takes the place of the mark */
    held(1, "1234", "2026-02-24");
    whole(1, "5678", REFUSED_NOT_SENT);
}

static void refused_unknown_outcome_stays_marked(void **state)
{
    (void)state;
    whole(1, "1234", REFUSED_UNKNOWN);
    whole(1, "1234", REFUSED_UNKNOWN);
    held(1, "1234", "their answers were not seen");
}

static void refused_second_process_waits(void **state)
{
    (void)state;
    AUTO(pades_error) *e = NULL;
    refused_attempt a;
    int status = 0;
    assert_ok(begin(1, "0000", false, &a, &e), e);
    pid_t pid = fork();
    if (pid == 0) {
        refused_attempt mine;
        close(a.fd); /* the lock is the parent's as long as it has it open */
        close(a.lock);
        close(a.folder);
        _exit(begin(1, "0000", false, &mine, NULL) == PADES_PIN_INCORRECT ? 0 : 1);
    }
    usleep(200 * 1000);
    assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
    end(1, "0000", &a, REFUSED_WRONG);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* Many processes with one wrong PIN: it is sent once. */
static void refused_many_at_once_send_it_once(void **state)
{
    (void)state;
    enum { N = 8 };
    pid_t pids[N];
    int sent = 0;
    for (int i = 0; i < N; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            refused_attempt a;
            bool mine = begin(1, "0000", false, &a, NULL) == PADES_OK;
            if (mine) {
                usleep(20 * 1000);
                end(1, "0000", &a, REFUSED_WRONG);
            }
            _exit(mine ? 7 : 0);
        }
    }
    for (int i = 0; i < N; i++) {
        int status = 0;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_true(WIFEXITED(status));
        sent += WEXITSTATUS(status) == 7 ? 1 : 0;
    }
    assert_int_equal(sent, 1);
}

static void refused_files_are_private_and_hold_no_pin(void **state)
{
    (void)state;
    struct stat s;
    char text[4096] = "";
    whole(1, "4711-0815", REFUSED_WRONG);
    assert_int_equal(stat(file_of(1), &s), 0);
    assert_int_equal(s.st_mode & 07777, 0600);
    int fd = open(file_of(1), O_RDONLY | O_CLOEXEC);
    assert_true(read(fd, text, sizeof text - 1) > 0);
    close(fd);
    assert_null(strstr(text, "4711"));
    assert_int_equal(strncmp(text, "pades-refused-pins 1 scrypt-14-8-1\nsalt ", 40), 0);
    assert_int_equal(stat(in_dir(""), &s), 0);
    assert_int_equal(s.st_mode & 07777, 0700);
}

static void refused_lists_are_bounded(void **state)
{
    (void)state;
    char pin[16];
    struct stat s;
    for (int i = 0; i < REFUSED_MOST + 1; i++) {
        snprintf(pin, sizeof pin, "%04d", i);
        whole(1, pin, REFUSED_WRONG);
    }
    held(1, "0016", "2026-02-24");
    held(1, "0001", "2026-02-24");
    whole(1, "0000", REFUSED_NOT_SENT); /* the oldest made room */
    assert_int_equal(stat(file_of(1), &s), 0);
    assert_true(s.st_size < 4096);
}

static void refused_files_are_bounded(void **state)
{
    (void)state;
    whole(200, "0000", REFUSED_WRONG);
    for (uint8_t i = 0; i < REFUSED_FILES + 3; i++) {
        struct timespec times[2] = {{.tv_sec = 1000 + i}, {.tv_sec = 1000 + i}};
        int fd = open(file_of(i), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        assert_int_equal(futimens(fd, times), 0);
        close(fd);
    }
    whole(200, "1111", REFUSED_WRONG);
    assert_int_equal(count(false), REFUSED_FILES);
    assert_int_equal(access(file_of(3), F_OK), -1);
    assert_int_equal(access(file_of(4), F_OK), 0);
    assert_int_equal(access(file_of(200), F_OK), 0);
}

static void put(uint8_t id, const char *text)
{
    FILE *f = fopen(file_of(id), "we");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    assert_int_equal(chmod(file_of(id), 0600), 0);
}

static void refused_damaged_file_counts_as_a_mark(void **state)
{
    (void)state;
#define HEAD "pades-refused-pins 1 scrypt-14-8-1\nsalt 000102030405060708090a0b0c0d0e0f\n"
#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    static const char *const bad[] = {
        "\n",
        "pades-refused-pins 2 scrypt-14-8-1\n",
        "pades-refused-pins 1 scrypt-14-8-1\nsalt 0001\n",
        HEAD "refused 1 " HASH,
        HEAD "refused  " HASH "\n",
        HEAD "refused 1 " HASH "0\n",
        HEAD "refused 1 0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef\n",
        HEAD "pending\n",
        "pending \n",
        "pending 1\nelse\n",
        HEAD "pending 1 \n",
        HEAD "else\n",
        HEAD "refused 12345678901234567890 " HASH "\n",
    };
    AUTO(pades_error) *e = NULL;
    refused_attempt a;
    whole(1, "0000", REFUSED_NOT_SENT);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        put(1, bad[i]);
        held(1, "1234", "cannot be read");
    }
    put(1, HEAD "pending 1771891200\npending 1771891200\n");
    held(1, "1234", "their answers were not seen");
    put(1, "pending 1771891200\n"); /* behind an empty file's */
    held(1, "1234", "their answers were not seen");
    put(1, HEAD "pending 1771891200\nrefused 1771891200 " HASH "\n");
    whole(1, "1234", REFUSED_NOT_SENT);
    put(1, bad[0]);
    assert_ok(begin(1, "0000", true, &a, &e), e);
    end(1, "0000", &a, REFUSED_WRONG); /* written anew */
    held(1, "0000", "2026-02-24");
    whole(1, "1234", REFUSED_ACCEPTED);
}

/* Nothing can be remembered: it is told, and the attempt is made. */
static void unusable(const char *part)
{
    AUTO(pades_error) *e = NULL;
    refused_attempt a;
    log_line[0] = '\0';
    assert_ok(begin(1, "0000", false, &a, &e), e);
    assert_int_equal(a.fd, -1);
    assert_non_null(strstr(log_line, "cannot be remembered"));
    assert_non_null(strstr(log_line, part));
    end(1, "0000", &a, REFUSED_WRONG);
}

static void refused_folder_of_others_is_not_used(void **state)
{
    (void)state;
    char path[80], other[80];
    whole(1, "0000", REFUSED_NOT_SENT);
    snprintf(path, sizeof path, "%s/r", dir);
    snprintf(other, sizeof other, "%s/other", dir);
    assert_int_equal(chmod(path, 0770), 0);
    unusable("others than its owner");
    assert_int_equal(chmod(path, 0701), 0);
    unusable("others than its owner");
    if (geteuid() == 0) {
        assert_int_equal(chmod(path, 0700), 0);
        assert_int_equal(chown(path, 65534, 65534), 0);
        unusable("another's");
        assert_int_equal(chown(path, 0, 0), 0);
    }
    assert_int_equal(chmod(path, 0700), 0);
    assert_int_equal(rename(path, other), 0);
    assert_int_equal(symlink("other", path), 0);
    unusable("Not a directory");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rename(other, path), 0);
}

static void refused_file_of_others_is_not_used(void **state)
{
    (void)state;
    char target[80];
    whole(1, "0000", REFUSED_WRONG);
    assert_int_equal(chmod(file_of(1), 0640), 0);
    unusable("others than its owner");
    assert_int_equal(unlink(file_of(1)), 0);
    snprintf(target, sizeof target, "%s/target", dir);
    int fd = open(target, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    close(fd);
    assert_int_equal(symlink(target, file_of(1)), 0);
    unusable("symbolic links");
    assert_int_equal(unlink(target), 0);
    assert_int_equal(unlink(file_of(1)), 0);
    assert_int_equal(mkfifo(file_of(1), 0600), 0);
    unusable("others than its owner");
}

static void refused_folder_that_cannot_be_made(void **state)
{
    (void)state;
    AUTO(pades_error) *e = NULL;
    refused_attempt a;
    refused_token t = token(1);
    t.folder = "/nonexistent/pades/refused";
    assert_ok(refused_begin(ctx, &t, span_str("0"), false, &a, &e), e);
    assert_int_equal(a.fd, -1);
    assert_non_null(strstr(log_line, "No such file"));
    t.folder = NULL;
    assert_ok(refused_begin(ctx, &t, span_str("0"), false, &a, &e), e);
    refused_end(ctx, &t, &a, REFUSED_WRONG, span_str("0"));
    refused_forget(&t);
}

static void checked(const char *path, const char *part)
{
    AUTO(pades_error) *e = NULL;
    pades_status got = pades_token_refused_dir_check(path, &e);
    if (!part) {
        assert_ok(got, e);
        return;
    }
    assert_int_equal(got, PADES_OUTPUT_FAILED);
    assert_non_null(strstr(pades_error_message(e), path));
    assert_non_null(strstr(pades_error_message(e), part));
    assert_null(strchr(pades_error_message(e), '\n'));
}

/* What the attempt would do with the folder, told before there is one. */
static void refused_folder_is_checked_beforehand(void **state)
{
    (void)state;
    char path[80], below[90], lock[90], other[80];
    struct stat s;
    snprintf(path, sizeof path, "%s/r", dir);
    snprintf(below, sizeof below, "%s/r/x", dir);
    snprintf(lock, sizeof lock, "%s/r/lock", dir);
    snprintf(other, sizeof other, "%s/other", dir);
    checked(NULL, NULL);
    checked(path, NULL); /* made */
    assert_int_equal(stat(path, &s), 0);
    assert_int_equal(s.st_mode & 07777, 0700);
    checked(path, NULL);
    assert_int_equal(count(false), 0);
    assert_int_equal(chmod(path, 0710), 0);
    checked(path, "others than its owner");
    assert_int_equal(chmod(path, 0700), 0);
    assert_int_equal(unlink(lock), 0);
    assert_int_equal(symlink("elsewhere", lock), 0);
    checked(path, "symbolic links");
    assert_int_equal(unlink(lock), 0);
    if (geteuid() == 0) {
        assert_int_equal(chown(path, 65534, 65534), 0);
        checked(path, "another's");
    }
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(symlink("other", path), 0); /* to nothing, then to a folder */
    checked(path, "it is a link");
    assert_int_equal(mkdir(other, 0700), 0);
    checked(path, "it is a link");
    assert_int_equal(rmdir(other), 0);
    assert_int_equal(unlink(path), 0);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    close(fd);
    checked(path, "it is no folder");
    checked(below, "Not a directory");
    assert_int_equal(unlink(path), 0);
    checked(below, "No such file");
    checked("/proc/refused", "/proc/refused");
    assert_string_equal(log_line, "");
}

static bool cannot_be_written(const char *path)
{
    AUTO(pades_error) *e = NULL;
    return pades_token_refused_dir_check(path, &e) == PADES_OK && chmod(path, 0500) == 0 &&
           pades_token_refused_dir_check(path, &e) == PADES_OUTPUT_FAILED &&
           strstr(pades_error_message(e), "Permission denied") && chmod(path, 0700) == 0 &&
           pades_token_refused_dir_check(path, NULL) == PADES_OK;
}

/* Its owner may not write to it: what is in it is read, and nothing can be added. */
static void refused_folder_that_cannot_be_written(void **state)
{
    (void)state;
    char path[80];
    snprintf(path, sizeof path, "%s/r", dir);
    assert_int_equal(mkdir(path, 0700), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        bool ready = geteuid() != 0 || (chown(path, 65534, 65534) == 0 && chmod(dir, 0711) == 0 &&
                                        setuid(65534) == 0);
        _exit(ready && cannot_be_written(path) ? 0 : 1);
    }
    int how = 0;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFEXITED(how));
    assert_int_equal(WEXITSTATUS(how), 0);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(refused_is_held_back_and_others_are_not),
        CASE(refused_accepted_forgets),
        CASE(refused_usual_case_computes_nothing),
        CASE(refused_death_leaves_a_mark),
        CASE(refused_death_with_refused_pins),
        CASE(refused_unknown_outcome_stays_marked),
        CASE(refused_second_process_waits),
        CASE(refused_many_at_once_send_it_once),
        CASE(refused_files_are_private_and_hold_no_pin),
        CASE(refused_lists_are_bounded),
        CASE(refused_files_are_bounded),
        CASE(refused_damaged_file_counts_as_a_mark),
        CASE(refused_folder_of_others_is_not_used),
        CASE(refused_file_of_others_is_not_used),
        CASE(refused_folder_that_cannot_be_made),
        CASE(refused_folder_is_checked_beforehand),
        CASE(refused_folder_that_cannot_be_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
