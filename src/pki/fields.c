/* Reads the fields of a certificate that the rooms ask for. What is not strict DER is refused: a
 * certificate that two readers could read in two ways is never used. Signatures, and what OpenSSL
 * alone can judge, are not looked at here. Clause: RFC 5280 4.1, 4.2. */
#include "pki/fields.h"

#include "base/timefmt.h"

bool cert_time(reader *r, int64_t *ret)
{
    der_tlv t;
    if (!der_next(r, &t) || (t.tag != DER_UTCTIME && t.tag != DER_GENERALIZEDTIME)) {
        return false;
    }
    return time_parse_asn1(t.content, t.tag == DER_GENERALIZEDTIME, ret);
}

static bool read_validity(reader *r, cert_fields *f)
{
    der_tlv validity;
    if (!der_expect(r, DER_SEQUENCE, &validity)) {
        return false;
    }
    reader v = reader_of(validity.content);
    return cert_time(&v, &f->not_before) && cert_time(&v, &f->not_after) && reader_left(&v) == 0;
}

static bool read_extensions(reader *r, cert_fields *f)
{
    der_tlv explicit_tag;
    der_tlv exts;
    der_tlv unique;
    (void)der_optional(r, DER_CONTEXT_PRIMITIVE(1), &unique);
    (void)der_optional(r, DER_CONTEXT_PRIMITIVE(2), &unique);
    f->exts = span_of(NULL, 0);
    if (der_optional(r, DER_CONTEXT(3), &explicit_tag)) {
        reader inner = reader_of(explicit_tag.content);
        if (!der_expect(&inner, DER_SEQUENCE, &exts) || reader_left(&inner) != 0) {
            return false;
        }
        f->exts = exts.content;
    }
    return !r->failed && reader_left(r) == 0;
}

static bool read_tbs(span tbs, cert_fields *f)
{
    reader r = reader_of(tbs);
    der_tlv t;
    (void)der_optional(&r, DER_CONTEXT(0), &t);
    if (!der_expect(&r, DER_INTEGER, &t) || t.content.n == 0) {
        return false;
    }
    f->serial = t.content;
    if (!der_expect(&r, DER_SEQUENCE, &t)) {
        return false;
    }
    f->algorithm = t.whole;
    if (!der_expect(&r, DER_SEQUENCE, &t)) {
        return false;
    }
    f->issuer = t.whole;
    if (!read_validity(&r, f) || !der_expect(&r, DER_SEQUENCE, &t)) {
        return false;
    }
    f->subject = t.whole;
    if (!der_expect(&r, DER_SEQUENCE, &t)) {
        return false;
    }
    f->spki = t.whole;
    return read_extensions(&r, f);
}

bool cert_fields_parse(span der, cert_fields *ret)
{
    reader outer = reader_of(der);
    der_tlv cert;
    der_tlv tbs;
    der_tlv t;
    if (!der_expect(&outer, DER_SEQUENCE, &cert) || reader_left(&outer) != 0) {
        return false;
    }
    reader r = reader_of(cert.content);
    cert_fields f;
    if (!der_expect(&r, DER_SEQUENCE, &tbs) || !read_tbs(tbs.content, &f) ||
        !der_expect(&r, DER_SEQUENCE, &t) || !der_expect(&r, DER_BIT_STRING, &t) ||
        reader_left(&r) != 0) {
        return false;
    }
    *ret = f;
    return true;
}

bool cert_ext_next(reader *r, cert_ext *ret)
{
    der_tlv whole;
    der_tlv oid;
    der_tlv t;
    cert_ext ext = {.present = true};
    if (!der_expect(r, DER_SEQUENCE, &whole)) {
        return false;
    }
    reader in = reader_of(whole.content);
    if (!der_expect(&in, DER_OID, &oid)) {
        return false;
    }
    if (der_optional(&in, DER_BOOLEAN, &t)) {
        if (t.content.n != 1) {
            return false;
        }
        ext.critical = t.content.p[0] != 0;
    }
    if (!der_expect(&in, DER_OCTET_STRING, &t) || reader_left(&in) != 0) {
        return false;
    }
    ext.value = t.content;
    ext.id = oid.content;
    *ret = ext;
    return true;
}

bool cert_ext_find(span exts, const char *oid, cert_ext *ret)
{
    cert_ext found = {.present = false};
    reader r = reader_of(exts);
    while (reader_left(&r) > 0) {
        cert_ext ext;
        if (!cert_ext_next(&r, &ext)) {
            return false;
        }
        if (der_oid_is(ext.id, oid)) {
            if (found.present) {
                return false; /* clause: RFC5280#4.2 one instance of an extension */
            }
            found = ext;
        }
    }
    *ret = found;
    return true;
}
