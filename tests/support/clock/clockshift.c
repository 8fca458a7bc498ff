/* LD_PRELOAD: the program lives CLOCKSHIFT seconds (also 3d, 10y; negative too) away from the clock
 * of the system, as far as it asks the C library: time, gettimeofday, clock_gettime of
 * CLOCK_REALTIME. Monotonic clocks are left alone, so that waiting takes what it takes. For tests
 * of what a signature is worth years later, with programs that have no option for it. */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

#define DAY_SECONDS 86400L
#define EXPORT __attribute__((visibility("default")))

static long shift(void)
{
    static _Thread_local bool known;
    static _Thread_local long seconds;
    if (!known) {
        const char *text = getenv("CLOCKSHIFT");
        char *end = NULL;
        long n = text == NULL ? 0 : strtol(text, &end, 10);
        long unit = end == NULL || *end == '\0' ? 1 : *end == 'd' ? DAY_SECONDS : 365 * DAY_SECONDS;
        seconds = n * unit;
        known = true;
    }
    return seconds;
}

EXPORT int clock_gettime(clockid_t clock, struct timespec *ret);
EXPORT int clock_gettime(clockid_t clock, struct timespec *ret)
{
    static int (*real)(clockid_t, struct timespec *);
    if (real == NULL) {
        union {
            void *object;
            int (*function)(clockid_t, struct timespec *);
        } found = {dlsym(RTLD_NEXT, "clock_gettime")};
        real = found.function;
    }
    int result = real(clock, ret);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        ret->tv_sec += shift();
    }
    return result;
}

EXPORT time_t time(time_t *ret)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    if (ret != NULL) {
        *ret = now.tv_sec;
    }
    return now.tv_sec;
}

EXPORT int gettimeofday(struct timeval *restrict ret, void *restrict zone)
{
    (void)zone;
    struct timespec now = {0};
    int result = clock_gettime(CLOCK_REALTIME, &now);
    ret->tv_sec = now.tv_sec;
    ret->tv_usec = now.tv_nsec / 1000;
    return result;
}
