/* The document security store: the certificates, OCSP answers and CRLs that a document brings with
 * it, read, and a revision that adds to it. What is there is never dropped, also what cannot be
 * read; nothing is stored twice. Knows nothing of what they mean. Owner: dss.c, dss_write.c.
 * clause: EN319142-1#5.4.2 */
#ifndef PDF_DSS_H
#define PDF_DSS_H

#include "base/bulk.h"
#include "pdf/seal.h"

typedef enum pdf_dss_kind { PDF_DSS_CERT, PDF_DSS_OCSP, PDF_DSS_CRL, PDF_DSS_KINDS } pdf_dss_kind;

/* One entry of an array. `data` is empty when it could not be read. */
typedef struct pdf_dss_item {
    pdf_ref ref; /* id 0: no reference */
    bulk data;
} pdf_dss_item;

typedef struct pdf_dss_list {
    const pdf_obj *array; /* NULL: there is none */
    pdf_dss_item *items;  /* those that were looked at, in order */
    size_t n, cap;
} pdf_dss_list;

typedef struct pdf_dss {
    pdf_pool *pool;      /* of what the pointers lead to */
    const pdf_obj *dict; /* NULL: the document has none */
    pdf_ref ref;         /* id 0: it stands in the catalog */
    pdf_dss_list lists[PDF_DSS_KINDS];
    const pdf_obj *vri; /* NULL: none */
    pdf_ref vri_ref;
    pdf_ref *read; /* objects that dictionary and arrays stand in, for the second reader */
    size_t read_n, read_cap;
    uint64_t bytes[2]; /* decoded so far, in memory and in files */
    buf warnings;      /* NUL-separated lines: what was passed over */
} pdf_dss;

/* A stream that cannot be read is passed over with a warning, and so is what is beyond 10,000 of
 * them, 256 MiB of small ones or 1 GiB of large ones. PADES_DOC_DAMAGED when the dictionary itself
 * or an array is something else. clause: EN319142-1#5.4.2.2 */
pades_status pdf_dss_read(pdf_file *f, pdf_dss *ret, pades_error **e) MUST_USE;
void pdf_dss_free(pdf_dss *dss);

/* 40 hexadecimal digits and a NUL. */
enum { PDF_VRI_KEY = 41 };

typedef struct pdf_dss_plan {
    const view *items[PDF_DSS_KINDS]; /* to be stored, unless they are there */
    size_t n[PDF_DSS_KINDS];
    const char (*vri)[PDF_VRI_KEY]; /* signatures that get an entry of /VRI, with everything */
    size_t vri_n;
    int64_t time; /* /TU of those */
} pdf_dss_plan;

/* The key of a signature in /VRI: of its whole /Contents, padding and all. clause:
 * EN319142-1#5.4.2.3 */
pades_status pdf_dss_vri_key(span contents, char ret[PDF_VRI_KEY], pades_error **e) MUST_USE;

/* A revision (ret->front and ret->revision, which has no hole; empty when there is nothing to add).
 * Refused as a document timestamp would be. `old`: as pdf_dss_read() gave it of the same file. */
pades_status pdf_dss_build(pdf_file *f, const pdf_dss *old, const pdf_dss_plan *plan, pdf_seal *ret,
                           pades_error **e) MUST_USE;

#endif
