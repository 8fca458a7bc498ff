/* OCSPResponse (RFC 6960 4.2.1) read strictly: its form, and what a responder says that does not
 * answer. */
#include "pki/ocsp_impl.h"

#include "base/timefmt.h"

static pades_status malformed(pades_error **e, const char *which)
{
    fail(e, PADES_SERVICE_FAILED, "not an OCSP answer: %s", which);
    error_clause(e, "RFC6960#4.2.1");
    return PADES_SERVICE_FAILED;
}

static pades_status declined(uint64_t status, pades_error **e)
{
    static const char *const names[] = {
        "successful",
        "malformedRequest: it could not read the request",
        "internalError",
        "tryLater",
        "unknown",
        "sigRequired: it answers signed requests only",
        "unauthorized: it may not or cannot answer for this certificate",
    };
    pades_status ret = status == 3 ? PADES_TRY_LATER : PADES_SERVICE_FAILED;
    fail(e, ret, "the OCSP responder declined: %s",
         status < ARRAY_LEN(names) ? names[status] : "unknown");
    error_native(e, "OCSPResponseStatus %llu", (unsigned long long)status);
    error_clause(e, "RFC6960#2.3");
    return ret;
}

/* ResponseBytes ::= SEQUENCE { responseType OBJECT IDENTIFIER, response OCTET STRING } */
static const char *read_bytes(span explicit_tag, span *ret)
{
    reader outer = reader_of(explicit_tag);
    der_tlv seq;
    der_tlv type;
    der_tlv bytes;
    if (!der_expect(&outer, DER_SEQUENCE, &seq) || reader_left(&outer) != 0) {
        return "its responseBytes are malformed";
    }
    reader r = reader_of(seq.content);
    if (!der_expect(&r, DER_OID, &type) || !der_expect(&r, DER_OCTET_STRING, &bytes) ||
        reader_left(&r) != 0) {
        return "its responseBytes are malformed";
    }
    *ret = bytes.content;
    return der_oid_is(type.content, OID_OCSP_BASIC) ? NULL : "it is of another type than basic";
}

static pades_status read_outer(span der, span *ret, pades_error **e)
{
    reader outer = reader_of(der);
    der_tlv t;
    uint64_t status = 0;
    if (!der_expect(&outer, DER_SEQUENCE, &t) || reader_left(&outer) != 0) {
        return malformed(e, "no single OCSPResponse in DER");
    }
    reader r = reader_of(t.content);
    if (!der_expect(&r, DER_ENUMERATED, &t) || !der_small_uint(t.content, &status)) {
        return malformed(e, "its responseStatus is malformed");
    }
    if (status != 0) {
        return declined(status, e);
    }
    if (!der_expect(&r, DER_CONTEXT(0), &t) || reader_left(&r) != 0) {
        return malformed(e, "it is successful but empty");
    }
    const char *wrong = read_bytes(t.content, ret);
    return wrong ? malformed(e, wrong) : PADES_OK;
}

/* ResponderID ::= CHOICE { byName [1] Name, byKey [2] OCTET STRING }, both explicit. */
static bool read_responder(reader *r, ocsp_basic *b)
{
    der_tlv t;
    der_tlv inner;
    if (!der_next(r, &t) || (t.tag != DER_CONTEXT(1) && t.tag != DER_CONTEXT(2))) {
        return false;
    }
    b->by_key = t.tag == DER_CONTEXT(2);
    reader in = reader_of(t.content);
    if (!der_expect(&in, b->by_key ? DER_OCTET_STRING : DER_SEQUENCE, &inner) ||
        reader_left(&in) != 0) {
        return false;
    }
    b->responder = b->by_key ? inner.content : inner.whole;
    return true;
}

/* version [0] EXPLICIT, when it is there at all: v1 */
static bool read_version(reader *r)
{
    static const uint8_t v1[] = {DER_INTEGER, 1, 0};
    der_tlv t;
    return !der_optional(r, DER_CONTEXT(0), &t) || span_eq(t.content, span_of(v1, sizeof v1));
}

/* Extensions under an explicit tag, when they are there; the last in what `r` reads. */
static bool read_extensions(reader *r, int tag, span *ret)
{
    der_tlv t;
    der_tlv seq;
    *ret = span_of(NULL, 0);
    if (der_optional(r, tag, &t)) {
        reader in = reader_of(t.content);
        if (!der_expect(&in, DER_SEQUENCE, &seq) || reader_left(&in) != 0) {
            return false;
        }
        *ret = seq.content;
    }
    return !r->failed && reader_left(r) == 0;
}

