/* Small PDF files in memory, of every kind of cross-reference section, for the tests of this room.
 */
#ifndef UNIT_PDF_BUILDER_H
#define UNIT_PDF_BUILDER_H

#include "pdf/file.h"

typedef enum builder_kind { BUILD_TABLE, BUILD_STREAM, BUILD_OBJSTM, BUILD_HYBRID } builder_kind;

typedef struct builder_row {
    uint32_t id, gen;
    uint64_t offset; /* or the index in `stream`; 0 in the file itself: free */
    uint32_t stream; /* number of the object stream, 0: in the file itself */
} builder_row;

typedef struct builder {
    buf out;
    builder_row rows[1024]; /* of the section to come */
    size_t n;
    uint64_t startxref;
    bool gaps;
} builder;

void builder_start(builder *b, const char *version);
void builder_free(builder *b);
void builder_object(builder *b, uint32_t id, uint32_t gen, const char *fmt, ...) PRINTF(4, 5);
/* The objects ids[i] with texts[i] in an object stream. */
void builder_objstm(builder *b, uint32_t id, const uint32_t *ids, const char *const *texts,
                    size_t n);
/* A section over the rows so far; `entries` are further keys of the trailer. The first has an entry
 * for every id below `size`, unless those are very many or `gaps` is set. */
void builder_table(builder *b, uint32_t size, const char *entries);
void builder_stream(builder *b, uint32_t id, uint32_t size, const char *entries);

/* A document of one page: catalog 1, pages 2, page 3, with more keys in each, further objects from
 * 4 on ("" ends the list, NULL none), and xref objects from 90 on. BUILD_OBJSTM has all of them in
 * an object stream, BUILD_HYBRID only the page and what follows it. */
typedef struct builder_plan {
    builder_kind kind;
    const char *version;
    const char *catalog, *pages, *page;
    const char *more[16];
    const char *trailer; /* default: /ID[<00><01>] */
    uint32_t size;       /* default 100 */
    bool gaps;           /* no entries for ids that are not used */
} builder_plan;
void builder_document(builder *b, const builder_plan *plan);

/* A file opened from memory, with what it needs. `bytes` are copied. */
typedef struct opened {
    uint8_t *bytes;
    size_t n;
    pades_ctx *ctx;
    pades_source *source;
    pdf_file *f;
    pdf_pool *pool;
} opened;
void opened_open(opened *o, span a, span b); /* a and b together; fails the test when refused */
void opened_free(opened *o);
/* Resolves "Root.AcroForm.Fields.0.T" from the trailer. */
const pdf_obj *opened_path(opened *o, const char *path, pdf_ref *ret_ref);

#endif
