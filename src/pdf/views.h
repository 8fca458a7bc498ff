/* The two views of a hybrid file (ISO 32000-1 7.5.8.4): that of readers which know only tables, and
 * that with the hidden sections. Owner: views.c. */
#ifndef PDF_VIEWS_H
#define PDF_VIEWS_H

#include "pdf/file.h"

/* PADES_DOC_READERS_DISAGREE, with both readings, when a hidden section means another object than
 * the tables under the same number, or another root. What the tables have not at all is allowed:
 * it is what the sections are for. Files that are not hybrid pass at once. */
pades_status pdf_views_check(pdf_file *f, pades_error **e) MUST_USE;
/* *ret: whether a reader that knows only tables finds no catalog, no page tree or no first page. */
pades_status pdf_views_old_sees_nothing(pdf_file *f, bool *ret, pades_error **e) MUST_USE;

#endif