static bool read_data(span tbs, ocsp_basic *b)
{
    reader outer = reader_of(tbs);
    der_tlv t;
    if (!der_expect(&outer, DER_SEQUENCE, &t)) {
        return false;
    }
    reader r = reader_of(t.content);
    if (!read_version(&r) || !read_responder(&r, b) || !der_expect(&r, DER_GENERALIZEDTIME, &t) ||
        !time_parse_asn1(t.content, true, &b->produced_at) || !der_expect(&r, DER_SEQUENCE, &t)) {
        return false;
    }
    b->singles = t.content;
    return read_extensions(&r, DER_CONTEXT(1), &b->exts);
}

static bool read_certs(span rest, ocsp_basic *b)
{
    reader r = reader_of(rest);
    return read_extensions(&r, DER_CONTEXT(0), &b->certs);
}

pades_status ocsp_parse(span der, ocsp_basic *ret, pades_error **e)
{
    span response;
    ocsp_basic b = {.by_key = false};
    TRY(read_outer(der, &response, e));
    if (!signed_split(response, &b.parts) || !read_certs(b.parts.rest, &b)) {
        return malformed(e, "its BasicOCSPResponse is malformed");
    }
    if (!read_data(b.parts.tbs.s, &b)) {
        return malformed(e, "its ResponseData is malformed");
    }
    *ret = b;
    return PADES_OK;
}

/* RevokedInfo ::= SEQUENCE { revocationTime, revocationReason [0] EXPLICIT CRLReason OPTIONAL } */
static bool read_revoked(span content, ocsp_single *s)
{
    reader r = reader_of(content);
    der_tlv t;
    der_tlv reason;
    if (!der_expect(&r, DER_GENERALIZEDTIME, &t) ||
        !time_parse_asn1(t.content, true, &s->revoked_at)) {
        return false;
    }
    if (der_optional(&r, DER_CONTEXT(0), &t)) {
        reader in = reader_of(t.content);
        if (!der_expect(&in, DER_ENUMERATED, &reason) || reader_left(&in) != 0 ||
            !rev_reason(reason.content, &s->reason)) {
            return false;
        }
    }
    return !r.failed && reader_left(&r) == 0;
}

/* CertStatus ::= CHOICE { good [0] NULL, revoked [1] RevokedInfo, unknown [2] NULL }, implicit. */
static bool read_status(reader *r, ocsp_single *s)
{
    der_tlv t;
    s->reason = -1;
    if (!der_next(r, &t)) {
        return false;
    }
    if (t.tag == DER_CONTEXT(1)) {
        s->state = REV_REVOKED;
        return read_revoked(t.content, s);
    }
    s->state = t.tag == DER_CONTEXT_PRIMITIVE(0) ? REV_GOOD : REV_UNKNOWN;
    return t.content.n == 0 &&
           (t.tag == DER_CONTEXT_PRIMITIVE(0) || t.tag == DER_CONTEXT_PRIMITIVE(2));
}

static bool read_next_update(reader *r, ocsp_single *s)
{
    der_tlv t;
    der_tlv time;
    if (!der_optional(r, DER_CONTEXT(0), &t)) {
        return !r->failed;
    }
    reader in = reader_of(t.content);
    return der_expect(&in, DER_GENERALIZEDTIME, &time) && reader_left(&in) == 0 &&
           time_parse_asn1(time.content, true, &s->next_update);
}

bool ocsp_next_single(reader *r, ocsp_single *ret)
{
    der_tlv seq;
    der_tlv t;
    ocsp_single s = {.next_update = 0};
    if (!der_expect(r, DER_SEQUENCE, &seq)) {
        return false;
    }
    reader in = reader_of(seq.content);
    if (!der_expect(&in, DER_SEQUENCE, &t)) {
        return false;
    }
    s.cert_id = t.content;
    if (!read_status(&in, &s) || !der_expect(&in, DER_GENERALIZEDTIME, &t) ||
        !time_parse_asn1(t.content, true, &s.this_update) || !read_next_update(&in, &s) ||
        !read_extensions(&in, DER_CONTEXT(1), &s.exts)) {
        return false;
    }
    *ret = s;
    return true;
}
