/* qpdf's reading of an object as one of our trees. Owner: second_tree.c. */
#ifndef PDF_SECOND_TREE_H
#define PDF_SECOND_TREE_H

#include "pdf/object.h"
#include "pdf/qpdf.h"

typedef struct second_reader {
    const qpdf_functions *q;
    qpdf_data data;
    pdf_pool *pool; /* of what is read next */
    unsigned depth_max;
} second_reader;

/* The value of `oh`, which is given back (of a stream: its dictionary). Indirect objects within
 * stay references, and so does `oh` itself unless `follow`. Only reals have raw bytes. */
pades_status second_tree(const second_reader *r, qpdf_oh oh, bool follow, pdf_obj **ret,
                         pades_error **e) MUST_USE;

#endif
