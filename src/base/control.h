/* Steps of a long operation ask here whether to go on. */
#ifndef BASE_CONTROL_H
#define BASE_CONTROL_H

#include "base/compiler.h"
#include <pades/control.h>
#include <pades/error.h>

/* PADES_OK, PADES_CANCELLED or PADES_TIMEOUT. `control` may be NULL. */
pades_status control_check(pades_control *control, pades_error **e) MUST_USE;
void control_progress(pades_control *control, uint64_t done, uint64_t total);
/* Milliseconds left until the deadline; UINT64_MAX without one. */
uint64_t control_left_ms(const pades_control *control);
/* Sleeps, unless control_check() says otherwise meanwhile. */
pades_status control_sleep(pades_control *control, uint64_t ms, pades_error **e) MUST_USE;
/* Monotonic clock in milliseconds. */
uint64_t monotonic_ms(void);
DEFINE_AUTO(pades_control, pades_control_free)

#endif
