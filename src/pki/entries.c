/* The lists in a certificate, one entry after another as text: usages, policies, addresses. Nothing
 * is allocated and nothing kept, so that any thread may ask. What is malformed lists nothing. */
#include "pki/cert_impl.h"

#include <openssl/objects.h>
#include <stdio.h>

/* clause: RFC5280#4.2.1.3 bit 1 is called contentCommitment today, nonRepudiation by everybody */
static const char *const usage_names[] = {"digitalSignature", "nonRepudiation", "keyEncipherment",
                                          "dataEncipherment", "keyAgreement",   "keyCertSign",
                                          "cRLSign",          "encipherOnly",   "decipherOnly"};

static bool put(span text, char *to, size_t n)
{
    size_t part = text.n < n ? text.n : n - 1;
    if (part > 0) {
        memcpy(to, text.p, part);
    }
    to[part] = '\0';
    return true;
}

static bool usage_at(const pades_cert *cert, size_t index, char *to, size_t n)
{
    for (size_t i = 0; i < ARRAY_LEN(usage_names); i++) {
        if ((cert_key_usage(cert) >> i & 1U) != 0 && index-- == 0) {
            return put(span_str(usage_names[i]), to, n);
        }
    }
    return false;
}

/* The index-th object identifier of the list, bare or first in a SEQUENCE. */
static bool oid_at(span list, bool bare, size_t index, char *to, size_t n)
{
    char dotted[128];
    reader r = reader_of(list);
    der_tlv t;
    while (reader_left(&r) > 0 && der_expect(&r, bare ? DER_OID : DER_SEQUENCE, &t)) {
        reader in = reader_of(t.content);
        if (!bare && !der_expect(&in, DER_OID, &t)) {
            return false;
        }
        if (index-- == 0) {
            return der_oid_text(t.content, dotted, sizeof dotted) && put(span_str(dotted), to, n);
        }
    }
    return false;
}

static bool url_at(const pades_cert *cert, pades_cert_list list, size_t index, char *to, size_t n)
{
    span urls[CERT_URLS];
    size_t count = list == PADES_CERT_OCSP_URLS     ? cert_ocsp_urls(cert, urls)
                   : list == PADES_CERT_ISSUER_URLS ? cert_issuer_urls(cert, urls)
                                                    : cert_crl_urls(cert, urls);
    return index < count && put(urls[index], to, n);
}

int pades_cert_entry(const pades_cert *cert, pades_cert_list list, size_t index, char *to, size_t n)
{
    if (!to || n == 0) {
        return 0;
    }
    to[0] = '\0';
    switch (list) {
    case PADES_CERT_KEY_USAGE:
        return usage_at(cert, index, to, n);
    case PADES_CERT_EXT_KEY_USAGE:
        return oid_at(cert_ext_list(cert, "2.5.29.37"), true, index, to, n);
    case PADES_CERT_POLICIES:
        return oid_at(cert_ext_list(cert, "2.5.29.32"), false, index, to, n);
    case PADES_CERT_OCSP_URLS:
    case PADES_CERT_ISSUER_URLS:
    case PADES_CERT_CRL_URLS:
        return url_at(cert, list, index, to, n);
    }
    return 0;
}

unsigned pades_cert_key_bits(const pades_cert *cert)
{
    return cert_key_bits(cert);
}

const char *pades_cert_signature_algorithm(const pades_cert *cert)
{
    const X509 *x = cert_x509(cert);
    int nid = x ? X509_get_signature_nid(x) : NID_undef;
    return nid == NID_undef ? NULL : OBJ_nid2ln(nid);
}
