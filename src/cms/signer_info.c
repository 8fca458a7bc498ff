/* One SignerInfo and the attributes that matter (RFC 5652 5.3, 11; RFC 5035). An attribute that may
 * appear once and appears twice, or that has not exactly one value, makes the whole invalid: two
 * readers could pick different ones. The order of the attributes is left as it is in the file. */
#include "cms/parse_impl.h"

#include "cms/algs.h"
#include "cms/oids.h"

enum { ATTRS_MAX = 256, SALT_MAX = 2048 };

typedef enum attr_kind {
    ATTR_CONTENT_TYPE,
    ATTR_MESSAGE_DIGEST,
    ATTR_SIGNING_TIME,
    ATTR_SIGNING_CERT,
    ATTR_SIGNING_CERT_V2,
    ATTR_COMMITMENT,
    ATTR_OTHER
} attr_kind;

static attr_kind kind_of(const char *oid)
{
    static const char *const oids[ATTR_OTHER] = {
        [ATTR_CONTENT_TYPE] = OID_CONTENT_TYPE,       [ATTR_MESSAGE_DIGEST] = OID_MESSAGE_DIGEST,
        [ATTR_SIGNING_TIME] = OID_SIGNING_TIME,       [ATTR_SIGNING_CERT] = OID_SIGNING_CERT,
        [ATTR_SIGNING_CERT_V2] = OID_SIGNING_CERT_V2, [ATTR_COMMITMENT] = OID_COMMITMENT,
    };
    for (int i = 0; i < ATTR_OTHER; i++) {
        if (strcmp(oids[i], oid) == 0) {
            return (attr_kind)i;
        }
    }
    return ATTR_OTHER;
}

typedef struct attribute {
    char oid[64]; /* empty when too long to be one of ours */
    reader values;
} attribute;

static bool next_attribute(reader *r, attribute *ret)
{
    der_tlv whole;
    der_tlv oid;
    der_tlv set;
    if (!der_expect(r, DER_SEQUENCE, &whole)) {
        return false;
    }
    reader in = reader_of(whole.content);
    if (!der_expect(&in, DER_OID, &oid) || !der_expect(&in, DER_SET, &set) ||
        reader_left(&in) != 0 || oid.content.n == 0) {
        return false;
    }
    if (!der_oid_text(oid.content, ret->oid, sizeof ret->oid)) {
        ret->oid[0] = 0;
    }
    ret->values = reader_of(set.content);
    return reader_left(&ret->values) > 0;
}

/* First ESSCertID: SEQUENCE { certHash, ... }, or ESSCertIDv2: SEQUENCE { [alg,] certHash, ... }.
 */
static bool read_cert_id(span content, bool v2, cms_signer_info *si)
{
    reader r = reader_of(content);
    der_tlv t;
    char oid[64];
    span params;
    pades_digest digest = v2 ? PADES_DIGEST_SHA256 : PADES_DIGEST_DEFAULT;
    if (v2 && der_optional(&r, DER_SEQUENCE, &t)) {
        if (!alg_read(t.content, oid, &params)) {
            return false;
        }
        digest = digest_of_oid(oid);
    }
    if (!der_expect(&r, DER_OCTET_STRING, &t) || t.content.n == 0) {
        return false;
    }
    si->signing_cert_hash = t.content;
    si->signing_cert_digest = digest;
    return true;
}

/* SigningCertificate(V2) ::= SEQUENCE { certs SEQUENCE OF ESSCertID(v2), policies OPTIONAL }. */
static bool read_signing_cert(span content, bool v2, cms_signer_info *si)
{
    reader outer = reader_of(content);
    der_tlv ids;
    der_tlv id;
    if (!der_expect(&outer, DER_SEQUENCE, &ids)) {
        return false;
    }
    reader r = reader_of(ids.content);
    if (!der_expect(&r, DER_SEQUENCE, &id)) {
        return false;
    }
    *(v2 ? &si->signing_cert_v2 : &si->signing_cert_v1) = true;
    return (!v2 && si->signing_cert_v2) || read_cert_id(id.content, v2, si);
}

static bool read_value(attr_kind kind, const der_tlv *value, cms_signer_info *si)
{
    switch (kind) {
    case ATTR_CONTENT_TYPE:
        si->content_type = value->content;
        return value->tag == DER_OID;
    case ATTR_MESSAGE_DIGEST:
        si->message_digest = value->content;
        return value->tag == DER_OCTET_STRING && value->content.n > 0;
    case ATTR_SIGNING_TIME:
        si->signing_time = true;
        return value->tag == DER_UTCTIME || value->tag == DER_GENERALIZEDTIME;
    case ATTR_SIGNING_CERT:
    case ATTR_SIGNING_CERT_V2:
        return value->tag == DER_SEQUENCE &&
               read_signing_cert(value->content, kind == ATTR_SIGNING_CERT_V2, si);
    case ATTR_COMMITMENT:
    case ATTR_OTHER:
        break;
    }
    return true;
}

/* clause: RFC5652#11 one instance, one value */
static bool read_single(attr_kind kind, attribute *a, unsigned *seen, cms_signer_info *si)
{
    der_tlv value;
    if (kind == ATTR_OTHER) {
        return true;
    }
    if ((*seen & 1U << kind) || !der_next(&a->values, &value) || reader_left(&a->values) != 0) {
        return false;
    }
    *seen |= 1U << kind;
    return read_value(kind, &value, si);
}

