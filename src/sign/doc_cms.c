/* What the CMS of a signature says of itself: algorithms, attributes, certificates, the timestamp.
 * Nothing is verified. Of the first DETAILS_MAX signatures everything is kept, of the others only
 * who signed.
 * clause: RFC5652#5.3 SignerInfo and its attributes, RFC3161#2.4.2 the token */
#include "sign/doc_impl.h"

#include "base/fail.h"
#include "base/mem.h"
#include "base/timefmt.h"
#include "sign/any_cms.h"
#include "tsa/tsp.h"

enum { DETAILS_MAX = 1000, ATTRIBUTES_MAX = 256 };

typedef struct known {
    const char *oid, *name;
} known;

static const known digests[] = {
    {"1.2.840.113549.2.5", "md5"},          {"1.3.14.3.2.26", "sha1"},
    {"2.16.840.1.101.3.4.2.4", "sha224"},   {"2.16.840.1.101.3.4.2.1", "sha256"},
    {"2.16.840.1.101.3.4.2.2", "sha384"},   {"2.16.840.1.101.3.4.2.3", "sha512"},
    {"2.16.840.1.101.3.4.2.8", "sha3-256"}, {"2.16.840.1.101.3.4.2.9", "sha3-384"},
    {"2.16.840.1.101.3.4.2.10", "sha3-512"}};

static const known attributes[] = {{"1.2.840.113549.1.9.3", "content-type"},
                                   {"1.2.840.113549.1.9.4", "message-digest"},
                                   {"1.2.840.113549.1.9.5", "signing-time"},
                                   {"1.2.840.113549.1.9.6", "counter-signature"},
                                   {"1.2.840.113549.1.9.15", "smime-capabilities"},
                                   {"1.2.840.113549.1.9.52", "cms-algorithm-protection"},
                                   {"1.2.840.113549.1.9.16.2.12", "signing-certificate"},
                                   {"1.2.840.113549.1.9.16.2.14", "signature-time-stamp"},
                                   {"1.2.840.113549.1.9.16.2.15", "signature-policy"},
                                   {"1.2.840.113549.1.9.16.2.16", "commitment-type"},
                                   {"1.2.840.113549.1.9.16.2.17", "signer-location"},
                                   {"1.2.840.113549.1.9.16.2.18", "signer-attributes"},
                                   {"1.2.840.113549.1.9.16.2.20", "content-time-stamp"},
                                   {"1.2.840.113549.1.9.16.2.21", "certificate-references"},
                                   {"1.2.840.113549.1.9.16.2.22", "revocation-references"},
                                   {"1.2.840.113549.1.9.16.2.23", "certificate-values"},
                                   {"1.2.840.113549.1.9.16.2.24", "revocation-values"},
                                   {"1.2.840.113549.1.9.16.2.47", "signing-certificate-v2"},
                                   {"1.2.840.113583.1.1.8", "adobe-revocation-information"},
                                   {"0.4.0.19122.1.1", "signer-attributes-v2"},
                                   {"0.4.0.1733.2.4", "archive-time-stamp-v3"}};

static const char *name_of(const known *list, size_t n, const char *oid)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(list[i].oid, oid) == 0) {
            return list[i].name;
        }
    }
    return NULL;
}

static pades_status keep_text(pades_doc *doc, const char *text, const char **ret, pades_error **e)
{
    return doc_keep(doc, mem_strdup(text), ret, e);
}

/* A known name, or the identifier itself. */
static pades_status keep_name(pades_doc *doc, const known *list, size_t n, const char *oid,
                              const char **ret, pades_error **e)
{
    *ret = name_of(list, n, oid);
    return *ret ? PADES_OK : keep_text(doc, oid, ret, e);
}

static pades_status keep_time(pades_doc *doc, int64_t seconds, const char **ret, pades_error **e)
{
    char text[TIME_TEXT];
    time_rfc3339(seconds, text);
    return keep_text(doc, text, ret, e);
}

