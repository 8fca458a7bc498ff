/* Output as the sign room sees it: begin (with the source it will be a copy of), write in order,
 * commit or abort. */
#ifndef BASE_SINK_H
#define BASE_SINK_H

#include "base/source.h"

/* Takes hold of the place: temporary file made, mode and owner taken from the source. */
pades_status sink_begin(pades_sink *s, pades_source *source, pades_error **e) MUST_USE;
/* True when the input must not be copied because it is there already (in place). */
bool sink_is_in_place(const pades_sink *s);
/* `more`: bytes may be written by a thread other than that of sink_begin. */
pades_status sink_write(pades_sink *s, span data, pades_error **e) MUST_USE;
/* Starts writing dirty pages back, so that the fsync at the end is short. */
void sink_flush_hint(pades_sink *s);
pades_status sink_commit(pades_sink *s, pades_error **e) MUST_USE;
/* Undoes everything; harmless after a commit. */
void sink_abort(pades_sink *s);
DEFINE_AUTO(pades_sink, pades_sink_free)

/* Checks the place without making anything: for --dry-run. */
pades_status sink_check(const pades_sink *s, pades_error **e) MUST_USE;

/* System calls that the "everything fails once" tests replace; the default calls the kernel. */
typedef struct sys_ops sys_ops;

#endif
