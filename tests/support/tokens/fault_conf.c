/* Reads the faults file and writes the log; see fault.h and README. */
#include "fault.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_SEEN 64
#define MAX_ARGUMENT 300
#define DEFAULT_TRIES 3
#define HANG_STEP_US 20000U
#define CHILD_STEPS 1500

/* Calls counted for each "fail" line, as COUNT and SKIP need. */
static struct {
    char line[96];
    long calls;
} seen[MAX_SEEN];
static pthread_mutex_t seen_lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic pid_t owner;

void fault_set_owner(pid_t pid)
{
    owner = pid;
}

pid_t fault_owner(void)
{
    return owner;
}

/* What follows the word in text, or NULL when text does not start with it. */
static const char *skip_word(const char *text, const char *word)
{
    size_t n = strlen(word);
    if (strncmp(text, word, n) != 0 || (text[n] != '\0' && text[n] != ' ')) {
        return NULL;
    }
    text += n;
    return text + strspn(text, " ");
}

static const char *match(const char *line, const char *word, const char *function)
{
    const char *rest = skip_word(line, word);
    return rest == NULL || function == NULL ? rest : skip_word(rest, function);
}

bool fault_line(const char *word, const char *function, char *out, size_t size)
{
    const char *path = getenv("P11FAULT_CONF");
    FILE *file = path == NULL ? NULL : fopen(path, "re");
    if (file == NULL) {
        return false;
    }
    char line[512];
    const char *rest = NULL;
    while (rest == NULL && fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "#\r\n")] = '\0';
        rest = match(line, word, function);
    }
    if (rest != NULL && out != NULL) {
        snprintf(out, size, "%s", rest);
    }
    fclose(file);
    return rest != NULL;
}

bool fault_on(const char *word)
{
    return fault_line(word, NULL, NULL, 0);
}

/* How often this line was met before. */
static long count_call(const char *key)
{
    long before = 0;
    pthread_mutex_lock(&seen_lock);
    for (size_t i = 0; i < MAX_SEEN; i++) {
        if (seen[i].line[0] == '\0' || strcmp(seen[i].line, key) == 0) {
            snprintf(seen[i].line, sizeof seen[i].line, "%s", key);
            before = seen[i].calls++;
            break;
        }
    }
    pthread_mutex_unlock(&seen_lock);
    return before;
}

static bool told_to_fail(const char *function, CK_RV *rv)
{
    char argument[MAX_ARGUMENT];
    if (!fault_line("fail", function, argument, sizeof argument)) {
        return false;
    }
    char name[64] = "";
    char key[96];
    long count = -1;
    long skip = 0;
    sscanf(argument, "%63s %ld %ld", name, &count, &skip);
    snprintf(key, sizeof key, "%.24s %.64s", function, argument);
    long before = count_call(key);
    *rv = fault_value(name);
    return before >= skip && (count < 0 || before < skip + count);
}

static bool is_one_of(const char *function, const char *const *list)
{
    for (; *list != NULL; list++) {
        if (strcmp(*list, function) == 0) {
            return true;
        }
    }
    return false;
}

static bool token_absent(const char *function, CK_RV *rv)
{
    static const char *const untouched[] = {"C_Initialize", "C_Finalize", "C_GetSlotList",
                                            "C_GetSlotInfo", NULL};
    static const char *const by_slot[] = {"C_GetTokenInfo", "C_OpenSession", "C_GetMechanismList",
                                          NULL};
    if (is_one_of(function, untouched) || !fault_on("absent")) {
        return false;
    }
    *rv = is_one_of(function, by_slot) ? CKR_TOKEN_NOT_PRESENT : CKR_DEVICE_REMOVED;
    return true;
}

