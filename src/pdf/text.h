/* Text strings (ISO 32000-1 7.9.2) as UTF-8. Owner: text.c. */
#ifndef PDF_TEXT_H
#define PDF_TEXT_H

#include "base/buf.h"

/* UTF-16 and UTF-8 by their byte order marks, else PDFDocEncoding; what is no character becomes
 * U+FFFD. Not escaped. */
void pdf_text_utf8(buf *out, span text);
/* The byte that is this character in PDFDocEncoding; -1: none is. */
int pdf_text_doc_byte(uint32_t code_point);

#endif
