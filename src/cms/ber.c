/* Indefinite lengths (X.690 8.1.3.6) undone. NSS writes the outer levels of a CMS so, Bouncy Castle
 * the octet string too. Depth is bounded, and every level is copied once into the one above it.
 * clause: RFC5652#1 CMS values may be BER */
#include "cms/ber.h"

#include "base/der.h"
#include "base/fail.h"

enum { DEPTH_MAX = 16, CONSTRUCTED = 0x20, OCTETS_IN_PIECES = DER_OCTET_STRING | CONSTRUCTED };

static const char truncated[] = "it ends in an element";

/* Its length: false when that is indefinite or malformed (then r->failed). */
static bool read_length(reader *r, size_t *ret)
{
    int first = reader_next(r);
    unsigned octets = (unsigned)first & 0x7f;
    if (first < 0x80) {
        r->failed = first < 0;
        *ret = (size_t)first;
        return !r->failed;
    }
    if (octets == 0) {
        return false;
    }
    uint64_t n = octets <= 8 ? reader_be(r, octets) : UINT64_MAX;
    r->failed = r->failed || n > reader_left(r);
    *ret = (size_t)n;
    return !r->failed;
}

static bool at_end_of_contents(reader *r)
{
    if (reader_left(r) < 2 || r->s.p[r->pos] != 0 || r->s.p[r->pos + 1] != 0) {
        return false;
    }
    r->pos += 2;
    return true;
}

static const char *convert(reader *r, buf *out);

/* Elements up to the two zeros. */
static const char *convert_contents(reader *r, buf *out)
{
    const char *wrong = NULL;
    while (!wrong && !at_end_of_contents(r)) {
        wrong = reader_left(r) < 2 ? truncated : convert(r, out);
    }
    return wrong;
}

/* Only the contents of primitive pieces; `inside` has nothing else. */
static const char *join_pieces(span inside, buf *out)
{
    reader r = reader_of(inside);
    der_tlv piece;
    while (reader_left(&r) > 0) {
        if (!der_expect(&r, DER_OCTET_STRING, &piece)) {
            return "an octet string is in pieces that are none";
        }
        buf_add_span(out, piece.content);
    }
    return NULL;
}

static const char *add_element(int tag, span content, buf *out)
{
    AUTO_VAL(buf) joined = BUF(out->max);
    if (tag != OCTETS_IN_PIECES) {
        der_add(out, tag, content);
        return NULL;
    }
    const char *wrong = join_pieces(content, &joined);
    out->failed = out->failed || joined.failed;
    der_add(out, DER_OCTET_STRING, buf_span(&joined));
    return wrong;
}

static const char *convert_indefinite(reader *r, int tag, buf *out)
{
    AUTO_VAL(buf) content = BUF(out->max);
    if (!(tag & CONSTRUCTED)) {
        return "a value without parts has no definite length";
    }
    if (++r->depth > DEPTH_MAX) {
        return "its elements are nested too deeply";
    }
    const char *wrong = convert_contents(r, &content);
    r->depth--;
    out->failed = out->failed || content.failed;
    return wrong ? wrong : add_element(tag, buf_span(&content), out);
}

static const char *convert(reader *r, buf *out)
{
    int tag = reader_next(r);
    size_t n = 0;
    if (tag < 0 || (tag & 0x1f) == 0x1f) {
        return tag < 0 ? truncated : "a tag of several octets";
    }
    if (read_length(r, &n)) {
        return add_element(tag, reader_take(r, n), out);
    }
    return r->failed ? truncated : convert_indefinite(r, tag, out);
}

pades_status ber_to_der(span ber, buf *out, size_t *ret_used, pades_error **e)
{
    reader r = reader_of(ber);
    const char *wrong = convert(&r, out);
    if (wrong) {
        return fail(e, PADES_CMS_INVALID, "not a sound BER element: %s", wrong);
    }
    TRY(buf_check(out, "CMS", e));
    *ret_used = r.pos;
    return PADES_OK;
}
