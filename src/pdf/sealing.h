/* A seal's revision while it is made: what was read of the document, and the writer. Shared by
 * seal.c, acroform.c and page.c only. */
#ifndef PDF_SEALING_H
#define PDF_SEALING_H

#include "pdf/incr.h"
#include "pdf/seal.h"

/* A value and the object it stands in; ref.id 0: inside the object that holds it. */
typedef struct sealing_part {
    const pdf_obj *o; /* NULL when absent or null */
    pdf_ref ref;
} sealing_part;

typedef struct sealing {
    pdf_file *f;
    const pdf_seal_plan *plan;
    pdf_pool *pool;
    pdf_incr *w;
    pdf_seal *ret;
    sealing_part catalog, extensions;
    sealing_part form, fields; /* acroform.c */
    sealing_part page, annots; /* page.c */
    span corner[2];            /* of the page, as the file writes the numbers */
    pdf_ref field, signature, look;
    buf new_form;       /* what /AcroForm of the catalog becomes, when it must */
    buf new_extensions; /* likewise */
} sealing;

/* Resolves `key` of `dict`, which has no key twice; touches the object it stands in. */
pades_status sealing_get(sealing *s, const pdf_obj *dict, const char *key, sealing_part *ret,
                         pades_error **e) MUST_USE;
/* Notes that an object of the input is read for what is written, for the second opinion. */
pades_status sealing_touch(sealing *s, pdf_ref ref, pades_error **e) MUST_USE;
/* Begins the object of `part` again: touched, no key twice, no reference to an object to come. */
pades_status sealing_begin_again(sealing *s, const sealing_part *part, pades_error **e) MUST_USE;
/* The same checks for a value that is written again inside another. */
pades_status sealing_check(sealing *s, const sealing_part *part, pades_error **e) MUST_USE;
void sealing_warn(sealing *s, const char *line);
/* `array` again with one more reference at its end. */
void sealing_append(buf *out, const pdf_obj *array, pdf_ref ref);

/* The form: reads it and refuses what is dynamic XFA. */
pades_status acroform_read(sealing *s, pades_error **e) MUST_USE;
/* Sets ret->field; PADES_FIELD_EXISTS. */
pades_status acroform_choose_name(sealing *s, pades_error **e) MUST_USE;
/* Writes what changes of the form, or leaves it in new_form for the catalog. */
pades_status acroform_write(sealing *s, pades_error **e) MUST_USE;

/* The first page, its /Annots and the corner of its crop box. */
pades_status page_find_first(sealing *s, pades_error **e) MUST_USE;
pades_status page_write(sealing *s, pades_error **e) MUST_USE;

#endif
