/* A seal's revision while it is made: what was read of the document, and the writer. Shared by the
 * files of this room that take part in a seal, and by nobody else.
 *
 * The order is: read (catalog, rights, form, target, page), then write (other fields, the target,
 * form, page, catalog, signature). What a field asks of its signature (/SV, /Lock) is read between
 * the two, off sealing.target.field; other fields are found in sealing.tree by their full names. */
#ifndef PDF_SEALING_H
#define PDF_SEALING_H

#include "pdf/demands.h"
#include "pdf/fields.h"
#include "pdf/incr.h"
#include "pdf/seal.h"

/* A value and the object it stands in; ref.id 0: inside the object that holds it. */
typedef struct sealing_part {
    const pdf_obj *o; /* NULL when absent or null */
    pdf_ref ref;
} sealing_part;

/* The field that is signed: an empty one of the document, or one that is made. Its full name is
 * seal.field. Found by target.c, written by widget.c. */
typedef struct sealing_target {
    bool exists;         /* else it is made */
    sealing_part field;  /* exists: the field's dictionary, an object of its own */
    sealing_part widget; /* exists: the field itself or its one kid; o NULL: it has none */
    sealing_part parent; /* made: the field above it; o NULL: the form */
    span rest;           /* made: what its name has behind the parent's: "Seals.Company" */
} sealing_target;

typedef struct sealing {
    pdf_file *f;
    const pdf_seal_plan *plan;
    pdf_pool *pool;
    pdf_incr *w;
    pdf_seal *ret;
    sealing_part catalog, extensions;
    sealing_part form, fields; /* acroform.c */
    pdf_field_tree tree;       /* all fields of the form */
    sealing_target target;
    bool field_certifies; /* its field asks for the certification, nobody else does */
    pdf_demands
        demands;      /* of the signatures that are there: ask it before another field is filled */
    pdf_lock lock;    /* what this signature locks */
    pdf_ref own_lock; /* /Lock of a field that is made */
    bool drop_perms;  /* nothing is left of /Perms */
    sealing_part page, annots; /* page.c, when the field is made */
    span corner[2];            /* of the page, as the file writes the numbers */
    pdf_ref field, signature;
    bool raise_version; /* of the catalog, to 1.7 */
    pdf_ref top;  /* what the form gets: the field that is made, or the first of its new parents */
    buf new_form; /* what /AcroForm of the catalog becomes, when it must */
    buf new_extensions; /* likewise */
    buf new_perms;
    buf new_dss; /* a reference to the security store, when the catalog has to name it */
    const pdf_new_field *added; /* NULL: the field is signed */
    pdf_ref own_seed;           /* /SV of a field that is added */
    struct fill_field *filled;  /* fill.c; in the pool */
    size_t unsaid;              /* warnings beyond those that are listed */
} sealing;

enum { SEALING_WARNINGS_MAX = 96 << 10 };
/* Its memory. f, plan and ret are set. */
pades_status sealing_begin(sealing *s, pades_error **e) MUST_USE;
void sealing_free(sealing *s);
/* The catalog, and what forbids a signature, touched. */
pades_status sealing_read_catalog(sealing *s, pades_error **e) MUST_USE;
/* The catalog with what became new of it, if anything did. */
pades_status sealing_write_catalog(sealing *s, pades_error **e) MUST_USE;
/* The cross-reference section; the revision is moved to s->ret. `slot`: place of the /ByteRange of
 * what is signed. */
pades_status sealing_finish(sealing *s, size_t slot, pades_error **e) MUST_USE;

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

/* Refuses a dynamic XFA form, warns of a static one; the form is read. */
pades_status xfa_check(sealing *s, pades_error **e) MUST_USE;
/* The form: reads it and refuses what is dynamic XFA. */
pades_status acroform_read(sealing *s, pades_error **e) MUST_USE;
/* Writes what changes of the form, or leaves it in new_form for the catalog. */
pades_status acroform_write(sealing *s, pades_error **e) MUST_USE;

/* Reads all fields, for what signatures there are. */
pades_status target_read_fields(sealing *s, pades_error **e) MUST_USE;
/* Reads all fields and finds the one that plan->field names, or chooses a name for a new one. Sets
 * ret->field; PADES_FIELD_EXISTS when what is there cannot be signed. */
pades_status target_find(sealing *s, pades_error **e) MUST_USE;
/* Warns when what the field looks like will not last. */
pades_status target_warn(sealing *s, pades_error **e) MUST_USE;
/* Writes the field, its widget and its new parents. */
pades_status target_write(sealing *s, pades_error **e) MUST_USE;

/* Whether what is there permits it, and what this signature locks; the target is known. */
pades_status mdp_read(sealing *s, pades_error **e) MUST_USE;
/* Writes /Lock of a new field, and /Perms or leaves it in new_perms for the catalog. */
pades_status mdp_write(sealing *s, pades_error **e) MUST_USE;
/* Adds /Reference to the signature's dictionary, when there is any. */
pades_status mdp_add_reference(sealing *s, buf *out, pades_error **e) MUST_USE;

/* Names the extension that is used, or leaves it in new_extensions for the catalog. */
pades_status extensions_write(sealing *s, pades_error **e) MUST_USE;

/* The first page, its /Annots and the corner of its crop box. */
pades_status page_find_first(sealing *s, pades_error **e) MUST_USE;
pades_status page_write(sealing *s, pades_error **e) MUST_USE;

#endif
