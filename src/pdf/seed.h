/* Seed values: what the author of a form asks of the signature that fills a field. Plain data, as
 * the document says it: whether a signature can satisfy it is for the sign room to judge.
 * clause: ISO32000-1#12.7.4.5 tables 234 and 235, and what PDF 2.0 adds to them */
#ifndef PDF_SEED_H
#define PDF_SEED_H

#include "pdf/file.h"

/* Bits of /Ff of the seed value dictionary: the constraint is required, else it is a wish. */
enum {
    PDF_SEED_FILTER = 1,
    PDF_SEED_SUB_FILTER = 2,
    PDF_SEED_VERSION = 4,
    PDF_SEED_REASONS = 8,
    PDF_SEED_ATTESTATION = 16,
    PDF_SEED_REV_INFO = 32,
    PDF_SEED_DIGEST = 64,
    PDF_SEED_LOCK_DOCUMENT = 128,
    PDF_SEED_APPEARANCE = 256,
    PDF_SEED_ALL = 511
};
/* Bits of /Ff of the certificate seed value dictionary. */
enum {
    PDF_SEED_CERT_SUBJECT = 1,
    PDF_SEED_CERT_ISSUER = 2,
    PDF_SEED_CERT_POLICY = 4,
    PDF_SEED_CERT_SUBJECT_DN = 8,
    PDF_SEED_CERT_RESERVED = 16,
    PDF_SEED_CERT_KEY_USAGE = 32,
    PDF_SEED_CERT_URL = 64,
    PDF_SEED_CERT_ALL = 127
};

typedef struct pdf_seed_list {
    bool given;
    span *items; /* in the pool */
    size_t n;
} pdf_seed_list;

/* One attribute of a distinguished name: "CN" or a dotted OID, and its value in UTF-8. */
typedef struct pdf_seed_attribute {
    span name, value;
} pdf_seed_attribute;
typedef struct pdf_seed_name {
    pdf_seed_attribute *attributes;
    size_t n;
} pdf_seed_name;

typedef struct pdf_seed_cert {
    bool given;
    unsigned required;
    pdf_seed_list subjects, issuers; /* DER certificates */
    pdf_seed_name *names;            /* /SubjectDN */
    size_t names_n;
    pdf_seed_list key_usages; /* of '0', '1', 'X' */
    pdf_seed_list policies;   /* dotted */
    span url, url_type;       /* p NULL when absent */
    span signature_policy;    /* dotted; p NULL when absent */
} pdf_seed_cert;

typedef struct pdf_seed {
    bool given; /* the field has /SV */
    unsigned required;
    span filter; /* p NULL when absent, as the other spans */
    pdf_seed_list sub_filters, digests;
    int64_t version;       /* 0: not said */
    pdf_seed_list reasons; /* UTF-8 */
    int certification;     /* 0: approval, 1 to 3: DocMDP; -1: not said */
    pdf_seed_list attestations;
    int rev_info;       /* 0, 1; -1: not said */
    span lock_document; /* "true", "false", "auto" */
    span appearance;    /* UTF-8 */
    bool timestamp_required;
    span timestamp_url;
    pdf_seed_cert cert;
    int lock_permits; /* /P of the field's own /Lock: 1 to 3; 0: not said */
} pdf_seed;

/* Where it is read from. `touch` (may be NULL) is told of every object that it stands in. */
typedef struct pdf_seed_from {
    pdf_file *f;
    pdf_pool *pool;
    pades_status (*touch)(void *user, pdf_ref ref, pades_error **e);
    void *user;
} pdf_seed_from;

/* /SV of a field's dictionary; `ret->given` false without one. What is of another kind than the
 * standard says is refused: it cannot be known what it asks for. */
pades_status pdf_seed_read(const pdf_seed_from *from, const pdf_obj *field, pdf_seed *ret,
                           pades_error **e) MUST_USE;
/* The dictionary as PDF text, for a field that is made; reading it gives the same again. */
pades_status pdf_seed_write(buf *out, const pdf_seed *seed, pades_error **e) MUST_USE;

#endif
