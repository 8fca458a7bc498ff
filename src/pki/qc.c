/* QcStatements (RFC 3739 3.2.6, EN 319 412-5) as the certificate claims them. Nothing here makes a
 * certificate qualified; what is malformed claims nothing. */
#include "pki/cert_impl.h"

static pades_qc_type type_of(span oid)
{
    if (der_oid_is(oid, "0.4.0.1862.1.6.2")) {
        return PADES_QC_ESEAL;
    }
    if (der_oid_is(oid, "0.4.0.1862.1.6.1")) {
        return PADES_QC_ESIGN;
    }
    return der_oid_is(oid, "0.4.0.1862.1.6.3") ? PADES_QC_WEB : PADES_QC_NONE;
}

/* clause: EN319412-5#4.2.3 QcType: one or more types; the first known one is told */
static bool read_types(reader *statement, cert_qc *qc)
{
    der_tlv seq;
    der_tlv oid;
    if (!der_expect(statement, DER_SEQUENCE, &seq)) {
        return false;
    }
    reader r = reader_of(seq.content);
    while (reader_left(&r) > 0) {
        if (!der_expect(&r, DER_OID, &oid)) {
            return false;
        }
        if (qc->type == PADES_QC_NONE) {
            qc->type = type_of(oid.content);
        }
    }
    return true;
}

static bool read_statement(span statement, cert_qc *qc)
{
    reader r = reader_of(statement);
    der_tlv oid;
    if (!der_expect(&r, DER_OID, &oid)) {
        return false;
    }
    if (der_oid_is(oid.content, "0.4.0.1862.1.1")) {
        qc->compliance = true;
    } else if (der_oid_is(oid.content, "0.4.0.1862.1.4")) {
        qc->qscd = true;
    } else if (der_oid_is(oid.content, "0.4.0.1862.1.6")) {
        return read_types(&r, qc);
    }
    return true;
}

cert_qc qc_read(span exts)
{
    const cert_qc none = {false, false, PADES_QC_NONE};
    cert_qc qc = none;
    cert_ext ext;
    der_tlv seq;
    der_tlv statement;
    if (!cert_ext_find(exts, "1.3.6.1.5.5.7.1.3", &ext) || !ext.present) {
        return none;
    }
    reader outer = reader_of(ext.value);
    if (!der_expect(&outer, DER_SEQUENCE, &seq) || reader_left(&outer) != 0) {
        return none;
    }
    reader r = reader_of(seq.content);
    while (reader_left(&r) > 0) {
        if (!der_expect(&r, DER_SEQUENCE, &statement) || !read_statement(statement.content, &qc)) {
            return none;
        }
    }
    return qc;
}

int pades_cert_claims_qc_compliance(const pades_cert *cert)
{
    return cert->d->qc.compliance;
}

int pades_cert_claims_qscd(const pades_cert *cert)
{
    return cert->d->qc.qscd;
}

pades_qc_type pades_cert_qc_type(const pades_cert *cert)
{
    return cert->d->qc.type;
}