static void take_time(const char *function)
{
    char argument[MAX_ARGUMENT];
    if (fault_line("delay", function, argument, sizeof argument)) {
        usleep((useconds_t)(1000UL * strtoul(argument, NULL, 10)));
    }
    while (fault_line("hang", function, NULL, 0)) {
        usleep(HANG_STEP_US);
    }
    if (fault_line("crash", function, NULL, 0)) {
        signal(SIGSEGV, SIG_DFL); /* a sanitizer would make an exit of it */
        raise(SIGSEGV);
    }
}

/* Megabytes on both outputs. */
static void print_much(const char *argument)
{
    char line[1024];
    memset(line, '!', sizeof line - 1);
    line[sizeof line - 1] = '\n';
    for (unsigned long n = 1024UL * strtoul(argument, NULL, 10); n > 0; n--) {
        if (write(STDOUT_FILENO, line, sizeof line) < 0 ||
            write(STDERR_FILENO, line, sizeof line) < 0) {
            return;
        }
    }
}

/* A child that keeps all that this process has open, for half a minute at most. */
static void leave_child(const char *function)
{
    if (fork() == 0) {
        for (int i = 0; i < CHILD_STEPS && fault_line("child", function, NULL, 0); i++) {
            usleep(HANG_STEP_US);
        }
        _exit(0);
    }
}

/* What a module has no business with in somebody else's process. */
static void misbehave(const char *function)
{
    char argument[MAX_ARGUMENT];
    if (fault_line("print", function, argument, sizeof argument)) {
        print_much(argument);
    }
    if (fault_line("child", function, NULL, 0)) {
        leave_child(function);
    }
    if (fault_line("close", function, NULL, 0)) {
        for (int fd = STDERR_FILENO + 1; fd < 1024; fd++) {
            close(fd);
        }
    }
    if (fault_line("exit", function, argument, sizeof argument)) {
        exit((int)strtol(argument, NULL, 10));
    }
}

bool fault_stops(const char *function, CK_RV *rv)
{
    bool forked = owner != 0 && getpid() != owner && strcmp(function, "C_Initialize") != 0;
    if (forked && fault_on("forksafe")) {
        *rv = CKR_CRYPTOKI_NOT_INITIALIZED;
        return true;
    }
    take_time(function);
    misbehave(function);
    return told_to_fail(function, rv) || token_absent(function, rv);
}

CK_RV fault_after(const char *function, CK_RV rv)
{
    char argument[MAX_ARGUMENT];
    return fault_line("after", function, argument, sizeof argument) ? fault_value(argument) : rv;
}

void fault_log(const char *function, const char *argument, CK_RV rv)
{
    const char *path = getenv("P11FAULT_LOG");
    int fd = path == NULL ? -1 : open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        return;
    }
    char line[160];
    char number[32];
    const char *name = fault_rv_name(rv);
    snprintf(number, sizeof number, "0x%lx", rv);
    int n = snprintf(line, sizeof line, "%d %s%s %s\n", (int)getpid(), function, argument,
                     name == NULL ? number : name);
    if (n > 0 && write(fd, line, (size_t)n) != n) {
        perror("p11fault: log");
    }
    close(fd);
}

int fault_tries(int *max, char *path, size_t size)
{
    return fault_tries_of("tries", max, path, size);
}

int fault_tries_of(const char *word, int *max, char *path, size_t size)
{
    char argument[MAX_ARGUMENT];
    char counter[256] = "";
    if (!fault_line(word, NULL, argument, sizeof argument)) {
        return -1;
    }
    *max = DEFAULT_TRIES;
    sscanf(argument, "%d %255s", max, counter);
    snprintf(path, size, "%s", counter);
    int left = *max;
    FILE *file = fopen(counter, "re");
    if (file != NULL) {
        if (fscanf(file, "%d", &left) != 1) {
            left = *max;
        }
        fclose(file);
    }
    return left;
}

void fault_set_tries(const char *path, int tries)
{
    FILE *file = fopen(path, "we");
    if (file != NULL) {
        fprintf(file, "%d\n", tries);
        fclose(file);
    }
}
