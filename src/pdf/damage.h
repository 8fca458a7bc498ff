/* Errors about damaged files: place, clause and what can be done, in one call. */
#ifndef PDF_DAMAGE_H
#define PDF_DAMAGE_H

#include "base/fail.h"
#include "base/source.h"
#include "pdf/file.h"

/* PADES_DOC_DAMAGED about object `id` (0: none) at byte `at`; `clause` is a literal. */
pades_status pdf_damaged(pades_error **e, uint32_t id, uint64_t at, const char *clause,
                         const char *fmt, ...) PRINTF(5, 6);
/* Adds the place, and the hint when it is damage, to an error just made; returns `status`. */
pades_status pdf_place(pades_error **e, pades_status status, uint32_t id, uint64_t at);
/* With an error on its way out that names an object but not where it stands: adds the offset that
 * the file's table gives; of an object in a stream, the stream's. Returns `status`. */
pades_status pdf_locate(pdf_file *f, pades_status status, pades_error **e);
/* For what a seal can do without: PADES_OK when `status` is OK or about the document (damaged,
 * unsupported, over a limit), its error dropped; else `status`, with *why handed over to *e. */
pades_status pdf_forgive(pades_status status, pades_error **why, pades_error **e) MUST_USE;

/* To be asked once, with the error on its way out: says of damage in a file that bears a signature
 * that nothing mends it. Reads the file through; returns `status`. */
pades_status pdf_mending(pades_source *source, pades_status status, pades_error **e);

#endif
