/* libpades - what a PDF file is made of, as far as signatures go. No trust, no network. */
#ifndef PADES_DOC_H
#define PADES_DOC_H

#include <pades/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Reads the structure. The source must outlive the document. */
PADES_API PADES_MUST_USE pades_status pades_doc_open(pades_ctx *ctx, pades_source *source,
                                                     pades_doc **ret_doc, pades_error **ret_error);
PADES_API void pades_doc_free(pades_doc *doc);

typedef enum pades_xref_kind {
    PADES_XREF_TABLE = 1,
    PADES_XREF_STREAM = 2,
    PADES_XREF_HYBRID = 3
} pades_xref_kind;

typedef struct pades_doc_info {
    int version_major, version_minor; /* the later of header and catalog */
    uint64_t size;                    /* bytes of the file */
    uint64_t entries;                 /* xref entries over all sections */
    uint32_t size_entry;              /* /Size of the newest trailer */
    size_t revisions;
    size_t sections;   /* cross-reference sections; a linearized or hybrid revision has several */
    size_t fields;     /* terminal form fields; 0 without /AcroForm */
    size_t signatures; /* signature fields with a value */
    int encrypted;
    int certification; /* DocMDP /P: 1, 2, 3; 0: not certified */
    int second_reader; /* 1: qpdf agrees; 0: not asked (over the limit) */
} pades_doc_info;
PADES_API const pades_doc_info *pades_doc_get_info(const pades_doc *doc);

typedef struct pades_revision_info {
    uint64_t end;       /* bytes of the file up to and with this revision's %%EOF line */
    uint64_t startxref; /* offset of its newest section */
    pades_xref_kind kind;
    uint64_t entries; /* entries of its cross-reference sections */
    size_t sections;
    int linearized; /* two sections, the first page's before the main one */
    int counted;    /* 0: too many entries, or a damaged one: the next three say nothing */
    uint64_t added; /* objects whose number was not in use before */
    uint64_t replaced, freed;
    size_t changes;      /* how many of these pades_doc_get_change() lists; none of the first */
    const char *catalog; /* keys of the catalog that came, changed or went, escaped; NULL: none */
} pades_revision_info;
/* Oldest first; NULL beyond the end. */
PADES_API const pades_revision_info *pades_doc_get_revision(const pades_doc *doc, size_t index);

typedef struct pades_section_info {
    size_t revision; /* its index */
    uint64_t offset;
    pades_xref_kind kind; /* table or stream */
    uint64_t entries;
    int hidden; /* the stream that a hybrid file's table names */
} pades_section_info;
/* Oldest first; NULL beyond the end. */
PADES_API const pades_section_info *pades_doc_get_section(const pades_doc *doc, size_t index);

typedef struct pades_change_info {
    uint32_t object;
    const char *change; /* "added", "replaced" or "freed" */
    const char *kind;   /* what the object says it is, in a word or two: "catalog", "page",
                           "signature field", "signature", "document timestamp", "DSS",
                           "annotation", "widget", "form field", "form", "metadata", "stream",
                           "dictionary" ...; NULL: freed, or not looked at */
} pades_change_info;
/* The first of the objects that a revision changed; NULL beyond the end of the list. */
PADES_API const pades_change_info *pades_doc_get_change(const pades_doc *doc, size_t revision,
                                                        size_t index);

typedef struct pades_field_info {
    const char *name; /* fully qualified, escaped */
    const char *type; /* "Sig", "Tx", "Btn", "Ch" or "" */
    uint32_t object;
    int is_signed; /* a signature field with a value */
} pades_field_info;
PADES_API const pades_field_info *pades_doc_get_field(const pades_doc *doc, size_t index);

typedef struct pades_signature_info {
    const char *field;
    const char *type; /* "signature" or "doctimestamp" */
    const char *sub_filter;
    const char *filter;
    const char *name; /* /Name, escaped; NULL when absent, as the following */
    const char *reason;
    const char *location;
    const char *time; /* /M as RFC 3339, or NULL */
    uint64_t byte_range[4];
    int byte_range_ok;   /* four integers whose gap is exactly /Contents of this dictionary */
    int covers_revision; /* 1: whole revision up to its %%EOF; 0: less */
    int covers_file;     /* 1: the whole file */
    size_t contents_n;   /* bytes of /Contents without hex, padding included */
    const char *signer;  /* subject of the certificate in the CMS, unverified, or NULL */
    const char *signer_serial;
} pades_signature_info;
PADES_API const pades_signature_info *pades_doc_get_signature(const pades_doc *doc, size_t index);
/* Things a user should know; NULL beyond the end. */
PADES_API const char *pades_doc_get_warning(const pades_doc *doc, size_t index);

#ifdef __cplusplus
}
#endif
#endif