static pades_status read_algorithms(pades_doc *doc, const cms_signer_info *si,
                                    pades_signature_info *info, pades_error **e)
{
    static const char *const schemes[] = {[PADES_SCHEME_RSA_PKCS1] = "RSA PKCS#1 v1.5",
                                          [PADES_SCHEME_RSA_PSS] = "RSA-PSS",
                                          [PADES_SCHEME_ECDSA] = "ECDSA"};
    TRY(keep_name(doc, digests, ARRAY_LEN(digests), si->digest_oid, &info->digest, e));
    if (si->scheme) {
        info->signature_algorithm = schemes[si->scheme];
        return PADES_OK;
    }
    return keep_text(doc, si->signature_oid, &info->signature_algorithm, e);
}

static pades_status add_attribute(pades_doc *doc, pades_signature_info *info, const char *oid,
                                  bool is_signed, pades_error **e)
{
    if (!MEM_GROW(doc->attributes, doc->attributes_n, doc->attributes_cap)) {
        return fail_memory(e);
    }
    pades_attribute_info *one = &doc->attributes[doc->attributes_n];
    *one = (pades_attribute_info){.is_signed = is_signed};
    TRY(keep_text(doc, oid, &one->oid, e));
    one->name = name_of(attributes, ARRAY_LEN(attributes), oid);
    doc->attributes_n++;
    info->attributes++;
    return PADES_OK;
}

static pades_status take_attribute(pades_doc *doc, pades_signature_info *info, span content,
                                   bool is_signed, pades_error **e)
{
    reader r = reader_of(content);
    der_tlv oid, set, value;
    char text[64] = "?";
    int64_t seconds = 0;
    if (!der_expect(&r, DER_OID, &oid) || !der_expect(&r, DER_SET, &set)) {
        return PADES_OK; /* the parser has refused what is malformed */
    }
    (void)der_oid_text(oid.content, text, sizeof text);
    TRY(add_attribute(doc, info, text, is_signed, e));
    reader in = reader_of(set.content);
    if (is_signed && strcmp(text, "1.2.840.113549.1.9.5") == 0 && der_next(&in, &value) &&
        time_parse_asn1(value.content, value.tag == DER_GENERALIZEDTIME, &seconds)) {
        TRY(keep_time(doc, seconds, &info->cms_time, e));
    }
    return PADES_OK;
}

/* `whole` is the element [0] or [1] around them. */
static pades_status read_attributes(pades_doc *doc, pades_signature_info *info, span whole,
                                    bool is_signed, pades_error **e)
{
    reader outer = reader_of(whole);
    der_tlv all, one;
    if (whole.n == 0 || !der_next(&outer, &all)) {
        return PADES_OK;
    }
    reader r = reader_of(all.content);
    for (int n = 0; n < ATTRIBUTES_MAX && reader_left(&r) > 0 && der_next(&r, &one); n++) {
        TRY(take_attribute(doc, info, one.content, is_signed, e));
    }
    return PADES_OK;
}

static pades_status add_certificate(pades_doc *doc, pades_signature_info *info, span der,
                                    pades_error **e)
{
    AUTO(pades_cert) *cert = NULL;
    if (!MEM_GROW(doc->certificates, doc->certificates_n, doc->certificates_cap)) {
        return fail_memory(e);
    }
    pades_certificate_info *one = &doc->certificates[doc->certificates_n];
    *one = (pades_certificate_info){NULL, NULL, NULL};
    doc->certificates_n++;
    info->certificates++;
    pades_status status = pades_cert_new_der(der.p, der.n, &cert, e);
    if (status != PADES_OK) {
        return doc_excuse(doc, status, "a certificate in a signature's CMS cannot be read", e);
    }
    TRY(keep_text(doc, pades_cert_subject(cert), &one->subject, e));
    TRY(keep_text(doc, pades_cert_issuer(cert), &one->issuer, e));
    return keep_text(doc, pades_cert_serial(cert), &one->serial, e);
}

