/* The signed attributes of a PAdES baseline signature, in DER: content-type, message-digest,
 * signing-certificate-v2 and, when asked for, commitment-type-indication. Never signing-time: the
 * time claimed stands in /M. Clause: EN 319 142-1 6.3, EN 319 122-1 5.2, RFC 5035. */
#include "cms/cms.h"

#include "base/digest.h"
#include "base/fail.h"
#include "cms/oids.h"

enum { ATTRS_MAX = 64 << 20, ATTRS_N = 5 };

/* Attribute ::= SEQUENCE { type, SET OF value } with one value, which is a complete element. */
static void add_attribute(buf *out, const char *oid, span value)
{
    AUTO_VAL(buf) content = BUF(ATTRS_MAX);
    der_add_oid(&content, oid);
    der_add(&content, DER_SET, value);
    der_add(out, DER_SEQUENCE, buf_span(&content));
    out->failed = out->failed || content.failed;
}

/* clause: EN319142-1#6.3 content-type is id-data */
static void content_type(buf *out)
{
    AUTO_VAL(buf) value = BUF(64);
    der_add_oid(&value, OID_DATA);
    add_attribute(out, OID_CONTENT_TYPE, buf_span(&value));
    out->failed = out->failed || value.failed;
}

static void message_digest(buf *out, span hash)
{
    AUTO_VAL(buf) value = BUF(128);
    der_add(&value, DER_OCTET_STRING, hash);
    add_attribute(out, OID_MESSAGE_DIGEST, buf_span(&value));
    out->failed = out->failed || value.failed;
}

/* IssuerSerial ::= SEQUENCE { GeneralNames, serialNumber }, the name as directoryName [4]. */
static void issuer_serial(buf *out, const pades_cert *cert)
{
    AUTO_VAL(buf) name = BUF(ATTRS_MAX);
    AUTO_VAL(buf) content = BUF(ATTRS_MAX);
    der_add(&name, DER_CONTEXT(4), cert_issuer_der(cert));
    der_add(&content, DER_SEQUENCE, buf_span(&name));
    der_add(&content, DER_INTEGER, cert_serial_der(cert));
    der_add(out, DER_SEQUENCE, buf_span(&content));
    out->failed = out->failed || name.failed || content.failed;
}

/* clause: RFC5035#4 ESSCertIDv2: hashAlgorithm DEFAULT SHA-256 is absent in DER */
static void cert_id(buf *out, pades_digest hash_alg, span hash, const pades_cert *cert)
{
    AUTO_VAL(buf) alg = BUF(64);
    AUTO_VAL(buf) content = BUF(ATTRS_MAX);
    if (hash_alg != PADES_DIGEST_SHA256) {
        der_add_oid(&alg, oid_of_digest(hash_alg));
        der_add(&content, DER_SEQUENCE, buf_span(&alg));
    }
    der_add(&content, DER_OCTET_STRING, hash);
    issuer_serial(&content, cert);
    der_add(out, DER_SEQUENCE, buf_span(&content));
    out->failed = out->failed || alg.failed || content.failed;
}

/* clause: EN319122-1#5.2.2.3 SigningCertificateV2 with the signer's certificate first, no policies
 */
static pades_status signing_certificate(buf *out, const cms_attrs_plan *plan, pades_error **e)
{
    uint8_t hash[DIGEST_MAX];
    TRY(digest_once(plan->digest, cert_der(plan->signer), hash, e));
    AUTO_VAL(buf) id = BUF(ATTRS_MAX);
    AUTO_VAL(buf) ids = BUF(ATTRS_MAX);
    AUTO_VAL(buf) value = BUF(ATTRS_MAX);
    cert_id(&id, plan->digest, span_of(hash, pades_digest_size(plan->digest)), plan->signer);
    der_add(&ids, DER_SEQUENCE, buf_span(&id));
    der_add(&value, DER_SEQUENCE, buf_span(&ids));
    add_attribute(out, OID_SIGNING_CERT_V2, buf_span(&value));
    out->failed = out->failed || id.failed || ids.failed || value.failed;
    return PADES_OK;
}

/* clause: EN319122-1#5.2.3 CommitmentTypeIndication without qualifiers */
static void commitment(buf *out, const char *oid)
{
    AUTO_VAL(buf) id = BUF(512);
    AUTO_VAL(buf) value = BUF(512);
    der_add_oid(&id, oid);
    der_add(&value, DER_SEQUENCE, buf_span(&id));
    add_attribute(out, OID_COMMITMENT, buf_span(&value));
    out->failed = out->failed || id.failed || value.failed;
}

static pades_status check_plan(const cms_attrs_plan *plan, pades_error **e)
{
    if (!oid_of_digest(plan->digest) || plan->message_digest.n != pades_digest_size(plan->digest)) {
        return fail(e, PADES_INVALID_ARGUMENT, "the digest does not fit its algorithm");
    }
    if (plan->commitment && !der_oid_valid(plan->commitment)) {
        return fail(e, PADES_INVALID_ARGUMENT, "the commitment type is not an object identifier");
    }
    return PADES_OK;
}

pades_status cms_signed_attrs(const cms_attrs_plan *plan, buf *out, pades_error **e)
{
    TRY(check_plan(plan, e));
    AUTO_VAL(buf) all = BUF(ATTRS_MAX);
    size_t ends[ATTRS_N];
    size_t n = 0;
    content_type(&all);
    ends[n++] = all.n;
    message_digest(&all, plan->message_digest);
    ends[n++] = all.n;
    TRY(signing_certificate(&all, plan, e));
    ends[n++] = all.n;
    if (plan->commitment) {
        commitment(&all, plan->commitment);
        ends[n++] = all.n;
    }
    if (plan->archive.n > 0) { /* clause: ISO32000-1#12.8.3.3.2 */
        add_attribute(&all, OID_REVOCATION_ARCHIVE, plan->archive);
        ends[n++] = all.n;
    }
    TRY(buf_check(&all, "signed attributes", e));
    span parts[ATTRS_N];
    for (size_t i = 0; i < n; i++) {
        size_t start = i ? ends[i - 1] : 0;
        parts[i] = span_part(buf_span(&all), start, ends[i] - start);
    }
    der_add_set_of(out, DER_SET, parts, n);
    return buf_check(out, "signed attributes", e);
}
