/* A simple font as far as writing a line of text with it goes: which code shows a character, and
 * how wide that is. */
#ifndef PDF_FONT_H
#define PDF_FONT_H

#include "pdf/sealing.h"

enum { PDF_FONT_SLOTS = 1024 }; /* a power of two */

typedef struct pdf_font {
    uint32_t unicode[256];          /* 0: the code shows nothing that is known */
    double widths[256];             /* in ems; 0: the font does not have it */
    double ascent, descent;         /* in ems; the descent is below 0 */
    uint16_t slots[PDF_FONT_SLOTS]; /* codes by character, one more than each; 0: free */
} pdf_font;

/* Reads the font dictionary `o`. `name` is its name in messages; a composite font, and one whose
 * codes mean what only the font itself knows, is refused. */
pades_status pdf_font_read(sealing *s, const pdf_obj *o, const char *name, pdf_font *ret,
                           pades_error **e) MUST_USE;
/* Helvetica in WinAnsiEncoding, for fields that name no font. */
void pdf_font_default(pdf_font *ret);
/* Makes the font's codes known to pdf_font_code, after `unicode` and `widths` were set. */
void pdf_font_index(pdf_font *font);
/* The code that shows `c`, or -1. */
int pdf_font_code(const pdf_font *font, uint32_t c);

#endif
