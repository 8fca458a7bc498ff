/* A raw look at all bytes of a file, sound or damaged, which believes no table: whether anything in
 * it looks signed, and what another program would need to read it whole. */
#ifndef PDF_SURVEY_H
#define PDF_SURVEY_H

#include "pdf/file.h"

typedef struct pdf_survey {
    const char *trace; /* what looks like a signature, e.g. "/ByteRange"; NULL: nothing does */
    uint64_t trace_at; /* where it stands, or the stream that it is packed in */
    bool encrypted;    /* /Encrypt stands somewhere */
    bool packed;       /* there are object streams */
    uint64_t
        encrypt_at; /* where the dictionary begins that /Encrypt was seen in last; 0: nowhere */
    uint64_t handler_at; /* likewise /Standard, which is in object `handler` */
    pdf_ref handler;
    uint64_t objects; /* headers of objects: `obj` behind two integers */
    uint64_t cost;    /* bytes of memory that qpdf takes for all of it, by estimate */
} pdf_survey;

/* What other readers would inflate to find objects, object streams and cross-reference streams, is
 * inflated and looked at as well, within PADES_LIMIT_STREAM_BYTES each and four times
 * that together; beyond that, or when it is packed in a way that is not read: PADES_LIMIT or
 * PADES_DOC_UNSUPPORTED. `keys`: the same document or one of the same encryption, opened, for what
 * is packed in encrypted streams; NULL: those are passed over. */
pades_status pdf_survey_run(pades_ctx *ctx, pades_source *source, const pdf_file *keys,
                            pdf_survey *ret, pades_error **e) MUST_USE;
/* Bytes of memory that qpdf takes for syntax that stands in `text`, by the same estimate. */
uint64_t pdf_survey_text(span text);
/* *ret_found: `/ByteRange` stands somewhere in the bytes of the file. Fast, for a hint. */
pades_status pdf_survey_is_signed(pades_source *source, bool *ret_found, pades_error **e) MUST_USE;

#endif
