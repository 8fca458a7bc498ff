/* The two ends of a file, and all its cross-reference sections from the newest on. */
#ifndef PDF_CHAIN_H
#define PDF_CHAIN_H

#include "pdf/state.h"

/* %PDF- at byte 0, and the version. */
pades_status ends_read_header(pdf_file *f, pades_error **e) MUST_USE;
/* The last startxref and %%EOF, with nothing but white space behind. */
pades_status ends_read_tail(pdf_file *f, pades_error **e) MUST_USE;
/* Every section that startxref, /Prev and /XRefStm lead to, and what they say together. */
pades_status chain_read(pdf_file *f, pades_error **e) MUST_USE;

#endif
