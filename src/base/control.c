/* Progress, cancelling, deadline. */
#include "base/control.h"

#include "base/fail.h"
#include "base/mem.h"

#include <stdatomic.h>
#include <time.h>

enum { NAP_MS = 50 };

struct pades_control {
    pades_progress_fn progress;
    void *user;
    atomic_bool cancelled;
    _Atomic uint64_t deadline; /* monotonic milliseconds; 0: none */
};

pades_status pades_control_new(pades_control **ret_control, pades_error **ret_error)
{
    pades_control *c = mem_alloc(sizeof *c);
    if (!c) {
        return fail_memory(ret_error);
    }
    *ret_control = c;
    return PADES_OK;
}

void pades_control_free(pades_control *control)
{
    mem_free(control);
}

void pades_control_set_progress(pades_control *control, pades_progress_fn fn, void *user)
{
    control->progress = fn;
    control->user = user;
}

void pades_control_cancel(pades_control *control)
{
    atomic_store(&control->cancelled, true);
}

void pades_control_set_deadline(pades_control *control, uint64_t ms)
{
    uint64_t at = 0;
    atomic_store(&control->deadline, u64_add(monotonic_ms(), ms, &at) ? at : 0); /* 0: none */
}

uint64_t monotonic_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

uint64_t control_left_ms(const pades_control *control)
{
    uint64_t deadline = control ? atomic_load(&control->deadline) : 0;
    if (deadline == 0) {
        return UINT64_MAX;
    }
    uint64_t now = monotonic_ms();
    return now < deadline ? deadline - now : 0;
}

pades_status control_check(pades_control *control, pades_error **e)
{
    if (!control) {
        return PADES_OK;
    }
    if (atomic_load(&control->cancelled)) {
        return fail(e, PADES_CANCELLED, "cancelled");
    }
    if (control_left_ms(control) == 0) {
        return fail(e, PADES_TIMEOUT, "the deadline has passed");
    }
    return PADES_OK;
}

pades_status control_sleep(pades_control *control, uint64_t ms, pades_error **e)
{
    uint64_t now = monotonic_ms();
    uint64_t end = 0;
    end = u64_add(now, ms, &end) ? end : UINT64_MAX;
    while (now < end) {
        uint64_t nap = end - now < NAP_MS ? end - now : NAP_MS;
        TRY(control_check(control, e));
        (void)nanosleep(&(struct timespec){0, (long)nap * 1000000L}, NULL);
        now = monotonic_ms();
    }
    return PADES_OK;
}

void control_progress(pades_control *control, uint64_t done, uint64_t total)
{
    if (control && control->progress) {
        control->progress(control->user, done, total);
    }
}
