/* Text from outside made safe for terminals, logs and messages: C0, C1, DEL, bidirectional and
 * invisible format characters, and bytes that are not UTF-8, become \xNN or \u{NNNN}; the result is
 * valid UTF-8. A backslash stays as it is. */
#ifndef BASE_ESCAPE_H
#define BASE_ESCAPE_H

#include "base/buf.h"

void escape_add(buf *out, span text);
/* New string, cut with "..." above `max` bytes of output (0: 1024); NULL without memory. */
char *escape_text(span text, size_t max) MUST_USE;
/* True when the bytes are valid UTF-8 (RFC 3629). */
bool utf8_valid(span text);
/* Decodes one code point at the reader; -1 at the end or when invalid (reader moves one byte). */
int32_t utf8_next(reader *r);
void utf8_add(buf *out, uint32_t code_point);

#endif
