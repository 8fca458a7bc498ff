/* A quick comparison of our reading with qpdf's, for the common case that they are the same: each
 * value of ours is looked up, nothing is copied, and nothing is resolved that is not compared. It
 * never says that two readings differ, only that it cannot tell. Owner: second_quick.c. */
#ifndef PDF_SECOND_QUICK_H
#define PDF_SECOND_QUICK_H

#include "pdf/object.h"
#include "pdf/qpdf.h"

typedef struct second_quick {
    const qpdf_functions *q;
    qpdf_data data;
    unsigned handles; /* that were made; they live until qpdf is closed */
} second_quick;

/* True: `oh` means the same as `ours`, an object that is not a stream. Takes what it compared out
 * of qpdf's dictionaries, to see whether keys are left: an object can be asked about once, and
 * after a false qpdf must read the file again before anything else is asked. */
bool second_quick_same(second_quick *s, const pdf_obj *ours, qpdf_oh oh);

#endif
