/* TSTInfo (RFC 3161 2.4.2) read strictly; form only. The optional fields must be sound where they
 * are there; a critical extension is refused, since none is known here. */
#include "tsa/tsp_impl.h"

#include "base/fail.h"
#include "base/timefmt.h"

static const char *read_imprint(reader *r, tsp_token *t)
{
    der_tlv imprint;
    der_tlv alg;
    der_tlv oid;
    der_tlv hash;
    char text[64];
    if (!der_expect(r, DER_SEQUENCE, &imprint)) {
        return "its imprint is missing";
    }
    reader in = reader_of(imprint.content);
    if (!der_expect(&in, DER_SEQUENCE, &alg) || !der_expect(&in, DER_OCTET_STRING, &hash) ||
        reader_left(&in) != 0) {
        return "its imprint is malformed";
    }
    reader a = reader_of(alg.content);
    if (!der_expect(&a, DER_OID, &oid) || !der_oid_text(oid.content, text, sizeof text)) {
        return "the algorithm of its imprint is malformed";
    }
    t->digest = tsp_digest_of_oid(text);
    t->imprint = hash.content;
    bool sized =
        t->digest == PADES_DIGEST_DEFAULT || hash.content.n == pades_digest_size(t->digest);
    return sized ? NULL : "its imprint does not have the size of its algorithm";
}

/* INTEGER of up to 160 bits (RFC 3161 2.4.2), as hexadecimal. */
static bool read_serial(reader *r, char out[64])
{
    der_tlv t;
    if (!der_expect(r, DER_INTEGER, &t) || t.content.n == 0 || t.content.n > 31) {
        return false;
    }
    static const char hex[] = "0123456789ABCDEF";
    size_t skip = t.content.n > 1 && t.content.p[0] == 0 ? 1 : 0;
    size_t n = 0;
    for (size_t i = skip; i < t.content.n; i++) {
        out[n++] = hex[t.content.p[i] >> 4];
        out[n++] = hex[t.content.p[i] & 15];
    }
    out[n] = 0;
    return true;
}

static const char *read_head(reader *r, tsp_token *t)
{
    der_tlv e;
    uint64_t version = 0;
    if (!der_expect(r, DER_INTEGER, &e) || !der_small_uint(e.content, &version) || version != 1) {
        return "its version is not 1";
    }
    if (!der_expect(r, DER_OID, &e) || !der_oid_text(e.content, t->policy, sizeof t->policy)) {
        return "its policy is malformed";
    }
    const char *wrong = read_imprint(r, t);
    if (wrong) {
        return wrong;
    }
    if (!read_serial(r, t->serial)) {
        return "its serial number is malformed";
    }
    if (!der_expect(r, DER_GENERALIZEDTIME, &e) || !time_parse_asn1(e.content, true, &t->time)) {
        return "its time is malformed";
    }
    return NULL;
}

/* Accuracy ::= SEQUENCE { seconds INTEGER, millis [0], micros [1] }, each optional, 1 to 999. */
static bool accuracy_good(span content)
{
    reader r = reader_of(content);
    der_tlv t;
    uint64_t v = 0;
    if (der_optional(&r, DER_INTEGER, &t) && !der_small_uint(t.content, &v)) {
        return false;
    }
    for (int i = 0; i < 2; i++) {
        bool there = der_optional(&r, DER_CONTEXT_PRIMITIVE(i), &t);
        if (there && (!der_small_uint(t.content, &v) || v > 999)) {
            return false;
        }
    }
    return !r.failed && reader_left(&r) == 0;
}

static span magnitude(span number)
{
    while (number.n > 1 && number.p[0] == 0) {
        number = span_part(number, 1, number.n);
    }
    return number;
}

static bool extensions_good(span content)
{
    reader r = reader_of(content);
    der_tlv whole;
    der_tlv t;
    while (reader_left(&r) > 0) {
        if (!der_expect(&r, DER_SEQUENCE, &whole)) {
            return false;
        }
        reader in = reader_of(whole.content);
        if (!der_expect(&in, DER_OID, &t)) {
            return false;
        }
        if (der_optional(&in, DER_BOOLEAN, &t) && (t.content.n != 1 || t.content.p[0] != 0)) {
            return false;
        }
        if (!der_expect(&in, DER_OCTET_STRING, &t) || reader_left(&in) != 0) {
            return false;
        }
    }
    return true;
}

static const char *read_tail(reader *r, tsp_token *t)
{
    der_tlv e;
    if (der_optional(r, DER_SEQUENCE, &e) && !accuracy_good(e.content)) {
        return "its accuracy is malformed";
    }
    if (der_optional(r, DER_BOOLEAN, &e) && e.content.n != 1) {
        return "its ordering is malformed";
    }
    if (der_optional(r, DER_INTEGER, &e)) {
        if (e.content.n == 0) {
            return "its nonce is malformed";
        }
        t->nonce = magnitude(e.content);
    }
    (void)der_optional(r, DER_CONTEXT(0),
                       &e); /* tsa: the signer is named by ESSCertID, not by this */
    if (der_optional(r, DER_CONTEXT(1), &e) && !extensions_good(e.content)) {
        return "its extensions are malformed, or one of them is critical and not known";
    }
    return r->failed || reader_left(r) != 0 ? "it has fields that are not known" : NULL;
}

static const char *tst_info_parse(span der, tsp_token *ret)
{
    reader outer = reader_of(der);
    der_tlv seq;
    tsp_token t = {0};
    if (!der_expect(&outer, DER_SEQUENCE, &seq) || reader_left(&outer) != 0) {
        return "its TSTInfo is not DER";
    }
    reader r = reader_of(seq.content);
    const char *wrong = read_head(&r, &t);
    if (!wrong) {
        wrong = read_tail(&r, &t);
    }
    if (!wrong) {
        *ret = t;
    }
    return wrong;
}

pades_status tsp_token_cms(span der, cms_signed_data *ret, pades_error **e)
{
    AUTO_VAL(cms_signed_data) s = {0};
    pades_status status = cms_parse(der, &s, e);
    if (status == PADES_NO_MEMORY) {
        return status;
    }
    if (status != PADES_OK) {
        return fail_wrap(e, PADES_TIMESTAMP_INVALID, "the timestamp token cannot be read");
    }
    if (s.used != der.n) {
        return fail(e, PADES_TIMESTAMP_INVALID, "there is something after the timestamp token");
    }
    if (strcmp(s.content_oid, OID_TST_INFO) != 0 || !s.content.p) {
        fail(e, PADES_TIMESTAMP_INVALID, "the timestamp token holds no TSTInfo");
        error_clause(e, "RFC3161#2.4.2");
        return PADES_TIMESTAMP_INVALID;
    }
    *ret = s;
    s.certs = NULL;
    return PADES_OK;
}

pades_status tsp_token_info(span der, const cms_signed_data *s, tsp_token *ret, pades_error **e)
{
    tsp_token t = {0};
    const char *wrong = tst_info_parse(s->content, &t);
    if (wrong) {
        fail(e, PADES_TIMESTAMP_INVALID, "the timestamp token is malformed: %s", wrong);
        error_clause(e, "RFC3161#2.4.2");
        return PADES_TIMESTAMP_INVALID;
    }
    t.der = der;
    *ret = t;
    return PADES_OK;
}

pades_status tsp_token_parse(span der, tsp_token *ret, pades_error **e)
{
    AUTO_VAL(cms_signed_data) s = {0};
    TRY(tsp_token_cms(der, &s, e));
    return tsp_token_info(der, &s, ret, e);
}
