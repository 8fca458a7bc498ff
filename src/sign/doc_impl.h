/* What `inspect` knows of a document: plain copies. Shared by doc*.c only. */
#ifndef SIGN_DOC_IMPL_H
#define SIGN_DOC_IMPL_H

#include "cms/cms.h"
#include "pdf/dss.h"
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

typedef struct doc_signature {
    pades_signature_info pub;
    pdf_field field; /* its name is not kept */
    size_t first_attribute, first_certificate, first_reference;
} doc_signature;

typedef struct doc_field {
    pades_field_info pub;
    uint32_t widget; /* the first one's object, 0: none */
    size_t first_seed;
} doc_field;

struct pades_doc {
    pdf_file *file;  /* for the parts of signatures */
    pdf_dss *store;  /* NULL: nobody asked for it yet (ltv.c) */
    unsigned looked; /* at what is in it, for all signatures (ltv.c) */
    pades_doc_info info;
    pades_facts_info facts;
    const char *claims[4];
    size_t claims_n;
    uint32_t dss, form, information; /* objects that catalog and trailer name; 0: none, or direct */
    pades_encryption_info encryption;
    doc_revision *revisions;
    size_t revisions_n, revisions_cap;
    doc_change *changes; /* of all revisions, each one's together */
    size_t changes_n, changes_cap;
    pades_section_info *sections;
    size_t sections_n, sections_cap;
    doc_field *fields;
    size_t fields_n, fields_cap;
    pades_seed_info *seeds; /* of all fields, each one's together */
    size_t seeds_n, seeds_cap;
    doc_signature *signatures;
    size_t signatures_n, signatures_cap;
    pades_attribute_info *attributes; /* of all signatures, each one's together; likewise: */
    size_t attributes_n, attributes_cap;
    pades_certificate_info *certificates;
    size_t certificates_n, certificates_cap;
    pades_reference_info *references;
    size_t references_n, references_cap;
    char **texts; /* every string of the above */
    size_t texts_n, texts_cap;
    const char **warnings;
    size_t warnings_n, warnings_cap, warnings_more;
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
/* What the catalog says beside fields and signatures. */
pades_status doc_read_facts(pades_doc *doc, pdf_file *f, pades_error **e) MUST_USE;
/* The standards it claims to keep. */
pades_status doc_read_claims(pades_doc *doc, pdf_file *f, pades_error **e) MUST_USE;
pades_status doc_read_fields(pades_doc *doc, pdf_file *f, const pdf_fields *fields,
                             pades_error **e) MUST_USE;
/* Sets the page of every field with a widget. */
pades_status doc_find_pages(pades_doc *doc, pdf_file *f, pades_error **e) MUST_USE;
/* What is said of the encryption; PADES_DOC_PASSWORD when a password was given that is wrong. */
pades_status doc_read_encryption(pades_doc *doc, pdf_file *f, pades_error **e) MUST_USE;
/* Every signature field with a value. */
pades_status doc_read_signatures(pades_doc *doc, pdf_file *f, const pdf_fields *fields,
                                 pades_error **e) MUST_USE;
/* What /Contents says of itself; the signature is the last one of the document so far. */
pades_status doc_read_cms(pades_doc *doc, doc_signature *s, span contents,
                          pades_error **e) MUST_USE;

/* Where values are looked up, and what they are kept in. The getters leave *ret as it is when the
 * key is absent or of another kind. */
typedef struct doc_reading {
    pades_doc *doc;
    pdf_file *f;
    pdf_pool *pool;
} doc_reading;
pades_status doc_get(const doc_reading *r, const pdf_obj *dict, const char *key,
                     const pdf_obj **ret, pades_error **e) MUST_USE;
pades_status doc_get_name(const doc_reading *r, const pdf_obj *dict, const char *key,
                          const char **ret, pades_error **e) MUST_USE;
pades_status doc_get_int(const doc_reading *r, const pdf_obj *dict, const char *key, int *ret,
                         pades_error **e) MUST_USE;
/* /Action, /Fields and /P of a lock or of transform parameters. */
pades_status doc_read_lock(const doc_reading *r, const pdf_obj *dict, pades_lock_info *ret,
                           pades_error **e) MUST_USE;
/* /SV of a field's dictionary; the field is the last one of the document so far. */
pades_status doc_read_seed(const doc_reading *r, const pdf_obj *o, doc_field *field,
                           pades_error **e) MUST_USE;
/* /Reference of a signature dictionary. */
pades_status doc_read_references(const doc_reading *r, const pdf_obj *dict, doc_signature *s,
                                 pades_error **e) MUST_USE;

#endif