static const char *read_signed(span set, cms_signer_info *si)
{
    reader r = reader_of(set);
    unsigned seen = 0;
    for (int n = 0; reader_left(&r) > 0; n++) {
        attribute a;
        if (n == ATTRS_MAX || !next_attribute(&r, &a)) {
            return "a signed attribute is malformed";
        }
        if (!read_single(kind_of(a.oid), &a, &seen, si)) {
            return "a signed attribute is malformed or there twice";
        }
    }
    return seen ? NULL : "the signed attributes are empty";
}

/* The first signature-time-stamp; the others are copied along with it by whoever keeps the CMS. */
static const char *read_unsigned(span set, cms_signer_info *si)
{
    reader r = reader_of(set);
    for (int n = 0; reader_left(&r) > 0; n++) {
        attribute a;
        der_tlv value;
        if (n == ATTRS_MAX || !next_attribute(&r, &a)) {
            return "an unsigned attribute is malformed";
        }
        if (si->timestamp.n == 0 && strcmp(a.oid, OID_TIMESTAMP) == 0) {
            if (!der_expect(&a.values, DER_SEQUENCE, &value)) {
                return "the signature-time-stamp is malformed";
            }
            si->timestamp = value.whole;
        }
    }
    return NULL;
}

static bool read_sid(reader *r, uint64_t version, cms_signer_info *si)
{
    der_tlv t;
    if (version == 3 && der_optional(r, DER_CONTEXT_PRIMITIVE(0), &t)) {
        si->sid_key_id = t.content;
        return t.content.n > 0;
    }
    der_tlv name;
    der_tlv serial;
    if (!der_expect(r, DER_SEQUENCE, &t)) {
        return false;
    }
    reader in = reader_of(t.content);
    if (!der_expect(&in, DER_SEQUENCE, &name) || !der_expect(&in, DER_INTEGER, &serial) ||
        reader_left(&in) != 0 || serial.content.n == 0) {
        return false;
    }
    si->sid_issuer = name.whole;
    si->sid_serial = serial.content;
    return true;
}

static const char *read_head(reader *r, cms_signer_info *si)
{
    der_tlv t;
    uint64_t version = 0;
    span params;
    if (!der_expect(r, DER_INTEGER, &t) || !der_small_uint(t.content, &version) ||
        (version != 1 && version != 3)) {
        return "the version of the SignerInfo is not 1 or 3";
    }
    if (!read_sid(r, version, si)) {
        return "the signer's identifier is malformed";
    }
    if (!der_expect(r, DER_SEQUENCE, &t) || !alg_read(t.content, si->digest_oid, &params)) {
        return "the digest algorithm is malformed";
    }
    si->digest = digest_of_oid(si->digest_oid);
    return NULL;
}

static const char *read_signature(reader *r, cms_signer_info *si)
{
    der_tlv t;
    span params;
    if (!der_expect(r, DER_SEQUENCE, &t) || !alg_read(t.content, si->signature_oid, &params)) {
        return "the signature algorithm is malformed";
    }
    si->scheme = alg_scheme(si->signature_oid, params, si->digest);
    uint64_t salt = 0;
    if (!si->scheme && strcmp(si->signature_oid, OID_RSA_PSS) == 0 &&
        alg_pss_salt(params, si->digest, &salt) && salt <= SALT_MAX) {
        si->odd_salt = (unsigned)salt + 1;
    }
    if (!der_expect(r, DER_OCTET_STRING, &t) || t.content.n == 0) {
        return "the signature is missing";
    }
    si->signature = t.content;
    return NULL;
}

const char *signer_info_parse(span content, cms_signer_info *ret)
{
    reader r = reader_of(content);
    cms_signer_info si = {0};
    der_tlv t;
    const char *wrong = read_head(&r, &si);
    if (!wrong && der_optional(&r, DER_CONTEXT(0), &t)) {
        si.signed_attrs = t.whole;
        wrong = read_signed(t.content, &si);
    }
    if (!wrong) {
        wrong = read_signature(&r, &si);
    }
    if (!wrong && der_optional(&r, DER_CONTEXT(1), &t)) {
        si.unsigned_attrs = t.whole;
        wrong = read_unsigned(t.content, &si);
    }
    if (!wrong && (r.failed || reader_left(&r) != 0)) {
        wrong = "there is something after the SignerInfo's last field";
    }
    if (!wrong) {
        *ret = si;
    }
    return wrong;
}

span cms_signed_attribute(const cms_signer_info *si, const char *oid)
{
    reader outer = reader_of(si->signed_attrs);
    der_tlv all, one, id, set;
    if (si->signed_attrs.n == 0 || !der_next(&outer, &all)) {
        return (span){NULL, 0};
    }
    reader r = reader_of(all.content);
    while (reader_left(&r) > 0 && der_next(&r, &one)) {
        reader in = reader_of(one.content);
        if (der_expect(&in, DER_OID, &id) && der_expect(&in, DER_SET, &set) &&
            der_oid_is(id.content, oid)) {
            return set.content;
        }
    }
    return (span){NULL, 0};
}
