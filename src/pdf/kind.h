/* What an object is, in a word, as far as its own dictionary says. Owner: kind.c. */
#ifndef PDF_KIND_H
#define PDF_KIND_H

#include "pdf/object.h"

/* A literal: "catalog", "page", "signature field", "signature", "document timestamp", "annotation",
 * "form field", "stream", "dictionary", "array" ...; never NULL. What the object says, no more. */
const char *pdf_kind_word(const pdf_obj *o, bool is_stream);

#endif
