/* What qpdf would take of memory to answer for some objects, found out before it is asked. */
#ifndef PDF_SECOND_COST_H
#define PDF_SECOND_COST_H

#include "pdf/file.h"

/* PADES_LIMIT when it is more than is borne. Counts the trailers, the root and each of `refs`; of a
 * stream also what its data cannot be read without; and, because qpdf reads an object stream whole,
 * all that is packed together with one of these. `listed`: also every object that a dictionary
 * among them refers to, which listing a dictionary's keys makes qpdf read. What cannot be read here
 * is an error: qpdf is not asked about it. */
pades_status second_afford(pdf_file *f, const pdf_ref *refs, size_t n, bool listed,
                           pades_error **e) MUST_USE;

#endif
