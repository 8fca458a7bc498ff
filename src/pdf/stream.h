/* Where the data of a stream ends: its /Length, and `endstream` right there. */
#ifndef PDF_STREAM_H
#define PDF_STREAM_H

#include "pdf/indirect.h"

/* *ret_n: /Length; *ret_end (may be NULL): just after `endobj`. `direct`: /Length must not be a
 * reference. */
pades_status stream_extent(pdf_file *f, const pdf_obj *dict, uint64_t data, uint32_t id,
                           bool direct, uint64_t *ret_n, uint64_t *ret_end,
                           pades_error **e) MUST_USE;

#endif
