/* What a document allows: encryption, DocMDP, FieldMDP, usage rights. One file for sign and verify.
 */
#ifndef PDF_PERMISSIONS_H
#define PDF_PERMISSIONS_H

#include "pdf/file.h"

typedef struct pdf_permissions {
    bool encrypted;
    int certification; /* DocMDP /P, 0 when not certified */
    bool usage_rights; /* UR or UR3 */
} pdf_permissions;
pades_status pdf_permissions_read(pdf_file *f, pdf_permissions *ret, pades_error **e) MUST_USE;
/* Refuses, naming what forbids it, to add one more (invisible) signature. */
pades_status pdf_permissions_allow_signature(const pdf_permissions *p, pades_error **e) MUST_USE;

#endif
