/* Finds where an indirect object or a trailer dictionary ends, in windows that grow until it does,
 * and parses it. */
#ifndef PDF_INDIRECT_H
#define PDF_INDIRECT_H

#include "pdf/file.h"

typedef struct pdf_indirect {
    pdf_ref ref;    /* as its header says */
    pdf_obj *value; /* in the pool */
    uint64_t at;    /* of its header */
    uint64_t data;  /* of a stream: the first byte of its data; else 0 */
    uint64_t end;   /* just after `endobj`, or for a stream just after `stream` and its EOL */
} pdf_indirect;

/* The object whose header stands at `at` (white space before it is allowed). `id` is for errors. */
pades_status indirect_read(pdf_file *f, uint64_t at, uint32_t id, pdf_pool *pool, pdf_indirect *ret,
                           pades_error **e) MUST_USE;
/* The dictionary after the word `trailer`, which ends at `at`; *ret_end: where `startxref` begins.
 */
pades_status indirect_read_trailer(pdf_file *f, uint64_t at, pdf_pool *pool, const pdf_obj **ret,
                                   uint64_t *ret_end, pades_error **e) MUST_USE;

/* The text of an object's value, of a stream that of its dictionary, where its header stands at
 * `at`; it stays until the next object is read. Nothing is parsed. */
pades_status indirect_text(pdf_file *f, uint64_t at, uint32_t id, span *ret, bool *ret_stream,
                           pades_error **e) MUST_USE;

#endif
