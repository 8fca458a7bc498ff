/* The second opinion: qpdf reads the same bytes and must see the same root, trailer and objects
 * (law 5). Owner of qpdf's header; the library is opened when first needed. Never recovers, never
 * writes, never asks for pages or the next free id. */
#ifndef PDF_SECOND_H
#define PDF_SECOND_H

#include "pdf/file.h"

typedef enum pdf_second_result {
    PDF_SECOND_AGREES,
    PDF_SECOND_NOT_ASKED_ENTRIES, /* more entries than the limit: the strict reader stands alone */
    PDF_SECOND_NOT_ASKED_SOURCE   /* a source without descriptor that is too big to copy */
} pdf_second_result;

/* Compares the two views of a hybrid file (views.h), then trailer, root and each of `refs`.
 * PADES_DOC_READERS_DISAGREE with both readings (short, escaped) when they differ. Uses its own
 * descriptor or copy, so it may run in another thread than the pass, but not while another thread
 * uses `f`. */
pades_status pdf_second_check(pdf_file *f, const pdf_ref *refs, size_t n, pdf_second_result *ret,
                              pades_error **e) MUST_USE;
/* Loads the library now (idempotent, thread safe); an early call hides its start-up time. */
pades_status pdf_second_preload(pades_error **e) MUST_USE;
/* Version of the loaded library, or NULL. */
const char *pdf_second_version(void);

#endif
