/* What the parser needs of a pool beyond object.h. */
#ifndef PDF_POOL_H
#define PDF_POOL_H

#include "pdf/object.h"

/* The error behind a NULL of pdf_pool_take(): PADES_LIMIT when its bytes are used up, else
 * PADES_NO_MEMORY. */
pades_status pdf_pool_fail(const pdf_pool *pool, pades_error **e) MUST_USE;
/* The highest number that a reference parsed into the pool has; 0: there is none. */
void pdf_pool_note_ref(pdf_pool *pool, uint32_t id);
uint32_t pdf_pool_highest_ref(const pdf_pool *pool);
/* More than its bytes were asked of it. */
bool pdf_pool_is_over(const pdf_pool *pool);
/* Bytes taken from it so far. */
size_t pdf_pool_taken(const pdf_pool *pool);
/* Bytes that can still be taken, at most. */
size_t pdf_pool_left(const pdf_pool *pool);
/* Fails as if more had been asked of it than is left. */
pades_status pdf_pool_overflow(pdf_pool *pool, pades_error **e) MUST_USE;
/* A pool for short-lived objects, sized for one object of the context's limit. */
pades_status pdf_pool_new_scratch(const pades_ctx *ctx, pdf_pool **ret, pades_error **e) MUST_USE;

/* PADES_LIMIT_DEPTH, and never more than the stack is sure to carry. */
unsigned pdf_depth_limit(const pades_ctx *ctx);

#endif
