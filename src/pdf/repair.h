/* A file written anew by qpdf, which may guess what its damaged parts meant. Knows nothing of
 * signatures: its caller has to know that there are none. */
#ifndef PDF_REPAIR_H
#define PDF_REPAIR_H

#include "pdf/file.h"

typedef struct pdf_rewriting {
    buf said;        /* what qpdf warned of: NUL-terminated lines, escaped */
    uint64_t unsaid; /* warnings beyond those */
    bool encrypted;  /* as it was before */
} pdf_rewriting;

/* Reads the source with recovery and writes all that can be reached from the root to `fd`, a
 * regular file: one table, no object streams, data of streams as it stands. PADES_DOC_DAMAGED when
 * there is too little left, PADES_DOC_PASSWORD when the password does not open an encrypted file,
 * PADES_DOC_ENCRYPTED when there is none (`password` NULL). Its memory is qpdf's: pdf_survey_run()
 * estimates it. */
pades_status pdf_rewrite(pades_source *source, const char *password, int fd, pdf_rewriting *ret,
                         pades_error **e) MUST_USE;
void pdf_rewriting_free(pdf_rewriting *r);

#endif
