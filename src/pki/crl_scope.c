/* Does a list tell about this certificate at all? Its IssuingDistributionPoint against the
 * certificate (RFC 5280 5.2.5, 6.3.3 b), and the kinds of lists that are refused by name. */
#include "pki/crl_impl.h"

#define OID_DELTA "2.5.29.27"
#define OID_IDP "2.5.29.28"
#define OID_CRL_POINTS "2.5.29.31"

enum { NAMES_MAX = 64 }; /* of one distribution point; the rest is passed over */

static pades_status out_of_scope(pades_error **e, const char *why)
{
    return rev_wrong(e, CRL_WHAT, "RFC5280#5.2.5", "%s", why);
}

typedef struct idp {
    span point; /* content of DistributionPointName, empty when absent */
    bool user, ca, attribute, indirect, some_reasons;
} idp;

/* [n] IMPLICIT BOOLEAN DEFAULT FALSE */
static bool read_flag(reader *r, int n, bool *ret)
{
    der_tlv t;
    *ret = false;
    if (der_optional(r, DER_CONTEXT_PRIMITIVE(n), &t)) {
        *ret = t.content.n != 1 || t.content.p[0] != 0;
    }
    return !r->failed;
}

static bool read_idp(span value, idp *ret)
{
    reader outer = reader_of(value);
    der_tlv t;
    idp p = {.user = false};
    if (!der_expect(&outer, DER_SEQUENCE, &t) || reader_left(&outer) != 0) {
        return false;
    }
    reader r = reader_of(t.content);
    if (der_optional(&r, DER_CONTEXT(0), &t)) {
        p.point = t.content;
    }
    if (!read_flag(&r, 1, &p.user) || !read_flag(&r, 2, &p.ca)) {
        return false;
    }
    p.some_reasons = der_optional(&r, DER_CONTEXT_PRIMITIVE(3), &t);
    if (!read_flag(&r, 4, &p.indirect) || !read_flag(&r, 5, &p.attribute) || reader_left(&r) != 0) {
        return false;
    }
    *ret = p;
    return true;
}

static bool has_name(span names, span name)
{
    reader r = reader_of(names);
    der_tlv t;
    for (int i = 0; i < NAMES_MAX && reader_left(&r) > 0 && der_next(&r, &t); i++) {
        if (span_eq(t.whole, name)) {
            return true;
        }
    }
    return false;
}

/* Do two contents of GeneralNames share a name, octet for octet? */
static bool share_name(span a, span b)
{
    reader r = reader_of(a);
    der_tlv t;
    for (int i = 0; i < NAMES_MAX && reader_left(&r) > 0 && der_next(&r, &t); i++) {
        if (has_name(b, t.whole)) {
            return true;
        }
    }
    return false;
}

/* DistributionPointName ::= CHOICE { fullName [0], nameRelativeToCRLIssuer [1] } */
static bool same_point(span a, span b)
{
    reader x = reader_of(a);
    reader y = reader_of(b);
    der_tlv t;
    der_tlv u;
    if (!der_next(&x, &t) || !der_next(&y, &u) || t.tag != u.tag) {
        return false;
    }
    return t.tag == DER_CONTEXT(0) ? share_name(t.content, u.content)
                                   : t.tag == DER_CONTEXT(1) && span_eq(t.content, u.content);
}

/* clause: RFC5280#6.3.3 one of the names of the list's point is one of the certificate's points */
static bool point_is_named(span point, const pades_cert *cert)
{
    cert_ext ext;
    der_tlv seq;
    der_tlv t;
    if (!cert_ext_find(cert->d->f.exts, OID_CRL_POINTS, &ext) || !ext.present) {
        return false;
    }
    reader outer = reader_of(ext.value);
    if (!der_expect(&outer, DER_SEQUENCE, &seq) || reader_left(&outer) != 0) {
        return false;
    }
    reader r = reader_of(seq.content);
    while (reader_left(&r) > 0 && der_expect(&r, DER_SEQUENCE, &t)) {
        reader in = reader_of(t.content);
        if (der_optional(&in, DER_CONTEXT(0), &t) && same_point(point, t.content)) {
            return true;
        }
    }
    return false;
}

static pades_status check_idp(const idp *p, const pades_cert *cert, pades_error **e)
{
    bool ca = pades_cert_is_ca(cert);
    if (p->indirect) {
        return out_of_scope(e, "it is an indirect list, of certificates of other issuers too");
    }
    if (p->some_reasons) {
        return out_of_scope(e, "it is a partial list, of some reasons only");
    }
    if (p->attribute || (p->user && ca)) {
        return out_of_scope(e, p->attribute ? "it is of attribute certificates only"
                                            : "it is of end-entity certificates only");
    }
    if (p->ca && !ca) {
        return out_of_scope(e, "it is of certificates of authorities only");
    }
    if (p->point.n > 0 && !point_is_named(p->point, cert)) {
        return out_of_scope(e, "its distribution point is none of the certificate's");
    }
    return PADES_OK;
}

pades_status crl_check_scope(const crl_head *h, const pades_cert *cert, pades_error **e)
{
    static const char *const known[] = {OID_IDP, OID_DELTA, "2.5.29.20", "2.5.29.35"};
    cert_ext delta;
    cert_ext point;
    idp p;
    TRY(rev_check_extensions(h->exts, known, ARRAY_LEN(known), CRL_WHAT, e));
    if (!cert_ext_find(h->exts, OID_DELTA, &delta) || !cert_ext_find(h->exts, OID_IDP, &point)) {
        return rev_wrong(e, CRL_WHAT, "RFC5280#5.2", "one of its extensions is there twice");
    }
    if (delta.present) {
        return rev_wrong(e, CRL_WHAT, "RFC5280#5.2.4",
                         "it is a delta list, which tells changes only");
    }
    if (!point.present) {
        return PADES_OK;
    }
    if (!read_idp(point.value, &p)) {
        return rev_wrong(e, CRL_WHAT, "RFC5280#5.2.5", "its IssuingDistributionPoint is malformed");
    }
    return check_idp(&p, cert, e);
}
