#include "cms/sealed.h"

buf sealed_der(const sealed_plan *plan)
{
    uint8_t hash[DIGEST_MAX];
    buf attrs = BUF(1U << 16);
    buf out = BUF(1U << 20);
    const pades_cert *certs[] = {plan->signer->cert, plan->issuer ? plan->issuer->cert : NULL};
    assert_int_equal(digest_once(plan->digest, plan->document, hash, NULL), PADES_OK);
    const cms_attrs_plan ap = {plan->digest,
                               span_of(hash, pades_digest_size(plan->digest)),
                               plan->signer->cert,
                               plan->commitment,
                               {NULL, 0}};
    assert_int_equal(cms_signed_attrs(&ap, &attrs, NULL), PADES_OK);
    buf signature = made_signature(plan->signer, plan->scheme, plan->digest, buf_span(&attrs));
    const cms_build b = {plan->digest,         plan->scheme, buf_span(&attrs),
                         buf_span(&signature), certs,        plan->issuer ? 2U : 1U,
                         plan->timestamp};
    assert_int_equal(cms_build_signed_data(&b, &out, NULL), PADES_OK);
    buf_free(&attrs);
    buf_free(&signature);
    return out;
}

static bool digest_is(pades_digest alg, span data, span expected)
{
    uint8_t hash[DIGEST_MAX];
    return alg != PADES_DIGEST_DEFAULT && digest_once(alg, data, hash, NULL) == PADES_OK &&
           span_eq(expected, span_of(hash, pades_digest_size(alg)));
}

static bool signer_verifies(const cms_signer_info *si, const pades_cert *cert)
{
    AUTO_VAL(buf) tbs = BUF(1U << 20);
    buf_add_byte(&tbs, DER_SET);
    buf_add_span(&tbs, span_part(si->signed_attrs, 1, si->signed_attrs.n));
    return si->scheme &&
           digest_is(si->signing_cert_digest, cert_der(cert), si->signing_cert_hash) &&
           cms_verify_signature(cert, si->scheme, si->digest, buf_span(&tbs), si->signature,
                                NULL) == PADES_OK;
}

bool sealed_verifies(span der, span document)
{
    AUTO_VAL(cms_signed_data) s = {0};
    AUTO(pades_cert) *cert = NULL;
    if (cms_parse(der, &s, NULL) != PADES_OK || s.used != der.n || s.signers != 1 || s.content.p ||
        strcmp(s.content_oid, "1.2.840.113549.1.7.1") != 0) {
        return false;
    }
    const cms_signer_info *si = &s.signer;
    return der_oid_is(si->content_type, s.content_oid) &&
           digest_is(si->digest, document, si->message_digest) &&
           cms_find_signer(&s, NULL, 0, &cert, NULL) == PADES_OK && cert &&
           signer_verifies(si, cert);
}
