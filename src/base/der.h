/* A DER writer (X.690) on buf, and a strict bounded DER reader. SET OF is sorted by us: OpenSSL's
 * i2d of a SET OF ignores a failed allocation. */
#ifndef BASE_DER_H
#define BASE_DER_H

#include "base/buf.h"

enum {
    DER_BOOLEAN = 0x01,
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OCTET_STRING = 0x04,
    DER_NULL = 0x05,
    DER_OID = 0x06,
    DER_ENUMERATED = 0x0a,
    DER_UTF8 = 0x0c,
    DER_PRINTABLE = 0x13,
    DER_IA5 = 0x16,
    DER_UTCTIME = 0x17,
    DER_GENERALIZEDTIME = 0x18,
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31
};
/* [n] constructed and primitive. */
#define DER_CONTEXT(n) (0xa0 | (n))
#define DER_CONTEXT_PRIMITIVE(n) (0x80 | (n))

/* One element around `content`. */
void der_add(buf *out, int tag, span content);
/* Header alone; the caller appends `n` content octets. */
void der_add_header(buf *out, int tag, size_t n);
size_t der_header_size(size_t n);
void der_add_uint(buf *out, uint64_t value);
/* INTEGER of unsigned big-endian octets: leading zeros dropped or added as DER wants. */
void der_add_uint_bytes(buf *out, span magnitude);
void der_add_bool(buf *out, bool value);
void der_add_null(buf *out);
/* Dotted text to OBJECT IDENTIFIER; marks the buf failed when the text is not an OID. */
void der_add_oid(buf *out, const char *dotted);
bool der_oid_valid(const char *dotted);
/* SET OF (tag 0x31 or an implicit one) of complete elements, sorted as X.690 11.6 says. */
void der_add_set_of(buf *out, int tag, const span *elements, size_t n);

/* Strict reading: definite minimal lengths, one-octet tags. False (reader marked failed) otherwise.
 */
typedef struct der_tlv {
    int tag;
    span content;
    span whole;
} der_tlv;
bool der_next(reader *r, der_tlv *ret) MUST_USE;
/* The next element, which must have this tag. */
bool der_expect(reader *r, int tag, der_tlv *ret) MUST_USE;
/* The next element if it has this tag (true, *ret filled), else false and the reader unmoved. */
bool der_optional(reader *r, int tag, der_tlv *ret);
/* Dotted text into out (NUL-terminated); false when malformed or too long. */
bool der_oid_text(span content, char *out, size_t cap);
bool der_oid_is(span content, const char *dotted);
bool der_small_uint(span content, uint64_t *ret);

#endif
