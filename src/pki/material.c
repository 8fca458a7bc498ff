/* See material.h. A CRL's entries are not walked: that is for who reads it. */
#include "pki/material.h"

#include "base/der.h"
#include "pki/fields.h"
#include "pki/pem.h"

/* clause: RFC6960#4.2.1 OCSPResponse: responseStatus ENUMERATED, responseBytes [0] */
static bool looks_like_ocsp(span der)
{
    der_tlv outer;
    der_tlv t;
    reader r = reader_of(der);
    if (!der_expect(&r, DER_SEQUENCE, &outer) || reader_left(&r) != 0) {
        return false;
    }
    reader in = reader_of(outer.content);
    return der_expect(&in, DER_ENUMERATED, &t) && t.content.n == 1;
}

/* clause: RFC5280#5.1 CertificateList: version, algorithm, issuer, then a time */
static bool looks_like_crl(span der)
{
    der_tlv outer;
    der_tlv tbs;
    der_tlv t;
    reader r = reader_of(der);
    if (!der_expect(&r, DER_SEQUENCE, &outer) || reader_left(&r) != 0) {
        return false;
    }
    reader in = reader_of(outer.content);
    if (!der_expect(&in, DER_SEQUENCE, &tbs)) {
        return false;
    }
    reader body = reader_of(tbs.content);
    (void)der_optional(&body, DER_INTEGER, &t);
    return der_expect(&body, DER_SEQUENCE, &t) && der_expect(&body, DER_SEQUENCE, &t) &&
           der_next(&body, &t) && (t.tag == DER_UTCTIME || t.tag == DER_GENERALIZEDTIME);
}

bool material_look(span der, evidence_kind *ret)
{
    cert_fields f;
    if (looks_like_ocsp(der)) {
        *ret = EVIDENCE_OCSP;
    } else if (looks_like_crl(der)) {
        *ret = EVIDENCE_CRL;
    } else if (cert_fields_parse(der, &f)) {
        *ret = EVIDENCE_CERT;
    } else {
        return false;
    }
    return true;
}

/* clause: RFC5652#5.1 the certificates [0] of a SignedData that signs nothing */
static bool bundle_certs(span der, span *ret)
{
    der_tlv t;
    reader r = reader_of(der);
    if (!der_expect(&r, DER_SEQUENCE, &t) || reader_left(&r) != 0) {
        return false;
    }
    r = reader_of(t.content);
    if (!der_expect(&r, DER_OID, &t) || !der_oid_is(t.content, "1.2.840.113549.1.7.2") ||
        !der_expect(&r, DER_CONTEXT(0), &t)) {
        return false;
    }
    r = reader_of(t.content);
    if (!der_expect(&r, DER_SEQUENCE, &t)) {
        return false;
    }
    r = reader_of(t.content);
    if (!der_expect(&r, DER_INTEGER, &t) || !der_expect(&r, DER_SET, &t) ||
        !der_expect(&r, DER_SEQUENCE, &t) || !der_expect(&r, DER_CONTEXT(0), &t)) {
        return false;
    }
    *ret = t.content;
    return true;
}

static pades_status each_of_bundle(span certs, material_fn fn, void *user, size_t *n,
                                   pades_error **e)
{
    reader r = reader_of(certs);
    der_tlv t;
    cert_fields f;
    while (reader_left(&r) > 0 && der_next(&r, &t)) {
        if (cert_fields_parse(t.whole, &f)) {
            TRY(fn(user, EVIDENCE_CERT, view_of(t.whole), e));
            ++*n;
        }
    }
    return PADES_OK;
}

static pades_status each_of_der(view der, material_fn fn, void *user, size_t *n, pades_error **e)
{
    evidence_kind kind;
    span certs;
    if (material_look(der.s, &kind)) {
        ++*n;
        return fn(user, kind, der, e);
    }
    return bundle_certs(der.s, &certs) ? each_of_bundle(certs, fn, user, n, e) : PADES_OK;
}

/* The label is a hint that many tools write differently: what the bytes are counts. */
static pades_status each_of_pem(span text, material_fn fn, void *user, size_t *n, pades_error **e)
{
    size_t at = 0;
    span label;
    span body;
    while (pem_next(text, &at, &label, &body)) {
        AUTO_VAL(buf) der = BUF(body.n);
        if (pem_decode(body, &der)) {
            TRY(each_of_der(view_of(buf_span(&der)), fn, user, n, e));
        }
    }
    return PADES_OK;
}

pades_status material_each(view text, material_fn fn, void *user, size_t *ret_n, pades_error **e)
{
    size_t n = 0;
    TRY(text.s.n > 0 && text.s.p[0] == DER_SEQUENCE ? each_of_der(text, fn, user, &n, e)
                                                    : each_of_pem(text.s, fn, user, &n, e));
    *ret_n = n;
    return PADES_OK;
}
