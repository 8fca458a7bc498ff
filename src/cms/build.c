/* SignedData for a detached PAdES signature: version 1, one SignerInfo, the certificates, and the
 * signature-time-stamp where there is one. Everything in DER by our own writer, every SET OF
 * sorted. It does not check the signature. Clause: RFC 5652 5, EN 319 142-1 6.3. */
#include "cms/cms.h"

#include "base/fail.h"
#include "cms/algs.h"
#include "cms/oids.h"

enum { CMS_MAX = 16 * 1024 * 1024, CERTS_MAX = 64 };

static void add_sid(buf *out, const pades_cert *cert)
{
    AUTO_VAL(buf) sid = BUF(CMS_MAX);
    buf_add_span(&sid, cert_issuer_der(cert));
    der_add(&sid, DER_INTEGER, cert_serial_der(cert));
    der_add(out, DER_SEQUENCE, buf_span(&sid));
    out->failed = out->failed || sid.failed;
}

/* clause: EN319122-1#5.3 signature-time-stamp, the only unsigned attribute */
static void add_unsigned(buf *out, span token)
{
    AUTO_VAL(buf) attr = BUF(CMS_MAX);
    AUTO_VAL(buf) set = BUF(CMS_MAX);
    if (token.n == 0) {
        return;
    }
    der_add_oid(&attr, OID_TIMESTAMP);
    der_add(&attr, DER_SET, token);
    der_add(&set, DER_SEQUENCE, buf_span(&attr));
    der_add(out, DER_CONTEXT(1), buf_span(&set));
    out->failed = out->failed || attr.failed || set.failed;
}

static void add_signer_info(buf *out, const cms_build *plan)
{
    AUTO_VAL(buf) info = BUF(CMS_MAX);
    der_add_uint(&info, 1); /* clause: RFC5652#5.3 version 1 with issuerAndSerialNumber */
    add_sid(&info, plan->certs[0]);
    alg_add_digest(&info, plan->digest);
    buf_add_byte(&info, DER_CONTEXT(0)); /* the signed SET OF under its implicit tag */
    buf_add_span(&info, span_part(plan->signed_attrs, 1, plan->signed_attrs.n));
    alg_add_signature(&info, plan->scheme, plan->digest);
    der_add(&info, DER_OCTET_STRING, plan->signature);
    add_unsigned(&info, plan->timestamp);
    der_add(out, DER_SEQUENCE, buf_span(&info));
    out->failed = out->failed || info.failed;
}

static size_t unique_certs(const pades_cert *const *certs, size_t n, span ret[CERTS_MAX])
{
    size_t used = 0;
    for (size_t i = 0; i < n && used < CERTS_MAX; i++) {
        bool seen = false;
        for (size_t k = 0; k < used; k++) {
            seen = seen || span_eq(ret[k], cert_der(certs[i]));
        }
        if (!seen) {
            ret[used++] = cert_der(certs[i]);
        }
    }
    return used;
}

static void add_certs(buf *out, const cms_build *plan)
{
    span unique[CERTS_MAX];
    size_t n = unique_certs(plan->certs, plan->certs_n, unique);
    der_add_set_of(out, DER_CONTEXT(0), unique, n);
}

static void add_content_info(buf *out)
{
    AUTO_VAL(buf) type = BUF(64);
    der_add_oid(&type, OID_DATA);
    der_add(out, DER_SEQUENCE, buf_span(&type)); /* clause: EN319142-1#6.3 no eContent */
    out->failed = out->failed || type.failed;
}

static void add_signed_data(buf *out, const cms_build *plan)
{
    AUTO_VAL(buf) data = BUF(CMS_MAX);
    AUTO_VAL(buf) part = BUF(CMS_MAX);
    der_add_uint(&data, 1);
    alg_add_digest(&part, plan->digest);
    der_add(&data, DER_SET, buf_span(&part));
    add_content_info(&data);
    add_certs(&data, plan);
    buf_clear(&part);
    add_signer_info(&part, plan);
    der_add(&data, DER_SET, buf_span(&part));
    der_add(out, DER_SEQUENCE, buf_span(&data));
    out->failed = out->failed || data.failed || part.failed;
}

static pades_status check_plan(const cms_build *plan, pades_error **e)
{
    reader attrs = reader_of(plan->signed_attrs);
    reader token = reader_of(plan->timestamp);
    der_tlv t;
    if (plan->certs_n == 0 || plan->certs_n > CERTS_MAX) {
        return fail(e, PADES_INVALID_ARGUMENT, "a signature needs 1 to %d certificates", CERTS_MAX);
    }
    if (!oid_of_digest(plan->digest) || plan->signature.n == 0) {
        return fail(e, PADES_INVALID_ARGUMENT, "a signature without digest algorithm or octets");
    }
    if (!der_expect(&attrs, DER_SET, &t) || reader_left(&attrs) != 0) {
        return fail(e, PADES_INVALID_ARGUMENT, "the signed attributes are not one SET OF");
    }
    if (plan->timestamp.n > 0 &&
        (!der_expect(&token, DER_SEQUENCE, &t) || reader_left(&token) != 0)) {
        return fail(e, PADES_TIMESTAMP_INVALID, "the timestamp token is not one element of DER");
    }
    return PADES_OK;
}

pades_status cms_build_signed_data(const cms_build *plan, buf *out, pades_error **e)
{
    TRY(check_plan(plan, e));
    AUTO_VAL(buf) data = BUF(CMS_MAX);
    AUTO_VAL(buf) content = BUF(CMS_MAX);
    add_signed_data(&data, plan);
    der_add_oid(&content, OID_SIGNED_DATA);
    der_add(&content, DER_CONTEXT(0), buf_span(&data));
    content.failed = content.failed || data.failed;
    TRY(buf_check(&content, "SignedData", e));
    der_add(out, DER_SEQUENCE, buf_span(&content));
    return buf_check(out, "SignedData", e);
}
