/* What the signatures of a document demand of everything that comes after them: DocMDP, FieldMDP
 * and the locks of their fields, and whether a deed keeps to it. One judge for sign and verify: it
 * knows names and deeds, not how they are done. Believes nothing about validity: a demand of a
 * signature that is broken is kept all the same. Owner: demands.c. clause: ISO32000-1#12.8.2.2
 * DocMDP, ISO32000-1#12.8.2.4 FieldMDP */
#ifndef PDF_DEMANDS_H
#define PDF_DEMANDS_H

#include "pdf/fields.h"
#include "pdf/lock.h"

typedef struct pdf_demand {
    char *field;       /* full name of the signed field, UTF-8 */
    bool is_timestamp; /* a document timestamp */
    int certification; /* /P of its DocMDP transform; 0: it has none */
    pdf_lock mdp;      /* its FieldMDP transform */
    pdf_lock lock;     /* /Lock of its field */
} pdf_demand;

typedef struct pdf_demands {
    pdf_demand *items;
    size_t n, cap;
    uint64_t names, parsed; /* bytes of lock names, and of all that was read */
} pdf_demands;

/* Of every signature field with a value, and of the certification that /Perms names when no field
 * has it. `from->pool` is not used. A verifier asks this of the file
 * as it was when a signature had just been made (pdf_file_open_at()). */
pades_status pdf_demands_read(const pdf_lock_from *from, const pdf_fields *fields, pdf_demands *ret,
                              pades_error **e) MUST_USE;
void pdf_demands_free(pdf_demands *demands);

typedef enum pdf_deed {
    PDF_DEED_SIGN,       /* an empty signature field of the document is signed */
    PDF_DEED_ADD_HIDDEN, /* a signature field that is not seen is added */
    PDF_DEED_ADD_SHOWN,  /* one that is seen */
    PDF_DEED_FILL,       /* another field gets a value */
    PDF_DEED_ANNOTATE,   /* an annotation is added, changed or removed */
    PDF_DEED_PRESERVE    /* a document timestamp, or what verifies signatures, is added */
} pdf_deed;

/* PADES_DOC_NOT_PERMITTED naming the signature that forbids it, and why. `name`: full name of the
 * field, not used for PDF_DEED_ANNOTATE. */
pades_status pdf_demands_allow(const pdf_demands *demands, pdf_deed deed, const char *name,
                               pades_error **e) MUST_USE;
/* A certification is the first signature; document timestamps do not count. */
pades_status pdf_demands_allow_certification(const pdf_demands *demands, pades_error **e) MUST_USE;
/* A new field below others changes the field above it, or makes more than one: after a signature
 * other readers take that for tampering. */
pades_status pdf_demands_allow_nesting(const pdf_demands *demands, pades_error **e) MUST_USE;
/* Usage rights may go only while nothing is signed, not even by a timestamp. */
pades_status pdf_demands_allow_dropping(const pdf_demands *demands, pades_error **e) MUST_USE;

#endif
