/* SignedData read strictly: definite lengths, no unknown fields, nothing after it inside its own
 * length, bounded numbers of everything. Spans point into the input. It judges form only, not
 * signatures. The order inside SET OF is not asked for, as many sealing programs get it wrong.
 * Clause: RFC 5652 5.1. */
#include "cms/cms.h"

#include "base/fail.h"
#include "base/mem.h"
#include "cms/oids.h"
#include "cms/parse_impl.h"
#include "pki/fields.h"

enum { CERTS_MAX = 64, SIGNERS_MAX = 64, ALGORITHMS_MAX = 64, CHOICES_MAX = 128 };

void cms_signed_data_free(cms_signed_data *s)
{
    mem_free(s->certs);
    *s = (cms_signed_data){0};
}

static pades_status bad(pades_error **e, const char *what)
{
    fail(e, PADES_CMS_INVALID, "not a sound CMS SignedData: %s", what);
    error_clause(e, "RFC5652#5.1");
    return PADES_CMS_INVALID;
}

static bool read_digests(reader *r)
{
    der_tlv set;
    der_tlv alg;
    if (!der_expect(r, DER_SET, &set)) {
        return false;
    }
    reader in = reader_of(set.content);
    for (int n = 0; reader_left(&in) > 0; n++) {
        if (n == ALGORITHMS_MAX || !der_expect(&in, DER_SEQUENCE, &alg)) {
            return false;
        }
    }
    return true;
}

static bool read_content(reader *r, cms_signed_data *s)
{
    der_tlv t;
    der_tlv oid;
    der_tlv octets;
    if (!der_expect(r, DER_SEQUENCE, &t)) {
        return false;
    }
    reader in = reader_of(t.content);
    if (!der_expect(&in, DER_OID, &oid) ||
        !der_oid_text(oid.content, s->content_oid, sizeof s->content_oid)) {
        return false;
    }
    if (der_optional(&in, DER_CONTEXT(0), &t)) {
        reader inner = reader_of(t.content);
        if (!der_expect(&inner, DER_OCTET_STRING, &octets) || reader_left(&inner) != 0) {
            return false;
        }
        s->content = octets.content;
    }
    return !in.failed && reader_left(&in) == 0;
}

/* CertificateChoices: certificates are kept, attribute certificates and other kinds passed over. */
static pades_status read_certs(span set, cms_signed_data *s, pades_error **e)
{
    reader r = reader_of(set);
    der_tlv t;
    s->certs = mem_array(CERTS_MAX, sizeof *s->certs);
    if (!s->certs) {
        return fail_memory(e);
    }
    for (int n = 0; reader_left(&r) > 0; n++) {
        if (n == CHOICES_MAX || !der_next(&r, &t)) {
            return bad(e, "the certificates are malformed");
        }
        if (t.tag == DER_SEQUENCE && s->certs_n == CERTS_MAX) {
            return bad(e, "more than 64 certificates");
        }
        if (t.tag == DER_SEQUENCE) {
            s->certs[s->certs_n++] = t.whole;
        }
    }
    return PADES_OK;
}

static pades_status read_signers(reader *r, cms_signed_data *s, pades_error **e)
{
    der_tlv set;
    der_tlv info;
    if (!der_expect(r, DER_SET, &set)) {
        return bad(e, "the signers are missing");
    }
    reader in = reader_of(set.content);
    while (reader_left(&in) > 0) {
        cms_signer_info one;
        if (s->signers == SIGNERS_MAX || !der_expect(&in, DER_SEQUENCE, &info)) {
            return bad(e, "the signers are malformed");
        }
        const char *wrong = signer_info_parse(info.content, &one);
        if (wrong) {
            return bad(e, wrong);
        }
        if (s->signers++ == 0) {
            s->signer = one;
        }
    }
    return PADES_OK;
}

static pades_status read_signed_data(span content, cms_signed_data *s, pades_error **e)
{
    reader r = reader_of(content);
    der_tlv t;
    uint64_t version = 0;
    if (!der_expect(&r, DER_INTEGER, &t) || !der_small_uint(t.content, &version) || version < 1 ||
        version > 5) {
        return bad(e, "its version is not 1 to 5");
    }
    if (!read_digests(&r) || !read_content(&r, s)) {
        return bad(e, "the digest algorithms or the content are malformed");
    }
    if (der_optional(&r, DER_CONTEXT(0), &t)) {
        TRY(read_certs(t.content, s, e));
    }
    (void)der_optional(&r, DER_CONTEXT(1), &t); /* revocation data: not ours to read */
    if (r.failed) {
        return bad(e, "the certificates or the revocation data are malformed");
    }
    TRY(read_signers(&r, s, e));
    return reader_left(&r) == 0 ? PADES_OK : bad(e, "there is something after the signers");
}

/* ContentInfo ::= SEQUENCE { id-signedData, [0] EXPLICIT SignedData }. */
static bool read_content_info(reader *r, cms_signed_data *s, span *ret_signed_data)
{
    der_tlv outer;
    der_tlv oid;
    der_tlv tagged;
    der_tlv data;
    if (!der_expect(r, DER_SEQUENCE, &outer)) {
        return false;
    }
    reader in = reader_of(outer.content);
    if (!der_expect(&in, DER_OID, &oid) || !der_oid_is(oid.content, OID_SIGNED_DATA) ||
        !der_expect(&in, DER_CONTEXT(0), &tagged) || reader_left(&in) != 0) {
        return false;
    }
    reader inner = reader_of(tagged.content);
    if (!der_expect(&inner, DER_SEQUENCE, &data) || reader_left(&inner) != 0) {
        return false;
    }
    s->used = outer.whole.n;
    *ret_signed_data = data.content;
    return true;
}

pades_status cms_parse(span der, cms_signed_data *ret, pades_error **e)
{
    AUTO_VAL(cms_signed_data) s = {0};
    reader r = reader_of(der);
    span content;
    if (!read_content_info(&r, &s, &content)) {
        return bad(e, "no ContentInfo of type SignedData in DER");
    }
    TRY(read_signed_data(content, &s, e));
    *ret = s;
    s.certs = NULL;
    return PADES_OK;
}

static bool key_id_fits(const cert_fields *f, span key_id)
{
    cert_ext ext;
    der_tlv id;
    if (!cert_ext_find(f->exts, "2.5.29.14", &ext) || !ext.present) {
        return false;
    }
    reader r = reader_of(ext.value);
    return der_expect(&r, DER_OCTET_STRING, &id) && span_eq(id.content, key_id);
}

static bool sid_fits(const cms_signer_info *si, span der)
{
    cert_fields f;
    if (!cert_fields_parse(der, &f)) {
        return false;
    }
    if (si->sid_key_id.n > 0) {
        return key_id_fits(&f, si->sid_key_id);
    }
    return span_eq(f.issuer, si->sid_issuer) && span_eq(f.serial, si->sid_serial);
}

pades_status cms_find_signer(const cms_signed_data *s, const pades_cert *const *more, size_t n,
                             pades_cert **ret, pades_error **e)
{
    for (size_t i = 0; i < s->certs_n; i++) {
        if (sid_fits(&s->signer, s->certs[i])) {
            return pades_cert_new_der(s->certs[i].p, s->certs[i].n, ret, e);
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (sid_fits(&s->signer, cert_der(more[i]))) {
            return cert_ref(more[i], ret, e);
        }
    }
    *ret = NULL;
    return PADES_OK;
}
