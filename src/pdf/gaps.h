/* Numbers that the first revision of a file leaves out. */
#ifndef PDF_GAPS_H
#define PDF_GAPS_H

#include "pdf/file.h"

typedef struct pdf_gaps {
    uint64_t count; /* ids below /Size that no section of the first revision has */
    uint32_t first; /* the lowest of them */
} pdf_gaps;

/* By subsections: nothing is read, whatever the number of objects. */
pdf_gaps pdf_gaps_find(const pdf_file *f);
/* The sentence about them, for an error or a warning. */
void pdf_gaps_tell(const pdf_gaps *gaps, char *line, size_t n);
/* Refuses a file with gaps in which nothing is signed yet. Otherwise *ret_warn says that there are
 * some: they are allowed, or a signature is there already and it is too late to close them. */
pades_status pdf_gaps_check(pdf_file *f, const pdf_gaps *gaps, bool allow, bool *ret_warn,
                            pades_error **e) MUST_USE;

#endif