static pades_status keep_authority(pades_doc *doc, pades_signature_info *info, span token,
                                   pades_error **e)
{
    AUTO_VAL(cms_signed_data) cms = {0};
    AUTO(pades_cert) *cert = NULL;
    TRY(cms_parse(token, &cms, e));
    TRY(cms_find_signer(&cms, NULL, 0, &cert, e));
    return cert ? keep_text(doc, pades_cert_subject(cert), &info->timestamp_authority, e)
                : PADES_OK;
}

static pades_status read_token(pades_doc *doc, pades_signature_info *info, span token,
                               pades_error **e)
{
    tsp_token t;
    info->timestamp = 1;
    TRY(tsp_token_parse(token, &t, e));
    TRY(keep_time(doc, t.time, &info->timestamp_time, e));
    TRY(keep_text(doc, t.policy, &info->timestamp_policy, e));
    TRY(keep_text(doc, t.serial, &info->timestamp_serial, e));
    info->timestamp_digest = t.digest == PADES_DIGEST_DEFAULT ? NULL : pades_digest_name(t.digest);
    return keep_authority(doc, info, token, e);
}

static pades_status read_details(pades_doc *doc, doc_signature *s, const cms_signed_data *cms,
                                 span der, pades_error **e)
{
    pades_signature_info *info = &s->pub;
    bool stamp = strcmp(info->type, "doctimestamp") == 0;
    info->signers = cms->signers;
    s->first_attribute = doc->attributes_n;
    s->first_certificate = doc->certificates_n;
    if (cms->signers > 0) {
        TRY(read_algorithms(doc, &cms->signer, info, e));
        TRY(read_attributes(doc, info, cms->signer.signed_attrs, true, e));
        TRY(read_attributes(doc, info, cms->signer.unsigned_attrs, false, e));
    }
    for (size_t i = 0; i < cms->certs_n; i++) {
        TRY(add_certificate(doc, info, cms->certs[i], e));
    }
    span token = stamp ? span_part(der, 0, cms->used) : cms->signer.timestamp;
    if (token.n > 0) {
        return doc_excuse(doc, read_token(doc, info, token, e), "a timestamp cannot be read", e);
    }
    return PADES_OK;
}

static pades_status read_signer(pades_doc *doc, pades_signature_info *info,
                                const cms_signed_data *cms, pades_error **e)
{
    AUTO(pades_cert) *cert = NULL;
    TRY(cms_find_signer(cms, NULL, 0, &cert, e));
    if (!cert) {
        return PADES_OK;
    }
    TRY(keep_text(doc, pades_cert_subject(cert), &info->signer, e));
    return keep_text(doc, pades_cert_serial(cert), &info->signer_serial, e);
}

static bool all_zero(span s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] != 0) {
            return false;
        }
    }
    return true;
}

pades_status doc_read_cms(pades_doc *doc, doc_signature *s, span contents, pades_error **e)
{
    AUTO_VAL(cms_signed_data) cms = {0};
    AUTO_VAL(buf) room = BUF(contents.n);
    span der = {NULL, 0};
    pades_signature_info *info = &s->pub;
    TRY(any_cms_find(contents, &room, &info->cms_n, &der, e));
    info->cms_encoding = room.n > 0 ? "BER" : "DER";
    info->padding_is_zero = all_zero(span_part(contents, info->cms_n, contents.n));
    TRY(cms_parse(der, &cms, e));
    TRY(read_signer(doc, info, &cms, e));
    if (doc->signatures_n > DETAILS_MAX) {
        return PADES_OK;
    }
    return read_details(doc, s, &cms, der, e);
}

const pades_attribute_info *pades_doc_get_attribute(const pades_doc *doc, size_t signature,
                                                    size_t index)
{
    const doc_signature *s = signature < doc->signatures_n ? &doc->signatures[signature] : NULL;
    return s && index < s->pub.attributes ? &doc->attributes[s->first_attribute + index] : NULL;
}

const pades_certificate_info *pades_doc_get_certificate(const pades_doc *doc, size_t signature,
                                                        size_t index)
{
    const doc_signature *s = signature < doc->signatures_n ? &doc->signatures[signature] : NULL;
    return s && index < s->pub.certificates ? &doc->certificates[s->first_certificate + index]
                                            : NULL;
}
