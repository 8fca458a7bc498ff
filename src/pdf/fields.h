/* The form: fields walked with a bound, signature fields and their values. */
#ifndef PDF_FIELDS_H
#define PDF_FIELDS_H

#include "pdf/file.h"

typedef struct pdf_field {
    char *name;   /* fully qualified, UTF-8, not escaped */
    char type[4]; /* "Sig", "Tx", "Btn", "Ch", "" (inherited /FT considered) */
    pdf_ref ref;  /* id 0 when direct */
    bool has_value;
    pdf_ref value; /* id 0 when direct or absent */
} pdf_field;

typedef struct pdf_fields {
    pdf_field *items;
    size_t n, cap;
} pdf_fields;

/* Terminal fields; an empty list without /AcroForm. Loops and depth are bounded. For listing: a NUL
 * in a name is U+FFFD. */
pades_status pdf_fields_read(pdf_file *f, pdf_fields *ret, pades_error **e) MUST_USE;
void pdf_fields_free(pdf_fields *fields);

/* The same with what stands between: `groups` are the named fields that have fields below them, and
 * `read` is every object that the walk went through (some more than once). For deeds: a NUL in a
 * name is damage. */
typedef struct pdf_field_tree {
    pdf_fields fields, groups;
    pdf_ref *read;
    size_t read_n, read_cap;
} pdf_field_tree;
pades_status pdf_field_tree_read(pdf_file *f, pdf_field_tree *ret, pades_error **e) MUST_USE;
void pdf_field_tree_free(pdf_field_tree *tree);

/* Offset of the first byte behind "id gen obj" of an object that stands in the file itself; 0 for
 * one that does not, or behind a header longer than any sane one. */
pades_status pdf_body_offset(pdf_file *f, pdf_ref ref, uint64_t *ret, pades_error **e) MUST_USE;

/* A signature dictionary as far as the structure tells. */
typedef struct pdf_signature {
    const pdf_obj *dict; /* in the pool */
    uint64_t byte_range[4];
    bool byte_range_ok; /* four integers, first 0, ordered, inside the file, gap exactly the hex
                           string of /Contents */
    buf contents;       /* decoded, padding included */
} pdf_signature;
pades_status pdf_signature_read(pdf_file *f, const pdf_field *field, pdf_pool *pool,
                                pdf_signature *ret, pades_error **e) MUST_USE;
void pdf_signature_free(pdf_signature *s);

#endif
