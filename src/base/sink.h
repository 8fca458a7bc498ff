/* Output as the sign room sees it: begin (with the source it will be a copy of), write in order,
 * commit or abort. */
#ifndef BASE_SINK_H
#define BASE_SINK_H

#include "base/ctx.h"
#include "base/source.h"

/* Takes hold of the place: leftovers of dead processes removed from the folder (once a context and
 * folder), temporary file made (0600); mode and owner are the source's from the commit on. */
pades_status sink_begin(pades_ctx *ctx, pades_sink *s, pades_source *source,
                        pades_error **e) MUST_USE;
/* True when the input must not be copied because it is there already (in place). */
bool sink_is_in_place(const pades_sink *s);
/* In order. In place: kept until the commit. */
pades_status sink_write(pades_sink *s, span data, pades_error **e) MUST_USE;
/* The same, piece by piece. */
pades_status sink_write_view(pades_sink *s, view data, pades_error **e) MUST_USE;
pades_status sink_commit(pades_sink *s, pades_error **e) MUST_USE;
/* Undoes everything; harmless after a commit. */
void sink_abort(pades_sink *s);
DEFINE_AUTO(pades_sink, pades_sink_free)

/* Checks the place without making anything: for --dry-run. */
pades_status sink_check(pades_sink *s, pades_error **e) MUST_USE;

#endif
