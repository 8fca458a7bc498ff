/* What qpdf would take of memory to answer for some objects, found out before it is asked. */
#ifndef PDF_SECOND_COST_H
#define PDF_SECOND_COST_H

#include "pdf/file.h"

/* PADES_LIMIT when it is more than is borne. Counts the trailers, the root, each of `refs`, every
 * object that a dictionary among them refers to (listing a dictionary's keys makes qpdf read their
 * values) and, because qpdf reads an object stream whole, all that is packed together with one of
 * these. */
pades_status second_afford(pdf_file *f, const pdf_ref *refs, size_t n, pades_error **e) MUST_USE;

#endif
