/* bench-measure REPORT COMMAND...: runs a command, its standard output thrown away, and writes to
 * REPORT, as JSON, what it took: microseconds on the clock and of processor time (user and system,
 * all threads), peak memory in KiB, exit code (128 + signal when it died of one). Small and written
 * in C because the peak of a process starts at that of the one it was made by. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static long long us_of(struct timeval t)
{
    return (long long)t.tv_sec * 1000000 + t.tv_usec;
}

static int run(char **command, struct rusage *ret)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
        dup2(null, STDOUT_FILENO);
        execvp(command[0], command);
        _exit(127);
    }
    if (child < 0 || wait4(child, &status, 0, ret) != child) {
        return 127;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
    struct rusage usage = {0};
    if (argc < 3) {
        fprintf(stderr, "usage: bench-measure REPORT COMMAND...\n");
        return 64;
    }
    long long start = now_us();
    int code = run(argv + 2, &usage);
    long long wall = now_us() - start;
    FILE *report = fopen(argv[1], "we");
    if (report == NULL) {
        perror("bench-measure");
        return 71;
    }
    fprintf(report, "{\"us\": %lld, \"cpu_us\": %lld, \"peak_kib\": %ld, \"code\": %d}\n", wall,
            us_of(usage.ru_utime) + us_of(usage.ru_stime), usage.ru_maxrss, code);
    return fclose(report) == 0 ? 0 : 71;
}
