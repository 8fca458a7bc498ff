/* Existing form fields filled in the revision of a seal: their values, and the appearances that go
 * with them. Owner: fill.c, fill_find.c, fill_text.c, fill_button.c, fill_choice.c. */
#ifndef PDF_FILL_H
#define PDF_FILL_H

#include "pdf/sealing.h"

/* A widget of a field that is filled. */
typedef struct fill_widget {
    sealing_part part;
    bool is_field;       /* field and widget are one dictionary */
    span state;          /* new /AS, decoded; p NULL: as it is */
    span content;        /* of a new /AP /N; p NULL: none */
    span resources;      /* of that, as PDF text */
    double w, h;         /* of its form, before /Matrix */
    int rotation;        /* 0, 90, 180, 270 */
    const pdf_obj *font; /* its link to the font, for the check of references */
    pdf_ref look;
} fill_widget;

/* What a field has itself or from its parents and the form. */
typedef struct fill_inherited {
    const pdf_obj *type, *flags, *max_len, *da, *quadding;
} fill_inherited;

enum { FILL_CAUSES = 8 };

typedef struct fill_field {
    const pdf_fill *plan;
    const char *shown; /* the name, escaped */
    sealing_part node;
    fill_inherited inherited;
    int64_t flags;
    fill_widget *widgets;
    size_t widgets_n;
    span name_value; /* /V is this name (decoded), else the plan's text; p NULL: text */
    span text_value; /* UTF-8 of /V, when it is not the plan's */
    bool has_index;  /* /I has to follow */
    size_t index;
    bool drop_rich;
    const char *warned[FILL_CAUSES]; /* what was warned of, once for all widgets */
    struct fill_field *next;
} fill_field;

/* Finds, checks and works out every field of the plan; writes nothing. After the form was read. */
pades_status fill_read(sealing *s, pades_error **e) MUST_USE;
/* Writes what fill_read worked out. */
pades_status fill_write(sealing *s, pades_error **e) MUST_USE;

/* For the files behind this header. */
pades_status fill_find(sealing *s, fill_field **ret, pades_error **e) MUST_USE;
pades_status fill_text(sealing *s, fill_field *field, pades_error **e) MUST_USE;
pades_status fill_button(sealing *s, fill_field *field, pades_error **e) MUST_USE;
pades_status fill_choice(sealing *s, fill_field *field, pades_error **e) MUST_USE;
/* Lays out `text` in every widget. `list`: its lines are the options, `chosen` the chosen one. */
typedef struct fill_words {
    span text; /* UTF-8 */
    bool multiline, list;
    unsigned cells;
    size_t chosen;
} fill_words;
pades_status fill_look(sealing *s, fill_field *field, const fill_words *words,
                       pades_error **e) MUST_USE;
/* Refuses the value, naming the field; the message goes on with `fmt`. */
pades_status fill_refuse(const fill_field *field, pades_status status, pades_error **e,
                         const char *fmt, ...) PRINTF(4, 5);
/* Once a field, `what` is kept. */
void fill_warn(sealing *s, fill_field *field, const char *what);
/* An item of an array, touched. */
pades_status fill_item(sealing *s, const pdf_obj *array, size_t i, sealing_part *ret,
                       pades_error **e) MUST_USE;
bool fill_number(const pdf_obj *o, double *ret);

#endif
