/* Text strings (ISO 32000-1 7.9.2) as UTF-8. Owner: text.c. */
#ifndef PDF_TEXT_H
#define PDF_TEXT_H

#include "base/buf.h"

/* UTF-16 and UTF-8 by their byte order marks, else PDFDocEncoding; what is no character becomes
 * U+FFFD. Not escaped. */
void pdf_text_utf8(buf *out, span text);

#endif
