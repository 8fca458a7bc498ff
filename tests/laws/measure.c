/* law-measure REPORT COMMAND...: runs a command and writes to REPORT, as JSON, what it took: peak
 * memory in KiB, bytes read and written through system calls (null where the kernel does not count
 * them), milliseconds. Ends with the command's exit code, 128 + signal when it died of one. Small
 * and written in C because the peak of a process starts at that of the one it was made by. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A child's counters are added to ours when it is waited for. */
static long long counter(const char *name)
{
    FILE *io = fopen("/proc/self/io", "re");
    char line[128];
    long long value = -1;
    size_t n = strlen(name);
    while (io != NULL && fgets(line, sizeof line, io) != NULL) {
        if (strncmp(line, name, n) == 0 && line[n] == ':') {
            value = strtoll(line + n + 1, NULL, 10);
        }
    }
    if (io != NULL) {
        fclose(io);
    }
    return value;
}

static long long now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void put_count(FILE *to, const char *name, long long before, long long after)
{
    if (before < 0 || after < 0) {
        fprintf(to, ", \"%s\": null", name);
    } else {
        fprintf(to, ", \"%s\": %lld", name, after - before);
    }
}

static int run(char **command, struct rusage *ret_usage)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        execvp(command[0], command);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, ret_usage) != child) {
        return -1;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
    struct rusage usage = {0};
    if (argc < 3) {
        fprintf(stderr, "usage: law-measure REPORT COMMAND...\n");
        return 64;
    }
    long long read_before = counter("rchar");
    long long written_before = counter("wchar");
    long long start = now_ms();
    int code = run(argv + 2, &usage);
    long long end = now_ms();
    FILE *report = code < 0 ? NULL : fopen(argv[1], "we");
    if (report == NULL) {
        perror("law-measure");
        return 71;
    }
    fprintf(report, "{\"peak_kib\": %ld, \"ms\": %lld", usage.ru_maxrss, end - start);
    put_count(report, "read", read_before, counter("rchar"));
    put_count(report, "written", written_before, counter("wchar"));
    fprintf(report, "}\n");
    return fclose(report) == 0 ? code : 71;
}
