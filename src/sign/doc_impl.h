/* What `inspect` knows of a document: plain copies. Shared by doc*.c only. */
#ifndef SIGN_DOC_IMPL_H
#define SIGN_DOC_IMPL_H

#include "pdf/fields.h"
#include <pades/doc.h>

typedef struct doc_revision {
    pades_revision_info pub;
    uint64_t bare_end;     /* without the end of the %%EOF line */
    size_t newest, oldest; /* its sections; newest <= oldest, as the file counts them */
    size_t first_change;
} doc_revision;

/* A change while it is found: what the entry points to is looked at later. */
typedef struct doc_change {
    pades_change_info pub;
    pdf_entry entry;
} doc_change;

struct pades_doc {
    pades_doc_info info;
    doc_revision *revisions;
    size_t revisions_n, revisions_cap;
    doc_change *changes; /* of all revisions, each one's together */
    size_t changes_n, changes_cap;
    pades_section_info *sections;
    size_t sections_n, sections_cap;
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

/* The revisions with their ends and sections, and bytes behind the last. */
pades_status doc_read_revisions(pades_doc *doc, pdf_file *f, pades_error **e) MUST_USE;
/* What each of them added, replaced and freed. */
pades_status doc_read_changes(pades_doc *doc, pdf_file *f, pades_error **e) MUST_USE;
/* Every signature field with a value. */
pades_status doc_read_signatures(pades_doc *doc, pdf_file *f, const pdf_fields *fields,
                                 pades_error **e) MUST_USE;

#endif
