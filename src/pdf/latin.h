/* Latin characters in simple fonts: encodings, glyph names, widths of the standard fonts. */
#ifndef PDF_LATIN_H
#define PDF_LATIN_H

#include "base/span.h"

typedef enum latin_encoding { LATIN_STANDARD, LATIN_WIN, LATIN_MAC, LATIN_DOC } latin_encoding;

typedef enum latin_face {
    LATIN_HELVETICA,
    LATIN_HELVETICA_BOLD,
    LATIN_TIMES,
    LATIN_TIMES_BOLD,
    LATIN_TIMES_ITALIC,
    LATIN_TIMES_BOLD_ITALIC,
    LATIN_COURIER,
    LATIN_NO_FACE
} latin_face;

/* The character of a code; 0 when it has none. */
uint32_t latin_decode(latin_encoding encoding, uint8_t code);
/* "Aring", "uni00C5", "u00C5"; 0 when not known. */
uint32_t latin_of_name(span glyph);
/* A standard font by its name, or one that is as wide ("ArialMT"); LATIN_NO_FACE for others. A
 * subset's tag ("ABCDEF+") is passed over. */
latin_face latin_face_of(span base_font);
/* In thousandths of an em; 0 when the font does not have it. */
unsigned latin_width(latin_face face, uint32_t c);

#endif
