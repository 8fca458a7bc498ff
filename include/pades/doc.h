/* libpades - what a PDF file is made of, as far as signatures go. No trust, no network. */
#ifndef PADES_DOC_H
#define PADES_DOC_H

#include <pades/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Reads the structure. The source must outlive the document, which reads it again when parts are
 * asked for. */
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
    size_t signatures; /* signature fields with a value; the first 10,000 can be looked at */
    int encrypted;
    int certification; /* DocMDP /P: 1, 2, 3; 0: not certified */
    int second_reader; /* 1: qpdf agrees; 0: not asked (over the limit) */
} pades_doc_info;
PADES_API const pades_doc_info *pades_doc_get_info(const pades_doc *doc);

/* What is said here is that something is there, not that it is good or bad. */
typedef struct pades_facts_info {
    int header_major, header_minor;
    const char *catalog_version; /* /Version as it stands, escaped; NULL: none */
    const char *linearized;      /* "yes", "updated since", "with another size"; NULL: no */
    const char *extensions;      /* "ADBE 1.7 level 8, ..."; NULL: none */
    int tagged, collection;
    size_t embedded_files; /* of the name tree */
    int embedded_files_more;
    size_t associated_files; /* /AF of the catalog */
    int xfa, needs_rendering, need_appearances;
    int sig_flags;
    int javascript;          /* scripts of the document, or one that runs when it is opened */
    const char *open_action; /* "destination", or the kind of action: "URI"; NULL: none */
    int additional_actions;  /* /AA of the catalog */
    int usage_rights;        /* UR or UR3 */
    int dss;
    size_t dss_certificates, dss_ocsps, dss_crls, dss_vris; /* entries, not looked at */
} pades_facts_info;
PADES_API const pades_facts_info *pades_doc_get_facts(const pades_doc *doc);
/* A standard that the document claims to keep, which nobody has checked: "PDF/A-3B", "PDF/UA-1",
 * "PDF/X", "Factur-X or ZUGFeRD"; NULL beyond the end. */
PADES_API const char *pades_doc_get_claim(const pades_doc *doc, size_t index);

typedef enum pades_opened {
    PADES_OPENED_NOT = 0,
    PADES_OPENED_USER = 1,
    PADES_OPENED_OWNER = 2
} pades_opened;

typedef struct pades_encryption_info {
    const char *handler; /* "Standard", or the name of one that is refused, escaped; NULL: none */
    const char *streams, *strings; /* "RC4", "AESV2", "AESV3", "Identity"; NULL: not understood */
    unsigned key_bits;             /* 0: not understood */
    int64_t version, revision;     /* /V and /R */
    int encrypt_metadata;
    int32_t permissions; /* /P (ISO 32000-1, table 22) */
    int opened;          /* a pades_opened: whose password opened it; the empty one is the user's */
} pades_encryption_info;
/* NULL: the document is not encrypted. When nothing opened it a warning says why, and there are
 * neither fields nor signatures. A wrong password (pades_source_set_password()) makes
 * pades_doc_open() fail with PADES_DOC_PASSWORD. */
PADES_API const pades_encryption_info *pades_doc_get_encryption(const pades_doc *doc);

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

/* What a lock forbids to change: of a signature field (/Lock) or of a signature (FieldMDP). */
typedef struct pades_lock_info {
    const char *action;        /* "All", "Include", "Exclude"; NULL when absent */
    int p;                     /* /P: 1, 2, 3; 0 when absent */
    const char *const *fields; /* the first names, escaped */
    size_t fields_listed;      /* how many these are, at most 32 */
    size_t fields_n;           /* how many the lock names */
} pades_lock_info;

typedef struct pades_field_info {
    const char *name; /* fully qualified, escaped */
    const char *type; /* "Sig", "Tx", "Btn", "Ch" or "" */
    uint32_t object;
    int is_signed;      /* a signature field with a value */
    int detailed;       /* a signature field that was looked into (the first 1,000); then: */
    const char *widget; /* "merged" with the field, "separate", "none" */
    int visible;        /* a widget has an area and is neither hidden nor not to be viewed */
    size_t page;        /* the page that has the widget, from 1; 0: not known */
    int has_lock;       /* /Lock, which binds whoever signs the field */
    pades_lock_info lock;
    size_t seeds;   /* seed values (/SV), listed by pades_doc_get_seed() */
    int seeds_more; /* there may be some that were not looked at */
} pades_field_info;
PADES_API const pades_field_info *pades_doc_get_field(const pades_doc *doc, size_t index);

