/* What `inspect` knows of a document: plain copies, nothing of the file stays open. Shared by
 * doc.c and doc_signatures.c only. */
#ifndef SIGN_DOC_IMPL_H
#define SIGN_DOC_IMPL_H

#include "pdf/fields.h"
#include <pades/doc.h>

struct pades_doc {
    pades_doc_info info;
    pades_revision_info *revisions;
    uint64_t *bare_ends; /* of the revisions, without the end of the %%EOF line */
    size_t revisions_n, revisions_cap, bare_cap;
    pades_field_info *fields;
    size_t fields_n, fields_cap;
    pades_signature_info *signatures;
    size_t signatures_n, signatures_cap;
    char **texts; /* every string of the above */
    size_t texts_n, texts_cap;
    const char **warnings;
    size_t warnings_n, warnings_cap;
};

/* Keeps `text` until the document is freed; NULL (no memory) is an error. */
pades_status doc_keep(pades_doc *doc, char *text, const char **ret, pades_error **e) MUST_USE;
/* Escaped and kept. */
pades_status doc_keep_escaped(pades_doc *doc, span text, const char **ret,
                              pades_error **e) MUST_USE;
pades_status doc_warn(pades_doc *doc, pades_error **e, const char *fmt, ...) MUST_USE PRINTF(3, 4);
/* A failure that the reader of the report should know of, and no more: becomes a warning and is
 * cleared. Lack of memory stays a failure. */
pades_status doc_excuse(pades_doc *doc, pades_status status, const char *what,
                        pades_error **e) MUST_USE;

/* Every signature field with a value. */
pades_status doc_read_signatures(pades_doc *doc, pdf_file *f, const pdf_fields *fields,
                                 pades_error **e) MUST_USE;

#endif
