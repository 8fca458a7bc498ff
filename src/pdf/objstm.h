/* Objects inside object streams (ISO 32000-1 7.5.7). One decoded stream is kept at a time. */
#ifndef PDF_OBJSTM_H
#define PDF_OBJSTM_H

#include "pdf/state.h"

/* Object `id`, which is number `index` in the object stream `stream`. */
pades_status objstm_load(pdf_file *f, uint32_t stream, uint32_t index, uint32_t id, pdf_pool *pool,
                         const pdf_obj **ret, pades_error **e) MUST_USE;
/* All that an object stream holds behind its list of objects, decoded; valid until the next load.
 */
pades_status objstm_text(pdf_file *f, uint32_t stream, span *ret, pades_error **e) MUST_USE;
/* Empties the cache. */
void objstm_free(objstm *o);

#endif
