/* What a filled text field looks like: lines laid out in a box, as the content of a form XObject.
 * Knows fonts by their codes and widths alone; reads nothing from a file. */
#ifndef PDF_APPEAR_H
#define PDF_APPEAR_H

#include "pdf/font.h"

/* /DA taken apart: the font's resource name, its size, and the operators that set colours. */
typedef struct appear_style {
    span font;   /* decoded; p NULL when none is named */
    double size; /* 0: as fits */
    buf colour;  /* "0 g " */
} appear_style;
void appear_style_free(appear_style *s);
/* Anything that is neither a font nor a colour is left out. Font names point into `pool`. */
pades_status appear_style_read(pdf_pool *pool, span da, appear_style *ret,
                               pades_error **e) MUST_USE;

typedef struct appear_box {
    double w, h;
    double border;     /* width; 0: none */
    span edge, fill;   /* colour operands with their operator ("0 0 1 RG", "1 g"); p NULL: none */
    unsigned quadding; /* 0 left, 1 centred, 2 right */
    bool multiline;
    unsigned cells;  /* of a comb field; 0: none */
    bool list;       /* a line for each option, not centred */
    size_t chosen;   /* the line shown as chosen, of a list; SIZE_MAX: none */
    const char *tag; /* "Tx" */
} appear_box;

/* Codes of one text; a line ends with '\n'. Fails on the first character that the font does not
 * show: *ret_bad is then its code point. */
bool appear_encode(const pdf_font *font, span utf8, buf *codes, uint32_t *ret_bad);
/* The whole content. *ret_fits: everything can be seen. */
void appear_text(const appear_box *box, const appear_style *style, const pdf_font *font,
                 span font_name, span codes, buf *out, bool *ret_fits);
/* At most so many lines of a list are seen. */
size_t appear_lines(const appear_box *box, const appear_style *style);
/* A number as PDF writes it, two places behind the point; the locale plays no part. */
void appear_number(buf *out, double value);

#endif
