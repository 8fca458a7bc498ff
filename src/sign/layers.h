/* Revisions laid over an input without writing it yet: document timestamps and validation data. The
 * digest state at the end of the input is carried on, so nothing of the input is hashed again
 * (law 2); the second reader agrees with every object of the input that a layer rests on (law 5).
 * What was added is held until the sink takes it: in memory, but for large streams of the store,
 * which lie in spools. */
#ifndef SIGN_LAYERS_H
#define SIGN_LAYERS_H

#include "base/digest.h"
#include "base/sink.h"
#include "pdf/seal.h"
#include "tsa/tsp.h"
#include <pades/sign.h>

typedef struct layers layers;

/* `at_end`: the state after the whole input; copied; NULL: given later, to layers_hashed(). `alg`:
 * its digest, and that of the timestamps. `source` and `control` must outlive it. */
pades_status layers_new(pades_ctx *ctx, pades_source *source, const digest *at_end,
                        pades_digest alg, pades_control *control, layers **ret,
                        pades_error **e) MUST_USE;
void layers_free(layers *l);
DEFINE_AUTO(layers, layers_free)
pades_status layers_hashed(layers *l, const digest *at_end, pades_error **e) MUST_USE;
/* For the first layer of an input that nobody signed. */
void layers_allow(layers *l, bool gaps, bool drop_usage_rights);
/* Issuers that a token lacks come from this folder instead of the network; must outlive `l`. */
void layers_offline(layers *l, const char *folder);
/* The second reader has agreed with these objects of the input already. */
pades_status layers_agreed(layers *l, const pdf_ref *refs, size_t n, pades_error **e) MUST_USE;

/* The input with what was added; belongs to the layers, until the next one is added. */
pades_status layers_open(layers *l, pdf_file **ret, pades_error **e) MUST_USE;
/* A revision that is complete: what reads `l` next sees it. */
pades_status layers_add(layers *l, const pdf_seal *made, pades_error **e) MUST_USE;
/* What `ev` has gathered and the document has not, with an entry of /VRI for every signature when
 * `vri` is set; no layer when there is nothing to add. */
struct evidence;
pades_status layers_dss(layers *l, const struct evidence *ev, bool vri, pades_error **e) MUST_USE;
/* Whether a document timestamp can be added at all; nothing is hashed or asked for. */
pades_status layers_check_stamp(layers *l, const pades_tsa *const *tsas, size_t n,
                                pades_error **e) MUST_USE;

/* What a document timestamp became. */
typedef struct layers_stamped {
    tsp_verified verified;
    buf token;
    size_t tsa; /* index of the authority that made it */
    char *field;
    uint64_t byte_range[4];
} layers_stamped;
void layers_stamped_free(layers_stamped *s);
/* A document timestamp over everything so far, in a new field; once more with more room when the
 * token is larger than any that was known. */
pades_status layers_stamp(layers *l, const pades_tsa *const *tsas, size_t n, layers_stamped *ret,
                          pades_error **e) MUST_USE;

/* Whether anything can be stored in the document at all. */
pades_status layers_check_dss(layers *l, pades_error **e) MUST_USE;

/* All that was added. */
uint64_t layers_size(const layers *l);
pades_status layers_write(const layers *l, pades_sink *sink, pades_error **e) MUST_USE;
const buf *layers_warnings(const layers *l); /* NUL-separated lines */

#endif