typedef struct pades_seed_info {
    const char *name;  /* the key: "SubFilter", "Reasons", "Cert Issuer" ... */
    const char *value; /* escaped; the items of a list come one by one under the same name */
    int required;      /* else it is a wish */
} pades_seed_info;
/* What a field asks of the signature that fills it; NULL beyond the end. */
PADES_API const pades_seed_info *pades_doc_get_seed(const pades_doc *doc, size_t field,
                                                    size_t index);

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
    uint64_t signed_bytes;    /* bytes in the two ranges; 0: they are not inside the file */
    uint64_t revision_end;    /* of the revision in which they end */
    size_t cms_n;             /* octets of the CMS without its padding; 0: it cannot be read */
    const char *cms_encoding; /* "DER", which is asked for, or "BER"; NULL: neither */
    int padding_is_zero;
    /* What the CMS says of itself; NULL and 0 when it cannot be read, and for signatures behind the
     * first 1,000. Names of algorithms, or their identifiers in dotted form. */
    size_t signers;
    const char *digest;              /* "sha256" */
    const char *signature_algorithm; /* "RSA PKCS#1 v1.5", "RSA-PSS", "ECDSA" */
    const char *cms_time;            /* signing-time of the signed attributes, RFC 3339 */
    size_t attributes, certificates, references; /* see the calls below */
    int timestamp; /* the CMS has a signature-time-stamp, or is a timestamp itself; then: */
    const char *timestamp_time;
    const char *timestamp_digest;
    const char *timestamp_policy;
    const char *timestamp_serial;
    const char *timestamp_authority; /* subject of the token's certificate */
} pades_signature_info;
PADES_API const pades_signature_info *pades_doc_get_signature(const pades_doc *doc, size_t index);

typedef struct pades_attribute_info {
    const char *oid;
    const char *name; /* "message-digest"; NULL when it is not known */
    int is_signed;
} pades_attribute_info;
/* Attributes of a signature's CMS, in its order; NULL beyond the end. */
PADES_API const pades_attribute_info *pades_doc_get_attribute(const pades_doc *doc,
                                                              size_t signature, size_t index);

typedef struct pades_certificate_info {
    const char *subject; /* NULL when the certificate cannot be read */
    const char *issuer;
    const char *serial;
} pades_certificate_info;
/* Certificates of a signature's CMS, in its order; NULL beyond the end. */
PADES_API const pades_certificate_info *pades_doc_get_certificate(const pades_doc *doc,
                                                                  size_t signature, size_t index);

typedef struct pades_reference_info {
    const char *method; /* "DocMDP", "FieldMDP", "UR3" ... */
    pades_lock_info lock;
} pades_reference_info;
/* Transforms that a signature refers to; NULL beyond the end. */
PADES_API const pades_reference_info *pades_doc_get_reference(const pades_doc *doc,
                                                              size_t signature, size_t index);

/* Parts of a signature, for other programs to check. */
typedef enum pades_part {
    PADES_PART_REVISION = 1,        /* the file up to revision_end */
    PADES_PART_SIGNED_BYTES = 2,    /* the two ranges joined */
    PADES_PART_CMS = 3,             /* without padding; all of /Contents when cms_n is 0 */
    PADES_PART_CERTIFICATE = 4,     /* PEM; `index` counts them */
    PADES_PART_SIGNATURE_VALUE = 5, /* what a signature-time-stamp stamps */
    PADES_PART_TIMESTAMP = 6        /* the token (RFC 3161), DER */
} pades_part;
/* Takes all n bytes and returns 0; anything else ends the writing with PADES_OUTPUT_FAILED. */
typedef int (*pades_write_fn)(void *user, const void *data, size_t n);
/* Hands a part to `write` in pieces. PADES_INVALID_ARGUMENT when there is no such part,
 * PADES_INPUT_CHANGED when the file is no longer what it was when it was opened. */
PADES_API PADES_MUST_USE pades_status pades_doc_write_part(pades_doc *doc, size_t signature,
                                                           pades_part part, size_t index,
                                                           pades_write_fn write, void *user,
                                                           pades_error **ret_error);

/* Things a user should know; NULL beyond the end. */
PADES_API const char *pades_doc_get_warning(const pades_doc *doc, size_t index);

#ifdef __cplusplus
}
#endif
#endif
