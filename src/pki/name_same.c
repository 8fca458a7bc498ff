/* Are two Names the same? OpenSSL's canonical comparison decides; it decodes both each time, so
 * what surely differs is told apart before: heaps of lists and certificates are of other names.
 * Clause: RFC 5280 7.1. */
#include "pki/signed.h"

#include "pki/ossl.h"
#include <openssl/x509.h>

DEFINE_AUTO(X509_NAME, X509_NAME_free)

static bool is_space(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

/* The next character that counts, or -1. */
static int next_letter(span s, size_t *at)
{
    while (*at < s.n && is_space(s.p[*at])) {
        ++*at;
    }
    return *at < s.n ? lower(s.p[(*at)++]) : -1;
}

static bool is_ascii(const der_tlv *value)
{
    bool text = value->tag == DER_UTF8 || value->tag == DER_PRINTABLE || value->tag == DER_IA5;
    for (size_t i = 0; text && i < value->content.n; i++) {
        text = value->content.p[i] < 0x80;
    }
    return text;
}

/* Blanks and the case of letters never make a difference. */
static bool values_differ(const der_tlv *a, const der_tlv *b)
{
    size_t x = 0;
    size_t y = 0;
    if (!is_ascii(a) || !is_ascii(b)) {
        return false;
    }
    for (;;) {
        int c = next_letter(a->content, &x);
        if (c != next_letter(b->content, &y)) {
            return true;
        }
        if (c < 0) {
            return false;
        }
    }
}

/* The only attribute of an RDN; false when it has several, or is malformed. */
static bool read_sole(reader *r, der_tlv *ret_type, der_tlv *ret_value)
{
    der_tlv set;
    der_tlv seq;
    if (!der_expect(r, DER_SET, &set)) {
        return false;
    }
    reader in = reader_of(set.content);
    if (!der_expect(&in, DER_SEQUENCE, &seq) || reader_left(&in) != 0) {
        return false;
    }
    reader attr = reader_of(seq.content);
    return der_expect(&attr, DER_OID, ret_type) && der_next(&attr, ret_value) &&
           reader_left(&attr) == 0;
}

/* False: they may be the same. */
static bool surely_differ(span a, span b)
{
    der_tlv t;
    der_tlv u;
    reader x = reader_of(a);
    reader y = reader_of(b);
    if (!der_expect(&x, DER_SEQUENCE, &t) || !der_expect(&y, DER_SEQUENCE, &u)) {
        return false;
    }
    x = reader_of(t.content);
    y = reader_of(u.content);
    while (reader_left(&x) > 0 && reader_left(&y) > 0) {
        der_tlv value;
        der_tlv other;
        if (!read_sole(&x, &t, &value) || !read_sole(&y, &u, &other)) {
            return false;
        }
        if (!span_eq(t.content, u.content) || values_differ(&value, &other)) {
            return true;
        }
    }
    return reader_left(&x) != reader_left(&y);
}

static X509_NAME *decode(span der)
{
    const unsigned char *p = der.p;
    return d2i_X509_NAME(NULL, &p, (long)der.n);
}

bool name_same(span a, span b)
{
    enum { NAME_OCTETS = 64 * 1024 };
    if (span_eq(a, b)) {
        return true;
    }
    if (a.n > NAME_OCTETS || b.n > NAME_OCTETS || surely_differ(a, b)) {
        return false;
    }
    AUTO_VAL(ossl_scope) scope = ossl_enter();
    AUTO(X509_NAME) *x = decode(a);
    AUTO(X509_NAME) *y = decode(b);
    return x && y && X509_NAME_cmp(x, y) == 0;
}
