/* Two readings of one object, compared. Owner: same.c. */
#ifndef PDF_SAME_H
#define PDF_SAME_H

#include "pdf/file.h"

/* Where two readings part; NULL: absent there. */
typedef struct pdf_difference {
    bool differs;
    const pdf_obj *ours, *theirs;
} pdf_difference;

/* Compares by meaning (pdf_same for scalars), but lets `theirs` leave out keys whose value is
 * null in `ours`, which `f` resolves. Of a key twice the last counts. */
pades_status pdf_compare(pdf_file *f, const pdf_obj *ours, const pdf_obj *theirs,
                         pdf_difference *ret, pades_error **e) MUST_USE;
/* A value for a message, escaped and short: as the file spells it, or for another reader what it
 * is. NULL without memory. */
char *pdf_shown(const pdf_obj *o) MUST_USE;

#endif
